/**
 * A campaign at the gate (C4): two sites, one after the other. The first test is the twin of all attacks: the same campaign, not
 * attacked. Nobody signed the capsules themselves, so all that lets them run is the campaign.
 */
import { expect, test } from 'vitest';
import type { CampaignManifest, CampaignMember } from '@countersign/core';
import {
  encodeBase64,
  payloadOf,
  signEnvelope,
  type CampaignDelivery,
  type DsseEnvelope,
  type SignerKey,
} from '@countersign/seal';
import { code, KEYS, NOW, TARGETS } from '../testkit/attack.ts';
import {
  bundleWith,
  makeCampaign,
  memberDelivery,
  signReceipt,
  siteRunner,
  siteWorld,
  type CampaignPlan,
  type SiteRunner,
  type TestCampaign,
} from '../testkit/campaign.ts';
import type { GatePlan } from '../testkit/gate.ts';
import { good } from '../testkit/made.ts';
import type { World, WorldPlan } from '../testkit/world.ts';

export const PROD: SiteRunner = { enclave: 'prod', runner: 'runner-1', key: KEYS.runner };
export const WEST: SiteRunner = siteRunner('west', 'runner-2');
export const EAST: SiteRunner = siteRunner('east', 'runner-3');
export const BUNDLE: object = bundleWith(KEYS, NOW, [WEST, EAST]);
export const site = (at: SiteRunner, proposal: string, more: Partial<WorldPlan> = {}): World =>
  siteWorld(KEYS, at, { now: NOW, targets: TARGETS, bundle: BUNDLE, proposal, ...more });

export const FIRST: World = site(PROD, 'P-1');
export const SECOND: World = site(WEST, 'P-2');
export const THIRD: World = site(EAST, 'P-3');
export const plan: CampaignPlan = { keys: KEYS, now: NOW, stages: [[FIRST], [SECOND]] };
export const GOOD: TestCampaign = makeCampaign(plan);
export const receipt = (
  about: Partial<Parameters<typeof signReceipt>[2]> = {},
  of: TestCampaign = GOOD,
): DsseEnvelope => signReceipt(of, FIRST, { key: PROD.key, ...about });

export const EAST_CONFIG: object = { enclave: EAST.enclave, runner: EAST.runner };
export const AT_WEST: GatePlan = { config: { enclave: WEST.enclave, runner: WEST.runner } };
export const first = (campaign: Partial<CampaignDelivery>, more: GatePlan = {}, of: TestCampaign = GOOD): string =>
  code(FIRST, { campaign: { ...memberDelivery(of, FIRST.digest), ...campaign } }, more);
export const second = (campaign: Partial<CampaignDelivery>, more: GatePlan = {}, of: TestCampaign = GOOD): string =>
  code(
    SECOND,
    { campaign: { ...memberDelivery(of, SECOND.digest, [receipt({}, of)]), ...campaign } },
    { ...AT_WEST, ...more },
  );
/** A campaign in which something else is said, signed by everybody. */
export const said = (change: (manifest: CampaignManifest) => object): string =>
  first({}, {}, makeCampaign({ ...plan, change }));

test('C4: people sign a campaign once, and each of its capsules runs in its stage, by them', () => {
  expect([first({}), second({})]).toEqual(['admitted by people', 'admitted by people']);
});

test('C4: without the campaign nobody has signed these capsules', () => {
  expect([code(FIRST), code(SECOND, {}, AT_WEST)]).toEqual(['quorum-missing', 'quorum-missing']);
});

export type Attack = readonly [string, () => string, string];

export const without = (of: object, name: string): object =>
  Object.fromEntries(Object.entries(of).filter(([key]) => key !== name));
export const memberIn = ({ stages }: CampaignManifest, stage = 0): CampaignMember => stages[stage]!.capsules[0]!;
export const withMember = (manifest: CampaignManifest, more: object): object => ({
  ...manifest,
  stages: manifest.stages.map((stage, place) =>
    place === 0 ? { ...stage, capsules: [{ ...memberIn(manifest), ...more }] } : stage,
  ),
});
export const flipped = (envelope: DsseEnvelope, at: number): DsseEnvelope => {
  const bytes = Buffer.from(good(payloadOf(envelope)));
  bytes.writeUInt8(bytes.readUInt8(at % bytes.length) ^ 1, at % bytes.length);
  return { ...envelope, payload: encodeBase64(bytes) };
};
export const resigned = (envelope: DsseEnvelope, payloadType: string, key: SignerKey = KEYS.capsules): DsseEnvelope =>
  signEnvelope(payloadType, good(payloadOf(envelope)), [key]);
export const OTHER: string = `sha256:${'7'.repeat(64)}`;
export const counted: Readonly<Record<string, number>> = {
  'non-critical': 3,
  'production-critical': 0,
  'safety-critical': 0,
};
