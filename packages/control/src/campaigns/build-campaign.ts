/** Makes the manifest of a campaign from capsules that wait for people (C4). Pure; ids, nonce and time come in. */
import {
  campaignTotals,
  mergedDemands,
  tierCountsOf,
  type CampaignChange,
  type CampaignId,
  type CampaignManifest,
  type CampaignMember,
  type CampaignStage,
  type Digest,
  type Id,
  type Instant,
  type ProposalId,
} from '@countersign/core';
import { campaignRoot } from '@countersign/seal';
import type { StoredCapsule } from '../capsules/stored-capsule.ts';

/** What a person asks for: which proposals, in which order, and what lets each stage begin. */
export interface CampaignDraft {
  readonly title: string;
  readonly notAfter?: Instant;
  readonly stages: readonly {
    readonly name: Id<'Stage'>;
    readonly proposals: readonly ProposalId[];
    /** Absent: one. */
    readonly failureDomains?: CampaignStage['failureDomains'];
    /** Absent: all capsules of the stage before. */
    readonly succeeded?: number;
    readonly bakeMs?: number;
  }[];
}

export interface CampaignPlan {
  readonly draft: CampaignDraft;
  /** The capsules of each stage, in the order of its proposals. */
  readonly stages: readonly (readonly StoredCapsule[])[];
  readonly id: CampaignId;
  readonly nonce: string;
}

/** Bake between two stages when nobody says another: long enough to see a slow failure. */
const BAKE_MS = 600_000;

export function buildCampaign({ draft, stages: stored, id, nonce }: CampaignPlan): CampaignManifest | undefined {
  const [first, ...rest] = stored.flat();
  if (first === undefined) return undefined;
  const capsules = [first, ...rest].map(({ capsule }) => capsule);
  const stages = stored.map((members, place) => stageOf(draft, { members, place, before: stored[place - 1]?.length }));
  const { organisation, isDemo } = first.capsule;
  const ends = [...capsules.map(({ notAfter }) => notAfter), ...(draft.notAfter === undefined ? [] : [draft.notAfter])];
  return {
    type: 'campaign',
    organisation,
    id,
    version: 1,
    title: draft.title,
    isDemo,
    notBefore: capsules.map(({ notBefore }) => notBefore).reduce((latest, at) => (at > latest ? at : latest)),
    notAfter: ends.reduce((earliest, at) => (at < earliest ? at : earliest)),
    nonce,
    changes: changesOf(stored.flat()),
    stages,
    root: campaignRoot(stored.flat().map(({ digest }) => digest)),
    size: capsules.length,
    totals: campaignTotals({ stages }),
    demands: mergedDemands(capsules.map(({ demands }) => demands)),
  };
}

interface OneStage {
  readonly members: readonly StoredCapsule[];
  readonly place: number;
  readonly before: number | undefined;
}

function stageOf({ stages }: CampaignDraft, { members, place, before }: OneStage): CampaignStage {
  const asked = stages[place];
  if (asked === undefined) throw new Error('a stage that nobody asked for');
  const { succeeded, bakeMs = BAKE_MS } = asked;
  return {
    name: asked.name,
    failureDomains: asked.failureDomains ?? 'one',
    release: before === undefined ? { from: 'start' } : { from: 'receipts', succeeded: succeeded ?? before, bakeMs },
    capsules: members.map(memberOf),
  };
}

function memberOf({ capsule, digest }: StoredCapsule): CampaignMember {
  const { id, revision, agent, owner } = capsule.proposal;
  return {
    capsule: digest,
    enclave: capsule.audience.enclave,
    runner: capsule.audience.runner,
    environment: capsule.environment,
    proposal: { id, revision, agent, owner },
    change: capsule.changeDigest,
    targets: tierCountsOf(capsule),
  };
}

function changesOf(stored: readonly StoredCapsule[]): readonly CampaignChange[] {
  const changes = new Map<Digest, CampaignChange>();
  for (const { capsule } of stored) {
    const { changeDigest: digest, change, validation, rollback } = capsule;
    changes.set(digest, { digest, change, validation, rollback });
  }
  return [...changes.values()];
}
