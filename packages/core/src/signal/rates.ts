/**
 * What became of a source's signals (D3): each gets an outcome label from a named person; what nobody labelled is shown and counts
 * as nothing. Rates are whole per cent, always rounded to the side that asks people.
 */
import type { Instant, PersonId, SignalId, SourceId } from '../shared/brand.ts';
import { id, instant, object, oneOf, text, type Shape } from '../shared/shape.ts';

export const OUTCOME_LABELS = ['true', 'false', 'benign-known', 'unclear'] as const;
export type OutcomeLabel = (typeof OUTCOME_LABELS)[number];

/** One person's word on one signal; a later one replaces it and both stay in the record. */
export interface LabelledOutcome {
  readonly signal: SignalId;
  readonly label: OutcomeLabel;
  readonly by: PersonId;
  readonly at: Instant;
  readonly rationale: string;
}
export const labelledOutcomeShape: Shape<LabelledOutcome> = object<LabelledOutcome>({
  signal: id(),
  label: oneOf(...OUTCOME_LABELS),
  by: id(),
  at: instant,
  rationale: text({ min: 3, max: 2000 }),
});

/** How many signals of one source and category carry one label. */
export interface LabelTally {
  readonly source: SourceId;
  readonly category: string;
  readonly label: OutcomeLabel | 'unlabelled';
  readonly count: number;
}

export interface OutcomeRates {
  /** All that carry a label, `unclear` included. */
  readonly labelled: number;
  readonly true: number;
  readonly false: number;
  readonly benign: number;
  readonly unclear: number;
  readonly unlabelled: number;
  /** False and known-benign among those with a clear outcome, rounded up; 0 while there is none. */
  readonly falsePositivePercent: number;
  /** How often such a signal is true, at least: see `lowerBoundPercent`. */
  readonly confidencePercent: number;
}

export function ratesOf(
  tallies: readonly LabelTally[],
  { source, category }: { readonly source: SourceId; readonly category: string },
): OutcomeRates {
  const own = tallies.filter((tally) => tally.source === source && tally.category === category);
  const count = (label: LabelTally['label']): number =>
    own.reduce((sum, tally) => sum + (tally.label === label ? tally.count : 0), 0);
  const [right, wrong, benign] = [count('true'), count('false'), count('benign-known')];
  const unclear = count('unclear');
  const clear = right + wrong + benign;
  return {
    labelled: clear + unclear,
    true: right,
    false: wrong,
    benign,
    unclear,
    unlabelled: count('unlabelled'),
    falsePositivePercent: clear === 0 ? 0 : Math.ceil(((wrong + benign) * 100) / clear),
    confidencePercent: lowerBoundPercent(right, clear + unclear),
  };
}

/**
 * Fewer true ones are no experience: then the confidence is 0. True ones are counted, not labelled ones, because otherwise
 * the tenth label could be a false one and raise the confidence.
 */
export const LEAST_TRUE_LABELS = 10;
/** The square of 1.96: 95 % (two-sided), as an exact fraction. */
const Z_SQUARED = { numerator: 38_416n, denominator: 10_000n };

/**
 * The lower bound of Wilson's score interval for `right` of `all`, at 95 %, in whole per cent rounded down. It is the largest share p
 * with p <= right / all and (right - all p)^2 >= z^2 all p (1 - p); with p = c / 100 both sides are integers, so that the
 * same counts give the same confidence on every machine. One more that is not true never raises it.
 */
export function lowerBoundPercent(right: number, all: number): number {
  if (right < LEAST_TRUE_LABELS) return 0;
  const [k, n] = [BigInt(right), BigInt(all)];
  for (let percent = 99n; percent > 0n; percent -= 1n) {
    const distance = 100n * k - n * percent;
    const spread = Z_SQUARED.numerator * n * percent * (100n - percent);
    if (distance > 0n && Z_SQUARED.denominator * distance * distance >= spread) return Number(percent);
  }
  return 0;
}
