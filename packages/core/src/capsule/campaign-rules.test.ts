import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import type { Capsule } from './capsule.ts';
import {
  campaignShape,
  MAX_CAMPAIGN_CAPSULES,
  placedMembers,
  type CampaignManifest,
  type CampaignStage,
} from './campaign.ts';
import { checkCampaign, checkMember } from './campaign-rules.ts';
import { campaignTotals, mergedDemands, targetsOf, tierCountsOf } from './campaign-totals.ts';
import {
  campaignOf,
  campaigns,
  exampleCampaign,
  exampleChange,
  exampleMember,
  exampleStages,
  numbered,
} from './example-campaign.test.ts';
import { decidedAs, digestOf, exampleCapsule, idOf, instantAt, targetsNamed } from './example-capsule.test.ts';

const [first, second] = exampleStages();
const placesOf = (manifest: CampaignManifest): readonly string[] => checkCampaign(manifest).map(({ at }) => at);
const good = exampleCampaign();

test('C4: the example contradicts nothing', () => {
  expect(checkCampaign(good)).toEqual([]);
});

test('C4: nothing of a manifest may be left out, added, or be of another type', () => {
  // What a change itself may leave out is the change's own business.
  expect(leftOut(campaignShape, good).filter((at) => !at.startsWith('/changes/0/'))).toEqual([]);
  expect(acceptedUnknown(campaignShape, good)).toEqual([]);
  expect(acceptedWrong(campaignShape, good)).toEqual([]);
});

test.each<[string, object, string]>([
  ['another type', { type: 'capsule' }, '/type'],
  ['no stage', { stages: [] }, '/stages'],
  ['a stage of nothing', { stages: [{ ...first, capsules: [] }] }, '/stages/0/capsules'],
  ['a release by nobody', { stages: [{ ...first, release: { from: 'server' } }] }, '/stages/0/release/from'],
  [
    'a release by no receipt',
    { stages: [{ ...first, release: { from: 'receipts', succeeded: 0, bakeMs: 0 } }] },
    '/stages/0/release/succeeded',
  ],
  [
    'a bake of more than a week',
    { stages: [{ ...first, release: { from: 'receipts', succeeded: 1, bakeMs: 604_800_001 } }] },
    '/stages/0/release/bakeMs',
  ],
  ['all failure domains', { stages: [{ ...first, failureDomains: 'all' }] }, '/stages/0/failureDomains'],
  ['no change', { changes: [] }, '/changes'],
  ['nobody who is asked', { demands: [] }, '/demands'],
  ['a root that is no digest', { root: 'sha256:9' }, '/root'],
  ['a nonce that is a word', { nonce: 'nonce' }, '/nonce'],
  ['a size of more than is allowed', { size: MAX_CAMPAIGN_CAPSULES + 1 }, '/size'],
  ['an empty title', { title: '' }, '/title'],
])('C4: refuses a manifest with %s', (_, more, at) => {
  const read = readShape(campaignShape, { ...good, ...more });
  expect(read.ok ? [] : read.refusal.complaints?.map((complaint) => complaint.at)).toEqual([at]);
});

