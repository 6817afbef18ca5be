/** What lets a stage begin, and what else a capsule of a campaign still needs (C4). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plusMs } from '@countersign/core';
import {
  addSignature,
  generateSigner,
  PAYLOAD,
  payloadOf,
  publicKeyOf,
  signEnvelope,
  type DsseEnvelope,
} from '@countersign/seal';
import { code, KEYS, NOW } from '../testkit/attack.ts';
import { bundleWith, makeCampaign, memberDelivery, signReceipt } from '../testkit/campaign.ts';
import { gateOf } from '../testkit/gate.ts';
import { personKey } from '../testkit/house.ts';
import { good } from '../testkit/made.ts';
import { signStatus } from '../testkit/signed.ts';
import { Admitted } from './admit.ts';
import {
  AT_WEST,
  type Attack,
  EAST,
  FIRST,
  first,
  flipped,
  GOOD,
  plan,
  PROD,
  receipt,
  said,
  SECOND,
  second,
  site,
  THIRD,
  WEST,
} from './campaign-scene.test.ts';

const OTHER_CAMPAIGN = makeCampaign({ ...plan, change: (one) => ({ ...one, title: 'another' }) });
const { counts } = JSON.parse(Buffer.from(good(payloadOf(receipt()))).toString()) as { readonly counts: object };
const receipts = (...envelopes: readonly DsseEnvelope[]): string => second({ receipts: envelopes });
const told = (change: object): string => receipts(receipt({ change }));
const BAKING = makeCampaign({ ...plan, release: { from: 'receipts', succeeded: 1, bakeMs: 20_000 } });
const TWO = makeCampaign({ ...plan, stages: [[FIRST, site(PROD, 'P-4')], [SECOND]] });

/** The right signature, and another word on whose it is. */
const naming = (keyid: string | undefined): DsseEnvelope => {
  const { signatures, ...rest } = receipt();
  return { ...rest, signatures: signatures.map(({ sig }) => (keyid === undefined ? { sig } : { keyid, sig })) };
};

const RECEIPTS: readonly Attack[] = [
  ['no receipt', () => receipts(), 'stage-not-released'],
  ['one receipt of two', () => second({ receipts: [receipt({}, TWO)] }, {}, TWO), 'stage-not-released'],
  [
    'one receipt twice',
    () => second({ receipts: [receipt({}, TWO), receipt({}, TWO)] }, {}, TWO),
    'stage-not-released',
  ],
  ['a receipt of the runner itself', () => receipts(receipt({ key: WEST.key })), 'receipt-forged'],
  ['a receipt of the control plane', () => receipts(receipt({ key: KEYS.capsules })), 'receipt-forged'],
  ['a receipt of the staging runner', () => receipts(receipt({ key: KEYS.stagingRunner })), 'receipt-forged'],
  ['a receipt of a person', () => receipts(receipt({ key: personKey(KEYS, 'kim') })), 'receipt-forged'],
  ['a receipt of a stranger', () => receipts(receipt({ key: generateSigner('ed25519') })), 'receipt-forged'],
  ['a receipt that two have signed', () => receipts(good(addSignature(receipt(), WEST.key))), 'receipt-forged'],
  ['a receipt that names no key', () => receipts(naming(undefined)), 'receipt-forged'],
  ['a receipt that names the key of another', () => receipts(naming(publicKeyOf(WEST.key).keyid)), 'receipt-forged'],
  ['a receipt with a turned bit', () => receipts(flipped(receipt(), 20)), 'receipt-forged'],
  ['evidence instead of a receipt', () => receipts(receipt({ payloadType: PAYLOAD.evidence })), 'receipt-forged'],
  ['an approval instead of a receipt', () => receipts(GOOD.approvals[0]!), 'receipt-forged'],
  [
    'a receipt with an unknown field',
    () => receipts(signEnvelope(PAYLOAD.receipt, Buffer.from('{"type":"receipt","force":true}'), [PROD.key])),
    'malformed',
  ],
  [
    'a receipt that is no JSON',
    () => receipts(signEnvelope(PAYLOAD.receipt, Buffer.from('nothing'), [PROD.key])),
    'malformed',
  ],
  ['a good receipt and a forged one', () => receipts(receipt(), receipt({ key: WEST.key })), 'receipt-forged'],
  ['a receipt of another campaign', () => receipts(receipt({}, OTHER_CAMPAIGN)), 'receipt-other'],
  [
    'a receipt of a capsule that is not of the campaign',
    () => receipts(signReceipt(GOOD, THIRD, { key: EAST.key })),
    'receipt-other',
  ],
  [
    'its own receipt',
    () => receipts(signReceipt(GOOD, SECOND, { key: WEST.key, change: { stage: 0 } })),
    'receipt-other',
  ],
  ['a receipt of another stage', () => told({ stage: 1 }), 'receipt-other'],
  ['a receipt of another organisation', () => told({ organisation: 'other' }), 'receipt-other'],
  ['a receipt of another enclave', () => told({ enclave: 'west' }), 'receipt-other'],
  ['a receipt of another runner', () => told({ runner: 'runner-2' }), 'receipt-other'],
  ['a receipt over fewer targets', () => told({ counts: { ...counts, targets: 2 } }), 'receipt-other'],
  ['a receipt from before the campaign', () => told({ startedAt: plusMs(NOW, -55_001) }), 'receipt-other'],
  ['a receipt from the future', () => told({ finishedAt: plusMs(NOW, 5001) }), 'receipt-other'],
  ['a receipt that runs backwards', () => told({ finishedAt: plusMs(NOW, -41_000) }), 'receipt-other'],
  ['a receipt of a rollout that went back', () => told({ outcome: 'rolled-back' }), 'stage-held'],
  ['a receipt of a rollout that was halted', () => told({ outcome: 'halted' }), 'stage-held'],
  ['a receipt of a rollout that failed', () => told({ outcome: 'failed' }), 'stage-held'],
  ['a receipt of a rollout that tripped', () => told({ trips: 1 }), 'stage-held'],
  ['a receipt with an unknown target', () => told({ counts: { ...counts, unknown: 1 } }), 'stage-held'],
  [
    'a receipt with a target held back',
    () => told({ counts: { ...counts, changed: 2, touched: 2, held: 1 } }),
    'stage-held',
  ],
  ['a receipt with a target put back', () => told({ counts: { ...counts, changed: 2, reverted: 1 } }), 'stage-held'],
  [
    'a success and its later rollback',
    () => receipts(receipt(), receipt({ change: { outcome: 'rolled-back' } })),
    'stage-held',
  ],
  ['a bake that is not over', () => second({}, {}, BAKING), 'stage-baking'],
  ['receipts for the first stage', () => first({ receipts: [receipt()] }), 'receipt-other'],
  ['a runner struck off since', () => struckOff(), 'receipt-forged'],
];

