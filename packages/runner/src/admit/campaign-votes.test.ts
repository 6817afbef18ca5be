/** Who may sign a campaign, and over what (A2, A4, C4). */
import { expect, test } from 'vitest';
import { plusMs, type CampaignManifest } from '@countersign/core';
import { payloadOf, generateSigner, PAYLOAD, type DsseEnvelope } from '@countersign/seal';
import { bundleOwing, code, KEYS, NOW } from '../testkit/attack.ts';
import { campaignApproval, makeCampaign, memberDelivery } from '../testkit/campaign.ts';
import { personKey } from '../testkit/house.ts';
import { good } from '../testkit/made.ts';
import { signApproval } from '../testkit/signed.ts';
import {
  BUNDLE,
  type Attack,
  FIRST,
  first,
  flipped,
  GOOD,
  OTHER,
  plan,
  PROD,
  receipt,
  resigned,
  site,
  WEST,
} from './campaign-scene.test.ts';

const votes = (...approvals: readonly DsseEnvelope[]): string => first({ approvals });
/** In the nonce, where any digit is as good as another, so that only the signature can tell. */
const flippedNonce = (envelope: DsseEnvelope): DsseEnvelope =>
  flipped(envelope, Buffer.from(good(payloadOf(envelope))).indexOf('"nonce":"') + 9);
const vote = (change: object): string => votes(campaignApproval(GOOD, 'kim', { change }));
const OTHER_CAMPAIGN = makeCampaign({ ...plan, change: (one) => ({ ...one, title: 'another' }) });

const VOTES: readonly Attack[] = [
  ['nobody', () => votes(), 'quorum-missing'],
  [
    'somebody else in the name of kim',
    () => votes(campaignApproval(GOOD, 'kim', { key: generateSigner('ed25519') })),
    'approval-forged',
  ],
  [
    'the control plane in the name of kim',
    () => votes(campaignApproval(GOOD, 'kim', { key: KEYS.capsules })),
    'approval-forged',
  ],
  [
    'lee in the name of kim',
    () => votes(campaignApproval(GOOD, 'kim', { key: personKey(KEYS, 'lee') })),
    'approval-forged',
  ],
  ['a stranger', () => votes(campaignApproval(GOOD, 'kim', { change: { person: 'eve' } })), 'approver-unknown'],
  [
    'kim and a forger',
    () => votes(...GOOD.approvals, campaignApproval(GOOD, 'lee', { key: generateSigner('ed25519') })),
    'approval-forged',
  ],
  ['kim, with a turned bit', () => votes(flippedNonce(GOOD.approvals[0]!)), 'approval-forged'],
  ['kim for another campaign', () => votes(...OTHER_CAMPAIGN.approvals), 'approval-not-bound'],
  ['kim who was shown another page', () => vote({ shown: OTHER }), 'approval-not-bound'],
  ['kim for another organisation', () => vote({ organisation: 'other' }), 'approval-not-bound'],
  ['kim tomorrow', () => vote({ signedAt: plusMs(NOW, 60_000) }), 'approval-not-bound'],
  ['kim until now', () => vote({ expiresAt: NOW }), 'approval-not-bound'],
  ['kim until the clock margin', () => vote({ expiresAt: plusMs(NOW, 5000) }), 'approval-not-bound'],
  ['lee in a role of others', () => votes(campaignApproval(GOOD, 'lee')), 'quorum-missing'],
  [
    'lee in a role nobody asks for',
    () => votes(campaignApproval(GOOD, 'lee', { change: { role: 'service-owner' } })),
    'quorum-missing',
  ],
  ['the owner of the agent', () => votes(campaignApproval(GOOD, 'ada')), 'quorum-missing'],
  ['an operator', () => votes(campaignApproval(GOOD, 'oz')), 'quorum-missing'],
  [
    'kim over the capsule, brought as over the campaign',
    () => votes(signApproval(KEYS, { ...FIRST, name: 'kim', now: NOW })),
    'approval-type',
  ],
  [
    'kim over the campaign, under the type of a capsule',
    () => votes(campaignApproval(GOOD, 'kim', { payloadType: PAYLOAD.approval })),
    'approval-type',
  ],
  [
    'kim over the campaign, brought as over the capsule',
    () => code(FIRST, { approvals: GOOD.approvals }),
    'approval-type',
  ],
  [
    'kim over the capsule, renamed',
    () =>
      votes(
        resigned(
          signApproval(KEYS, { ...FIRST, name: 'kim', now: NOW }),
          PAYLOAD.campaignApproval,
          personKey(KEYS, 'kim'),
        ),
      ),
    'malformed',
  ],
  ['a receipt', () => votes(receipt()), 'approval-type'],
];

