import { approvalShape, list, object, parseDigest, renderCapsule, text, type Approval } from '@countersign/core';
import {
  canonicalBytes,
  digestOf,
  digestWords,
  encodeBase64,
  generateSigner,
  PAYLOAD,
  payloadOf,
  readStrictJson,
  signEnvelope,
  type DsseEnvelope,
} from '@countersign/seal';
import { expect, test } from 'vitest';
import { bundleOwing, code, KEYS, NOW, PEOPLE, world } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { personKey } from '../testkit/house.ts';
import { good, made } from '../testkit/made.ts';
import { signApproval } from '../testkit/signed.ts';
import { checkApprovals, checkQuorum } from './approvals.ts';

const kim = personKey(KEYS, 'kim');
const [REAL] = PEOPLE.delivery.approvals;
if (REAL === undefined) throw new Error('the world has no approval');
const approval: Approval = made(approvalShape, good(readStrictJson(good(payloadOf(REAL)))));
const fields = Object.keys(approval);
const { trust } = gateOf(PEOPLE);
if (trust === undefined) throw new Error('the gate has no trust');
const { bundle } = trust;
const page = renderCapsule(PEOPLE.capsule, PEOPLE.digest, digestWords(PEOPLE.digest));
const shown = digestOf(new TextEncoder().encode(page));
/** The check of the gate alone: thousands of whole admissions would only take longer. */
function outcome(...approvals: readonly DsseEnvelope[]): string {
  const { capsule, digest } = PEOPLE;
  const found = checkApprovals(approvals, { capsule, digest, shown, roster: bundle.people, now: NOW });
  if (!found.ok) return found.refusal.code;
  const demands = capsule.demands;
  const quorum = checkQuorum(found.value, { capsule, digest, bundle, demands, now: NOW });
  return quorum.ok ? 'admitted by people' : quorum.refusal.code;
}
test('the twin of all that follows: the real approval is enough, in the check and in the gate', () => {
  expect(outcome(REAL)).toBe('admitted by people');
  expect(code(PEOPLE)).toBe('admitted by people');
});
const signed = (document: unknown): DsseEnvelope => signEnvelope(PAYLOAD.approval, canonicalBytes(document), [kim]);
const signedText = (content: string): DsseEnvelope => signEnvelope(PAYLOAD.approval, Buffer.from(content), [kim]);

const ADMITTED = 'admitted by people';
/** All of them signed by the right person with the right key: only the content is wrong. */
const REFUSALS = ['approval-not-bound', 'malformed', 'approval-forged', 'approver-unknown', 'quorum-missing'];

const STRANGE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  7,
  1_000_001,
  '',
  ' ',
  'x',
  'other',
  '../kim',
  'approve ',
  'APPROVE',
  'reject',
  'defer',
  'staging',
  'P-999',
  'kim ',
  'k\u0131m',
  'adа',
  'lee',
  'ada',
  'service-owner',
  `sha256:${'0'.repeat(64)}`,
  `SHA256:${'0'.repeat(64)}`,
  `sha256:${'0'.repeat(63)}`,
  '2026-11-21T02:13:59.000Z',
  '2020-01-01T00:00:00.000Z',
  '2036-01-01T00:00:00.000Z',
  '2026-11-21',
  'f'.repeat(33),
  [],
  {},
  ['approve'],
];

test('T14: each field of an approval, given another value and signed anew, lets nothing run', () => {
  const seen = new Map<string, number>();
  for (const field of fields)
    for (const value of STRANGE.filter((one) => one !== approval[field as keyof Approval])) {
      const found = outcome(signed({ ...approval, [field]: value }));
      // Times and numbers used once may differ as long as they hold; surface and nonce say nothing about the capsule.
      // Another time may hold as well; everything else says what is signed, by whom or where.
      const isTime = field === 'signedAt' || field === 'expiresAt';
      expect([field, value, found]).toEqual([
        field,
        value,
        expect.toBeOneOf(isTime ? [...REFUSALS, ADMITTED] : REFUSALS),
      ]);
      seen.set(found, (seen.get(found) ?? 0) + 1);
    }
  expect(fields).toHaveLength(16);
  expect(seen.get('admitted by people') ?? 0).toBeLessThanOrEqual(2);
  expect((seen.get('approval-not-bound') ?? 0) + (seen.get('malformed') ?? 0)).toBeGreaterThan(500);
});

test('T14: each field left out, doubled, renamed or moved is refused', () => {
  for (const field of fields) {
    const { [field as keyof Approval]: value, ...others } = approval;
    const twice = JSON.stringify(approval).replace('{', `{${JSON.stringify(field)}:${JSON.stringify(value)},`);
    const tries = [
      others,
      { ...others, [field.toUpperCase()]: value },
      { ...others, [` ${field}`]: value },
      { ...others, inner: { [field]: value } },
    ];
    for (const document of tries) expect([field, outcome(signed(document))]).toEqual([field, 'malformed']);
    expect([field, outcome(signedText(twice))]).toEqual([field, 'malformed']);
  }
});

test('T14: every digest in an approval counts to its last bit', () => {
  let tried = 0;
  for (const field of ['capsule', 'changeDigest', 'riskAssessment', 'shown'] as const)
    for (let at = 0; at < 64; at += 1) {
      const digit = approval[field].charAt(7 + at);
      const digest = parseDigest(
        `${approval[field].slice(0, 7 + at)}${digit === '0' ? '1' : '0'}${approval[field].slice(8 + at)}`,
      );
      expect(outcome(signed({ ...approval, [field]: digest }))).toBe('approval-not-bound');
      tried += 1;
    }
  expect(tried).toBe(256);
});

