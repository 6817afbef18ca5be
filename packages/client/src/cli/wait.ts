/** Waiting for people or machines: with a bar, with an end, and never in a busy loop. */
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { bar } from './progress.ts';
import { safe } from './safe-text.ts';
import type { ProposalDetail } from '../sdk/views.ts';

const EVERY_MS = 1000;

/** What a state of a proposal means for a caller; undefined while nothing is decided. */
const OUTCOMES: Readonly<Record<string, ExitCode>> = {
  APPROVED: EXIT.ok,
  DISPATCHED: EXIT.ok,
  RUNNING: EXIT.ok,
  VERIFYING: EXIT.ok,
  SUCCEEDED: EXIT.ok,
  ROLLED_BACK: EXIT.halted,
  FAILED: EXIT.failed,
  STAGING_FAILED: EXIT.failed,
  UNKNOWN: EXIT.failed,
  REJECTED: EXIT.rejected,
  PROHIBITED: EXIT.prohibited,
  WITHDRAWN: EXIT.conflict,
  WITHDRAWING: EXIT.conflict,
  EXPIRED: EXIT.conflict,
  SUPERSEDED: EXIT.conflict,
};
const GOING_ON: ReadonlySet<string> = new Set([
  'APPROVED',
  'DISPATCHED',
  'RUNNING',
  'VERIFYING',
  'WITHDRAWING',
  'UNKNOWN',
]);

const decidedAs = (state: string): ExitCode | undefined =>
  Object.hasOwn(OUTCOMES, state) ? OUTCOMES[state] : undefined;
/** Nothing happens to it any more. */
export const endedAs = (state: string): ExitCode | undefined => (GOING_ON.has(state) ? undefined : decidedAs(state));

/** How many signatures there are and are needed, as far as the server says. */
function signatures(proposal: ProposalDetail): { readonly given: number; readonly needed: number } {
  const missing = (proposal.missing ?? []).reduce((sum, { count }) => sum + count, 0);
  const given = proposal.approvals.length;
  return { given, needed: given + missing };
}

/** Looks again until people have decided, the time is over, or Ctrl-C; Ctrl-C leaves everything as it is. */
export async function waitForDecision(context: Context, id: string, timeoutMs: number): Promise<ExitCode> {
  const { client, world, output } = context;
  const progress = context.progress();
  for (let waitedMs = 0; ; waitedMs += EVERY_MS) {
    const proposal = await client.proposal(id);
    const outcome = decidedAs(proposal.state);
    if (outcome !== undefined) {
      progress.clear();
      output.note(`${safe(proposal.id)} is ${safe(proposal.state)}${reason(proposal)}`);
      return outcome;
    }
    if (world.interrupted.aborted || waitedMs >= timeoutMs) {
      progress.clear();
      output.note(`${safe(proposal.id)} is still ${safe(proposal.state)}; nothing was changed by waiting`);
      return world.interrupted.aborted ? EXIT.interrupted : EXIT.pending;
    }
    const { given, needed } = signatures(proposal);
    progress.show(`waiting for signatures ${bar(given, Math.max(needed, 1))}  ${Math.floor(waitedMs / 1000)} s`, 0);
    await world.pause(EVERY_MS, world.interrupted);
  }
}

const reason = ({ reason: why }: ProposalDetail): string => (why === undefined || why === '' ? '' : `: ${safe(why)}`);

export const durationOf = (words: string): number | undefined => {
  const [, count = '', unit = 's'] = /^(\d{1,6})(s|m|h)?$/.exec(words) ?? [];
  const factor = { s: 1000, m: 60_000, h: 3_600_000 }[unit];
  return count === '' || factor === undefined ? undefined : Number(count) * factor;
};
