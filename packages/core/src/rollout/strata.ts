/**
 * Stratified canary (design 1.3): the canary touches as many different configurations as it can, and each later cohort leads
 * with one that is still uncovered. Deterministic: the same targets give the same order, whatever order they came in.
 */
import type { TargetId } from '../shared/brand.ts';
import { TIERS } from '../graph/graph.ts';
import type { CapsuleTarget } from '../capsule/capsule.ts';
import { plannedCohorts, type CohortRule } from '../capsule/cohorts.ts';

export interface OrderRule extends CohortRule {
  /** Targets that a signal names: among equals they represent their stratum, since a fix shows there first. */
  readonly affectedPriority?: ReadonlySet<TargetId>;
}

export interface TargetOrder {
  readonly ordered: readonly CapsuleTarget[];
  /** Strata that the canary covers. */
  readonly canaryStrata: number;
  readonly strataTotal: number;
  /** Strata outside the canary, in the order in which later cohorts lead with them. */
  readonly uncovered: readonly string[];
}

interface Stratum {
  readonly name: string;
  /** Best representative first; taken from the front. */
  readonly targets: readonly CapsuleTarget[];
  readonly tier: number;
}

const tierOf = (target: CapsuleTarget): number => TIERS.indexOf(target.tier);
/** By code unit, not by locale: the order must be the same on every machine. */
const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

export function orderTargets(targets: readonly CapsuleTarget[], rule: OrderRule): TargetOrder {
  const strata = strataOf(targets, rule.affectedPriority ?? new Set());
  const canarySize = Math.min(Math.max(1, rule.canary), targets.length);
  const queue = inTurns(strata);
  const canary = queue.slice(0, canarySize);
  const covered = Math.min(strata.length, canarySize);
  const ordered = [
    ...canary.toSorted(leastCriticalFirst),
    ...laterCohorts(targets, queue, { ...rule, covered, strata }),
  ];
  return {
    ordered,
    canaryStrata: covered,
    strataTotal: strata.length,
    uncovered: strata.slice(covered).map((stratum) => stratum.name),
  };
}

/** Most critical strata first, then the rarest: those are the ones a canary must not miss. */
function strataOf(targets: readonly CapsuleTarget[], affected: ReadonlySet<TargetId>): readonly Stratum[] {
  const groups = Map.groupBy(targets, (target) => target.stratum);
  const better = (a: CapsuleTarget, b: CapsuleTarget): number =>
    tierOf(a) - tierOf(b) || Number(affected.has(b.id)) - Number(affected.has(a.id)) || byText(a.id, b.id);
  return [...groups]
    .map(([name, group]) => ({ name, targets: group.toSorted(better), tier: Math.max(...group.map(tierOf)) }))
    .toSorted((a, b) => b.tier - a.tier || a.targets.length - b.targets.length || byText(a.name, b.name));
}

/** One target of each stratum, then a second of each, and so on. */
function inTurns(strata: readonly Stratum[]): readonly CapsuleTarget[] {
  const turns: CapsuleTarget[] = [];
  let left = strata.map(({ targets }) => ({ targets, next: 0 }));
  while (left.length > 0) {
    for (const stratum of left) {
      const target = stratum.targets[stratum.next];
      stratum.next += 1;
      if (target !== undefined) turns.push(target);
    }
    left = left.filter(({ targets, next }) => next < targets.length);
  }
  return turns;
}

/** Inside the canary a fault should hit the least critical target first. */
const leastCriticalFirst = (a: CapsuleTarget, b: CapsuleTarget): number => tierOf(a) - tierOf(b);

function laterCohorts(
  targets: readonly CapsuleTarget[],
  queue: readonly CapsuleTarget[],
  rule: OrderRule & { readonly covered: number; readonly strata: readonly Stratum[] },
): readonly CapsuleTarget[] {
  const ends = plannedCohorts(targets.length, rule);
  const from = ends[0] ?? 0;
  // In turns, so the first target of every uncovered stratum stands directly behind the canary.
  const leadersEnd = Math.max(from, rule.strata.length);
  const leaders = taker(queue.slice(from, leadersEnd));
  const followers = taker(queue.slice(leadersEnd).toSorted(leastCriticalFirst));
  return ends.slice(1).flatMap((end, index) => {
    const size = end - (ends[index] ?? 0);
    const first = leaders(1);
    const rest = followers(size - first.length);
    return [...first, ...rest, ...leaders(size - first.length - rest.length)];
  });
}

/** Hands out a list from the front, so many at a time. */
function taker<T>(items: readonly T[]): (count: number) => readonly T[] {
  let next = 0;
  return (count) => {
    const taken = items.slice(next, next + count);
    next += taken.length;
    return taken;
  };
}