test.each([
  ['an unknown field', { ...approval, extra: 1 }],
  ['a list around it', [approval]],
  ['null', null],
  ['a text', 'approve'],
  ['a rejection', { ...approval, verdict: 'reject' }],
  ['a deferral', { ...approval, verdict: 'defer' }],
  ['a resume', { ...approval, type: 'resume' }],
])('A2: what is signed is %s, so it is no approval', (_, document) => {
  expect(outcome(signed(document))).toBe('malformed');
});

test.each([
  ['a byte order mark', `\ufeff${JSON.stringify(approval)}`],
  ['text after it', `${JSON.stringify(approval)}x`],
  ['two documents', JSON.stringify(approval).repeat(2)],
  ['a comment', `/* */${JSON.stringify(approval)}`],
  ['a number with a fraction', JSON.stringify(approval).replace('"revision":1', '"revision":1.5')],
  ['an exponent', JSON.stringify(approval).replace('"revision":1', '"revision":1e0')],
  ['deep nesting', '['.repeat(2000)],
  ['more than an approval holds', JSON.stringify({ ...approval, reason: 'x'.repeat(20_000) })],
  ['a text direction mark', JSON.stringify({ ...approval, nonce: '\u202e' })],
  ['nothing', ''],
])('A2: a payload with %s is refused before it is used', (_, content) => {
  expect(outcome(signedText(content))).not.toContain('admitted');
});

test('A2: approvals swapped between persons are nobody’s', () => {
  const two = world('people', { bundle: bundleOwing(2), approvers: ['kim', 'kim'] });
  const of = (name: string, signer = personKey(KEYS, name)): DsseEnvelope =>
    signApproval(KEYS, { ...two, name, now: NOW, key: signer });
  const lee = personKey(KEYS, 'lee');
  const swapped = { ...of('kim'), signatures: of('lee').signatures };
  expect(code(two, { approvals: [of('kim', lee)] })).toBe('approval-forged');
  expect(code(two, { approvals: [of('lee', kim)] })).toBe('approval-forged');
  expect(code(two, { approvals: [swapped] })).toBe('approval-forged');
  expect(code(two, { approvals: [of('kim'), of('kim', lee)] })).toBe('approval-forged');
  expect(code(two, { approvals: [of('kim'), of('kim')] })).toBe('quorum-missing');
  expect(code(two, { approvals: Array.from({ length: 20 }, () => of('kim')) })).toBe('quorum-missing');
});

test('A2: one statement with a foreign signature beside the right one is refused: somebody is trying', () => {
  const foreign = signEnvelope(PAYLOAD.approval, good(payloadOf(REAL)), [generateSigner('ed25519')]).signatures;
  const lees = signEnvelope(PAYLOAD.approval, good(payloadOf(REAL)), [personKey(KEYS, 'lee')]).signatures;
  for (const signatures of [
    [...REAL.signatures, ...foreign],
    [...foreign, ...REAL.signatures],
    [...REAL.signatures, ...lees],
  ])
    expect(outcome({ ...REAL, signatures })).toBe('approval-forged');
  expect(outcome({ ...REAL, signatures: [...REAL.signatures, ...REAL.signatures] })).toBe('admitted by people');
  expect(outcome({ ...REAL, signatures: [] })).toBe('approval-forged');
});

const flippedAt = (encoded: string, bit: number): string => {
  const bytes = Buffer.from(encoded, 'base64');
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit % 8)), bit >> 3);
  return encodeBase64(bytes);
};

test('A2: every flipped bit of an approval, in its payload or its signature, lets nothing run', () => {
  const [entry] = good({ ok: true, value: REAL.signatures });
  if (entry === undefined) throw new Error('the approval is not signed');
  let tried = 0;
  for (let bit = 0; bit < Buffer.from(entry.sig, 'base64').length * 8; bit += 1) {
    expect(outcome({ ...REAL, signatures: [{ ...entry, sig: flippedAt(entry.sig, bit) }] })).toBe('approval-forged');
    tried += 1;
  }
  const stride = 29;
  for (let bit = 0; bit < good(payloadOf(REAL)).length * 8; bit += stride) {
    expect(outcome({ ...REAL, payload: flippedAt(REAL.payload, bit) })).not.toContain('admitted');
    tried += 1;
  }
  expect(tried).toBeGreaterThan(600);
});

test('A2: an approval that names its key wrongly, or leaves half of the signature out, is refused', () => {
  const shape = list(object<{ readonly sig: string }>({ sig: text({ min: 1, max: 400 }) }), { max: 4 });
  const [{ sig } = { sig: '' }] = made(
    shape,
    REAL.signatures.map((one) => ({ sig: one.sig })),
  );
  // Padding is no part of the signature: URL-safe base64 has none.
  const { length: whole } = sig.replace(/=+$/, '');
  for (let length = 0; length < whole; length += 1)
    expect(outcome({ ...REAL, signatures: [{ sig: sig.slice(0, length) }] })).toBe('approval-forged');
  for (const keyid of ['', 'ssh:x', 'webauthn:x', 'kim', '0'.repeat(64)])
    expect(outcome({ ...REAL, signatures: [{ sig, keyid }] })).toBe('approval-forged');
  expect(outcome({ ...REAL, signatures: [{ sig }] })).toBe('admitted by people');
});

test.each(Object.entries(PAYLOAD).filter(([name]) => name !== 'approval'))(
  'A2: the same words signed as a document of the type %s are no approval',
  (_, payloadType) => {
    const other = signEnvelope(payloadType, good(payloadOf(REAL)), [kim]);
    expect(outcome(other)).toBe('approval-type');
    expect(outcome({ ...other, payloadType: PAYLOAD.approval })).toBe('approval-forged');
  },
);
