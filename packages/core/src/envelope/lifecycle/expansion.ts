/** What a good record suggests (E6): a wider grant as a draft. Nothing here is ever active; two people sign it or it stays a suggestion. */
import type { ActionType } from '../../proposal/change.ts';
import type { Envelope, Grant } from '../envelope.ts';
import type { ClassRecord } from './contraction.ts';

export interface Expansion {
  readonly grant: Grant['id'];
  readonly action: ActionType;
  readonly why: string;
  /** The grants of the draft: the one with a larger cap, all others as they are. */
  readonly grants: readonly Grant[];
}

/** A record is good when twice as many cases as a contraction needs are known, and none of them was bad. */
const TIMES = 2;
/** One step: a quarter more, at least one. */
const larger = (cap: number): number => cap + Math.max(1, Math.floor(cap / 4));

/** Suggestions for grants whose actions all have a good record; none while anything is contracted. */
export function draftExpansions(envelope: Envelope, records: readonly ClassRecord[]): readonly Expansion[] {
  if (records.some(({ reasons }) => reasons.length > 0)) return [];
  const good = new Map(records.filter((record) => isGood(envelope, record)).map((record) => [record.action, record]));
  return envelope.grants.flatMap((grant, place) => {
    const [action] = grant.actions;
    if (!grant.isEnabled || action === undefined || !grant.actions.every((one) => good.has(one))) return [];
    const cases = grant.actions.reduce((sum, one) => sum + (good.get(one)?.failures.cases ?? 0), 0);
    const { targets } = grant.caps;
    const wider: Grant = { ...grant, caps: { ...grant.caps, targets: larger(targets) } };
    const why = `${cases} acts in ${envelope.contraction.days} days, none failed, misfired or surprised: ${targets} targets could become ${larger(targets)}`;
    return [{ grant: grant.id, action, why, grants: envelope.grants.with(place, wider) }];
  });
}

const isGood = ({ contraction }: Envelope, { failures, falsePositives, predictionErrors }: ClassRecord): boolean =>
  failures.cases >= TIMES * contraction.minCases &&
  predictionErrors.cases > 0 &&
  failures.bad + falsePositives.bad + predictionErrors.bad === 0;
