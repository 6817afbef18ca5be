/** The counts of a rollout in the words of the glossary; on every surface the same. */
import type { RolloutCounts } from './counts.ts';

export type ToldCounts = Omit<RolloutCounts, 'inFlight' | 'reverting'>;

/** Every number, the awkward ones too: what nobody knows is told like the rest. */
export const countsText = (counts: ToldCounts): string =>
  [
    `touched ${counts.touched} of ${counts.targets}`,
    `healthy ${counts.healthy}`,
    `broken ${counts.broken}`,
    `rolled back ${counts.reverted}`,
    `unknown ${counts.unknown}`,
    `still degraded ${counts.stillDegraded}`,
    `untouched ${counts.untouched}`,
    `acts after trip ${counts.actsAfterTrip}`,
  ].join(', ');
