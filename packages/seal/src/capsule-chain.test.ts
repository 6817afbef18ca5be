import {
  approvalFor,
  parseId,
  parseInstant,
  type Approval,
  type Capsule,
  type Enrolled,
  type Id,
} from '@countersign/core';
import { expect, test } from 'vitest';
import {
  approvalFactsIn,
  capsuleChain,
  deltaPageOf,
  NOTHING_PROVED,
  standingApprovals,
  votesIn,
  type CapsuleChain,
} from './capsule-chain.ts';
import { capsuleBytes, withWayBack, type ReadCapsule } from './capsule-statement.ts';
import { capsuleOf } from './capsule.builder.ts';
import { digestOf } from './digest.ts';

const id = <Name extends string>(text: string): Id<Name> => parseId<Name>(text)!;
const at = (text: string) => parseInstant(text)!;
const read = (capsule: Capsule): ReadCapsule => ({ capsule, digest: digestOf(capsuleBytes(capsule)) });
const first = read(capsuleOf());
const next = (before: ReadCapsule, change: Partial<Capsule> = {}): ReadCapsule =>
  read(withWayBack({ ...before.capsule, version: before.capsule.version + 1, parent: before.digest, ...change }));
const narrower = next(first, { targets: first.capsule.targets.slice(1) });
const shifted = next(narrower, { proposal: { ...narrower.capsule.proposal, title: 'Another title' } });
const wide = next(first, { egress: 'sanitized' });

function chainOf(newest: ReadCapsule, ...parents: readonly ReadCapsule[]): CapsuleChain {
  const chain = capsuleChain(newest, parents, NOTHING_PROVED);
  if (!chain.ok) throw new Error(chain.refusal.detail);
  return chain.value;
}
const codeOf = (newest: ReadCapsule, ...parents: readonly ReadCapsule[]): string => {
  const chain = capsuleChain(newest, parents, NOTHING_PROVED);
  return chain.ok ? chain.value.versions.map(({ since }) => since?.kind ?? 'first').join(' ') : chain.refusal.code;
};

test('C1, D6: a chain is judged link by link, newest first', () => {
  expect(codeOf(first)).toBe('first');
  expect(codeOf(narrower, first)).toBe('narrower first');
  expect(codeOf(shifted, narrower, first)).toBe('delta narrower first');
  expect(codeOf(wide, first)).toBe('void first');
});

test.each<[string, ReadCapsule, readonly ReadCapsule[]]>([
  ['a version is left out', shifted, [first]],
  ['two are in the wrong order', shifted, [first, narrower]],
  ['one is there twice', narrower, [first, first]],
  ['it is its own parent', narrower, [narrower]],
  ['a first version has one before', first, [narrower]],
  ['there are more than anybody reads', narrower, Array.from({ length: 9 }, () => first)],
])('C1: a chain in which %s is refused', (_name, newest, parents) => {
  expect(codeOf(newest, ...parents)).toBe('version-chain');
});

test('E3: an envelope that is proved to narrow is narrower; asked once, with both digests, and only when they differ', () => {
  const envelope = { digest: `sha256:${'1'.repeat(64)}` as Capsule['envelope']['digest'], version: 8 };
  const after = next(first, { envelope });
  const asked: string[][] = [];
  const chain = capsuleChain(after, [first], (was, is) => asked.push([was, is]) > 0);
  expect(chain.ok && chain.value.versions[0]?.since?.kind).toBe('narrower');
  expect(asked).toEqual([[first.capsule.envelope.digest, envelope.digest]]);
  expect(codeOf(after, first)).toBe('delta first');
});

const signing = {
  person: id<'Person'>('kim'),
  role: id<'Role'>('release-approver'),
  surface: 'cli' as const,
  signedAt: at('2026-11-21T18:00:00.000Z'),
  expiresAt: at('2026-11-21T19:00:00.000Z'),
  nonce: 'a'.repeat(32),
};
const now = at('2026-11-21T18:30:00.000Z');
const own: Enrolled = { surface: 'own', enrolledAt: now, usableFrom: at('2026-01-01T00:00:00.000Z') };
const approval = (of: ReadCapsule, more: Partial<Approval> = {}): Approval => ({
  ...approvalFor(of.capsule, { ...signing, capsuleDigest: of.digest, shown: of.digest }),
  ...more,
});

test('D6: what an approval has to be bound to is the page of the version it names, or of what changed since', () => {
  const chain = chainOf(shifted, narrower, first);
  expect(approvalFactsIn(chain, { capsule: first.digest })).toMatchObject({ digest: first.digest });
  expect(approvalFactsIn(chain, { capsule: first.digest })).not.toHaveProperty('since');
  const delta = approvalFactsIn(chain, { capsule: shifted.digest, since: narrower.digest });
  expect(delta).toMatchObject({
    digest: shifted.digest,
    since: narrower.digest,
    shown: digestOf(new TextEncoder().encode(deltaPageOf(narrower, shifted))),
  });
});

test.each<[string, Partial<Approval> & Pick<Approval, 'capsule'>]>([
  ['another capsule', { capsule: wide.digest }],
  ['another version before', { capsule: shifted.digest, since: first.digest }],
  ['itself as the version before', { capsule: shifted.digest, since: shifted.digest }],
  ['a version before the first', { capsule: first.digest, since: narrower.digest }],
])('D6: an approval that names %s is bound to nothing', (_name, claimed) => {
  expect(approvalFactsIn(chainOf(shifted, narrower, first), claimed)).toBe(undefined);
});

test('D6: over a version that is wider nothing is signed by itself', () => {
  expect(approvalFactsIn(chainOf(wide, first), { capsule: wide.digest, since: first.digest })).toBe(undefined);
  expect(approvalFactsIn(chainOf(wide, first), { capsule: wide.digest })).toMatchObject({ digest: wide.digest });
});

test('D6: votes are for the newest version, whatever version was signed', () => {
  const chain = chainOf(shifted, narrower, first);
  const whole = { approval: approval(first), keys: [own] };
  const delta = { approval: approval(shifted, { since: narrower.digest }), keys: [own] };
  expect(standingApprovals(chain, [whole])).toEqual([]);
  expect(standingApprovals(chain, [delta])).toEqual([]);
  expect(standingApprovals(chain, [whole, delta]).map(({ signed }) => signed)).toEqual([[whole, delta]]);
  expect(votesIn(chain, [whole, delta], now)).toEqual([
    { person: 'kim', role: 'release-approver', capsule: shifted.digest, keys: [own] },
  ]);
  expect(votesIn(chainOf(narrower, first), [whole], now)).toHaveLength(1);
  expect(votesIn(chainOf(wide, first), [whole], now)).toEqual([]);
});
