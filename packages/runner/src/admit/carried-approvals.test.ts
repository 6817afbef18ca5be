import { digest, plusMs, type Capsule, type Digest } from '@countersign/core';
import {
  deltaPageOf,
  digestOf,
  generateSigner,
  payloadOf,
  PAYLOAD,
  signEnvelope,
  type CapsuleDelivery,
} from '@countersign/seal';
import { expect, test } from 'vitest';
import { code, KEYS, NOW, TARGETS, world } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { good, made } from '../testkit/made.ts';
import { signApproval } from '../testkit/signed.ts';
import { FIRST, LARGER, NARROWER, parentsOf, signDelta, SMALL, versionAfter } from '../testkit/versions.ts';
import { Admitted } from './admit.ts';

const carried: Partial<CapsuleDelivery> = { approvals: FIRST.delivery.approvals, parents: parentsOf(FIRST) };

test('D6: a version with a host fewer runs on the signature over the version before', () => {
  expect(code(FIRST)).toBe('admitted by people');
  expect(code(NARROWER, carried)).toBe('admitted by people');
});

test('D6: without the version before, or without what was signed over it, nobody has signed', () => {
  expect(code(NARROWER, { approvals: FIRST.delivery.approvals })).toBe('approval-not-bound');
  expect(code(NARROWER, { parents: parentsOf(FIRST) })).toBe('quorum-missing');
});

test('D6: a version with a host more needs the same person over what changed as well', () => {
  const { approvals } = SMALL.delivery;
  const parents = parentsOf(SMALL);
  expect(code(LARGER, { approvals, parents })).toBe('quorum-missing');
  expect(code(LARGER, { approvals: [...approvals, signDelta(SMALL, LARGER)], parents })).toBe('admitted by people');
  expect(code(LARGER, { approvals: [signDelta(SMALL, LARGER)], parents })).toBe('quorum-missing');
  expect(code(LARGER, { approvals: [...approvals, signDelta(SMALL, LARGER, { name: 'lee' })], parents })).not.toContain(
    'admitted',
  );
});

test('D6: the evidence names what was signed first, and the word ends with the first signature that ends', () => {
  const soon = plusMs(NOW, 60_000);
  const approvals = [...SMALL.delivery.approvals, signDelta(SMALL, LARGER, { change: { expiresAt: soon } })];
  const context = gateOf(LARGER);
  const admitted = good(Admitted.check({ ...LARGER.delivery, approvals, parents: parentsOf(SMALL) }, context));
  context.journal.close();
  expect(admitted.until).toBe(soon);
  expect(admitted.record.approvals.map(({ person }) => person)).toEqual(['kim']);
});

test('D6: three versions: every link is judged, and all of them are needed', () => {
  const third = versionAfter(NARROWER, { targets: TARGETS.slice(0, 1) });
  const { approvals } = FIRST.delivery;
  expect(code(third, { approvals, parents: parentsOf(NARROWER, FIRST) })).toBe('admitted by people');
  expect(code(third, { approvals, parents: parentsOf(NARROWER) })).toBe('approval-not-bound');
  expect(code(third, { approvals, parents: parentsOf(FIRST) })).toBe('version-chain');
  expect(code(third, { approvals, parents: parentsOf(FIRST, NARROWER) })).toBe('version-chain');
  expect(code(third, { approvals, parents: parentsOf(NARROWER, FIRST, FIRST) })).toBe('version-chain');
});

const context = gateOf(NARROWER);
const journaled = (of: Capsule, name: Digest) =>
  ({
    kind: 'admitted',
    capsule: name,
    id: of.id,
    version: of.version,
    nonce: of.nonce,
    at: NOW,
    delivery: '{}',
  }) as const;

test('C1, I4: of all versions of a capsule one runs, once: signatures that carry over never run a change twice', () => {
  context.journal.write([journaled(FIRST.capsule, FIRST.digest)]);
  const second = Admitted.check({ ...NARROWER.delivery, ...carried }, context);
  expect(second.ok ? '' : second.refusal.code).toBe('replay');
  expect(second.ok ? '' : second.refusal.detail).toContain('version 1');
  context.journal.close();
});

test('C1: an older version is refused by its name after a newer one was admitted', () => {
  const later = gateOf(FIRST);
  later.journal.write([journaled(NARROWER.capsule, NARROWER.digest)]);
  const old = Admitted.check(FIRST.delivery, later);
  later.journal.close();
  expect(old.ok ? '' : old.refusal.code).toBe('capsule-superseded');
});

