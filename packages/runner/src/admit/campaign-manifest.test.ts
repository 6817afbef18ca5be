/** Manifests that say something else than is so, and capsules that are not where they say (C4). */
import { expect, test } from 'vitest';
import { plusMs, type CampaignManifest } from '@countersign/core';
import { generateSigner, PAYLOAD, signEnvelope } from '@countersign/seal';
import { code, flip, KEYS, NOW, TARGETS } from '../testkit/attack.ts';
import { makeCampaign, memberDelivery, siteWorld } from '../testkit/campaign.ts';
import { personKey } from '../testkit/house.ts';
import {
  type Attack,
  BUNDLE,
  counted,
  EAST_CONFIG,
  FIRST,
  first,
  flipped,
  GOOD,
  memberIn,
  OTHER,
  plan,
  PROD,
  resigned,
  said,
  SECOND,
  site,
  THIRD,
  withMember,
  without,
} from './campaign-scene.test.ts';

const MANIFEST: readonly Attack[] = [
  [
    'a key that signs no capsules',
    () => first({}, {}, makeCampaign({ ...plan, signer: generateSigner('ed25519') })),
    'campaign-unsigned',
  ],
  ['the key of a runner', () => first({}, {}, makeCampaign({ ...plan, signer: PROD.key })), 'campaign-unsigned'],
  [
    'the key of a person',
    () => first({}, {}, makeCampaign({ ...plan, signer: personKey(KEYS, 'kim') })),
    'campaign-unsigned',
  ],
  ['a turned bit', () => first({ manifest: flipped(GOOD.manifest, 100) }), 'campaign-unsigned'],
  ['another payload type', () => first({ manifest: resigned(GOOD.manifest, PAYLOAD.capsule) }), 'campaign-unsigned'],
  [
    'the type renamed only',
    () => first({ manifest: { ...GOOD.manifest, payloadType: PAYLOAD.receipt } }),
    'campaign-unsigned',
  ],
  ['a capsule in its place', () => first({ manifest: FIRST.delivery.capsule }), 'campaign-unsigned'],
  [
    'no JSON',
    () => first({ manifest: signEnvelope(PAYLOAD.campaign, Buffer.from('{'), [KEYS.capsules]) }),
    'malformed',
  ],
  [
    'an unknown field',
    () =>
      first({
        manifest: signEnvelope(
          PAYLOAD.campaign,
          Buffer.from(JSON.stringify({ ...GOOD.opened.manifest, force: true })),
          [KEYS.capsules],
        ),
      }),
    'malformed',
  ],
  [
    'a field left out',
    () =>
      first({
        manifest: signEnvelope(
          PAYLOAD.campaign,
          Buffer.from(JSON.stringify(without(GOOD.opened.manifest, 'demands'))),
          [KEYS.capsules],
        ),
      }),
    'malformed',
  ],
  ['a lower total', () => said((one) => ({ ...one, totals: { ...one.totals, targets: 5 } })), 'campaign-faulty'],
  ['fewer enclaves', () => said((one) => ({ ...one, totals: { ...one.totals, enclaves: 1 } })), 'campaign-faulty'],
  ['fewer runners', () => said((one) => ({ ...one, totals: { ...one.totals, runners: 1 } })), 'campaign-faulty'],
  ['fewer of a tier', () => said((one) => ({ ...one, totals: { ...one.totals, byTier: counted } })), 'campaign-faulty'],
  ['another size', () => said((one) => ({ ...one, size: 1 })), 'campaign-faulty'],
  ['another root', () => said((one) => ({ ...one, root: OTHER })), 'campaign-faulty'],
  ['stages turned round', () => said((one) => ({ ...one, stages: one.stages.toReversed() })), 'campaign-faulty'],
  ['a stage taken out', () => said((one) => ({ ...one, stages: one.stages.slice(0, 1) })), 'campaign-faulty'],
  [
    'all stages at once',
    () => said((one) => ({ ...one, stages: one.stages.map((stage) => ({ ...stage, release: { from: 'start' } })) })),
    'campaign-faulty',
  ],
  [
    'two stages of one name',
    () => said((one) => ({ ...one, stages: one.stages.map((stage) => ({ ...stage, name: 'same' })) })),
    'campaign-faulty',
  ],
  [
    'more receipts than capsules',
    () =>
      said((one) => ({
        ...one,
        stages: one.stages.map((stage, place) =>
          place === 0 ? stage : { ...stage, release: { from: 'receipts', succeeded: 2, bakeMs: 0 } },
        ),
      })),
    'campaign-faulty',
  ],
  [
    'two failure domains called one',
    () => said((one) => ({ ...one, stages: [{ ...one.stages[0]!, capsules: [memberIn(one, 0), memberIn(one, 1)] }] })),
    'campaign-faulty',
  ],
  [
    'one failure domain called several',
    () => said((one) => ({ ...one, stages: one.stages.map((stage) => ({ ...stage, failureDomains: 'several' })) })),
    'campaign-faulty',
  ],
  [
    'a capsule twice',
    () => said((one) => ({ ...one, stages: one.stages.map((stage) => ({ ...stage, capsules: [memberIn(one)] })) })),
    'campaign-faulty',
  ],
  [
    'another change under its digest',
    () =>
      said((one) => ({
        ...one,
        changes: one.changes.map((bound) => ({ ...bound, change: { ...bound.change, summary: 'x' } })),
      })),
    'campaign-faulty',
  ],
  [
    'another way back under its digest',
    () =>
      said((one) => ({
        ...one,
        changes: one.changes.map((bound) => ({ ...bound, rollback: { ...bound.rollback, windowMinutes: 1 } })),
      })),
    'campaign-faulty',
  ],
  [
    'a change that is not that of its digest',
    () => said((one) => ({ ...one, changes: one.changes.map((bound) => ({ ...bound, digest: OTHER })) })),
    'campaign-faulty',
  ],
  ['a window upside down', () => said((one) => ({ ...one, notBefore: one.notAfter })), 'campaign-faulty'],
  [
    'a role asked for twice',
    () => said((one) => ({ ...one, demands: [...one.demands, ...one.demands] })),
    'campaign-faulty',
  ],
  [
    'a capsule without targets',
    () => said((one) => withMember(one, { targets: { ...counted, 'non-critical': 0 } })),
    'campaign-faulty',
  ],
];

