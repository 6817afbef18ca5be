/** `cs finding list`: findings in the order of the queue; the share that is held back stands below them, so a quiet list is no safe one. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { table } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import type { FindingSummaryView, FindingView } from '../sdk/findings.ts';

export interface FindingListOptions {
  readonly state: string | undefined;
  readonly answerable: string | undefined;
  readonly limit: number | undefined;
}

export async function findingList(context: Context, options: FindingListOptions): Promise<ExitCode> {
  const { client, output, settings } = context;
  const found = await allOf(context, options);
  const summary = await client.findingSummary();
  if (settings.isJson) {
    output.json({ items: found, summary });
    return EXIT.ok;
  }
  if (found.length === 0) output.note('there are no such findings');
  else
    output.lines(
      table([['STATE', 'RULE', 'TARGET', 'FOR', 'WHY'].map((head) => output.style('bold', head)), ...found.map(row)]),
    );
  output.line(summaryLine(summary));
  return EXIT.ok;
}

async function allOf(
  { client }: Context,
  { state, answerable, limit }: FindingListOptions,
): Promise<readonly FindingView[]> {
  const items: FindingView[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.findings({
      ...(state !== undefined && { state }),
      ...(answerable !== undefined && { answerable }),
      ...(cursor !== undefined && { cursor }),
    });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined && items.length < (limit ?? Infinity));
  return items.slice(0, limit);
}

const row = ({ state, held, isOverdue, rule, target, answerable, reasons = [] }: FindingView): readonly string[] => [
  `${safe(state, 20)}${held === undefined ? '' : `: ${safe(held, 20)}`}${isOverdue ? ' (overdue)' : ''}`,
  safe(rule, 64),
  safe(target, 64),
  answerable === undefined ? '-' : safe(answerable.kind === 'role' ? `any ${answerable.name}` : answerable.name, 40),
  reasons
    .slice(0, 2)
    .map((reason) => safe(reason, 100))
    .join('; '),
];

const summaryLine = ({ total, held, heldPercent, overdue, withoutOwner }: FindingSummaryView): string =>
  `${total} open, ${held} held back (${heldPercent} %), ${overdue} overdue, ${withoutOwner} without a named owner`;
