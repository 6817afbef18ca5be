/**
 * The capsule (C1): immutable, content-addressed, everything that will run and nothing else. Its digest is SHA-256 of the
 * payload bytes as received. Signatures travel beside it.
 */
import type {
  AgentId,
  CapsuleId,
  Digest,
  EnclaveId,
  Instant,
  NodeId,
  OrganisationId,
  PersonId,
  ProposalId,
  RunnerId,
  SignalId,
  TargetId,
} from '../shared/brand.ts';
import type { Demand } from '../people/person.ts';
import { demandShape, environmentShape, type Environment } from '../people/trust-bundle.ts';
import { tierShape, type Tier } from '../graph/graph.ts';
import { changeShape, rollbackPlanShape, validationPlanShape, type BoundChange } from '../proposal/change.ts';
import { changeRecordShape, contingencyPlanShape } from '../proposal/proposal.ts';
import { EGRESS_MODES, type EgressMode } from '../envelope/egress.ts';
import type { RolloutRule } from '../envelope/envelope.ts';
import type { Verdict } from '../decision/decision.ts';
import { capturedStateShape, type CapturedState } from './captured-state.ts';
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

/** A resolved target; approval covers this list, never a query. */
export interface CapsuleTarget {
  readonly id: TargetId;
  readonly tier: Tier;
  /** Configuration stratum, e.g. `os=deb12 openssl=3.0.11 role=payments`. */
  readonly stratum: string;
}

/** What the decision was made from, beside envelope and graph, which the capsule names itself (D2). */
export interface DecisionInputs {
  /** Of the facts in the decision, as canonical JSON. */
  readonly facts: Digest;
  /** Of the trust bundle that was in force. */
  readonly trust: Digest;
  /** Of the capsule whose staging run was counted; absent: none was. */
  readonly validation?: Digest;
}

export interface Capsule extends BoundChange {
  readonly type: 'capsule';
  readonly id: CapsuleId;
  /** Versions of one capsule share its id, each names the one before, and at most one of them ever runs. */
  readonly version: number;
  readonly parent?: Digest;
  readonly organisation: OrganisationId;
  /** `validation` runs reproduction, change and bound validation in staging; `rollout` is the governed change. */
  readonly purpose: 'validation' | 'rollout';
  readonly environment: Environment;
  readonly audience: { readonly enclave: EnclaveId; readonly runner: RunnerId };
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  /** 32 hex digits, single use. */
  readonly nonce: string;
  readonly isDemo: boolean;
  readonly proposal: {
    readonly id: ProposalId;
    readonly revision: number;
    readonly agent: AgentId;
    /** The human who answers for the agent; excluded from the quorum (A4). */
    readonly owner: PersonId;
    readonly title: string;
    readonly hypothesis: string;
    readonly signals: readonly SignalId[];
    readonly changeRecord?: string;
    readonly contingencyPlan?: string;
  };
  readonly changeDigest: Digest;
  /** What is written down of each target before it is touched; exactly what the steps touch (X6). */
  readonly capture: readonly CapturedState[];
  /** Digest of `counterCapsuleOf`: the way back that people sign together with the change (X6, D14). */
  readonly counterCapsule: Digest;
  /** In rollout order: the stratified canary first. */
  readonly targets: readonly CapsuleTarget[];
  readonly rollout: RolloutRule;
  /** Services whose health is read before, between and after (X4). */
  readonly dependants: readonly NodeId[];
  readonly egress: EgressMode;
  readonly decision: { readonly digest: Digest; readonly verdict: Verdict; readonly inputs: DecisionInputs };
  readonly envelope: { readonly digest: Digest; readonly version: number };
  readonly graph: { readonly digest: Digest; readonly version: number };
  readonly riskAssessment: Digest;
  /** What people owe, as decided; the runner's floor and the envelope can only add to it. */
  readonly demands: readonly Demand[];
}

const versioned = object<{ digest: Digest; version: number }>({
  digest,
  version: integer({ min: 1, max: 1_000_000_000 }),
});

export const capsuleShape: Shape<Capsule> = object<Capsule>({
  type: literal('capsule'),
  id: id(),
  version: integer({ min: 1, max: 1000 }),
  parent: optional(digest),
  organisation: id(),
  purpose: oneOf('validation', 'rollout'),
  environment: environmentShape,
  audience: object<Capsule['audience']>({ enclave: id(), runner: id() }),
  notBefore: instant,
  notAfter: instant,
  nonce: text({ min: 32, max: 32, pattern: /^[0-9a-f]{32}$/ }),
  isDemo: boolean,
  proposal: object<Capsule['proposal']>({
    id: id(),
    revision: integer({ min: 1, max: 1_000_000 }),
    agent: id(),
    owner: id(),
    title: text({ min: 1, max: 200 }),
    hypothesis: text({ min: 1, max: 4000 }),
    signals: list(id<'Signal'>(), { min: 1, max: 200 }),
    changeRecord: optional(changeRecordShape),
    contingencyPlan: optional(contingencyPlanShape),
  }),
  change: changeShape,
  validation: validationPlanShape,
  rollback: rollbackPlanShape,
  changeDigest: digest,
  capture: list(capturedStateShape, { max: 16 }),
  counterCapsule: digest,
  targets: list(object<CapsuleTarget>({ id: id(), tier: tierShape, stratum: text({ max: 300 }) }), {
    min: 1,
    max: 20_000,
  }),
  rollout: object<RolloutRule>({
    canary: integer({ min: 1, max: 1000 }),
    window: integer({ min: 1, max: 1000 }),
    bakeMs: integer({ min: 0, max: 86_400_000 }),
    healthTimeoutMs: integer({ min: 100, max: 3_600_000 }),
  }),
  dependants: list(id<'Node'>(), { max: 5000 }),
  egress: oneOf(...EGRESS_MODES),
  decision: object<Capsule['decision']>({
    digest,
    verdict: oneOf('autonomous', 'needs-approval', 'prohibited'),
    inputs: object<DecisionInputs>({ facts: digest, trust: digest, validation: optional(digest) }),
  }),
  envelope: versioned,
  graph: versioned,
  riskAssessment: digest,
  demands: list(demandShape, { max: 32 }),
});
