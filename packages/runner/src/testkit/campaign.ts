/** A campaign over worlds: its manifest, what people sign over it, and the receipts of its runners. A test changes one thing. */
import {
  campaignApprovalShape,
  campaignShape,
  campaignTotals,
  mergedDemands,
  placedMembers,
  plusMs,
  receiptShape,
  tierCountsOf,
  type CampaignManifest,
  type Digest,
  type Instant,
  type StageRelease,
} from '@countersign/core';
import {
  campaignProof,
  campaignRoot,
  canonicalBytes,
  digestOf,
  generateSigner,
  PAYLOAD,
  readCampaign,
  signEnvelope,
  type CampaignDelivery,
  type DsseEnvelope,
  type OpenedCampaign,
  type SignerKey,
} from '@countersign/seal';
import { encoded, makeBundle, ORGANISATION, personKey, type HouseKeys } from './house.ts';
import { good, made } from './made.ts';
import { makeWorld, type World, type WorldPlan } from './world.ts';

const HOUR_MS = 3_600_000;

/** A runner in an enclave of its own. */
export interface SiteRunner {
  readonly enclave: string;
  readonly runner: string;
  readonly key: SignerKey;
}

export const siteRunner = (enclave: string, runner: string): SiteRunner => ({
  enclave,
  runner,
  key: generateSigner('ed25519'),
});

/** The bundle's keys with these runners beside its own. */
export function bundleWith(keys: HouseKeys, now: Instant, sites: readonly SiteRunner[]): object {
  const { keys: trusted } = makeBundle(keys, now);
  const runners = sites.map(({ enclave, runner, key }) => ({
    name: `${enclave}-${runner}`,
    publicKey: encoded(key),
    runner,
    enclave,
    environment: 'production',
  }));
  return { keys: { ...trusted, runners: [...trusted.runners, ...runners] } };
}

/** A world of people whose capsule is for one site; nobody signed the capsule itself. */
export function siteWorld(
  keys: HouseKeys,
  site: Pick<SiteRunner, 'enclave' | 'runner'>,
  plan: Omit<WorldPlan, 'authority'> & { readonly authority?: WorldPlan['authority'] },
): World {
  const nonce = digestOf(Buffer.from(`${site.enclave}/${site.runner}/${plan.proposal ?? ''}`)).slice(-32);
  const { enclave, runner } = site;
  return makeWorld(
    {
      authority: 'people',
      approvers: [],
      ...plan,
      capsule: { audience: { enclave, runner }, nonce, ...plan.capsule },
    },
    keys,
  );
}

export interface CampaignPlan {
  readonly keys: HouseKeys;
  readonly now: Instant;
  /** The worlds of each stage. */
  readonly stages: readonly (readonly World[])[];
  /** Of every stage but the first. */
  readonly release?: StageRelease;
  readonly approvers?: readonly string[];
  /** Asked of people instead of what the capsules ask. */
  readonly asked?: CampaignManifest['demands'];
  /** Said instead of what is true, before it is signed. */
  readonly change?: (manifest: CampaignManifest) => object;
  readonly signer?: SignerKey;
}

export interface TestCampaign {
  readonly keys: HouseKeys;
  readonly now: Instant;
  readonly opened: OpenedCampaign;
  readonly manifest: DsseEnvelope;
  readonly approvals: readonly DsseEnvelope[];
}

export function makeCampaign(plan: CampaignPlan): TestCampaign {
  const { keys, now, approvers = ['kim'], signer = keys.capsules } = plan;
  const honest = honestManifest(plan);
  const bytes = canonicalBytes(plan.change === undefined ? honest : made(campaignShape, plan.change(honest)));
  const manifest = signEnvelope(PAYLOAD.campaign, bytes, [signer]);
  const read = readCampaign(bytes);
  // A campaign that contradicts itself is signed all the same: what is refused is the runner's business.
  const opened = read.ok ? read.value : { ...good(readCampaign(canonicalBytes(honest))), digest: digestOf(bytes) };
  const campaign = { keys, now, opened, manifest };
  return { ...campaign, approvals: approvers.map((name) => campaignApproval(campaign, name)) };
}

