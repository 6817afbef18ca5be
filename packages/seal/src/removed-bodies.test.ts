import { instantOf, parseId, type Digest, type Id, type RecordEvent } from '@countersign/core';
import { expect, test } from 'vitest';
import type { VerifiedLeaf } from './bundle-envelope.ts';
import { canonicalBytes } from './canonical.ts';
import { digestOf } from './digest.ts';
import { isRemoved, removedBodies } from './removed-bodies.ts';

const id = <Name extends string>(text: string): Id<Name> => parseId<Name>(text)!;
const digest = (text: string): Digest => digestOf(Buffer.from(text));
const leaf = (event: RecordEvent, body: Digest, bytes?: Uint8Array): VerifiedLeaf => ({
  leaf: {
    type: 'leaf',
    organisation: id('acme'),
    event,
    at: instantOf(0),
    actor: 'control',
    subject: 'retention:bodies',
    correlation: 'P-1',
    body,
  },
  index: 0,
  body: bytes,
});
const expired = (body: unknown): VerifiedLeaf => leaf('body.expired', digest('x'), canonicalBytes(body));
const gone = digest('gone');
const names = { digests: [gone], reason: 'evidence: 10 days' };

test('V3: a body that the record says went at its time is removed, and no other is', () => {
  const removed = removedBodies([expired(names)]);
  expect(isRemoved(leaf('evidence.received', gone), removed)).toBe(true);
  expect(isRemoved(leaf('evidence.received', digest('kept back')), removed)).toBe(false);
  expect(isRemoved(leaf('evidence.received', gone, Buffer.from('gone')), removed)).toBe(false);
});

test.each<[string, VerifiedLeaf]>([
  ['another event', leaf('evidence.read', digest('x'), canonicalBytes(names))],
  ['an entry without its own body', leaf('body.expired', digest('x'))],
  ['a body that is no JSON', leaf('body.expired', digest('x'), Buffer.from('{'))],
  ['a body with a field beside', expired({ ...names, more: 1 })],
  ['no digests', expired({ digests: [], reason: 'x' })],
  ['a digest that is none', expired({ digests: ['gone'], reason: 'x' })],
  ['no reason', expired({ digests: [gone] })],
])('V3: %s removes nothing', (_, one) => {
  expect(removedBodies([one]).size).toBe(0);
});
