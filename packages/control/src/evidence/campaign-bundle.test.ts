/** Evidence of what people signed through a campaign (C4): it verifies by the rule of the runner, and nothing of it can be exchanged. */
import { readShape } from '@countersign/core';
import {
  bundleFileShape,
  canonicalBytes,
  digestOf,
  PAYLOAD,
  sealBundle,
  signEnvelope,
  verifyBundle,
  verifyExport,
  type BundledCampaign,
  type EvidenceBundle,
} from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { advance, firstSent, receiptFor, scene, sign, signed, type Scene } from '../campaigns/campaigns.builder.ts';
import { goodEvents } from '../enclaves/enclave.builder.ts';
import {
  closeDesk,
  control,
  must,
  now,
  openDesk,
  passTime,
  production,
  report,
  stateOf,
  witness,
  world,
} from '../flow/desk.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const root = (): { readonly root: Uint8Array } => ({ root: world.config.root });
async function bundleOf(id: string): Promise<EvidenceBundle> {
  await witness();
  const answer = await control.ask('person:ana', 'GET', `/api/v1/proposals/${id}/bundle?purpose=test`);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  const file = readShape(bundleFileShape, JSON.parse(answer.body));
  if (!file.ok) throw new Error(file.refusal.detail);
  return file.value.bundle;
}
/** As a server that holds its own key could hand it out. */
const verdict = (bundle: EvidenceBundle): string => {
  const verified = verifyBundle(sealBundle(bundle, world.keys.capsule), root());
  return verified.ok ? 'holds' : verified.refusal.detail;
};
const changed = (bundle: EvidenceBundle, change: Partial<BundledCampaign>): EvidenceBundle => ({
  ...bundle,
  campaigns: (bundle.campaigns ?? []).map((one) => ({ ...one, ...change })),
});
const leafEvent = (leaf: string): string =>
  (JSON.parse(Buffer.from(leaf, 'base64').toString('utf8')) as { event: string }).event;

/** Both stages sent, the first with its receipt. */
async function bothSent(): Promise<Scene> {
  const of = await scene();
  const sent = await firstSent(of);
  await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
  await must(report('prod-1', receiptFor(of, sent)), 200);
  passTime(65_000);
  await advance(of.second);
  expect((await stateOf(of.second)).state).toBe('DISPATCHED');
  return of;
}

test('C4, V4: both stages verify, with the people of the campaign as those who let them run', async () => {
  const of = await bothSent();
  for (const id of [of.first, of.second]) {
    const bundle = await bundleOf(id);
    expect([id, verdict(bundle)]).toEqual([id, 'holds']);
    const verified = verifyBundle(sealBundle(bundle, world.keys.capsule), root());
    const rollout = verified.ok ? verified.value.capsules.find(({ purpose }) => purpose === 'rollout') : undefined;
    expect(rollout).toMatchObject({ isDispatched: true, approvedBy: [{ person: 'ana', role: 'release-approver' }] });
    expect(bundle.approvals).toEqual([]);
    expect(bundle.campaigns?.map(({ receipts }) => receipts.length)).toEqual([id === of.first ? 0 : 1]);
  }
});

test('C4, V4: an export holds campaigns too', async () => {
  await bothSent();
  await witness();
  const query = `from=2026-01-01T00:00:00.000Z&to=2027-01-01T00:00:00.000Z&purpose=audit`;
  const answer = await control.ask('person:ana', 'GET', `/api/v1/export?${query}`);
  const { problems, content } = verifyExport(answer.rawPayload, root());
  expect(problems).toEqual([]);
  expect(
    content?.remediations.flatMap(({ capsules }) =>
      capsules.flatMap(({ approvedBy }) => approvedBy.map((one) => one.person)),
    ),
  ).toEqual(['ana', 'ana']);
});

/** The second stage, when the first has reported. */
async function secondSent(of: Scene): Promise<void> {
  await advance(of.second);
  expect((await stateOf(of.second)).state).toBe('DISPATCHED');
}
const nonces = (bundle: EvidenceBundle): readonly unknown[] =>
  (bundle.campaigns ?? []).flatMap(({ approvals }) =>
    approvals.map(
      ({ payload }) => (JSON.parse(Buffer.from(payload, 'base64').toString()) as { nonce: string }).nonce[0],
    ),
  );
