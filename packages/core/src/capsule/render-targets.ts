/** Targets, order and speed of a capsule, for its page. Every id is on it. */
import { TIERS, type Tier } from '../graph/graph.ts';
import type { Capsule, CapsuleTarget } from './capsule.ts';
import { plannedCohorts } from './cohorts.ts';
import { field, plain } from './plain-text.ts';
import { compactIds } from './ranges.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const idsOf = (targets: readonly CapsuleTarget[]): readonly string[] => targets.map(({ id }) => id);

/** The most critical first. */
const byTier = (targets: readonly CapsuleTarget[]): readonly (readonly [Tier, readonly CapsuleTarget[]])[] =>
  TIERS.toReversed().flatMap((tier) => {
    const same = targets.filter((target) => target.tier === tier);
    return same.length === 0 ? [] : [[tier, same] as const];
  });

export function targetLines({ targets, rollout }: Capsule): readonly string[] {
  const strata = [...Map.groupBy(targets, ({ stratum }) => stratum)].toSorted(([a], [b]) => byText(a, b));
  const canary = targets.slice(0, rollout.canary);
  const covered = new Set(canary.map(({ stratum }) => stratum)).size;
  const tiers = byTier(targets).map(([tier, same]) => `${same.length} ${tier}`);
  return [
    ...field('targets', `${targets.length}: ${tiers.join(', ')}`),
    ...field('canary', `${canary.length} first, covering ${covered} of ${strata.length} configurations`),
    ...field('', idsOf(canary).join(', ')),
    ...strata.flatMap(([name, group]) => [
      ...field('configuration', `${name === '' ? '(not known)' : plain(name)}: ${group.length}`),
      ...byTier(group).flatMap(([tier, same]) =>
        field('', `${tier}: ${compactIds(idsOf(same).toSorted(byText)).join(', ')}`),
      ),
    ]),
    ...field('order', compactIds(idsOf(targets)).join(', ')),
  ];
}

export function rolloutLines(capsule: Capsule): readonly string[] {
  const { targets, rollout, dependants, change } = capsule;
  const ends = plannedCohorts(targets.length, rollout);
  const sizes = ends.map((end, index) => end - (ends[index - 1] ?? 0));
  const versions = Object.keys(change.intendedVersions).length > 0 ? ' and shows the intended version' : '';
  return [
    ...field('cohorts', `${sizes.length} if all is well, of ${compactSizes(sizes)} targets`),
    ...field(
      'window',
      `at most ${rollout.window} targets are changed and not yet proved healthy; the first one goes alone`,
    ),
    ...field('healthy', `each target answers within ${rollout.healthTimeoutMs} ms after its change${versions}`),
    ...field('between', `${rollout.bakeMs} ms after each cohort all dependants are checked again`),
    ...field(
      'dependants',
      dependants.length === 0 ? 'none named by the analysis' : `${dependants.length}: ${dependants.join(', ')}`,
    ),
    ...field(
      'stops',
      'at the first answer that is not healthy, missing or unclear; a person has to sign before it goes on',
    ),
  ];
}

/** `10, 10, 20 x 4`. */
function compactSizes(sizes: readonly number[]): string {
  const runs: { readonly size: number; readonly count: number }[] = [];
  for (const size of sizes) {
    const last = runs.at(-1);
    if (last?.size === size) runs[runs.length - 1] = { size, count: last.count + 1 };
    else runs.push({ size, count: 1 });
  }
  return runs.map(({ size, count }) => (count === 1 ? `${size}` : `${size} x ${count}`)).join(', ');
}