const withStages = (...stages: readonly CampaignStage[]): CampaignManifest => campaignOf(stages);
test.each<[string, CampaignManifest, readonly string[]]>([
  ['a first stage that waits', withStages({ ...first, release: second.release }, second), ['/stages/0/release']],
  [
    'a second stage that begins by itself',
    withStages(first, { ...second, release: { from: 'start' } }),
    ['/stages/1/release'],
  ],
  [
    'more receipts than capsules',
    withStages(first, { ...second, release: { from: 'receipts', succeeded: 2, bakeMs: 0 } }),
    ['/stages/1/release/succeeded'],
  ],
  ['two stages of one name', withStages(first, { ...second, name: first.name }), ['/stages']],
  [
    'X4: several failure domains that it does not admit',
    withStages(first, { ...second, failureDomains: 'one' }),
    ['/stages/1/failureDomains'],
  ],
  [
    'X4: one failure domain that it calls several',
    withStages({ ...first, failureDomains: 'several' }, second),
    ['/stages/0/failureDomains'],
  ],
  [
    'a capsule in two stages',
    withStages(first, { ...second, capsules: [...second.capsules, { ...exampleMember(4), capsule: numbered(1) }] }),
    ['/stages'],
  ],
  [
    'a proposal in two capsules',
    withStages(first, { ...second, capsules: [...second.capsules, { ...exampleMember(1), capsule: numbered(4) }] }),
    ['/stages'],
  ],
  [
    'a capsule without targets',
    withStages(
      {
        ...first,
        capsules: [
          exampleMember(1, { targets: { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0 } }),
        ],
      },
      second,
    ),
    ['/stages'],
  ],
  ['a change listed twice', exampleCampaign({ changes: [exampleChange(), exampleChange()] }), ['/changes']],
  [
    'a change that nobody makes',
    exampleCampaign({ changes: [exampleChange(), exampleChange(digestOf('b'))] }),
    ['/changes'],
  ],
  [
    'a change that is not listed',
    withStages(first, { ...second, capsules: [...second.capsules, exampleMember(4, { change: digestOf('b') })] }),
    ['/changes'],
  ],
  ['a window upside down', exampleCampaign({ notAfter: good.notBefore }), ['/notAfter']],
  ['a role asked for twice', exampleCampaign({ demands: [...good.demands, ...good.demands] }), ['/demands']],
  ['another size', exampleCampaign({ size: 4 }), ['/size']],
  ['fewer targets than there are', exampleCampaign({ totals: { ...good.totals, targets: 8 } }), ['/totals/targets']],
  ['fewer enclaves than there are', exampleCampaign({ totals: { ...good.totals, enclaves: 2 } }), ['/totals/enclaves']],
  ['fewer runners than there are', exampleCampaign({ totals: { ...good.totals, runners: 2 } }), ['/totals/runners']],
  [
    'other tiers than there are',
    exampleCampaign({
      totals: { ...good.totals, byTier: { 'non-critical': 8, 'production-critical': 1, 'safety-critical': 0 } },
    }),
    ['/totals/byTier/non-critical', '/totals/byTier/production-critical'],
  ],
])('C4: complains of %s', (_, manifest, places) => {
  expect(placesOf(manifest)).toEqual(places);
});

test('C4: two changes are allowed where both are listed', () => {
  const other = { ...second, capsules: [...second.capsules, exampleMember(4, { change: digestOf('b') })] };
  expect(
    checkCampaign(campaignOf([first, other], { changes: [exampleChange(), exampleChange(digestOf('b'))] })),
  ).toEqual([]);
});

test('C4: a campaign that was made by the rules contradicts nothing, and its totals are its sums', () => {
  fc.assert(
    fc.property(campaigns, (manifest) => {
      expect(checkCampaign(manifest)).toEqual([]);
      const members = placedMembers(manifest);
      expect(members.map(({ index }) => index)).toEqual(members.map((_, index) => index));
      expect(manifest.totals.targets).toBe(members.reduce((sum, { member }) => sum + targetsOf(member.targets), 0));
    }),
    { numRuns: 100 },
  );
});

type Tamper = (manifest: CampaignManifest, pick: number) => CampaignManifest;
const stageAt = ({ stages }: CampaignManifest, pick: number): number => pick % stages.length;
const replaced = (manifest: CampaignManifest, at: number, stage: CampaignStage | undefined): CampaignManifest => ({
  ...manifest,
  stages: manifest.stages.flatMap((one, place) => (place === at ? (stage === undefined ? [] : [stage]) : [one])),
});
/** What somebody would do to a manifest while its other words stay as they were. */
const TAMPERS: readonly (readonly [string, Tamper])[] = [
  ['takes a stage out', (manifest, pick) => replaced(manifest, stageAt(manifest, pick), undefined)],
  [
    'doubles a capsule',
    (manifest, pick) => {
      const at = stageAt(manifest, pick);
      const stage = manifest.stages[at]!;
      return replaced(manifest, at, { ...stage, capsules: [...stage.capsules, stage.capsules[0]!] });
    },
  ],
  [
    'adds a capsule',
    (manifest, pick) => {
      const at = stageAt(manifest, pick);
      const stage = manifest.stages[at]!;
      const enclave = stage.capsules[0]!.enclave;
      return replaced(manifest, at, { ...stage, capsules: [...stage.capsules, exampleMember(900, { enclave })] });
    },
  ],
  [
    'lets every stage begin at once',
    (manifest) => ({ ...manifest, stages: manifest.stages.map((stage) => ({ ...stage, release: { from: 'start' } })) }),
  ],
  [
    'lowers the total',
    (manifest, pick) => ({
      ...manifest,
      totals: { ...manifest.totals, targets: manifest.totals.targets - 1 - (pick % 3) },
    }),
  ],
  ['turns the stages round', (manifest) => ({ ...manifest, stages: manifest.stages.toReversed() })],
  ['lowers the size', (manifest) => ({ ...manifest, size: manifest.size - 1 })],
];

