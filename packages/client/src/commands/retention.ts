/** `cs retention list|run` and `cs hold set|lift|list`: what is kept how long, and what is held whatever that says (V2). */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';
import { table } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';

const MIN_REASON = 3;

/** Without `--dry-run` the same as the daily run, now. */
export async function retentionRun(
  context: Context,
  { dryRun }: { readonly dryRun: boolean | undefined },
): Promise<ExitCode> {
  if (dryRun === true) return retentionList(context);
  const { client, output, settings } = context;
  const answer = await client.runRetention();
  if (settings.isJson) output.json(answer);
  else output.lines(answer.kinds.map(({ kind, expired }) => `${safe(kind)}  ${expired} removed`));
  return EXIT.ok;
}

export async function retentionList({ client, output, settings }: Context): Promise<ExitCode> {
  const { kinds } = await client.retention();
  if (settings.isJson) output.json({ kinds });
  else output.lines(table(kinds.map(({ kind, days, due }) => [safe(kind), daysText(days), `${due.length} due`])));
  return EXIT.ok;
}

const daysText = (days: unknown): string =>
  typeof days === 'object' && days !== null
    ? Object.entries(days)
        .map(([environment, count]) => `${safe(environment)} ${safe(String(count))} d`)
        .join(', ')
    : 'not told';

export interface HoldOptions {
  readonly proposal?: readonly string[];
  readonly period?: string;
  readonly message?: string;
}

export async function holdSet(
  { client, output, settings }: Context,
  name: string,
  { proposal = [], period, message = '' }: HoldOptions,
): Promise<ExitCode> {
  if (message.length < MIN_REASON) throw usage('a hold needs a reason: `-m "why"`');
  if (proposal.length === 0 && period === undefined)
    throw usage('name what is held: `--proposal P-...` or `--period from..to`');
  const answer = await client.setHold({
    name,
    proposals: proposal,
    ...(period !== undefined && { period: periodOf(period) }),
    reason: message,
  });
  if (settings.isJson) output.json(answer);
  else output.line(`hold ${safe(name)} is set; it takes two people to lift it`);
  return EXIT.ok;
}

/** `2026-11-01..2026-12-01`: days or instants, the end not part of it. */
function periodOf(text: string): { readonly from: string; readonly to: string } {
  const [from, to, ...more] = text.split('..').map((one) => instantIn(one));
  if (from === undefined || to === undefined || more.length > 0)
    throw usage('a period is written `2026-11-01..2026-12-01`');
  return { from, to };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const instantIn = (text: string): string | undefined => {
  const at = DAY.test(text) ? `${text}T00:00:00.000Z` : text;
  return Number.isNaN(Date.parse(at)) ? undefined : at;
};

export async function holdLift(
  { client, output, settings }: Context,
  name: string,
  { message = '' }: { readonly message?: string },
): Promise<ExitCode> {
  if (message.length < MIN_REASON) throw usage('lifting needs a reason: `-m "why"`');
  const answer = await client.liftHold(name, message);
  if (settings.isJson) output.json(answer);
  else if (answer.state === 'lifted') output.line(`hold ${safe(name)} is lifted`);
  else output.line(`asked to lift ${safe(name)}; another person confirms with the same command`);
  return EXIT.ok;
}

export async function holdList({ client, output, settings }: Context): Promise<ExitCode> {
  const { items } = await client.holds();
  if (settings.isJson) output.json(items);
  else if (items.length === 0) output.note('nothing is held');
  else
    output.lines(
      items.map(({ name, state, proposals, period, reason, by }) => {
        const what = [...proposals, ...(period === undefined ? [] : [`${period.from}..${period.to}`])];
        return `${safe(name)}  ${safe(state)}  ${what.map((one) => safe(one)).join(', ')}  by ${safe(by)}: ${safe(reason)}`;
      }),
    );
  return EXIT.ok;
}
