import { expect, test } from 'vitest';
import { encodeBase64, generateSigner, payloadOf, PAYLOAD, signEnvelope } from '@countersign/seal';
import { ALONE, bundleOwing, code, KEYS, NOW, PEOPLE, STAGING, world } from '../testkit/attack.ts';
import { good } from '../testkit/made.ts';
import { signApproval } from '../testkit/signed.ts';

test('X1: a capsule that people signed, one the envelope lets run alone, and a staging validation are admitted', () => {
  expect([PEOPLE, ALONE, STAGING].map((one) => code(one))).toEqual([
    'admitted by people',
    'admitted by envelope',
    'admitted by staging',
  ]);
});

test('X1: without a status statement only human-signed capsules run', () => {
  expect([PEOPLE, ALONE, STAGING].map((one) => code(one, {}, { status: 'none' }))).toEqual([
    'admitted by people',
    'status-missing',
    'status-missing',
  ]);
});

/** Each attack with the refusal that names it. The twin of all of them is the first test: the same world, not attacked. */
const ATTACKS: readonly (readonly [string, () => string, string])[] = [
  [
    'a capsule with one byte changed',
    () => {
      const bytes = Buffer.from(good(payloadOf(PEOPLE.delivery.capsule)));
      bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
      return code(PEOPLE, { capsule: { ...PEOPLE.delivery.capsule, payload: encodeBase64(bytes) } });
    },
    'capsule-unsigned',
  ],
  [
    'a capsule of a key that is not trusted',
    () =>
      code(PEOPLE, {
        capsule: signEnvelope(PAYLOAD.capsule, good(payloadOf(PEOPLE.delivery.capsule)), [generateSigner('ed25519')]),
      }),
    'capsule-unsigned',
  ],
  [
    'a change that its digest does not name',
    () => code(world('people', { capsule: { changeDigest: `sha256:${'1'.repeat(64)}` } })),
    'change-digest',
  ],
  ['a server that leaves the approvals out', () => code(PEOPLE, { approvals: [] }), 'quorum-missing'],
  [
    'an approval signed by somebody else',
    () =>
      code(PEOPLE, {
        approvals: [signApproval(KEYS, { ...PEOPLE, name: 'kim', now: NOW, key: generateSigner('ed25519') })],
      }),
    'approval-forged',
  ],
  [
    'an approval of another capsule',
    () =>
      code(PEOPLE, {
        approvals: [
          signApproval(KEYS, { ...PEOPLE, name: 'kim', now: NOW, change: { capsule: `sha256:${'2'.repeat(64)}` } }),
        ],
      }),
    'approval-not-bound',
  ],
  [
    'an approval of another page than the one rendered here',
    () =>
      code(PEOPLE, {
        approvals: [
          signApproval(KEYS, { ...PEOPLE, name: 'kim', now: NOW, change: { shown: `sha256:${'3'.repeat(64)}` } }),
        ],
      }),
    'approval-not-bound',
  ],
  [
    'an approval for another enclave',
    () =>
      code(PEOPLE, {
        approvals: [signApproval(KEYS, { ...PEOPLE, name: 'kim', now: NOW, change: { enclave: 'staging' } })],
      }),
    'approval-not-bound',
  ],
  [
    'an approval that has expired',
    () =>
      code(PEOPLE, {
        approvals: [signApproval(KEYS, { ...PEOPLE, name: 'kim', now: NOW, change: { expiresAt: NOW } })],
      }),
    'approval-not-bound',
  ],
  ['the owner of the agent approving', () => code(world('people', { approvers: ['ada'] })), 'quorum-missing'],
  [
    'a person of the roster in a role they do not hold',
    () => code(PEOPLE, { approvals: [signApproval(KEYS, { ...PEOPLE, name: 'lee', now: NOW })] }),
    'quorum-missing',
  ],
  [
    'one approval delivered twice where two people are owed',
    () => {
      const two = world('people', { bundle: bundleOwing(2), approvers: ['kim', 'kim'] });
      return code(two);
    },
    'quorum-missing',
  ],
];

test.each(ATTACKS)('X1: refuses %s', (_name, attack, expected) => {
  expect(attack()).toBe(expected);
});