test.each(MANIFEST)('C4: refuses a manifest with %s', (_name, attack, expected) => {
  expect(attack()).toBe(expected);
});

const recounted =
  (more: object) =>
  (one: CampaignManifest): object => {
    const changed = withMember(one, more) as CampaignManifest;
    const targets = changed.stages.flatMap(({ capsules }) => capsules.map((each) => each.targets['non-critical']));
    const sum = targets.reduce((total, count) => total + count, 0);
    return {
      ...changed,
      totals: { ...one.totals, targets: sum, byTier: { ...one.totals.byTier, 'non-critical': sum } },
    };
  };
const otherProposal =
  (more: object) =>
  (one: CampaignManifest): object =>
    withMember(one, { proposal: { ...memberIn(one).proposal, ...more } });

const PLACE: readonly Attack[] = [
  ['the place of another', () => first({ index: 1 }), 'campaign-other'],
  ['a place beyond the end', () => first({ index: 2 }), 'campaign-other'],
  ['the proof of another', () => first({ proof: memberDelivery(GOOD, SECOND.digest).proof }), 'campaign-other'],
  ['no proof', () => first({ proof: [] }), 'campaign-other'],
  [
    'a longer proof',
    () => first({ proof: [...memberDelivery(GOOD, FIRST.digest).proof, ...memberDelivery(GOOD, SECOND.digest).proof] }),
    'campaign-other',
  ],
  ['a turned proof', () => first({ proof: memberDelivery(GOOD, FIRST.digest).proof.map(flip) }), 'campaign-other'],
  ['a proof that is no hash', () => first({ proof: ['A'.repeat(44)] }), 'campaign-other'],
  [
    'a capsule that it does not hold',
    () => code(THIRD, { campaign: memberDelivery(GOOD, FIRST.digest) }, { config: EAST_CONFIG }),
    'campaign-other',
  ],
  [
    'another capsule of the same site',
    () => code(site(PROD, 'P-9'), { campaign: memberDelivery(GOOD, FIRST.digest) }),
    'campaign-other',
  ],
  ['another enclave for it', () => said((one) => ({ ...withMember(one, { enclave: 'east' }) })), 'campaign-other'],
  ['another runner for it', () => said((one) => withMember(one, { runner: 'runner-9' })), 'campaign-other'],
  [
    'another environment for it',
    () => said((one) => withMember(one, { environment: 'pre-production' })),
    'campaign-other',
  ],
  ['another proposal for it', () => said(otherProposal({ id: 'P-9' })), 'campaign-other'],
  ['another revision for it', () => said(otherProposal({ revision: 2 })), 'campaign-other'],
  ['another agent for it', () => said(otherProposal({ agent: 'other' })), 'campaign-other'],
  ['another owner for it', () => said(otherProposal({ owner: 'kim' })), 'campaign-other'],
  ['fewer targets for it', () => said(recounted({ targets: { ...counted, 'non-critical': 2 } })), 'campaign-other'],
  ['another organisation', () => said((one) => ({ ...one, organisation: 'other' })), 'campaign-other'],
  ['demo keys', () => said((one) => ({ ...one, isDemo: true })), 'campaign-other'],
  [
    'a window before that of the capsule',
    () => said((one) => ({ ...one, notBefore: plusMs(NOW, -60_001) })),
    'campaign-other',
  ],
  [
    'a window after that of the capsule',
    () => said((one) => ({ ...one, notAfter: plusMs(NOW, 3_600_001) })),
    'campaign-other',
  ],
  [
    'people it does not ask for',
    () => said((one) => ({ ...one, demands: [{ role: 'service-owner', count: 1 }] })),
    'campaign-other',
  ],
  ['a capsule that runs alone', () => alone(), 'campaign-other'],
];
function alone(): string {
  const one = siteWorld(KEYS, PROD, { now: NOW, targets: TARGETS, bundle: BUNDLE, authority: 'envelope' });
  const campaign = makeCampaign({
    ...plan,
    stages: [[one]],
    // It asks nobody, so the campaign has to ask somebody to have its form.
    asked: GOOD.opened.manifest.demands,
  });
  return code(one, { campaign: memberDelivery(campaign, one.digest) });
}

test.each(PLACE)('C4: refuses a capsule with a campaign that has %s', (_name, attack, expected) => {
  expect(attack()).toBe(expected);
});
