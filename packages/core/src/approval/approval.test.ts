import { expect, test } from 'vitest';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape, type Shape } from '../shared/shape.ts';
import { approvalShape, resumeShape } from './approval.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const APPROVAL = {
  type: 'approval',
  organisation: 'acme',
  enclave: 'prod',
  proposal: 'P-1',
  revision: 2,
  capsule: digest('1'),
  changeDigest: digest('2'),
  riskAssessment: digest('3'),
  shown: digest('4'),
  verdict: 'approve',
  person: 'kim',
  role: 'release-approver',
  surface: 'cli',
  signedAt: '2026-11-21T18:00:00.000Z',
  expiresAt: '2026-11-21T19:00:00.000Z',
  nonce: 'a'.repeat(32),
};
const RESUME = {
  type: 'resume',
  organisation: 'acme',
  capsule: digest('1'),
  trip: 2,
  person: 'kim',
  role: 'release-approver',
  reason: 'the alert was another system',
  signedAt: '2026-11-21T18:29:00.000Z',
  expiresAt: '2026-11-21T18:40:00.000Z',
  nonce: 'b'.repeat(32),
};
const placesOf = (shape: Shape<unknown>, value: unknown): readonly string[] => {
  const read = readShape(shape, value);
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

test.each<[string, Shape<unknown>, unknown]>([
  ['an approval', approvalShape, APPROVAL],
  ['a resume', resumeShape, RESUME],
])('A2: of %s every field is owed, has its own type, and none may be added', (_, shape, value) => {
  expect(readShape(shape, value)).toEqual({ ok: true, value });
  expect(leftOut(shape, value)).toEqual([]);
  expect(acceptedWrong(shape, value)).toEqual([]);
  expect(acceptedUnknown(shape, value)).toEqual([]);
});

test('A2: one kind of signature is never read as the other', () => {
  expect(readShape(approvalShape, RESUME).ok).toBe(false);
  expect(readShape(resumeShape, APPROVAL).ok).toBe(false);
  expect(placesOf(approvalShape, { ...APPROVAL, type: 'resume' })).toEqual(['/type']);
});

test.each<[string, Record<string, unknown>, string]>([
  ['a verdict other than yes', { verdict: 'reject' }, '/verdict'],
  ['all enclaves', { enclave: '*' }, '/enclave'],
  ['revision 0', { revision: 0 }, '/revision'],
  ['a revision as text', { revision: '2' }, '/revision'],
  ['a capsule by its name', { capsule: 'C-1' }, '/capsule'],
  ['a digest of another hash', { shown: `sha512:${'4'.repeat(64)}` }, '/shown'],
  ['a surface that shows no page', { surface: 'email' }, '/surface'],
  ['a time without an end', { expiresAt: '9999' }, '/expiresAt'],
  ['a nonce of 33 digits', { nonce: 'a'.repeat(33) }, '/nonce'],
  ['a nonce that is no hex', { nonce: 'g'.repeat(32) }, '/nonce'],
  ['two people', { person: 'kim,lea' }, '/person'],
  ['a list of roles', { role: ['release-approver', 'owner'] }, '/role'],
])('A2: refuses an approval with %s', (_, more, at) => {
  expect(placesOf(approvalShape, { ...APPROVAL, ...more })).toEqual([at]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['no reason', { reason: '' }, '/reason'],
  ['a reason of two letters', { reason: 'ok' }, '/reason'],
  ['a reason of 1001 letters', { reason: 'x'.repeat(1001) }, '/reason'],
  ['trip 0', { trip: 0 }, '/trip'],
  ['every trip', { trip: 'all' }, '/trip'],
  ['trip 1001', { trip: 1001 }, '/trip'],
  ['every capsule', { capsule: 'all' }, '/capsule'],
])('X5, I9: refuses a resume with %s', (_, more, at) => {
  expect(placesOf(resumeShape, { ...RESUME, ...more })).toEqual([at]);
});
