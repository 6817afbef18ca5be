/** The people behind a capsule, in a file whose record is whole: every approval that is not exactly theirs, or not for this, is none. */
import { approvalShape, plusMs, type Approval, type Digest, type TrustBundle } from '@countersign/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { canonicalBytes } from './canonical.ts';
import { digestOf, digestOfDocument } from './digest.ts';
import { addSignature, payloadOf, signEnvelope, type DsseEnvelope } from './dsse.ts';
import { Estate } from './export/estate.builder.ts';
import { good, idOf, made, MINUTE_MS } from './export/names.builder.ts';
import type { SignerKey } from './keys.ts';
import { approvalLeafBody } from './leaf-bodies.ts';
import { PAYLOAD } from './payload.ts';
import { actsOf, detailOf, judge, type Acts } from './verify-acts.builder.ts';

let estate: Estate;
let acts: Acts;
let approval: Approval;
beforeAll(() => {
  estate = new Estate();
  acts = actsOf(estate, estate.remediate('approved'));
  const [first] = acts.bundle.approvals;
  approval = made(approvalShape, JSON.parse(Buffer.from(good(payloadOf(first!))).toString('utf8')));
});

const signedBy = (
  change: Partial<Approval>,
  signer: SignerKey = estate.keys.kim,
  type: string = PAYLOAD.approval,
): DsseEnvelope => signEnvelope(type, canonicalBytes({ ...approval, ...change }), [signer]);

/** The file with these approvals instead, each of them in the record where the first one was, or `later`. */
function approvedBy(
  approvals: readonly DsseEnvelope[],
  { leafAt = 0, trust = {} }: { leafAt?: number; trust?: Partial<TrustBundle> } = {},
): Acts {
  const place = acts.leaves.findIndex(({ leaf }) => leaf.event === 'approval.received');
  const leaves = acts.leaves.flatMap((one, index) => {
    if (index !== place) return [one];
    return approvals.map((dsse) => {
      const payload = good(payloadOf(dsse));
      const body = canonicalBytes(
        approvalLeafBody(JSON.parse(Buffer.from(payload).toString('utf8')) as Approval, digestOf(payload)),
      );
      return { leaf: { ...one.leaf, body: digestOf(body) }, body, index: one.index + leafAt };
    });
  });
  return { ...acts, trust: { ...acts.trust, ...trust }, leaves, bundle: { ...acts.bundle, approvals } };
}
const NOBODY = 'a capsule was dispatched without the people it asks for: approvals are missing: 1 x `release-approver`';
const UNFIT = 'an approval does not fit its capsule';
const STRANGER = 'an approval: it is not signed by a credential of the person it names';
const digest = (name: string): Digest => digestOfDocument({ name });

const agent = (id: string, owner: string): TrustBundle['agents'][number] =>
  ({
    id: idOf(id),
    name: id,
    owner: idOf(owner),
    duties: ['decide'],
    purpose: 'mends',
    actions: [],
    endsAt: plusMs(approval.signedAt, 1000 * MINUTE_MS),
  }) as unknown as TrustBundle['agents'][number];

