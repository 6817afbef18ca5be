/** The closure of a change whose evidence stays inside (V2): believed for the signature of its person, not for the entry around it. */
import { evidenceClosureShape, parseDigest, plusMs, type EvidenceClosure } from '@countersign/core';
import { beforeEach, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { digestOf } from './digest.ts';
import { signEnvelope, type DsseEnvelope } from './dsse.ts';
import { Estate } from './export/estate.builder.ts';
import type { BundleParts } from './export/export-format.ts';
import { made, type KeyName } from './export/names.builder.ts';
import { subjectOf } from './leaf-places.ts';
import { PAYLOAD } from './payload.ts';
import { actsOf, judge, revoked } from './verify-acts.builder.ts';

const EVIDENCE = digestOf(Buffer.from('what the runner signed inside'));
let estate: Estate;
let parts: BundleParts;
beforeEach(() => {
  estate = new Estate();
  parts = estate.remediate('held-inside');
});

const capsule = (): string => {
  const report = judge(actsOf(estate, parts));
  if (!report.ok) throw new Error(report.refusal.detail);
  return report.value.capsules.find(({ purpose }) => purpose === 'rollout')!.digest;
};
/** An auditor and nobody else may close what nobody was asked about: `kim` is made one here. */
const auditors = (acts: ReturnType<typeof actsOf>): ReturnType<typeof actsOf> => ({
  ...acts,
  trust: {
    ...acts.trust,
    people: acts.trust.people.map((one) =>
      one.id === 'kim' ? { ...one, roles: [...one.roles, 'auditor' as never] } : one,
    ),
  },
});

interface Attempt {
  readonly document?: Partial<Record<keyof EvidenceClosure, string>>;
  readonly entry?: Record<string, string>;
  readonly by?: KeyName;
  readonly type?: string;
  readonly also?: KeyName;
  readonly subject?: string;
}
function closed({ document = {}, entry = {}, by = 'kim', type = PAYLOAD.evidenceClosure, also, subject }: Attempt) {
  const digest = capsule();
  const closure = made(evidenceClosureShape, {
    type: 'evidence-closure',
    organisation: 'acme',
    proposal: parts.proposal,
    capsule: digest,
    evidence: EVIDENCE,
    verdict: 'succeeded',
    person: 'kim',
    role: 'auditor',
    signedAt: estate.now,
    ...document,
  });
  const keys = [estate.keys[by], ...(also === undefined ? [] : [estate.keys[also]])];
  const signed: DsseEnvelope = signEnvelope(type, canonicalBytes(closure), keys);
  const { evidence, verdict, person } = closure;
  estate.write('evidence.closed', {
    correlation: parts.proposal,
    body: { capsule: closure.capsule, evidence, verdict, person, closure: signed, ...entry },
    subject: subject ?? subjectOf('capsule', parseDigest(digest)!),
  });
  return auditors(actsOf(estate, parts));
}

test('V2: a closure that its person signed says what became of the change', () => {
  const report = judge(closed({}));
  expect(report.ok && report.value.capsules.map((one) => one.closed)).toEqual([
    undefined,
    { verdict: 'succeeded', person: 'kim', evidence: EVIDENCE },
  ]);
});

const OTHER = digestOf(Buffer.from('other'));
test.each<[string, Attempt]>([
  ['of another key', { by: 'pat' }],
  ['of the server', { by: 'capsules' }],
  ['of the runner', { by: 'prod' }],
  ['of a second key beside the right one', { also: 'pat' }],
  ['of another type', { type: PAYLOAD.approval }],
  ['of a person who may not', { document: { person: 'pat' }, by: 'pat' }],
  ['of a person nobody knows', { document: { person: 'eve' } }],
  ['in a role that person does not have', { document: { role: 'registrar' } }],
  ['for another organisation', { document: { organisation: 'globex' } }],
  ['for another proposal', { document: { proposal: 'P-other' } }],
  ['for another capsule', { document: { capsule: OTHER } }],
  ['whose entry names another capsule', { entry: { capsule: OTHER } }],
  ['whose entry names another verdict', { entry: { verdict: 'rolled-back' } }],
  ['whose entry names other evidence', { entry: { evidence: OTHER } }],
  ['whose entry names another person', { entry: { person: 'pat' } }],
  ['whose entry says more', { entry: { note: 'trust me' } }],
  ['whose entry is about another capsule', { subject: subjectOf('capsule', OTHER) }],
  ['whose entry is about the proposal', { subject: 'proposal:P-1' }],
])('V2: no closure %s', (_, attempt) => {
  expect(judge(closed(attempt)).ok).toBe(false);
});

test('V2: what is not held inside is not closed by a word', () => {
  parts = estate.remediate('automatic');
  expect(judge(closed({})).ok).toBe(false);
});

test('X1, A2: a key that was revoked before it came in, or that still waited, closes nothing', () => {
  const acts = closed({});
  const keyid = estate.keys.kim.keyid;
  expect(revoked(acts, { keyid, notAfter: plusMs(estate.now, -500), reason: 'lost' })).toBe('a closure of evidence');
  expect(revoked(acts, { keyid, notAfter: plusMs(estate.now, 500), reason: 'lost' })).toBe('ok');
  const people = acts.trust.people.map((one) => ({
    ...one,
    credentials: one.credentials.map((key) => ({ ...key, usableFrom: plusMs(estate.now, one.id === 'kim' ? 1 : -1) })),
  }));
  expect(judge({ ...acts, trust: { ...acts.trust, people } }).ok).toBe(false);
});

test('V3: a closure whose body was removed says nothing', () => {
  const acts = closed({ by: 'pat' });
  const leaves = acts.leaves.map((one) => (one.leaf.event === 'evidence.closed' ? { ...one, body: undefined } : one));
  const report = judge({ ...acts, leaves });
  expect(report.ok && report.value.capsules.map(({ closed: by }) => by)).toEqual([undefined, undefined]);
});
