/**
 * The campaign (C4): one manifest over the capsules of many runners, that people sign once. It lists every capsule by digest in
 * stage order; their Merkle root, the total blast radius and the rule that lets each stage begin are part of what is signed.
 */
import type {
  AgentId,
  Digest,
  EnclaveId,
  Id,
  Instant,
  OrganisationId,
  PersonId,
  ProposalId,
  RunnerId,
} from '../shared/brand.ts';
import type { Tier } from '../graph/graph.ts';
import type { Demand } from '../people/person.ts';
import { demandShape, environmentShape, type Environment } from '../people/trust-bundle.ts';
import { changeShape, rollbackPlanShape, validationPlanShape, type BoundChange } from '../proposal/change.ts';
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
  text,
  union,
  type Shape,
} from '../shared/shape.ts';

export type CampaignId = Id<'Campaign'>;
/** How many targets of each tier. */
export type TierCounts = Readonly<Record<Tier, number>>;

/** What is said of a capsule beside its digest; the runner that holds it compares every word with its bytes. */
export interface CampaignMember {
  readonly capsule: Digest;
  readonly enclave: EnclaveId;
  readonly runner: RunnerId;
  readonly environment: Environment;
  readonly proposal: {
    readonly id: ProposalId;
    readonly revision: number;
    readonly agent: AgentId;
    /** Has no say on any capsule of the campaign (A4). */
    readonly owner: PersonId;
  };
  readonly change: Digest;
  readonly targets: TierCounts;
}

/** What lets a stage begin: the campaign itself, or signed receipts of the stage before. */
export type StageRelease =
  | { readonly from: 'start' }
  | {
      readonly from: 'receipts';
      /** How many capsules of the stage before must have succeeded. What is heard of the others must be no failure either. */
      readonly succeeded: number;
      /** After the last of those receipts. */
      readonly bakeMs: number;
    };

export interface CampaignStage {
  readonly name: Id<'Stage'>;
  /** An enclave is a failure domain; more than one at a time only when the people who sign read so (X4). */
  readonly failureDomains: 'one' | 'several';
  readonly release: StageRelease;
  readonly capsules: readonly CampaignMember[];
}

/** A change as it is in the capsules, so that the page of the manifest alone shows all that will be done. */
export interface CampaignChange extends BoundChange {
  readonly digest: Digest;
}

export interface CampaignTotals {
  readonly targets: number;
  readonly byTier: TierCounts;
  readonly enclaves: number;
  readonly runners: number;
}

export interface CampaignManifest {
  readonly type: 'campaign';
  readonly organisation: OrganisationId;
  readonly id: CampaignId;
  readonly version: number;
  readonly title: string;
  readonly isDemo: boolean;
  /** Inside the window of each capsule. */
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  /** 32 hex digits. */
  readonly nonce: string;
  /** Usually one; several only where they are listed here and shown. */
  readonly changes: readonly CampaignChange[];
  /** One after the other. */
  readonly stages: readonly CampaignStage[];
  /** RFC 6962 root over the 32 bytes of each capsule digest, in stage order. */
  readonly root: Digest;
  readonly size: number;
  readonly totals: CampaignTotals;
  /** Covers what each capsule demands. */
  readonly demands: readonly Demand[];
}

export const MAX_CAMPAIGN_CAPSULES = 5000;
const MAX_STAGES = 64;
const MAX_CHANGES = 16;

const count = integer({ min: 0, max: 100_000_000 });
const tierCounts = object<TierCounts>({
  'non-critical': count,
  'production-critical': count,
  'safety-critical': count,
});

const memberShape: Shape<CampaignMember> = object<CampaignMember>({
  capsule: digest,
  enclave: id(),
  runner: id(),
  environment: environmentShape,
  proposal: object<CampaignMember['proposal']>({
    id: id(),
    revision: integer({ min: 1, max: 1_000_000 }),
    agent: id(),
    owner: id(),
  }),
  change: digest,
  targets: tierCounts,
});

const releaseShape: Shape<StageRelease> = union<StageRelease>('from', {
  start: object({ from: literal('start') }),
  receipts: object({
    from: literal('receipts'),
    succeeded: integer({ min: 1, max: MAX_CAMPAIGN_CAPSULES }),
    bakeMs: integer({ min: 0, max: 604_800_000 }),
  }),
});

export const campaignShape: Shape<CampaignManifest> = object<CampaignManifest>({
  type: literal('campaign'),
  organisation: id(),
  id: id(),
  version: integer({ min: 1, max: 1000 }),
  title: text({ min: 1, max: 200 }),
  isDemo: boolean,
  notBefore: instant,
  notAfter: instant,
  nonce: text({ min: 32, max: 32, pattern: /^[0-9a-f]{32}$/ }),
  changes: list(
    object<CampaignChange>({
      digest,
      change: changeShape,
      validation: validationPlanShape,
      rollback: rollbackPlanShape,
    }),
    { min: 1, max: MAX_CHANGES },
  ),
  stages: list(
    object<CampaignStage>({
      name: id(),
      failureDomains: oneOf('one', 'several'),
      release: releaseShape,
      capsules: list(memberShape, { min: 1, max: MAX_CAMPAIGN_CAPSULES }),
    }),
    { min: 1, max: MAX_STAGES },
  ),
  root: digest,
  size: integer({ min: 1, max: MAX_CAMPAIGN_CAPSULES }),
  totals: object<CampaignTotals>({ targets: count, byTier: tierCounts, enclaves: count, runners: count }),
  demands: list(demandShape, { min: 1, max: 32 }),
});

/** A capsule with its place: the stage it runs in and its leaf in the tree. */
export interface PlacedMember {
  readonly member: CampaignMember;
  readonly stage: number;
  readonly index: number;
}

/** Every capsule in stage order; the place in this list is the leaf index. */
export const placedMembers = ({ stages }: Pick<CampaignManifest, 'stages'>): readonly PlacedMember[] =>
  stages
    .flatMap(({ capsules }, stage) => capsules.map((member) => ({ member, stage })))
    .map((placed, index) => ({ ...placed, index }));
