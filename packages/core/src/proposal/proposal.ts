/** What an agent puts forward (L2). Everything an agent writes is a claim; facts that decide are computed elsewhere. */
import type {
  AgentId,
  Digest,
  EnclaveId,
  Instant,
  OrganisationId,
  ProposalId,
  RunId,
  SignalId,
  TargetId,
} from '../shared/brand.ts';
import { environmentShape, type Environment } from '../people/trust-bundle.ts';
import { digest, id, instant, list, object, oneOf, optional, text, where, type Shape } from '../shared/shape.ts';
import {
  ACTION_TYPES,
  changeShape,
  rollbackPlanShape,
  validationPlanShape,
  type ActionType,
  type BoundChange,
} from './change.ts';

/** What the agent saw and did on its way; what it says it read elsewhere is marked as claimed (L5). */
interface ContextRecord {
  readonly model: string;
  /** The prompt, or the rule of a deterministic agent. */
  readonly prompt: string;
  readonly toolCalls: readonly { readonly tool: string; readonly input: string; readonly outputDigest?: Digest }[];
}

export interface ProposalDraft extends BoundChange {
  readonly title: string;
  readonly hypothesis: string;
  readonly environment: Environment;
  readonly signals: readonly SignalId[];
  /** The check that fails now, the trace that shows it, how to reproduce it. */
  readonly failingCheck: string;
  readonly trace: string;
  readonly reproduction: string;
  /** Runs that observed the failure. */
  readonly runIds: readonly RunId[];
  readonly targets: readonly TargetId[];
  /** Where its environment has runners in several enclaves: the one that carries it out. */
  readonly enclave?: EnclaveId;
  readonly timing: {
    readonly notBefore?: Instant;
    readonly notAfter?: Instant;
    readonly mayNotOverlap: readonly ActionType[];
  };
  readonly context: ContextRecord;
  /** Reference of the change in the organisation's own change control, e.g. `CHG-4711` (E1: cardholder scope). */
  readonly changeRecord?: string;
  /** What people do meanwhile when it goes wrong (A2: clinical, personal-health and process-control targets). */
  readonly contingencyPlan?: string;
}

/** A draft that was accepted at intake. `revision` counts up; signatures bind one revision (trap 1). */
export interface Proposal extends ProposalDraft {
  readonly id: ProposalId;
  readonly organisation: OrganisationId;
  readonly revision: number;
  readonly agent: AgentId;
  readonly createdAt: Instant;
  readonly changeDigest: Digest;
}

const prose = (max: number): Shape<string> => text({ min: 1, max });
const unique = (items: readonly string[]): string | undefined =>
  new Set(items).size === items.length ? undefined : 'must not name an item twice';

export const changeRecordShape: Shape<string> = prose(200);
export const contingencyPlanShape: Shape<string> = prose(4000);

export const proposalDraftShape: Shape<ProposalDraft> = object<ProposalDraft>({
  title: prose(200),
  hypothesis: prose(4000),
  environment: environmentShape,
  signals: where(list(id<'Signal'>(), { min: 1, max: 200 }), unique),
  failingCheck: prose(1000),
  trace: prose(8000),
  reproduction: prose(4000),
  runIds: where(list(id<'Run'>(), { min: 1, max: 100 }), unique),
  change: changeShape,
  // An empty selector is zero targets, never all; and zero targets is not a proposal.
  targets: where(list(id<'Target'>(), { min: 1, max: 20_000 }), unique),
  enclave: optional(id()),
  rollback: rollbackPlanShape,
  validation: validationPlanShape,
  timing: object<ProposalDraft['timing']>({
    notBefore: optional(instant),
    notAfter: optional(instant),
    mayNotOverlap: list(oneOf(...ACTION_TYPES), { max: 32 }),
  }),
  context: object<ContextRecord>({
    model: prose(200),
    prompt: prose(16_000),
    toolCalls: list(
      object<ContextRecord['toolCalls'][number]>({
        tool: prose(200),
        input: text({ max: 4000 }),
        outputDigest: optional(digest),
      }),
      { max: 200 },
    ),
  }),
  changeRecord: optional(changeRecordShape),
  contingencyPlan: optional(contingencyPlanShape),
});
