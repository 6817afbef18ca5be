/**
 * C4 from end to end: two real runners in two enclaves, one manifest that one person signed, and nothing between them but the files
 * that the first one writes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { instantOf, receiptShape, type Instant, type Receipt, type StageRelease } from '@countersign/core';
import { PAYLOAD, type CapsuleDelivery, type DsseEnvelope } from '@countersign/seal';
import {
  bundleWith,
  makeCampaign,
  memberDelivery,
  siteRunner,
  siteWorld,
  type TestCampaign,
} from '../testkit/campaign.ts';
import { FakeEstate, type Behaviour } from '../testkit/fake-estate.ts';
import { made } from '../testkit/made.ts';
import { RunnerHouse, until } from '../testkit/runner-house.ts';
import { signStatus } from '../testkit/signed.ts';
import { hasReport, ids, KEYS, payload } from '../testkit/stage.ts';
import type { World } from '../testkit/world.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const FIRST = { enclave: 'prod', runner: 'runner-1', key: KEYS.runner };
const SECOND = siteRunner('west', 'runner-2');
const clock = (): Instant => instantOf(Date.now());

interface Site {
  readonly world: World;
  readonly estate: FakeEstate;
  readonly house: RunnerHouse;
}

async function site(at: typeof FIRST, about: { readonly proposal: string; readonly rollback?: object }): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-estate-'));
  const estate = new FakeEstate(folder, ids(3));
  await estate.listen();
  const { enclave, runner } = at;
  const house = new RunnerHouse({ ...KEYS, runner: at.key }, estate, { enclave, runner });
  const now = clock();
  const targets = ids(3).map((id) => ({ id, tier: 'non-critical' as const }));
  const world = siteWorld(KEYS, at, { now, targets, bundle: bundleWith(KEYS, now, [SECOND]), ...about });
  cleanups.push(async () => {
    await house.remove();
    await estate.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { world, estate, house };
}

interface Scene {
  readonly campaign: TestCampaign;
  readonly first: Site;
  readonly second: Site;
}

async function scene(about: { readonly release?: StageRelease; readonly rollback?: object } = {}): Promise<Scene> {
  const { rollback, release } = about;
  const change = rollback === undefined ? {} : { rollback };
  const first = await site(FIRST, { proposal: 'P-1', ...change });
  const second = await site(SECOND, { proposal: 'P-2', ...change });
  const stages = [[first.world], [second.world]];
  const campaign = makeCampaign({ keys: KEYS, now: clock(), stages, ...(release !== undefined && { release }) });
  return { campaign, first, second };
}

const delivery = (
  { world }: Site,
  campaign: TestCampaign,
  receipts: readonly DsseEnvelope[] = [],
): CapsuleDelivery => ({
  ...world.delivery,
  campaign: memberDelivery(campaign, world.digest, receipts),
});

function begin(at: Site, campaign: TestCampaign, receipts: readonly DsseEnvelope[] = []): void {
  const { world, house } = at;
  house.deliver(
    { kind: 'trust', trust: world.trust },
    { kind: 'status', status: signStatus(world, clock()) },
    delivery(at, campaign, receipts),
  );
  house.start();
}

const receiptsOf = ({ house }: Site): readonly DsseEnvelope[] =>
  house.reports().flatMap(({ report }) => (report.kind === 'receipt' ? [report.receipt] : []));
const receiptOf = (at: Site): Receipt => made(receiptShape, payload({ kind: 'receipt', receipt: receiptsOf(at)[0]! }));
const refusals = ({ house }: Site): readonly unknown[] =>
  house
    .reports()
    .flatMap(({ report }) => (report.kind === 'refusal' ? [(payload(report) as { code: string }).code] : []));
const restarts = ({ estate }: Site): readonly number[] => [...estate.hosts.values()].map((host) => host.restarts);
const behave = ({ estate }: Site, host: string, behaviour: Behaviour): void =>
  void estate.behaviour.set(host, behaviour);

test('C4: the second enclave does nothing before the receipts of the first, and all of it after them', async () => {
  const { campaign, first, second } = await scene();
  begin(second, campaign);
  await until('a refusal', () => hasReport(second, 'refusal'));
  expect([refusals(second), restarts(second)]).toEqual([['stage-not-released'], [0, 0, 0]]);
  begin(first, campaign);
  await until('a receipt', () => hasReport(first, 'receipt'));
  expect(receiptOf(first)).toMatchObject({
    campaign: campaign.opened.digest,
    capsule: first.world.digest,
    enclave: 'prod',
    runner: 'runner-1',
    stage: 0,
    outcome: 'completed',
    trips: 0,
    counts: { targets: 3, touched: 3, changed: 3, reverted: 0, unknown: 0, held: 0 },
  });
  expect(receiptsOf(first)[0]?.payloadType).toBe(PAYLOAD.receipt);
  second.house.deliver(delivery(second, campaign, receiptsOf(first)));
  await until('the receipt of the second', () => hasReport(second, 'receipt'));
  expect([restarts(second), receiptOf(second).stage]).toEqual([[1, 1, 1], 1]);
});

test('C4: a first stage that tripped and went back holds the second, with its own receipt in hand', async () => {
  const { campaign, first, second } = await scene();
  behave(first, 'host-001', 'breaks-on-2');
  begin(first, campaign);
  await until('a receipt', () => hasReport(first, 'receipt'));
  expect(receiptOf(first)).toMatchObject({ outcome: 'rolled-back', trips: 1 });
  begin(second, campaign, receiptsOf(first));
  await until('a refusal', () => hasReport(second, 'refusal'));
  expect([refusals(second), restarts(second)]).toEqual([['stage-held'], [0, 0, 0]]);
});

test('C4, X5: a first stage that is stopped and holds gives no receipt, so the second has nothing to begin with', async () => {
  const { campaign, first, second } = await scene({ rollback: { isAutomatic: false } });
  behave(first, 'host-000', 'breaks-on-2');
  begin(first, campaign);
  await until('progress of the trip', () => first.house.lines.length >= 0 && hasReport(first, 'progress'));
  begin(second, campaign, receiptsOf(first));
  await until('a refusal', () => hasReport(second, 'refusal'));
  expect([receiptsOf(first), refusals(second), restarts(second)]).toEqual([[], ['stage-not-released'], [0, 0, 0]]);
});

test('C4: a bake that people signed is kept, whatever is delivered meanwhile', async () => {
  const { campaign, first, second } = await scene({ release: { from: 'receipts', succeeded: 1, bakeMs: 600_000 } });
  begin(first, campaign);
  await until('a receipt', () => hasReport(first, 'receipt'));
  begin(second, campaign, receiptsOf(first));
  await until('a refusal', () => hasReport(second, 'refusal'));
  expect([refusals(second), restarts(second)]).toEqual([['stage-baking'], [0, 0, 0]]);
});

test('X7, C4: a runner that starts again in the middle still signs the receipt of its stage, once', async () => {
  const { campaign, first } = await scene();
  begin(first, campaign);
  await until('the first restart', () => restarts(first).some((count) => count > 0));
  await first.house.stop();
  first.house.start();
  await until('a receipt', () => hasReport(first, 'receipt'));
  expect(receiptsOf(first)).toHaveLength(1);
  expect(receiptOf(first)).toMatchObject({ stage: 0, capsule: first.world.digest });
});

test('C4: a capsule outside a campaign ends without a receipt', async () => {
  const { first } = await scene();
  const { world, house } = first;
  const signed = siteWorld(KEYS, FIRST, { ...world.plan, approvers: ['kim'], proposal: 'P-9' });
  house.deliver(
    { kind: 'trust', trust: signed.trust },
    { kind: 'status', status: signStatus(signed, clock()) },
    signed.delivery,
  );
  house.start();
  await until('evidence', () => hasReport(first, 'evidence'));
  expect(receiptsOf(first)).toEqual([]);
});