async function firstDone(): Promise<Scene> {
  const of = await scene();
  const sent = await firstSent(of);
  await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
  await must(report('prod-1', receiptFor(of, sent)), 200);
  passTime(65_000);
  return of;
}

describe('V1, C4: a person who signs anew', () => {
  test('between two stages leaves the file of each stage with the signature that let it run', async () => {
    const of = await firstDone();
    await must(sign(of, signed(of, 'ana', { nonce: '3'.repeat(32) })), 201);
    await must(sign(of, signed(of, 'ana', { nonce: '3'.repeat(32) })), 200);
    await secondSent(of);
    const [one, two] = [await bundleOf(of.first), await bundleOf(of.second)];
    expect([verdict(one), verdict(two)]).toEqual(['holds', 'holds']);
    expect([nonces(one), nonces(two)]).toEqual([['0'], ['3']]);
  });

  test('after the last stage changes no file', async () => {
    const of = await firstDone();
    await secondSent(of);
    passTime(1000);
    await must(sign(of, signed(of, 'ana', { nonce: '4'.repeat(32) })), 201);
    const [one, two] = [await bundleOf(of.first), await bundleOf(of.second)];
    expect([verdict(one), verdict(two)]).toEqual(['holds', 'holds']);
    expect([nonces(one), nonces(two)]).toEqual([['0'], ['0']]);
  });

  test('is one voice, and is refused beyond twenty signatures', async () => {
    const of = await scene();
    for (let nth = 0; nth < 20; nth += 1)
      await must(sign(of, signed(of, 'ana', { nonce: String(nth).padStart(32, '0') })), 201);
    const more = await sign(of, signed(of, 'ana', { nonce: 'f'.repeat(32) }));
    expect([more.statusCode, more.json<{ code: string }>().code]).toEqual([429, 'too-many']);
  });
});

test('C4: what is before its stage has no campaign in its file, and verifies', async () => {
  const of = await scene();
  await firstSent(of);
  const waiting = await bundleOf(of.second);
  expect([waiting.campaigns, verdict(waiting)]).toEqual([undefined, 'holds']);
});

