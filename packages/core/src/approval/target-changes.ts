/** Targets of two versions of one capsule: a subset in the same order is narrower; one more, or another order, is seen by a person (D6). */
import { TIERS, type Tier } from '../graph/graph.ts';
import type { CapsuleTarget } from '../capsule/capsule.ts';
import type { CapsuleChange, DeltaEffect } from './capsule-changes.ts';

type Targets = readonly CapsuleTarget[];

const rankOf = (tier: Tier): number => TIERS.indexOf(tier);
const highest = (targets: Targets): number => Math.max(-1, ...targets.map(({ tier }) => rankOf(tier)));
const words = ({ id, tier, stratum }: CapsuleTarget): string =>
  `${id}, ${tier}, ${stratum === '' ? '(not known)' : stratum}`;

export function targetChanges(before: Targets, after: Targets): readonly CapsuleChange[] {
  const were = new Map<string, CapsuleTarget>(before.map((target) => [target.id, target]));
  const are = new Map<string, CapsuleTarget>(after.map((target) => [target.id, target]));
  const limit = highest(before);
  return [
    ...before.filter(({ id }) => !are.has(id)).map((target) => line('narrows', target, undefined)),
    ...after
      .filter(({ id }) => !were.has(id))
      // A tier that was nowhere in the signed version is another kind of risk than the one people looked at.
      .map((target) => line(rankOf(target.tier) > limit ? 'voids' : 'shifts', undefined, target)),
    ...after.flatMap((target) => keptChanges(were.get(target.id), target)),
    ...orderChanges(
      before.filter(({ id }) => are.has(id)),
      after.filter(({ id }) => were.has(id)),
    ),
  ];
}

function line(effect: DeltaEffect, before: CapsuleTarget | undefined, after: CapsuleTarget | undefined): CapsuleChange {
  return {
    at: '/targets',
    effect,
    ...(before !== undefined && { before: words(before) }),
    ...(after !== undefined && { after: words(after) }),
  };
}

function keptChanges(before: CapsuleTarget | undefined, after: CapsuleTarget): readonly CapsuleChange[] {
  if (before === undefined) return [];
  const [was, is] = [rankOf(before.tier), rankOf(after.tier)];
  if (is > was) return [line('voids', before, after)];
  if (before.stratum !== after.stratum) return [line('shifts', before, after)];
  return is < was ? [line('narrows', before, after)] : [];
}

/** The order decides who goes first, so it was part of what was signed (X4). */
function orderChanges(before: Targets, after: Targets): readonly CapsuleChange[] {
  const [was, is] = [before, after].map((targets) => targets.map(({ id }) => id).join(', '));
  if (was === is || was === undefined || is === undefined) return [];
  return [{ at: '/targets', effect: 'shifts', before: `order ${was}`, after: `order ${is}` }];
}