describe('A2, I1: the approval of a file', () => {
  test('is named with its person and role', () => {
    const judged = good(judge(approvedBy([signedBy({})])));
    expect(judged.capsules.map(({ purpose, approvedBy: seats }) => [purpose, seats])).toEqual([
      ['validation', []],
      ['rollout', [{ person: 'kim', role: 'release-approver' }]],
    ]);
  });

  test('is owed, and came in before the capsule went out', () => {
    expect(detailOf(approvedBy([]))).toBe(NOBODY);
    const sent = acts.leaves.findLast(({ leaf }) => leaf.event === 'capsule.dispatched')!;
    const received = acts.leaves.find(({ leaf }) => leaf.event === 'approval.received')!;
    const behind = sent.index - received.index;
    expect(detailOf(approvedBy([signedBy({})], { leafAt: behind - 1 }))).toBe('holds');
    expect(detailOf(approvedBy([signedBy({})], { leafAt: behind }))).toBe(NOBODY);
    expect(detailOf(approvedBy([signedBy({})], { leafAt: behind + 1 }))).toBe(NOBODY);
  });

  test('is signed by a credential of the person it names, and by nothing else', () => {
    const { kim, pat, capsules } = estate.keys;
    expect(detailOf(approvedBy([signedBy({}, pat)]))).toBe(STRANGER);
    expect(detailOf(approvedBy([signedBy({}, capsules)]))).toBe(STRANGER);
    expect(detailOf(approvedBy([signedBy({ person: idOf('pat') })]))).toBe(STRANGER);
    expect(detailOf(approvedBy([signedBy({ person: idOf('nobody') })]))).toBe(STRANGER);
    expect(detailOf(approvedBy([good(addSignature(signedBy({}), pat))]))).toBe(STRANGER);
    const unsigned = { ...signedBy({}), payload: encodeBase64(canonicalBytes({ ...approval, revision: 2 })) };
    expect(detailOf(approvedBy([unsigned]))).toBe(STRANGER);
    // Kim is not who signs for Kim once the roster has another key.
    const people = acts.trust.people.map((person) =>
      person.id === 'kim'
        ? { ...person, credentials: acts.trust.people.find(({ id }) => id === 'pat')!.credentials }
        : person,
    );
    expect(detailOf(approvedBy([signedBy({}, kim)], { trust: { people } }))).toBe(STRANGER);
  });

  test('is an approval, for a capsule of this file', () => {
    expect(detailOf(approvedBy([signedBy({}, estate.keys.kim, PAYLOAD.resume)]))).toBe(
      'an approval: it is of another type',
    );
    expect(detailOf(approvedBy([signedBy({ capsule: digest('other') })]))).toBe(
      'an approval is for a capsule that is not in the file',
    );
    expect(detailOf(approvedBy([signedBy({ verdict: 'reject' as 'approve' })]))).not.toBe('holds');
    const [staging] = acts.bundle.capsules;
    expect(detailOf(approvedBy([signedBy({ capsule: digestOf(good(payloadOf(staging!))) })]))).toBe(NOBODY);
  });

  test.each<readonly [string, () => Partial<Approval>]>([
    ['another organisation', () => ({ organisation: idOf('other') })],
    ['another enclave', () => ({ enclave: idOf('staging') })],
    ['another proposal', () => ({ proposal: idOf('P-9') })],
    ['another revision', () => ({ revision: 2 })],
    ['another change', () => ({ changeDigest: digest('change') })],
    ['another risk assessment', () => ({ riskAssessment: digest('risk') })],
    ['another page', () => ({ shown: digest('page') })],
    ['a version before it that there is not', () => ({ since: digest('before') })],
    [
      'a time behind the dispatch',
      () => ({
        signedAt: plusMs(approval.signedAt, 10 * MINUTE_MS),
        expiresAt: plusMs(approval.signedAt, 20 * MINUTE_MS),
      }),
    ],
    [
      'an end before the dispatch',
      () => ({
        signedAt: plusMs(approval.signedAt, -20 * MINUTE_MS),
        expiresAt: plusMs(approval.signedAt, -10 * MINUTE_MS),
      }),
    ],
  ])('with %s is for something else', (_what, change) => {
    expect(detailOf(approvedBy([signedBy(change())]))).toBe(UNFIT);
    // Nor does a good one beside it make it one.
    expect(detailOf(approvedBy([signedBy({}), signedBy(change())]))).toBe(UNFIT);
    expect(detailOf(approvedBy([signedBy(change()), signedBy({})]))).toBe(UNFIT);
  });

  test('in a role its person does not have, or that nobody asked for, counts nothing', () => {
    for (const role of ['registrar', 'policy-admin', 'operator'])
      expect([role, detailOf(approvedBy([signedBy({ role: idOf(role) })]))]).toEqual([role, NOBODY]);
  });

  test('A4: of whoever answers for the agent counts nothing; of whoever answers for another agent it does', () => {
    expect(detailOf(approvedBy([signedBy({})], { trust: { agents: [agent('playbook', 'kim')] } }))).toBe(NOBODY);
    expect(detailOf(approvedBy([signedBy({})], { trust: { agents: [agent('other', 'kim')] } }))).toBe('holds');
    expect(detailOf(approvedBy([signedBy({})], { trust: { agents: [agent('playbook', 'pat')] } }))).toBe('holds');
  });
});