test.each(VOTES)('A2, C4: refuses a campaign that is signed by %s', (_name, attack, expected) => {
  expect(attack()).toBe(expected);
});

test('A4, C4: one person twice is one person, also when one signature is over the capsule', () => {
  const bundle = { ...BUNDLE, ...bundleOwing(2) };
  const owing = site(PROD, 'P-1', { bundle });
  const campaign = makeCampaign({ ...plan, stages: [[owing]] });
  const along = memberDelivery(campaign, owing.digest);
  const own = [signApproval(KEYS, { ...owing, name: 'kim', now: NOW })];
  expect(code(owing, { campaign: { ...along, approvals: [...campaign.approvals, ...campaign.approvals] } })).toBe(
    'quorum-missing',
  );
  expect(code(owing, { campaign: along, approvals: own })).toBe('quorum-missing');
});

/** Says of the capsule of the second stage what is not so. */
const ofOther =
  (proposal: object) =>
  (one: CampaignManifest): object => ({
    ...one,
    stages: one.stages.map((stage, place) =>
      place === 1
        ? {
            ...stage,
            capsules: stage.capsules.map((each) => ({ ...each, proposal: { ...each.proposal, ...proposal } })),
          }
        : stage,
    ),
  });

test('A4, C4: whoever answers for any capsule has no say on any other, whatever the manifest says of it', () => {
  const asked = {
    id: 'kim-owned',
    owner: 'kim',
    duty: 'decide',
    purpose: 'repairs',
    expiresAt: plusMs(NOW, 86_400_000),
  };
  const keys = { agents: [{ ...asked, id: 'playbook', owner: 'ada' }, asked] };
  const bundle = { ...BUNDLE, ...keys };
  const mine = site(PROD, 'P-1', { bundle });
  const others = site(WEST, 'P-2', { bundle });
  const signedBy = (change: (one: CampaignManifest) => object): string => {
    const campaign = makeCampaign({ ...plan, stages: [[mine], [others]], change });
    return code(mine, { campaign: memberDelivery(campaign, mine.digest) });
  };
  expect(signedBy((one) => one)).toBe('admitted by people');
  expect(signedBy(ofOther({ owner: 'kim' }))).toBe('quorum-missing');
  // The root keys say who answers for an agent.
  expect(signedBy(ofOther({ agent: 'kim-owned' }))).toBe('quorum-missing');
});

test('C4: what a campaign asks for beyond its capsule is owed as well', () => {
  const asked = makeCampaign({
    ...plan,
    change: (one) => ({ ...one, demands: [...one.demands, { role: 'service-owner', count: 1 }] }),
  });
  expect(first({}, {}, asked)).toBe('quorum-missing');
  const lee = campaignApproval(asked, 'lee', { change: { role: 'service-owner' } });
  expect(first({ approvals: [...asked.approvals, lee] }, {}, asked)).toBe('admitted by people');
});

test('L7, C4: the floor of the runner adds to what a campaign asks for', () => {
  const owing = site(PROD, 'P-1', { bundle: { ...BUNDLE, ...bundleOwing(2) } });
  const campaign = makeCampaign({
    ...plan,
    stages: [[owing]],
    change: (one) => ({ ...one, demands: [{ role: 'release-approver', count: 2 }] }),
  });
  expect(code(owing, { campaign: memberDelivery(campaign, owing.digest) })).toBe('quorum-missing');
});