/** The trust bundle that rules now does not name the runner of the first stage any more. */
function struckOff(): string {
  const { keys } = bundleWith(KEYS, NOW, [WEST]) as { keys: { runners: readonly { runner: string }[] } };
  const runners = keys.runners.filter(({ runner }) => runner !== PROD.runner);
  const other = site(WEST, 'P-2', { bundle: { keys: { ...keys, runners } } });
  const campaign = makeCampaign({ ...plan, stages: [[FIRST], [other]] });
  return code(other, { campaign: memberDelivery(campaign, other.digest, [receipt({}, campaign)]) }, AT_WEST);
}

test.each(RECEIPTS)('C4: the second stage does not begin with %s', (_name, attack, expected) => {
  expect(attack()).toBe(expected);
});

test('C4: a bake that is over, and a share below all that people signed for, release the stage', () => {
  const over = plusMs(NOW, 5001);
  expect(second({}, { change: { now: over } }, BAKING)).toBe('admitted by people');
  const share = makeCampaign({
    ...plan,
    stages: [[FIRST, site(PROD, 'P-4')], [SECOND]],
    release: { from: 'receipts', succeeded: 1, bakeMs: 0 },
  });
  expect(second({ receipts: [receipt({}, share)] }, {}, share)).toBe('admitted by people');
});

const windowed = (notBefore: number, notAfter: number): string =>
  said((one) => ({ ...one, notBefore: plusMs(NOW, notBefore), notAfter: plusMs(NOW, notAfter) }));
test.each<Attack>([
  ['has not begun', () => windowed(1, 60_000), 'window-not-open'],
  ['is over', () => windowed(-50_000, -1), 'window-over'],
  ['ends within the clock margin', () => windowed(-50_000, 5000), 'window-over'],
  ['was halted', () => first({}, { status: signStatus(FIRST, NOW, { halts: [GOOD.opened.digest] }) }), 'halted'],
  ['is halted with everything', () => first({}, { status: signStatus(FIRST, NOW, { halts: ['all'] }) }), 'halted'],
])('X5, C4: refuses a capsule of a campaign that %s', (_name, attack, expected) => {
  expect(attack()).toBe(expected);
});

test('C4: a campaign does not take away what else a capsule needs', () => {
  const campaign = memberDelivery(GOOD, FIRST.digest);
  expect(code(FIRST, { campaign, facts: [] })).not.toContain('admitted');
  expect(code(FIRST, { campaign }, AT_WEST)).toBe('wrong-audience');
  expect(code(FIRST, { campaign }, { change: { isStopped: true } })).toBe('halted');
  expect(code(FIRST, { campaign, leaf: SECOND.delivery.leaf, proof: SECOND.delivery.proof })).toBe('not-included');
});

test('C4, I5: authority ends with the window of the campaign, though the capsule lasts longer', () => {
  const context = gateOf(FIRST);
  const admitted = Admitted.check({ ...FIRST.delivery, campaign: memberDelivery(GOOD, FIRST.digest) }, context);
  context.journal.close();
  const { notAfter } = GOOD.opened.manifest;
  expect(FIRST.capsule.notAfter > notAfter).toBe(true);
  expect(good(admitted).until).toBe(notAfter);
  expect(good(admitted).record.campaign).toEqual({ digest: GOOD.opened.digest, stage: 0 });
});

test('I8, C4: any byte of the manifest, of a signature or of a receipt that is turned lets nothing in', () => {
  const part = fc.constantFrom('manifest', 'approval', 'receipt');
  fc.assert(
    fc.property(part, fc.nat(), (which, at) => {
      const answer = second({
        ...(which === 'manifest' && { manifest: flipped(GOOD.manifest, at) }),
        ...(which === 'approval' && { approvals: [flipped(GOOD.approvals[0]!, at)] }),
        ...(which === 'receipt' && { receipts: [flipped(receipt(), at)] }),
      });
      expect(answer).not.toContain('admitted');
    }),
    { numRuns: 60 },
  );
});
