import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plusMs } from '../shared/brand.ts';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { placedMembers, type CampaignManifest } from '../capsule/campaign.ts';
import { targetsOf } from '../capsule/campaign-totals.ts';
import {
  campaignOf,
  campaigns,
  exampleCampaign,
  exampleMember,
  exampleStages,
} from '../capsule/example-campaign.test.ts';
import { digestOf, idOf, instantAt } from '../capsule/example-capsule.test.ts';
import { isSuccess, receiptShape, type Receipt } from './receipt.ts';
import { checkRelease } from './stage-release.ts';

const CAMPAIGN = digestOf('1');
const SKEW_MS = 5000;
const NOW = instantAt('2026-11-21T19:30:00.000Z');

/** What the runners of a stage sign when all went well. */
const receiptsOf = (manifest: CampaignManifest, stage: number, more: Partial<Receipt> = {}): readonly Receipt[] =>
  placedMembers(manifest)
    .filter((placed) => placed.stage === stage)
    .map(({ member }) => {
      const targets = targetsOf(member.targets);
      return {
        type: 'receipt',
        organisation: manifest.organisation,
        enclave: member.enclave,
        runner: member.runner,
        campaign: CAMPAIGN,
        capsule: member.capsule,
        stage,
        outcome: 'completed',
        trips: 0,
        counts: { targets, touched: targets, changed: targets, reverted: 0, unknown: 0, held: 0 },
        startedAt: instantAt('2026-11-21T18:10:00.000Z'),
        finishedAt: instantAt('2026-11-21T18:40:00.000Z'),
        evidence: digestOf('e'),
        ...more,
      };
    });

const manifest = exampleCampaign();
const [receipt] = receiptsOf(manifest, 0) as readonly [Receipt];
const release = (receipts: readonly Receipt[], stage = 1, of = manifest, now = NOW): string => {
  const result = checkRelease({ manifest: of, campaign: CAMPAIGN, stage, receipts, now, skewMs: SKEW_MS });
  return result.ok ? 'released' : result.refusal.code;
};

test('C4: the first stage begins without receipts, the second with those of the first', () => {
  expect([release([], 0), release([]), release([receipt])]).toEqual(['released', 'stage-not-released', 'released']);
});

test('C4: a receipt is read whole: nothing left out, added or of another type', () => {
  expect(leftOut(receiptShape, receipt)).toEqual([]);
  expect(acceptedUnknown(receiptShape, receipt)).toEqual([]);
  expect(acceptedWrong(receiptShape, receipt)).toEqual([]);
});

const { counts } = receipt;
test.each<[string, Partial<Receipt>]>([
  ['was rolled back', { outcome: 'rolled-back' }],
  ['was halted', { outcome: 'halted' }],
  ['failed', { outcome: 'failed' }],
  ['tripped and was resumed', { trips: 1 }],
  ['left a target unknown', { counts: { ...counts, unknown: 1 } }],
  ['held a target back', { counts: { ...counts, touched: 2, changed: 2, held: 1 } }],
  ['put a target back', { counts: { ...counts, changed: 2, reverted: 1 } }],
  ['changed fewer than it touched', { counts: { ...counts, changed: 2 } }],
  ['touched fewer than there are', { counts: { ...counts, touched: 2 } }],
])('C4: a stage is held when one before %s', (_, more) => {
  expect(isSuccess({ ...receipt, ...more })).toBe(false);
  expect(release([{ ...receipt, ...more }])).toBe('stage-held');
});

