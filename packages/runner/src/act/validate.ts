/** The verdict of a validation run in staging (L4, W2): what failed before and passes after, and whether it was taken back again. */
import type { CheckRun, Instant, RolloutView, Tier, ValidationReport } from '@countersign/core';
import type { RunnerConfig } from '../preflight/runner-config.ts';
import type { Inventory } from '../preflight/inventory.ts';
import { parseRuns } from './probe-runs.ts';
import type { Rollout } from './rollout.ts';

export interface ValidationQuestion {
  readonly rollout: Rollout;
  readonly config: Pick<RunnerConfig, 'organisation' | 'runner'>;
  readonly inventory: Inventory;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
}

export function validationReport({
  rollout,
  config,
  inventory,
  startedAt,
  finishedAt,
}: ValidationQuestion): ValidationReport {
  const { capsule, digest } = rollout.work;
  const runs = (['before', 'after'] as const).flatMap((phase) =>
    parseRuns(rollout.findings.get(`runs-${phase}`, 'run')),
  );
  const { reproduction } = capsule.validation;
  const isReproduced = reproduction !== undefined && wasReproduced(runs, reproduction.id);
  const after = runs.filter(({ phase }) => phase === 'after');
  const expected = capsule.targets.length * (capsule.validation.checks.length + (reproduction === undefined ? 0 : 1));
  const areChecksPassed = after.length === expected && after.every(({ result }) => result === 'passed');
  const { view } = rollout;
  const tiers = capsule.targets.flatMap(({ id }) => inventory.targets.get(id)?.tier ?? []);
  return {
    type: 'validation-report',
    organisation: config.organisation,
    runner: config.runner,
    capsule: digest,
    proposal: capsule.proposal.id,
    changeDigest: capsule.changeDigest,
    spec: capsule.validation.spec,
    runs,
    isReproduced,
    isPassed: isHealthyThroughout(view) && areChecksPassed && (reproduction === undefined || isReproduced),
    ...(capsule.rollback.kind === 'restore' && { drill: drillOf(capsule.change.action, tiers, view) }),
    startedAt,
    finishedAt,
  };
}

const drillOf = (
  action: NonNullable<ValidationReport['drill']>['action'],
  tiers: readonly Tier[],
  { phase, counts }: RolloutView,
): NonNullable<ValidationReport['drill']> => ({
  action,
  tiers: [...new Set(tiers)].toSorted(),
  isRestored: phase.name === 'rolled-back' && counts.touched === counts.targets,
});

/** At least one target failed before, and every one that did passes now; an answer that never came proves nothing. */
function wasReproduced(runs: readonly CheckRun[], check: string): boolean {
  const of = (phase: CheckRun['phase']): readonly CheckRun[] =>
    runs.filter((run) => run.phase === phase && run.check === check);
  const failing = of('before').filter(({ result }) => result === 'failed');
  const after = new Map(of('after').map((run) => [run.target, run.result]));
  return failing.length > 0 && failing.every(({ target }) => after.get(target) === 'passed');
}

/** Every target was changed and verified, and nothing tripped. */
const isHealthyThroughout = ({ counts, trips }: RolloutView): boolean =>
  trips === 0 && counts.healthy === counts.targets;
