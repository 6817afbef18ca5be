import { expect, test } from 'vitest';
import { parseDigest, plusMs } from '../shared/brand.ts';
import { readShape } from '../shared/shape.ts';
import { digestOf, exampleCapsule, idOf, instantAt } from '../capsule/example-capsule.test.ts';
import { approvalShape, type Approval, type Resume } from './approval.ts';
import { aKey } from './keys.builder.ts';
import { checkResume, Resumed, type ResumeFacts } from './resume.ts';
import { approvalFor, checkApprovalBinding, type ApprovalFacts } from './statement.ts';

const now = instantAt('2026-11-21T18:30:00.000Z');
const capsule = exampleCapsule();
const approval = approvalFor(capsule, {
  capsuleDigest: digestOf('1'),
  person: idOf('kim'),
  role: idOf('release-approver'),
  surface: 'cli',
  shown: digestOf('2'),
  signedAt: instantAt('2026-11-21T18:00:00.000Z'),
  expiresAt: instantAt('2026-11-21T19:00:00.000Z'),
  nonce: 'a'.repeat(32),
});
const facts: ApprovalFacts = { capsule, digest: digestOf('1'), shown: digestOf('2'), surfaces: ['own'], skewMs: 5000 };
const complaints = (more: Partial<Approval>, at = now): readonly string[] => {
  const result = checkApprovalBinding({ ...approval, ...more }, facts, at);
  return result.ok ? [] : (result.refusal.complaints ?? []).map((complaint) => complaint.at);
};

test('A2: an approval made from a capsule fits its shape and is bound to that capsule', () => {
  expect(readShape(approvalShape, approval)).toEqual({ ok: true, value: approval });
  expect(checkApprovalBinding(approval, facts, now)).toEqual({ ok: true, value: approval });
});

test.each<[string, Partial<Approval>]>([
  ['/organisation', { organisation: idOf('other') }],
  ['/enclave', { enclave: idOf('other') }],
  ['/proposal', { proposal: idOf('P-2') }],
  ['/revision', { revision: 1 }],
  ['/capsule', { capsule: digestOf('3') }],
  ['/changeDigest', { changeDigest: digestOf('3') }],
  ['/riskAssessment', { riskAssessment: digestOf('3') }],
  ['/shown', { shown: digestOf('3') }],
  ['/verdict', { verdict: 'reject' as 'approve' }],
  ['/type', { type: 'resume' as 'approval' }],
])('T14: refuses an approval whose %s is swapped', (at, more) => {
  expect(complaints(more)).toEqual([at]);
});

test('T14: a digest that differs in one digit is another digest', () => {
  expect(complaints({ capsule: parseDigest(`sha256:${'1'.repeat(63)}2`)! })).toEqual(['/capsule']);
});

test('every difference is named at once', () => {
  expect(complaints({ revision: 1, capsule: digestOf('3'), enclave: idOf('x') })).toEqual([
    '/enclave',
    '/revision',
    '/capsule',
  ]);
});

test.each([
  ['5 s before its end', -5000, ['/expiresAt']],
  ['5.001 s before its end', -5001, []],
  ['at its end', 0, ['/expiresAt']],
  ['years later', 1e11, ['/expiresAt']],
])('T15: an approval %s', (_, offset, wanted) => {
  expect(complaints({}, plusMs(approval.expiresAt, offset))).toEqual(wanted);
});

test.each([
  ['within the skew before its signature', -5000, []],
  ['earlier than the skew allows', -5001, ['/signedAt']],
])('T15: a clock %s', (_, offset, wanted) => {
  expect(complaints({}, plusMs(approval.signedAt, offset))).toEqual(wanted);
});

test('an approval that ends before it was signed is refused', () => {
  expect(complaints({ signedAt: now, expiresAt: now }, plusMs(now, -10_000))).toContain('/expiresAt');
});

const resume: Resume = {
  type: 'resume',
  organisation: idOf('acme'),
  capsule: digestOf('1'),
  trip: 2,
  person: idOf('kim'),
  role: idOf('release-approver'),
  reason: 'the alert was another system',
  signedAt: instantAt('2026-11-21T18:29:00.000Z'),
  expiresAt: instantAt('2026-11-21T18:40:00.000Z'),
  nonce: 'b'.repeat(32),
};
const resumeFacts = (more: Partial<ResumeFacts> = {}): ResumeFacts => ({
  organisation: idOf('acme'),
  capsule: digestOf('1'),
  trip: 2,
  now,
  skewMs: 5000,
  roster: [{ id: idOf('kim'), name: 'Kim', roles: [idOf('release-approver')], credentials: [] }],
  exclusions: [],
  roles: [idOf('release-approver')],
  usedNonces: new Set(),
  environment: 'production',
  keys: [aKey()],
  ...more,
});

test('I9: a resume that names the open trip is a proof for that trip of that capsule', () => {
  const result = checkResume(resume, resumeFacts());
  expect(result.ok && result.value).toBeInstanceOf(Resumed);
  expect(result.ok && [result.value.trip, result.value.capsule, result.value.person]).toEqual([
    2,
    digestOf('1'),
    'kim',
  ]);
});

test.each<[string, Partial<ResumeFacts>, string]>([
  ['a later trip is open (trap 10)', { trip: 3 }, '/trip'],
  ['it was used before', { usedNonces: new Set([resume.nonce]) }, '/nonce'],
  ['it is for another capsule', { capsule: digestOf('2') }, '/capsule'],
  ['it is for another organisation', { organisation: idOf('other') }, '/organisation'],
  ['the person left', { roster: [] }, '/person'],
  ['the person lost the role', { roster: [{ ...resumeFacts().roster[0]!, roles: [] }] }, '/person'],
  ['the person answers for the agent', { exclusions: [{ person: idOf('kim'), reason: 'agent-owner' }] }, '/person'],
  ['the role may not resume', { roles: [idOf('other')] }, '/role'],
  ['nobody may resume', { roles: [] }, '/role'],
  ['it is over', { now: instantAt('2026-11-21T18:40:00.000Z') }, '/expiresAt'],
  ['it comes from the future', { now: instantAt('2026-11-21T18:00:00.000Z') }, '/signedAt'],
])('X5: a resume does not count when %s', (_, more, at) => {
  const result = checkResume(resume, resumeFacts(more));
  expect(result).toMatchObject({ ok: false, refusal: { code: 'resume-refused', complaints: [{ at }] } });
});