const hash = (letter: string): Digest => made(digest, `sha256:${letter.repeat(64)}`);
const other = world('people', { targets: TARGETS.slice(0, 2), capsule: { id: 'C-7' } });
const payloadIn = (one: typeof FIRST): Uint8Array => good(payloadOf(one.delivery.capsule));

test.each<[string, string, () => string]>([
  [
    'capsule-unsigned',
    'a parent nobody signed',
    () =>
      code(NARROWER, {
        ...carried,
        parents: [signEnvelope(PAYLOAD.capsule, payloadIn(FIRST), [generateSigner('ed25519')])],
      }),
  ],
  ['version-chain', 'a parent of another capsule', () => code(NARROWER, { ...carried, parents: parentsOf(other) })],
  [
    'version-chain',
    'the capsule as its own parent',
    () => code(NARROWER, { ...carried, parents: parentsOf(NARROWER) }),
  ],
  [
    'version-chain',
    'more versions than anybody reads',
    () => code(NARROWER, { ...carried, parents: Array.from({ length: 9 }, () => FIRST.delivery.capsule) }),
  ],
  ['version-chain', 'a parent of a first version', () => code(FIRST, { parents: parentsOf(NARROWER) })],
  [
    'approval-not-bound',
    'a delta over another version before',
    () =>
      code(LARGER, {
        approvals: [...SMALL.delivery.approvals, signDelta(SMALL, LARGER, { change: { since: hash('1') } })],
        parents: parentsOf(SMALL),
      }),
  ],
  [
    'approval-not-bound',
    'a delta over another page',
    () =>
      code(LARGER, {
        approvals: [...SMALL.delivery.approvals, signDelta(SMALL, LARGER, { change: { shown: hash('1') } })],
        parents: parentsOf(SMALL),
      }),
  ],
  [
    'approval-not-bound',
    'a delta over the page of another version',
    () =>
      code(LARGER, { approvals: [...SMALL.delivery.approvals, signDelta(SMALL, NARROWER)], parents: parentsOf(SMALL) }),
  ],
  [
    'approval-not-bound',
    'a delta without the version before',
    () => code(LARGER, { approvals: [signDelta(SMALL, LARGER)], parents: [] }),
  ],
  [
    'approval-not-bound',
    'a delta under the name of a whole signature',
    () => {
      const shown = digestOf(new TextEncoder().encode(deltaPageOf(SMALL, LARGER)));
      const nameless = signApproval(KEYS, { ...LARGER, name: 'kim', now: NOW, change: { shown } });
      return code(LARGER, { approvals: [...SMALL.delivery.approvals, nameless], parents: parentsOf(SMALL) });
    },
  ],
  [
    'approval-not-bound',
    'a delta that ran out',
    () =>
      code(LARGER, {
        approvals: [...SMALL.delivery.approvals, signDelta(SMALL, LARGER, { change: { expiresAt: NOW } })],
        parents: parentsOf(SMALL),
      }),
  ],
  [
    'approval-not-bound',
    'a signature over the version before that ran out',
    () => {
      const old = signApproval(KEYS, {
        ...SMALL,
        name: 'kim',
        now: NOW,
        change: { signedAt: plusMs(NOW, -7200_000), expiresAt: NOW },
      });
      return code(LARGER, { approvals: [old, signDelta(SMALL, LARGER)], parents: parentsOf(SMALL) });
    },
  ],
  [
    'approval-forged',
    'a delta signed by somebody else',
    () => {
      const forged = signApproval(KEYS, {
        ...LARGER,
        name: 'kim',
        now: NOW,
        key: generateSigner('ed25519'),
        change: { since: SMALL.digest },
      });
      return code(LARGER, { approvals: [...SMALL.delivery.approvals, forged], parents: parentsOf(SMALL) });
    },
  ],
  [
    'quorum-missing',
    'a delta in another role',
    () =>
      code(LARGER, {
        approvals: [...SMALL.delivery.approvals, signDelta(SMALL, LARGER, { change: { role: 'service-owner' } })],
        parents: parentsOf(SMALL),
      }),
  ],
])('D6: %s: %s', (expected, _name, attack) => {
  expect(attack()).toBe(expected);
});
