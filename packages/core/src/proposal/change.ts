/**
 * What would be done, how it is proved, how it is undone. The digest over these three is the change digest: equal in the
 * staging and in the production capsule (L4).
 */
import type { Id, TargetId } from '../shared/brand.ts';
import { stepShape, type Step } from './step.ts';
import { boolean, id, integer, list, map, object, oneOf, optional, text, where, type Shape } from '../shared/shape.ts';

/** Closed list; what a runner cannot do is still named, so that policy can prohibit it. */
export const ACTION_TYPES = [
  'config.change',
  'package.patch',
  'service.restart',
  'flag.rollback',
  'file.quarantine',
  'process.kill',
  'host.isolate',
  'firewall.rule',
  'network.isolate',
  'workload.scale',
  'credential.rotate',
  'secret.change',
  'identity.change',
  'acl.change',
  'account.disable',
  'entitlement.change',
  'billing.change',
  'data.restore',
  'data.destroy',
  'tenant.cross',
  'governance.change',
] as const;
export type ActionType = (typeof ACTION_TYPES)[number];

export interface Change {
  readonly action: ActionType;
  readonly summary: string;
  readonly steps: readonly Step[];
  /** Versions that health must show on a changed target afterwards, e.g. `openssl: 3.0.14` (X4). */
  readonly intendedVersions: Readonly<Record<string, string>>;
}

/** A question to a target or service: a path below its base address and the status that means "good". */
export interface Probe {
  readonly id: Id<'Check'>;
  readonly path: string;
  readonly expectStatus: number;
}

/** Bound validation (W1): the reproduction must fail before the change and pass after it. */
export interface ValidationPlan {
  readonly spec: { readonly id: Id<'Spec'>; readonly version: number };
  readonly reproduction?: Probe;
  readonly checks: readonly Probe[];
  readonly stagingTargets: readonly TargetId[];
}

/** X6. `restore` puts the captured before-state back and restarts what the change restarted. */
export interface RollbackPlan {
  readonly kind: 'restore' | 'none';
  readonly windowMinutes: number;
  /** What becomes of data written since; `lost` and `unknown` are never autonomous. */
  readonly dataEffects: 'none' | 'kept' | 'replayed-once' | 'lost' | 'unknown';
  /** Whether a trip starts the rollback by itself; otherwise the default, halt and hold, rules. */
  readonly isAutomatic: boolean;
}

export interface BoundChange {
  readonly change: Change;
  readonly validation: ValidationPlan;
  readonly rollback: RollbackPlan;
}

const URL_PATH = /^\/[A-Za-z0-9._~/-]{0,199}$/;

const probeShape: Shape<Probe> = object<Probe>({
  id: id(),
  path: where(text({ min: 1, max: 200, pattern: URL_PATH }), (path) =>
    path.split('/').includes('..') ? 'must not contain `..`' : undefined,
  ),
  expectStatus: integer({ min: 100, max: 599 }),
});

export const changeShape: Shape<Change> = object<Change>({
  action: oneOf(...ACTION_TYPES),
  summary: text({ min: 1, max: 500 }),
  steps: list(stepShape, { min: 1, max: 16 }),
  intendedVersions: map(text({ min: 1, max: 120 }), { max: 16 }),
});

export const validationPlanShape: Shape<ValidationPlan> = object<ValidationPlan>({
  spec: object<ValidationPlan['spec']>({ id: id(), version: integer({ min: 1, max: 1_000_000 }) }),
  reproduction: optional(probeShape),
  checks: list(probeShape, { max: 16 }),
  stagingTargets: list(id<'Target'>(), { max: 200 }),
});

export const rollbackPlanShape: Shape<RollbackPlan> = object<RollbackPlan>({
  kind: oneOf('restore', 'none'),
  windowMinutes: integer({ min: 0, max: 10_080 }),
  dataEffects: oneOf('none', 'kept', 'replayed-once', 'lost', 'unknown'),
  isAutomatic: boolean,
});