test.each(TAMPERS)('C4: any campaign of which somebody %s is complained of', (_, tamper) => {
  fc.assert(
    fc.property(campaigns, fc.nat(), (manifest, pick) => {
      expect(checkCampaign(tamper(manifest, pick))).not.toEqual([]);
    }),
    { numRuns: 100 },
  );
});

const capsule = exampleCapsule();
const member = exampleMember(1, {
  capsule: digestOf('1'),
  runner: capsule.audience.runner,
  proposal: { id: capsule.proposal.id, revision: 2, agent: capsule.proposal.agent, owner: capsule.proposal.owner },
});
const manifest = campaignOf([{ ...first, capsules: [member] }]);
const placed = placedMembers(manifest)[0]!;
const against = (more: Partial<Capsule>, digest = digestOf('1')): readonly string[] =>
  checkMember(manifest, placed, { capsule: exampleCapsule(more), digest }).map(({ at }) => at);

test('C4: the manifest says the truth about its capsule', () => {
  expect(against({})).toEqual([]);
});

const { proposal, audience } = capsule;
test.each<[string, Partial<Capsule>, readonly string[]]>([
  ['enclave', { audience: { ...audience, enclave: idOf('west') } }, ['/stages/0/enclave']],
  ['runner', { audience: { ...audience, runner: idOf('prod-9') } }, ['/stages/0/runner']],
  ['environment', { environment: 'pre-production' }, ['/stages/0/environment']],
  ['proposal', { proposal: { ...proposal, id: idOf('P-9') } }, ['/stages/0/proposal/id']],
  ['revision', { proposal: { ...proposal, revision: 3 } }, ['/stages/0/proposal/revision']],
  ['agent', { proposal: { ...proposal, agent: idOf('other') } }, ['/stages/0/proposal/agent']],
  ['owner', { proposal: { ...proposal, owner: idOf('otto') } }, ['/stages/0/proposal/owner']],
  ['change', { changeDigest: digestOf('b') }, ['/stages/0/change']],
  ['number of targets', { targets: targetsNamed(4) }, ['/stages/0/targets/non-critical']],
  [
    'tiers',
    { targets: targetsNamed(3, { tier: 'production-critical' }) },
    ['/stages/0/targets/non-critical', '/stages/0/targets/production-critical'],
  ],
  ['organisation', { organisation: idOf('other') }, ['/organisation']],
  ['demo', { isDemo: true }, ['/isDemo']],
  ['later window', { notBefore: instantAt('2026-11-21T18:00:00.001Z') }, ['/notBefore']],
  ['shorter window', { notAfter: instantAt('2026-11-21T19:59:59.999Z') }, ['/notAfter']],
  ['purpose', { purpose: 'validation' }, ['/stages']],
  ['leave to run alone', { decision: decidedAs('autonomous') }, ['/stages']],
  ['further demand', { demands: [{ role: idOf('service-owner'), count: 1 }] }, ['/demands']],
  ['larger demand', { demands: [{ role: idOf('release-approver'), count: 3 }] }, ['/demands']],
])('C4: a capsule of another %s than the manifest says is complained of', (_, more, places) => {
  expect(against(more)).toEqual(places);
});

test('C4: a capsule of other bytes is complained of, and a smaller demand or a wider window is not', () => {
  expect(against({}, digestOf('2'))).toEqual(['/stages/0/capsule']);
  expect(against({ demands: [{ role: idOf('release-approver'), count: 1 }] })).toEqual([]);
  expect(against({ notBefore: instantAt('2026-11-20T00:00:00.000Z') })).toEqual([]);
});

test('C4: demands are the most of each role, in one order', () => {
  const [a, b] = [idOf<'Role'>('a'), idOf<'Role'>('b')];
  expect(
    mergedDemands([
      [{ role: b, count: 1 }],
      [
        { role: a, count: 2 },
        { role: b, count: 3 },
      ],
      [],
    ]),
  ).toEqual([
    { role: a, count: 2 },
    { role: b, count: 3 },
  ]);
});

test('C4: targets are counted by tier, runners by enclave and name', () => {
  expect(tierCountsOf({ targets: [...targetsNamed(2), ...targetsNamed(1, { tier: 'safety-critical' })] })).toEqual({
    'non-critical': 2,
    'production-critical': 0,
    'safety-critical': 1,
  });
  const twin = { ...second, capsules: second.capsules.map((one) => ({ ...one, runner: idOf<'Runner'>('same') })) };
  expect(campaignTotals({ stages: [twin] })).toMatchObject({ targets: 6, enclaves: 2, runners: 2 });
});
