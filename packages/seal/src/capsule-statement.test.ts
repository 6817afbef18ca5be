import { counterCapsuleOf } from '@countersign/core';
import { expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { capsuleOf } from './capsule.builder.ts';
import {
  CAPSULE_PREDICATE,
  capsuleBytes,
  capsulePageOf,
  capsuleShownDigest,
  capsuleStatementOf,
  counterCapsuleDigestOf,
  readCapsule,
  readSignedCapsule,
  signCapsule,
  withWayBack,
} from './capsule-statement.ts';
import { digestOf, digestOfDocument, digestWords } from './digest.ts';
import { generateSigner } from './keys.ts';

const capsule = capsuleOf();
const payload = capsuleBytes(capsule);
const text = Buffer.from(payload).toString('utf8');
const bytes = (changed: string): Uint8Array => new TextEncoder().encode(changed);
const refusalOf = (changed: Uint8Array): string => {
  const read = readCapsule(changed);
  return read.ok ? `accepted as ${read.value.digest}` : `${read.refusal.code}: ${read.refusal.detail}`;
};

test('C1, C2: golden bytes: the signed form of a capsule is frozen', () => {
  expect(digestOf(payload)).toBe('sha256:e6351e3874abaccae36dfc8fcd5b1a19d651f49cd0434f5080783bf62e000f3d');
  expect(capsule.counterCapsule).toBe('sha256:44612146ff87de8e48d47dd9b6a71022f66d796b0e136983a3d4859ca196e23f');
  expect(payload.length).toBe(2547);
  expect(text.startsWith('{"_type":"https://in-toto.io/Statement/v1","predicate":{"audience":{"enclave":"prod"')).toBe(
    true,
  );
});

test('C2: the subjects are change, validation and rollback by the digest of their canonical bytes, under the type of version 1', () => {
  const { subject, predicateType } = capsuleStatementOf(capsule);
  expect(predicateType).toBe('https://countersign.dev/capsule/v1');
  expect(CAPSULE_PREDICATE).toBe(predicateType);
  expect(subject.map(({ name, digest }) => [name, `sha256:${digest.sha256}`])).toEqual([
    ['change', digestOfDocument(capsule.change)],
    ['validation', digestOfDocument(capsule.validation)],
    ['rollback', digestOfDocument(capsule.rollback)],
  ]);
});

test('C1: read again it is the same capsule under the digest of its bytes, and its page is the page', () => {
  const read = readCapsule(payload);
  expect(read).toEqual({ ok: true, value: { capsule, digest: digestOf(payload) } });
  const page = capsulePageOf({ capsule, digest: digestOf(payload) });
  expect(page).toContain(digestWords(digestOf(payload)));
  expect(capsuleShownDigest({ capsule, digest: digestOf(payload) })).toBe(digestOf(bytes(page)));
});

test('X6: the way back names what is put back, last change first, where, and what has to hold afterwards', () => {
  expect(counterCapsuleOf(capsule)).toMatchObject({
    type: 'counter-capsule',
    id: 'C-1',
    rollback: capsule.rollback,
    restore: [
      { kind: 'service', service: 'web' },
      { kind: 'file', path: 'etc/pool.json' },
    ],
    targets: ['web-1', 'web-2', 'web-3'],
    checks: [],
  });
  const none = capsuleOf({ rollback: { kind: 'none', windowMinutes: 0, dataEffects: 'none', isAutomatic: false } });
  expect(counterCapsuleOf(none).restore).toEqual([]);
  expect(counterCapsuleDigestOf(none)).toBe(digestOfDocument(counterCapsuleOf(none)));
});

test('C2: any flipped bit is refused or is another capsule: never this one', () => {
  let refused = 0;
  for (let at = 0; at < payload.length; at += 1) {
    const flipped = Uint8Array.from(payload);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    const read = readCapsule(flipped);
    expect(read.ok && read.value.digest === digestOf(payload)).toBe(false);
    refused += read.ok ? 0 : 1;
  }
  // What remains are values that a control plane may choose: ids, times, titles. Their signature is over other bytes.
  expect(refused / payload.length).toBeGreaterThan(0.7);
});

test('C2: every truncation is refused', () => {
  for (let end = 0; end < payload.length; end += 7) expect(refusalOf(payload.slice(0, end))).not.toContain('accepted');
});

const none = `sha256:${'0'.repeat(64)}`;
const swapped = text
  .replace('"name":"change"', '"name":"?"')
  .replace('"name":"validation"', '"name":"change"')
  .replace('"name":"?"', '"name":"validation"');

test.each<[string, string, string]>([
  ['a duplicate key', text.replace('"version":1}', '"version":1,"version":1}'), 'malformed'],
  ['a key twice in the statement', text.replace('"_type":', '"_type":"x","_type":'), 'malformed'],
  ['a prototype', text.replace('"isDemo":false', '"__proto__":{},"isDemo":false'), 'malformed'],
  ['an unknown field', text.replace('"isDemo":false', '"isDemo":false,"isSafe":true'), 'malformed'],
  ['an unknown field of the statement', text.replace('"_type":', '"also":1,"_type":'), 'malformed'],
  ['another predicate type', text.replace('capsule/v1', 'capsule/v2'), 'wrong-type'],
  ['another statement type', text.replace('Statement/v1', 'Statement/v2'), 'malformed'],
  ['a reordering mark in the title', text.replace('Raise the', 'Raise \u202Ethe'), 'malformed'],
  ['an invisible character in an id', text.replace('"web-1"', '"web\u200B-1"'), 'malformed'],
  ['a number that is no integer', text.replace('"version":1}', '"version":1.5}'), 'malformed'],
  ['a number beyond 2^53', text.replace('"version":1}', '"version":9007199254740993}'), 'malformed'],
  ['deep nesting', `${'['.repeat(200)}${']'.repeat(200)}`, 'malformed'],
  ['an array', '[]', 'malformed'],
  ['nothing', '', 'malformed'],
  ['a second document behind it', `${text}{}`, 'malformed'],
  ['a subject too few', text.replace(/,\{"digest":\{"sha256":"[0-9a-f]{64}"\},"name":"rollback"\}/, ''), 'malformed'],
  ['subjects in another order', swapped, 'malformed'],
  ['a subject of another name', text.replace('"name":"rollback"', '"name":"undo"'), 'malformed'],
  ['a subject of other bytes', text.replace(/"sha256":"[0-9a-f]{64}"/, `"sha256":"${'0'.repeat(64)}"`), 'malformed'],
  ['another change under its digest', text.replace('pool 10 to 20', 'pool 10 to 99'), 'change-digest'],
  ['another way back under its digest', text.replace(capsule.counterCapsule, none), 'malformed'],
  ['another target under the way back', text.replace('"id":"web-3"', '"id":"web-9"'), 'malformed'],
  ['a target twice', text.replace('"id":"web-3"', '"id":"web-2"'), 'malformed'],
])('C2: %s is refused before use', (_name, changed, code) => {
  expect(changed).not.toBe(text);
  expect(refusalOf(bytes(changed)).split(':')[0]).toBe(code);
});

test('a fault of form names its offset', () => {
  expect(refusalOf(bytes(text.replace('"version":1}', '"version":1,"version":1}')))).toMatch(/\d+/);
  expect(refusalOf(bytes(text.slice(0, 100)))).toMatch(/at character 94$/);
});

test('C2: a capsule without its one canonical form is still read by its bytes, and is another one', () => {
  const spaced = bytes(` ${text}`);
  expect(refusalOf(spaced)).toBe(`accepted as ${digestOf(spaced)}`);
  expect(digestOf(spaced)).not.toBe(digestOf(payload));
});

test('signed and read from its envelope; another payload type is refused', () => {
  const signed = signCapsule(capsule, [generateSigner('ed25519')]);
  expect(readSignedCapsule(signed.dsse)).toMatchObject({ ok: true, value: { digest: signed.digest } });
  const other = { ...signed.dsse, payloadType: 'application/json' };
  expect(readSignedCapsule(other)).toMatchObject({ ok: false, refusal: { code: 'wrong-type' } });
  expect(canonicalBytes(withWayBack(capsule))).toEqual(canonicalBytes(capsule));
});