test('C4, V3: no part of it can be left out or exchanged', async () => {
  const of = await bothSent();
  const [first, second] = [await bundleOf(of.first), await bundleOf(of.second)];
  const [one] = first.campaigns ?? [];
  const [two] = second.campaigns ?? [];
  if (one === undefined || two === undefined) throw new Error('no campaign');
  const manifest = JSON.parse(Buffer.from(two.manifest.payload, 'base64').toString('utf8')) as Record<string, unknown>;
  const resigned = (change: object): Partial<BundledCampaign> => ({
    manifest: signEnvelope(PAYLOAD.campaign, canonicalBytes({ ...manifest, ...change }), [world.keys.capsule]),
  });
  const { campaigns: _, ...bare } = second;
  const other = signed(of, 'ana', { campaign: digestOf(Buffer.from('another')) });
  const attempts: readonly (readonly [string, EvidenceBundle])[] = [
    ['no campaign', bare],
    ['no campaign in the list', { ...second, campaigns: [] }],
    ['twice', { ...second, campaigns: [two, two] }],
    ['of a capsule that is not here', changed(second, { capsule: digestOf(Buffer.from('x')) })],
    [
      'of the validation run',
      changed(second, { capsule: digestOf(Buffer.from(second.capsules[0]?.payload ?? '', 'base64')) }),
    ],
    ['the member before', { ...second, campaigns: [one] }],
    ['another place', changed(second, { index: 0 })],
    ['a place beyond its end', changed(second, { index: 2 })],
    ['the proof of another place', changed(second, { proof: one.proof })],
    ['no proof', changed(second, { proof: [] })],
    ['a longer proof', changed(second, { proof: [...two.proof, ...two.proof] })],
    ['a manifest with another title', changed(second, resigned({ title: 'other' }))],
    ['a manifest with another nonce', changed(second, resigned({ nonce: '1'.repeat(32) }))],
    ['a manifest with another root', changed(second, resigned({ root: digestOf(Buffer.from('r')) }))],
    ['a manifest that asks for fewer', changed(second, resigned({ demands: [{ role: 'auditor', count: 1 }] }))],
    ['a manifest of one stage', changed(second, resigned({ stages: [(manifest['stages'] as object[])[1]] }))],
    [
      'a manifest of a person',
      changed(second, { manifest: { ...two.manifest, signatures: signed(of, 'ana').signatures } }),
    ],
    ['a manifest of another type', changed(second, { manifest: { ...two.manifest, payloadType: PAYLOAD.capsule } })],
    ['no approval', changed(second, { approvals: [] })],
    [
      'an approval that nobody received',
      changed(second, { approvals: [signed(of, 'ana', { nonce: '2'.repeat(32) })] }),
    ],
    ['an approval of another campaign', changed(second, { approvals: [other] })],
    ['an approval of another key', changed(second, { approvals: [signed(of, 'ana', {}, 'sam')] })],
    ['an approval of the server', changed(second, { approvals: [signed(of, 'ana', {}, 'capsule')] })],
    ['an approval of another person', changed(second, { approvals: [signed(of, 'kim')] })],
    ['a second approval, forged', changed(second, { approvals: [...two.approvals, signed(of, 'kim', {}, 'ana')] })],
    ['an approval as of a capsule', { ...second, approvals: two.approvals }],
    ['no receipt', changed(second, { receipts: [] })],
    ['an approval for a receipt', changed(second, { receipts: two.approvals })],
    [
      'a receipt of the server',
      changed(second, {
        receipts: [
          signEnvelope(PAYLOAD.receipt, Buffer.from(two.receipts[0]?.payload ?? '', 'base64'), [world.keys.capsule]),
        ],
      }),
    ],
    ['receipts before the first stage', changed(first, { receipts: two.receipts })],
  ];
  for (const [what, bundle] of attempts) expect([what, verdict(bundle) === 'holds']).toEqual([what, false]);
  expect([verdict(first), verdict(second)]).toEqual(['holds', 'holds']);
});

test('C4, V3: each entry of the campaign is owed, and only those of this one are taken', async () => {
  const of = await bothSent();
  const bundle = await bundleOf(of.second);
  const owed = ['campaign.made', 'campaign.signed', 'campaign.released', 'campaign.receipt', 'capsule.dispatched'];
  for (const event of owed) {
    const leaves = bundle.leaves.filter(({ leaf }) => leafEvent(leaf) !== event);
    expect([event, verdict({ ...bundle, leaves })]).not.toEqual([event, 'holds']);
    expect([event, leaves.length < bundle.leaves.length]).toEqual([event, true]);
  }
  const { campaigns: _, ...bare } = bundle;
  expect(verdict(bare)).toBe('a leaf of the record: it belongs to another remediation');
});

const flip = (text: string, at: number): string => {
  const bytes = Buffer.from(text, 'base64');
  bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
  return bytes.toString('base64');
};

test('V4: any flipped bit of a manifest, an approval or a receipt is seen, even by the one who seals', async () => {
  const of = await bothSent();
  const bundle = await bundleOf(of.second);
  const [two] = bundle.campaigns ?? [];
  if (two === undefined) throw new Error('no campaign');
  const [approval, receipt] = [two.approvals[0]!, two.receipts[0]!];
  for (let at = 0; at < 600; at += 60) {
    const wrong: readonly Partial<BundledCampaign>[] = [
      { manifest: { ...two.manifest, payload: flip(two.manifest.payload, at * 3) } },
      { approvals: [{ ...approval, payload: flip(approval.payload, at) }] },
      { receipts: [{ ...receipt, payload: flip(receipt.payload, at) }] },
    ];
    for (const [place, change] of wrong.entries())
      expect([at, place, verdict(changed(bundle, change)) === 'holds']).toEqual([at, place, false]);
  }
});
