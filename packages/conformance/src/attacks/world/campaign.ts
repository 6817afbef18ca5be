/** A campaign of two stages (C4): the second site first, then the runner under attack; people sign the manifest and no capsule. */
import { randomBytes } from 'node:crypto';
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
} from '@countersign/core';
import {
  campaignProof,
  campaignRoot,
  canonicalBytes,
  PAYLOAD,
  readCampaign,
  signEnvelope,
  type CampaignDelivery,
  type DsseEnvelope,
  type OpenedCampaign,
  type SignerKey,
} from '@countersign/seal';
import { DEMO_ORGANISATION } from '../../demo/people.ts';
import { signByPeople } from '../../demo/trust.ts';
import { SECOND_SITE } from './house.ts';
import { good, made } from './made.ts';
import { order, type Order } from './order.ts';
import type { World } from './world.ts';

const HALF_AN_HOUR_MS = 1_800_000;
const NOTHING = { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0 };

export interface Campaign {
  /** Of the second site, then of the runner under attack. */
  readonly orders: readonly [Order, Order];
  readonly opened: OpenedCampaign;
  readonly manifest: DsseEnvelope;
}

export interface CampaignPlan {
  /** Said instead of what is true, before it is signed. */
  readonly change?: (manifest: CampaignManifest) => object;
  readonly signer?: SignerKey;
}

export function campaign(world: World, plan: CampaignPlan = {}): Campaign {
  const { enclave, runner } = SECOND_SITE;
  const unsigned = { authority: 'people', approvals: () => [] } as const;
  const first = order(world, { ...unsigned, capsule: () => ({ audience: { enclave, runner } }) });
  const second = order(world, unsigned);
  return campaignOf(world, [first, second], plan);
}

/** Another campaign of the same capsules, as a server would make it that may sign them. */
export function campaignOf(world: World, orders: Campaign['orders'], { change, signer }: CampaignPlan): Campaign {
  const honest = manifestOf(world, orders);
  const bytes = canonicalBytes(change === undefined ? honest : made(campaignShape, change(honest)));
  return {
    orders,
    opened: good(readCampaign(bytes)),
    manifest: signEnvelope(PAYLOAD.campaign, bytes, [signer ?? world.keys.signer('capsule-signer')]),
  };
}

function manifestOf(world: World, orders: readonly Order[]): CampaignManifest {
  const now = world.now();
  const changes = new Map(
    orders.map(({ capsule: { changeDigest: digest, change, validation, rollback } }) => [
      digest,
      { digest, change, validation, rollback },
    ]),
  );
  const manifest = made(campaignShape, {
    type: 'campaign',
    organisation: DEMO_ORGANISATION,
    id: `K-${world.serial()}`,
    version: 1,
    title: 'restart it everywhere',
    isDemo: true,
    notBefore: plusMs(now, -30_000),
    notAfter: plusMs(now, HALF_AN_HOUR_MS),
    nonce: randomBytes(16).toString('hex'),
    changes: [...changes.values()],
    stages: orders.map((one, place) => ({
      name: `stage-${place + 1}`,
      failureDomains: 'one',
      release: place === 0 ? { from: 'start' } : { from: 'receipts', succeeded: 1, bakeMs: 0 },
      capsules: [memberOf(one)],
    })),
    root: campaignRoot(orders.map(({ digest }) => digest)),
    size: orders.length,
    totals: { targets: 0, byTier: NOTHING, enclaves: 0, runners: 0 },
    demands: mergedDemands(orders.map(({ capsule }) => capsule.demands)),
  });
  return { ...manifest, totals: campaignTotals(manifest) };
}

function memberOf({ capsule, digest }: Order): object {
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
  world: World,
  { opened }: Campaign,
  person: string = 'ana',
  signedBy: string = person,
): DsseEnvelope {
  const now = world.now();
  const value = made(campaignApprovalShape, {
    type: 'campaign-approval',
    organisation: DEMO_ORGANISATION,
    campaign: opened.digest,
    shown: opened.shown,
    verdict: 'approve',
    person,
    role: 'release-approver',
    surface: 'cli',
    signedAt: now,
    expiresAt: plusMs(now, HALF_AN_HOUR_MS),
    nonce: randomBytes(16).toString('hex'),
  });
  return signByPeople(world.keys, { payloadType: PAYLOAD.campaignApproval, value }, [signedBy]);
}

/** As the runner of the second site signs it when all went well. */
export function receipt(
  world: World,
  { opened, orders: [first] }: Campaign,
  { signer, change }: { readonly signer?: SignerKey; readonly change?: object } = {},
): DsseEnvelope {
  const targets = first.capsule.targets.length;
  const now = world.now();
  const value = made(receiptShape, {
    type: 'receipt',
    organisation: DEMO_ORGANISATION,
    ...first.capsule.audience,
    campaign: opened.digest,
    capsule: first.digest,
    stage: 0,
    outcome: 'completed',
    trips: 0,
    counts: { targets, touched: targets, changed: targets, reverted: 0, unknown: 0, held: 0 },
    startedAt: plusMs(now, -20_000),
    finishedAt: plusMs(now, -10_000),
    evidence: first.digest,
    ...change,
  });
  return signEnvelope(PAYLOAD.receipt, canonicalBytes(value), [signer ?? world.keys.signer(SECOND_SITE.runner)]);
}

/** What goes along with the capsule of the runner under attack: everything honest. */
export function placeIn(world: World, of: Campaign): CampaignDelivery {
  const capsules = placedMembers(of.opened.manifest).map(({ member }) => member.capsule);
  const index = Math.max(0, capsules.indexOf(of.orders[1].digest));
  return {
    manifest: of.manifest,
    approvals: [campaignApproval(world, of)],
    index,
    proof: good(campaignProof(capsules, index)),
    receipts: [receipt(world, of)],
  };
}
