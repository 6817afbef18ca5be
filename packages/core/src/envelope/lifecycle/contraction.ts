/**
 * Autonomy that shrinks by itself (E6): from how acts of a class ended, never from what an agent says of them. It only takes away:
 * what was taken comes back by a signature, and good records only suggest what people may sign.
 */
import { msOf, type Instant } from '../../shared/brand.ts';
import type { ActionType } from '../../proposal/change.ts';
import type { Contraction } from '../envelope.ts';

/** One act that is over, and what is known of it. */
export interface Outcome {
  readonly action: ActionType;
  readonly at: Instant;
  readonly isFailed: boolean;
  /** What people said of its trigger; absent: nobody has said anything, which counts neither way (D3). */
  readonly isFalsePositive?: boolean;
  /** Whether it went other than predicted; absent: nothing was predicted or seen. */
  readonly isMispredicted?: boolean;
}

/** Shares in per cent, rounded up; of so many cases of which it is known. */
export interface Rate {
  readonly percent: number;
  readonly bad: number;
  readonly cases: number;
}

export interface ClassRecord {
  readonly action: ActionType;
  readonly failures: Rate;
  readonly falsePositives: Rate;
  readonly predictionErrors: Rate;
  /** Why the class loses its autonomy; empty: it keeps it. */
  readonly reasons: readonly string[];
}

const DAY_MS = 86_400_000;

function rateOf(known: readonly boolean[]): Rate {
  const bad = known.filter((isBad) => isBad).length;
  return { bad, cases: known.length, percent: known.length === 0 ? 0 : Math.ceil((100 * bad) / known.length) };
}

/** A record for each action type with an outcome in the window, sorted by name. Below `minCases` a rate says nothing. */
export function classRecords(outcomes: readonly Outcome[], rule: Contraction, now: Instant): readonly ClassRecord[] {
  const since = msOf(now) - rule.days * DAY_MS;
  const recent = outcomes.filter(({ at }) => msOf(at) > since && at <= now);
  const actions = [...new Set(recent.map(({ action }) => action))].toSorted();
  return actions.map((action) => {
    const own = recent.filter((outcome) => outcome.action === action);
    const failures = rateOf(own.map(({ isFailed }) => isFailed));
    const falsePositives = rateOf(own.flatMap(({ isFalsePositive }) => isFalsePositive ?? []));
    const predictionErrors = rateOf(own.flatMap(({ isMispredicted }) => isMispredicted ?? []));
    const reasons = [
      ...above('failed', failures, rule.failurePercent, rule),
      ...above('had a false alarm as trigger', falsePositives, rule.falsePositivePercent, rule),
      ...above('went other than predicted', predictionErrors, rule.predictionErrorPercent, rule),
    ];
    return { action, failures, falsePositives, predictionErrors, reasons };
  });
}

/** From the named rate on. A rate of none never counts: a threshold of zero means the first bad case. */
function above(what: string, rate: Rate, percent: number, { minCases, days }: Contraction): readonly string[] {
  if (rate.bad === 0 || rate.cases < minCases || 100 * rate.bad < percent * rate.cases) return [];
  return [`${rate.bad} of ${rate.cases} acts in ${days} days ${what}: ${percent} % or more`];
}