test.each<[string, Partial<Receipt>, string]>([
  ['another campaign', { campaign: digestOf('2') }, '/receipts/0/campaign'],
  ['a capsule that is not of the campaign', { capsule: digestOf('2') }, '/receipts/0/capsule'],
  ['a capsule of this very stage', { capsule: exampleMember(2).capsule }, '/receipts/0/capsule'],
  ['another organisation', { organisation: idOf('other') }, '/receipts/0/organisation'],
  ['another stage', { stage: 1 }, '/receipts/0/stage'],
  ['another enclave', { enclave: idOf('west') }, '/receipts/0/enclave'],
  ['another runner', { runner: idOf('prod-2') }, '/receipts/0/runner'],
  ['other targets', { counts: { ...counts, targets: 2 } }, '/receipts/0/counts/targets'],
  ['a time before the campaign', { startedAt: instantAt('2026-11-21T17:59:54.999Z') }, '/receipts/0/startedAt'],
  ['a time that runs backwards', { finishedAt: instantAt('2026-11-21T18:09:59.999Z') }, '/receipts/0/finishedAt'],
  ['a time to come', { finishedAt: instantAt('2026-11-21T19:30:05.001Z') }, '/receipts/0/finishedAt'],
])('C4: a receipt of %s releases nothing', (_, more, at) => {
  const question = { manifest, campaign: CAMPAIGN, stage: 1, now: NOW, skewMs: SKEW_MS };
  expect(checkRelease({ ...question, receipts: [{ ...receipt, ...more }] })).toMatchObject({
    ok: false,
    refusal: { code: 'receipt-other', complaints: [{ at }] },
  });
});

test('C4: receipts brought to the first stage are of nothing, and a stage that is not there does not begin', () => {
  expect(release([receipt], 0)).toBe('receipt-other');
  expect(release([], 2)).toBe('stage-unknown');
});

const [first, second] = exampleStages();
const three = campaignOf([
  { ...first, capsules: [1, 2, 3].map((number) => exampleMember(number)) },
  {
    ...second,
    failureDomains: 'one',
    capsules: [exampleMember(4)],
    release: { from: 'receipts', succeeded: 2, bakeMs: 0 },
  },
]);

test('C4: one receipt many times is one, and the share is the one that people signed', () => {
  const [one, two, last] = receiptsOf(three, 0) as readonly [Receipt, Receipt, Receipt];
  expect(release([one, one, one], 1, three)).toBe('stage-not-released');
  expect(release([one, two], 1, three)).toBe('released');
  // What is heard of the third must be no failure, though it is not needed.
  expect(release([one, two, { ...last, trips: 1 }], 1, three)).toBe('stage-held');
});

test('C4: a capsule that succeeded and was put back later holds the next stage, in whatever order it is told', () => {
  const late: Receipt = { ...receipt, outcome: 'rolled-back', counts: { ...counts, changed: 0, reverted: 3 } };
  expect([release([receipt, late]), release([late, receipt])]).toEqual(['stage-held', 'stage-held']);
});

test('C4, trap 15: a stage waits for its bake after the last receipt, and a clock that is behind does not shorten it', () => {
  const end = plusMs(receipt.finishedAt, 60_000 + SKEW_MS);
  expect(release([receipt], 1, manifest, plusMs(end, -1))).toBe('stage-baking');
  expect(release([receipt], 1, manifest, end)).toBe('released');
});

test('C4: any stage is released by exactly as many receipts as were signed for, by whichever of its capsules', () => {
  fc.assert(
    fc.property(campaigns, fc.nat(), fc.nat(), (of, pick, left) => {
      const stage = 1 + (pick % (of.stages.length - 1));
      const rule = of.stages[stage]!.release;
      const all = receiptsOf(of, stage - 1);
      const some = all.filter((_, place) => place !== left % all.length);
      const needed = rule.from === 'receipts' ? rule.succeeded : 0;
      expect(release(all, stage, of)).toBe('released');
      expect(release(some, stage, of)).toBe(some.length >= needed ? 'released' : 'stage-not-released');
    }),
    { numRuns: 100 },
  );
});

test('C4: one receipt that is no success holds any stage, however many others succeeded', () => {
  fc.assert(
    fc.property(campaigns, fc.nat(), (of, pick) => {
      const stage = 1 + (pick % (of.stages.length - 1));
      const all = receiptsOf(of, stage - 1).map((one, place, list) =>
        place === pick % list.length ? { ...one, trips: 1 } : one,
      );
      expect(release(all, stage, of)).toBe('stage-held');
    }),
    { numRuns: 100 },
  );
});

test('C4: receipts of any other stage release nothing', () => {
  fc.assert(
    fc.property(campaigns, fc.nat(), (of, pick) => {
      const stage = 1 + (pick % (of.stages.length - 1));
      const others = [...of.stages.keys()].filter((other) => other !== stage - 1);
      expect(new Set(others.map((other) => release(receiptsOf(of, other), stage, of)))).toEqual(
        new Set(['receipt-other']),
      );
    }),
    { numRuns: 60 },
  );
});
