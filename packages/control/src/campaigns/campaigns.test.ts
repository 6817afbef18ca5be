import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyCampaignMember } from '@countersign/seal';
import {
  approvalOf,
  approve,
  capsulesFor,
  closeDesk,
  control,
  eventsOf,
  must,
  now,
  openDesk,
  passTime,
  production,
  report,
  signing,
  stateOf,
  witness,
} from '../flow/desk.builder.ts';
import {
  advance,
  campaignEvents,
  codeOf,
  firstSent,
  kim,
  receiptFor,
  scene,
  sign,
  signed,
  stagesOf,
} from './campaigns.builder.ts';

beforeEach(openDesk);
afterEach(closeDesk);

describe('a campaign', () => {
  test('C4: is made of proposals that wait, in stages, and its own digest is in the record', async () => {
    const of = await scene();
    expect(of.opened.manifest).toMatchObject({
      type: 'campaign',
      title: 'everywhere',
      size: 2,
      totals: { targets: 2, enclaves: 1, runners: 1 },
      stages: [
        { name: 'one', release: { from: 'start' } },
        { name: 'two', release: { from: 'receipts', succeeded: 1, bakeMs: 60_000 } },
      ],
      demands: [{ role: 'release-approver', count: 1 }],
    });
    const leaves = await control.deps.store
      .selectFrom('leaf')
      .select('bytes')
      .where('event', '=', 'campaign.made')
      .execute();
    expect(leaves.map(({ bytes }) => (JSON.parse(bytes.toString()) as { body: string }).body)).toEqual([
      of.opened.digest,
    ]);
    expect((await must(kim('GET', ''), 200))['items']).toMatchObject([{ id: of.id, state: 'waiting' }]);
  });

  test('C4: one signature lets the first stage go, with everything its runner needs to check it offline', async () => {
    const of = await scene();
    await must(sign(of, signed(of, 'ana')), 201);
    expect((await must(kim('GET', `/${of.id}`), 200))['state']).toBe('approved');
    await Promise.all([advance(of.first), advance(of.second)]);
    expect([(await stateOf(of.first)).state, (await stateOf(of.second)).state]).toEqual(['DISPATCHED', 'PENDING']);
    await witness();
    const [sent] = await capsulesFor('prod-1');
    const along = sent?.delivery.campaign;
    if (sent === undefined || along === undefined) throw new Error('no campaign came along');
    const { root, size } = of.opened.manifest;
    const { index, proof } = along;
    expect(verifyCampaignMember({ root, size, capsule: sent.digest, index, proof }).ok).toBe(true);
    expect([along.approvals.length, along.receipts, sent.delivery.approvals]).toEqual([1, [], []]);
    expect(await campaignEvents()).toEqual([
      'campaign.made',
      'campaign.signed',
      'campaign.approved',
      'campaign.released',
    ]);
    expect(await eventsOf(of.first)).toContain('campaign.released');
  });

  test('C4: the second stage waits for the receipt of the first and its bake, and then takes it along', async () => {
    const of = await scene();
    const sent = await firstSent(of);
    await must(report('prod-1', receiptFor(of, sent)), 200);
    await advance(of.second);
    expect(await stateOf(of.second)).toMatchObject({ state: 'PENDING' });
    passTime(65_000);
    await advance(of.second);
    expect((await stateOf(of.second)).state).toBe('DISPATCHED');
    await witness();
    const [next] = await capsulesFor('prod-1');
    expect(next?.delivery.campaign?.receipts).toHaveLength(1);
    expect(await campaignEvents()).toEqual([
      'campaign.made',
      'campaign.signed',
      'campaign.approved',
      'campaign.released',
      'campaign.receipt',
      'campaign.released',
    ]);
  });

  test('C4: however many people sign a capsule of it, that waits for its stage', async () => {
    const of = await scene();
    await must(approve(approvalOf(await signing(of.second), 'ana')), 201);
    await advance(of.second);
    expect(await stateOf(of.second)).toMatchObject({ state: 'PENDING' });
  });

  test.each([
    ['went back', { outcome: 'rolled-back' }],
    ['tripped and was resumed', { trips: 1 }],
  ])('C4: a first stage that %s holds it, on record', async (_, change) => {
    const of = await scene();
    const sent = await firstSent(of);
    await must(report('prod-1', receiptFor(of, sent, change)), 200);
    passTime(65_000);
    await advance(of.second);
    expect((await stateOf(of.second)).state).toBe('PENDING');
    expect((await must(kim('GET', `/${of.id}`), 200))['state']).toBe('held');
    expect((await campaignEvents()).at(-1)).toBe('campaign.held');
  });

  test('C4, X5: a trip holds it before any receipt', async () => {
    const of = await scene();
    const sent = await firstSent(of);
    const [target] = sent.capsule.targets;
    const at = now();
    const events = [
      { type: 'started', at },
      { type: 'leased', at, target: target!.id, lease: 1 },
      { type: 'verdict', at, target: target!.id, verdict: 'failure', detail: 'no answer' },
      { type: 'tripped', at, trip: 1, cause: 'no answer' },
    ] as const;
    await must(report('prod-1', production().progress(sent, 0, [...events])), 200);
    expect((await must(kim('GET', `/${of.id}`), 200))['state']).toBe('held');
  });

  test('X5: a person holds it; after that its proposals may go into another one, and not before', async () => {
    const of = await scene();
    const again = { title: 'again', stages: stagesOf(of.first, of.second) };
    expect(await codeOf(kim('POST', '', again))).toBe('conflict');
    await must(kim('POST', `/${of.id}/hold`, { reason: 'wait for Monday' }), 200);
    expect(await codeOf(sign(of, signed(of, 'ana')))).toBe('conflict');
    expect(await codeOf(kim('POST', '', again))).toBe('taken');
  });
});
