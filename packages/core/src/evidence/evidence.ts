/** The full bundle of one change as the runner saw it (V1, AG-706 4.8): the same fields for every change, automatic or approved. */
import type {
  Digest,
  Id,
  Instant,
  OrganisationId,
  PersonId,
  ProposalId,
  RunId,
  RunnerId,
  TargetId,
} from '../shared/brand.ts';
import { tierShape, type Tier } from '../graph/graph.ts';
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';
import {
  boolean,
  digest,
  id,
  instant,
  integer,
  list,
  literal,
  object,
  oneOf,
  optional,
  text,
  type Shape,
} from '../shared/shape.ts';

/** One check in one phase of a validation run (W2). */
export interface CheckRun {
  readonly id: RunId;
  readonly check: Id<'Check'>;
  readonly target: TargetId;
  readonly phase: 'before' | 'after';
  readonly result: 'passed' | 'failed' | 'error';
  readonly detail: string;
  readonly at: Instant;
}

/** Signed by the staging runner: the only form in which "it was validated" counts (X1). */
export interface ValidationReport {
  readonly type: 'validation-report';
  readonly organisation: OrganisationId;
  readonly runner: RunnerId;
  readonly capsule: Digest;
  readonly proposal: ProposalId;
  readonly changeDigest: Digest;
  readonly spec: { readonly id: Id<'Spec'>; readonly version: number };
  readonly runs: readonly CheckRun[];
  /** The reproduction failed before the change and passed after it, on every staging target that has it (L4). */
  readonly isReproduced: boolean;
  readonly isPassed: boolean;
  /** The change was taken back and the before-state proved: a drill of this action on the tiers of the staging targets (X6). */
  readonly drill?: { readonly action: ActionType; readonly tiers: readonly Tier[]; readonly isRestored: boolean };
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
}

/** One target's part of the evidence. Digests are of file contents; texts come from targets and are hostile. */
export interface TargetEvidence {
  readonly target: TargetId;
  readonly outcome: 'changed' | 'reverted' | 'revert-failed' | 'unknown' | 'held';
  readonly before: readonly { readonly path: string; readonly digest: Digest | 'absent' }[];
  readonly after: readonly { readonly path: string; readonly digest: Digest | 'absent' }[];
  readonly healthBefore: string;
  readonly healthAfter: string;
  readonly output: string;
}

export interface Evidence {
  readonly type: 'evidence';
  readonly organisation: OrganisationId;
  readonly runner: RunnerId;
  readonly capsule: Digest;
  readonly proposal: ProposalId;
  /** AG-706 4.8: trigger, classification logic, dependency analysis. */
  readonly trigger: readonly string[];
  readonly decision: Digest;
  readonly dependencyAnalysis: { readonly graph: Digest; readonly dependants: readonly string[] };
  readonly approvals: readonly { readonly person: PersonId; readonly role: string; readonly envelope: Digest }[];
  readonly validation: readonly RunId[];
  /** Owed when no person approved: digests of correlation, drill certificate, prediction and the review item (V1). */
  readonly automatic?: {
    readonly correlation?: Digest;
    readonly drill?: Digest;
    readonly prediction?: Digest;
    readonly review?: Digest;
  };
  readonly rollbackAvailability: string;
  readonly healthBefore: readonly { readonly subject: string; readonly state: string }[];
  readonly healthAfter: readonly { readonly subject: string; readonly state: string }[];
  readonly targets: readonly TargetEvidence[];
  readonly outcome: 'completed' | 'rolled-back' | 'halted' | 'failed';
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
}

/** What the runner signs: the root of the salted field tree, and the counts that may always leave. */
export interface EvidenceStatement {
  readonly type: 'evidence-statement';
  readonly organisation: OrganisationId;
  readonly runner: RunnerId;
  readonly capsule: Digest;
  readonly proposal: ProposalId;
  /** Root of the salted field tree, hex. */
  readonly root: string;
  readonly fields: number;
  readonly outcome: Evidence['outcome'];
  readonly counts: {
    readonly targets: number;
    readonly touched: number;
    readonly changed: number;
    readonly reverted: number;
    readonly unknown: number;
    readonly held: number;
  };
  readonly finishedAt: Instant;
}

const count = integer({ min: 0, max: 1_000_000 });
const hostile = (max: number): Shape<string> => text({ max });

export const validationReportShape: Shape<ValidationReport> = object<ValidationReport>({
  type: literal('validation-report'),
  organisation: id(),
  runner: id(),
  capsule: digest,
  proposal: id(),
  changeDigest: digest,
  spec: object<ValidationReport['spec']>({ id: id(), version: integer({ min: 1, max: 1_000_000 }) }),
  runs: list(
    object<CheckRun>({
      id: id(),
      check: id(),
      target: id(),
      phase: oneOf('before', 'after'),
      result: oneOf('passed', 'failed', 'error'),
      detail: hostile(1000),
      at: instant,
    }),
    { max: 10_000 },
  ),
  isReproduced: boolean,
  isPassed: boolean,
  drill: optional(
    object<NonNullable<ValidationReport['drill']>>({
      action: oneOf(...ACTION_TYPES),
      tiers: list(tierShape, { max: 3 }),
      isRestored: boolean,
    }),
  ),
  startedAt: instant,
  finishedAt: instant,
});

export const evidenceStatementShape: Shape<EvidenceStatement> = object<EvidenceStatement>({
  type: literal('evidence-statement'),
  organisation: id(),
  runner: id(),
  capsule: digest,
  proposal: id(),
  root: text({ min: 64, max: 64, pattern: /^[0-9a-f]{64}$/ }),
  fields: integer({ min: 1, max: 10_000_000 }),
  outcome: oneOf('completed', 'rolled-back', 'halted', 'failed'),
  counts: object<EvidenceStatement['counts']>({
    targets: count,
    touched: count,
    changed: count,
    reverted: count,
    unknown: count,
    held: count,
  }),
  finishedAt: instant,
});
