import { expect, test } from 'vitest';
import { exampleCampaign } from '../capsule/example-campaign.test.ts';
import { digestOf, idOf, instantAt } from '../capsule/example-capsule.test.ts';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { approvalShape } from './approval.ts';
import { campaignApprovalShape, checkCampaignApproval, type CampaignApproval } from './campaign-approval.ts';

const NOW = instantAt('2026-11-21T18:30:00.000Z');
const manifest = exampleCampaign();
const approval: CampaignApproval = {
  type: 'campaign-approval',
  organisation: idOf('acme'),
  campaign: digestOf('1'),
  shown: digestOf('2'),
  verdict: 'approve',
  person: idOf('kim'),
  role: idOf('release-approver'),
  surface: 'cli',
  signedAt: instantAt('2026-11-21T18:20:00.000Z'),
  expiresAt: instantAt('2026-11-21T19:00:00.000Z'),
  nonce: '0'.repeat(32),
};
const checked = (
  more: Partial<CampaignApproval>,
  surfaces: readonly ('own' | 'served')[] = ['own'],
): readonly string[] => {
  const facts = { manifest, digest: digestOf('1'), shown: digestOf('2'), surfaces, skewMs: 5000 };
  const result = checkCampaignApproval({ ...approval, ...more }, facts, NOW);
  return result.ok ? [] : [result.refusal.code, ...(result.refusal.complaints ?? []).map(({ at }) => at)];
};

test('C4: a signature over this campaign and its page counts', () => {
  expect(checked({})).toEqual([]);
});

test('C4: an approval of a campaign is read whole: nothing left out, added or of another type', () => {
  expect(leftOut(campaignApprovalShape, approval)).toEqual([]);
  expect(acceptedUnknown(campaignApprovalShape, approval)).toEqual([]);
  expect(acceptedWrong(campaignApprovalShape, approval)).toEqual([]);
});

test('A2, C4: an approval of a campaign is never read as one of a capsule', () => {
  expect(readShape(approvalShape, approval).ok).toBe(false);
  expect(readShape(approvalShape, { ...approval, type: 'approval', capsule: approval.campaign }).ok).toBe(false);
  expect(readShape(campaignApprovalShape, { ...approval, type: 'approval' }).ok).toBe(false);
});

test.each<[string, Partial<CampaignApproval>, string]>([
  ['another organisation', { organisation: idOf('other') }, '/organisation'],
  ['another campaign', { campaign: digestOf('3') }, '/campaign'],
  ['another page', { shown: digestOf('3') }, '/shown'],
  ['a moment that has not come', { signedAt: instantAt('2026-11-21T18:30:05.001Z') }, '/signedAt'],
  ['an end that is over', { expiresAt: instantAt('2026-11-21T18:30:05.000Z') }, '/expiresAt'],
])('A2, C4: a signature of %s does not', (_, more, at) => {
  expect(checked(more)).toEqual(['approval-not-bound', at]);
});

test('A2: a page of the server that calls itself something else does not count, and all complaints come at once', () => {
  expect(checked({ surface: 'cli' }, ['served'])).toEqual(['approval-not-bound', '/surface']);
  expect(checked({ surface: 'console' }, ['served'])).toEqual([]);
  expect(checked({ campaign: digestOf('3'), shown: digestOf('4') })).toEqual([
    'approval-not-bound',
    '/campaign',
    '/shown',
  ]);
});