function honestManifest({ now, stages: plan, release, asked }: CampaignPlan): CampaignManifest {
  const worlds = plan.flat();
  const changes = new Map(
    worlds.map(({ capsule: { changeDigest: digest, change, validation, rollback } }) => [
      digest,
      { digest, change, validation, rollback },
    ]),
  );
  const all = plan[0]?.length ?? 1;
  const stages = plan.map((members, place) => ({
    name: `stage-${place + 1}`,
    failureDomains: new Set(members.map(({ capsule }) => capsule.audience.enclave)).size > 1 ? 'several' : 'one',
    release: place === 0 ? { from: 'start' } : (release ?? { from: 'receipts', succeeded: all, bakeMs: 0 }),
    capsules: members.map(memberOf),
  }));
  const draft = {
    type: 'campaign',
    organisation: ORGANISATION,
    id: 'K-1',
    version: 1,
    title: 'patch app everywhere',
    isDemo: false,
    notBefore: plusMs(now, -50_000),
    notAfter: plusMs(now, HOUR_MS / 2),
    nonce: 'ab'.repeat(16),
    changes: [...changes.values()],
    stages,
    root: campaignRoot(worlds.map(({ digest }) => digest)),
    size: worlds.length,
    totals: { targets: 0, byTier: NOTHING, enclaves: 0, runners: 0 },
    demands: asked ?? mergedDemands(worlds.map(({ capsule }) => capsule.demands)),
  };
  const manifest = made(campaignShape, draft);
  return { ...manifest, totals: campaignTotals(manifest) };
}

const NOTHING = { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0 };

function memberOf({ capsule, digest }: World): object {
  const { id, revision, agent, owner } = capsule.proposal;
  return {
    capsule: digest,
    ...capsule.audience,
    environment: capsule.environment,
    proposal: { id, revision, agent, owner },
    change: capsule.changeDigest,
    targets: tierCountsOf(capsule),
  };
}

export function campaignApproval(
  { keys, now, opened }: Pick<TestCampaign, 'keys' | 'now' | 'opened'>,
  name: string,
  about: { readonly change?: object; readonly key?: SignerKey; readonly payloadType?: string } = {},
): DsseEnvelope {
  const approval = made(campaignApprovalShape, {
    type: 'campaign-approval',
    organisation: ORGANISATION,
    campaign: opened.digest,
    shown: opened.shown,
    verdict: 'approve',
    person: name,
    role: 'release-approver',
    surface: 'cli',
    signedAt: plusMs(now, -1000),
    expiresAt: plusMs(now, HOUR_MS),
    nonce: 'c'.repeat(32),
    ...about.change,
  });
  const payloadType = about.payloadType ?? PAYLOAD.campaignApproval;
  return signEnvelope(payloadType, canonicalBytes(approval), [about.key ?? personKey(keys, name)]);
}

/** What goes along with the capsule of a world. */
export function memberDelivery(
  { opened, manifest, approvals }: TestCampaign,
  digest: Digest,
  receipts: readonly DsseEnvelope[] = [],
): CampaignDelivery {
  const capsules = placedMembers(opened.manifest).map(({ member }) => member.capsule);
  const index = Math.max(0, capsules.indexOf(digest));
  return { manifest, approvals, index, proof: good(campaignProof(capsules, index)), receipts };
}

/** Signed by the runner of a world when everything went well. */
export function signReceipt(
  { opened, now }: Pick<TestCampaign, 'opened' | 'now'>,
  { capsule, digest }: Pick<World, 'capsule' | 'digest'>,
  about: { readonly key: SignerKey; readonly change?: object; readonly payloadType?: string },
): DsseEnvelope {
  const targets = capsule.targets.length;
  const receipt = made(receiptShape, {
    type: 'receipt',
    organisation: ORGANISATION,
    ...capsule.audience,
    campaign: opened.digest,
    capsule: digest,
    stage: opened.members.find(({ member }) => member.capsule === digest)?.stage ?? 0,
    outcome: 'completed',
    trips: 0,
    counts: { targets, touched: targets, changed: targets, reverted: 0, unknown: 0, held: 0 },
    startedAt: plusMs(now, -40_000),
    finishedAt: plusMs(now, -20_000),
    evidence: digest,
    ...about.change,
  });
  return signEnvelope(about.payloadType ?? PAYLOAD.receipt, canonicalBytes(receipt), [about.key]);
}
