import fc from 'fast-check';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { sha256 } from './digest.ts';
import {
  disclose,
  sealFields,
  verifyDisclosure,
  type DisclosedLeaf,
  type EvidenceLeaf,
  type SealedFields,
} from './evidence-tree.ts';
import { leafHash, nodeHash } from './merkle.ts';
import { pointerStep, type JsonValue } from './strict-json.ts';

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}
const detailOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.refusal.detail);
/** Repeatable salts for the golden root only; real ones are random. */
const saltOf = (pointer: string): Uint8Array => sha256(Buffer.from(`salt ${pointer}`)).subarray(0, 16);
const seal = (document: JsonValue): SealedFields => must(sealFields(document, saltOf));

const document = {
  meta: { run: 'r-1', ok: true },
  steps: [
    { host: 'db-1', ms: 12 },
    { host: 'db-2', ms: 13 },
  ],
  empty: {},
  'a/b': null,
};
const sealed = seal(document);
const isMeta = (pointer: string): boolean => pointer.startsWith('/meta/');

describe('sealing', () => {
  test('golden root: frozen, equal to an independent computation in Python', () => {
    expect(sealed.root).toEqual({
      digest: 'sha256:e23582f60d58378c4d4a47094d6df139d56083f39eb22b4efd6425cfdb16d37e',
      leafCount: 8,
    });
  });

  test('every scalar and every empty container is a leaf, in canonical order', () => {
    expect(sealed.leaves.map(({ pointer }) => pointer)).toEqual([
      '/a~1b',
      '/empty',
      '/meta/ok',
      '/meta/run',
      '/steps/0/host',
      '/steps/0/ms',
      '/steps/1/host',
      '/steps/1/ms',
    ]);
  });

  test('lists keep their order beyond nine items', () => {
    const { leaves } = seal(Array.from({ length: 12 }, (_, i) => i));
    expect(leaves.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('the order in which members were written does not matter', () => {
    expect(seal({ b: 1, a: { d: 2, c: 3 } }).root).toEqual(seal({ a: { c: 3, d: 2 }, b: 1 }).root);
  });

  test('a scalar document is one leaf at the empty pointer', () => {
    expect(seal('only').leaves.map(({ pointer, value }) => [pointer, value])).toEqual([['', 'only']]);
  });

  test('a document without canonical form is refused', () => {
    expect(detailOf(sealFields({ share: 0.5 }, saltOf))).toContain('a number that is not a safe integer');
    const deep = JSON.parse('['.repeat(70) + ']'.repeat(70)) as JsonValue;
    expect(detailOf(sealFields(deep, saltOf))).toContain('more than 64 levels');
  });

  test('a short salt is a defect', () => {
    expect(() => sealFields({ a: 1 }, () => new Uint8Array(15))).toThrow(RangeError);
  });

  test('equal values with different salts have different leaves', () => {
    const [a, b] = disclose(seal({ a: 1, b: 1 }).leaves, () => false);
    expect(a).not.toEqual(b);
  });
});

describe('disclosing', () => {
  test('what is allowed is shown, the rest is only hashes', () => {
    const shown = disclose(sealed.leaves, isMeta);
    expect(Object.fromEntries(must(verifyDisclosure(sealed.root, shown)))).toEqual({
      '/meta/ok': true,
      '/meta/run': 'r-1',
    });
    const published = JSON.stringify(shown);
    for (const secret of ['db-1', 'host', 'steps', 'empty']) expect(published).not.toContain(secret);
  });

  test('everything, nothing and every choice between verify and show exactly the choice', () => {
    const value = fc.oneof(
      fc.integer(),
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.constant(null),
      fc.constant([]),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z/~]{1,4}$/), value, { noNullPrototype: true, minKeys: 1 }),
        fc.func(fc.boolean()),
        (fields, allow) => {
          const { root, leaves } = seal(fields);
          const shown = must(verifyDisclosure(root, disclose(leaves, allow)));
          const expected = Object.entries(fields).filter(([key]) => allow(pointerStep(key)));
          expect([...shown.keys()].toSorted()).toEqual(expected.map(([key]) => pointerStep(key)).toSorted());
          for (const [key, item] of expected) expect(shown.get(pointerStep(key))).toEqual(item);
        },
      ),
    );
  });

  test('a disclosure survives its file', () => {
    const file = canonicalBytes(disclose(sealed.leaves, isMeta));
    const read = JSON.parse(Buffer.from(file).toString()) as DisclosedLeaf[];
    expect(verifyDisclosure(sealed.root, read).ok).toBe(true);
  });
});

describe('refused disclosures', () => {
  const shown = disclose(sealed.leaves, isMeta);
  const withLeaf = (at: number, leaf: unknown): readonly DisclosedLeaf[] => shown.with(at, leaf as DisclosedLeaf);
  const meta = shown[2] as EvidenceLeaf;
  const masked = shown[0] as { hash: string };
  test.each([
    ['another value', withLeaf(2, { ...meta, value: false }), 'do not lead to the root'],
    ['a value of another type', withLeaf(2, { ...meta, value: 'true' }), 'do not lead to the root'],
    ['another field name', withLeaf(2, { ...meta, pointer: '/meta/failed' }), 'do not lead to the root'],
    ['another salt', withLeaf(2, { ...meta, salt: 'A'.repeat(22) }), 'do not lead to the root'],
    ['another order', shown.toReversed(), 'do not lead to the root'],
    ['a leaf less', shown.slice(1), 'has 7 leaves, the root has 8'],
    ['a leaf more', [...shown, masked], 'has 9 leaves, the root has 8'],
    ['a field shown twice', withLeaf(3, meta), 'is shown twice'],
    ['a masked leaf that is not a hash', withLeaf(0, { hash: 'AAAA' }), 'a masked leaf is not a hash'],
    ['a masked leaf with a number', withLeaf(0, { hash: 7 }), 'a masked leaf is not a hash'],
    ['a leaf that is masked and shown', withLeaf(2, { ...meta, hash: masked.hash }), 'a masked leaf is not a hash'],
    ['a leaf with more fields', withLeaf(2, { ...meta, note: 1 }), 'exactly salt, pointer and value'],
    ['a leaf without pointer', withLeaf(2, { salt: meta.salt, value: 1 }), 'exactly salt, pointer and value'],
    ['a leaf without value', withLeaf(2, { salt: meta.salt, pointer: '/x' }), 'a value of type undefined'],
    ['a short salt', withLeaf(2, { ...meta, salt: 'AAAA' }), 'the salt of a leaf is not valid'],
    ['a huge salt', withLeaf(2, { ...meta, salt: 'A'.repeat(4000) }), 'the salt of a leaf is not valid'],
    ['a huge pointer', withLeaf(2, { ...meta, pointer: 'x'.repeat(5000) }), 'the pointer of a leaf is too long'],
    ['a fraction', withLeaf(2, { ...meta, value: 0.5 }), 'not a safe integer'],
  ])('%s', (_name, disclosed, detail) => {
    expect(detailOf(verifyDisclosure(sealed.root, disclosed))).toContain(detail);
  });

  test('inner nodes cannot stand for masked leaves, because the count is part of the root', () => {
    const { root, leaves } = seal({ a: 1, b: 2, c: 3, d: 4 });
    const hashes = leaves.map(({ salt, pointer, value }) => leafHash(canonicalBytes([salt, pointer, value])));
    const inner = [nodeHash(hashes[0]!, hashes[1]!), nodeHash(hashes[2]!, hashes[3]!)];
    const merged = inner.map((hash) => ({ hash: Buffer.from(hash).toString('base64url') }));
    expect(detailOf(verifyDisclosure(root, merged))).toContain('has 2 leaves');
  });

  test('too many leaves are refused before they are hashed', () => {
    const many = Array.from({ length: 100_001 }, () => masked);
    expect(verifyDisclosure({ ...sealed.root, leafCount: many.length }, many).ok).toBe(false);
  });
});

const long = (length: number): JsonValue => ({ ['k'.repeat(length - 1)]: 1 });
const sealedWith = (bytes: number): boolean => sealFields({ a: 1 }, () => new Uint8Array(bytes)).ok;
const codeOf = (salt: unknown): string => {
  const leaf = { salt, pointer: '/a', value: 1 } as unknown as DisclosedLeaf;
  const verified = verifyDisclosure({ digest: sealed.root.digest, leafCount: 1 }, [leaf]);
  return verified.ok ? 'shown' : verified.refusal.code;
};
describe('V2: at the limits of a tree', () => {
  test('whatever is sealed can be checked: a name that no reader takes is refused before it is signed', () => {
    const { root, leaves } = seal(long(4096));
    expect([...must(verifyDisclosure(root, leaves)).keys()].map((pointer) => pointer.length)).toEqual([4096]);
    const refused = sealFields(long(4097), saltOf);
    expect(refused.ok || refused.refusal.code).toBe('malformed');
  });

  test('a pointer of 4096 characters is read, one of 4097 is not', () => {
    const [salt = ''] = seal({ a: 1 }).leaves.map((leaf) => leaf.salt);
    const about = (length: number): string => {
      const leaf = { salt, pointer: `/${'k'.repeat(length - 1)}`, value: 1 };
      const verified = verifyDisclosure({ digest: sealed.root.digest, leafCount: 1 }, [leaf]);
      return verified.ok ? 'shown' : verified.refusal.code;
    };
    expect([4096, 4097].map(about)).toEqual(['bad-proof', 'malformed']);
  });

  test('a salt has 16 to 64 bytes', () => {
    expect([16, 64].map(sealedWith)).toEqual([true, true]);
    for (const bytes of [0, 15, 65]) expect(() => sealedWith(bytes)).toThrow(RangeError);
    const salts = [
      'A'.repeat(20),
      'A'.repeat(21),
      'A'.repeat(22),
      'A'.repeat(88),
      'A'.repeat(90),
      `${'A'.repeat(21)}B`,
      7,
      null,
    ];
    expect(salts.map(codeOf)).toEqual([
      'malformed',
      'malformed',
      'bad-proof',
      'bad-proof',
      'malformed',
      'malformed',
      'malformed',
      'malformed',
    ]);
  });

  test('a document has at most 100,000 fields, and so has what is shown of one', () => {
    const fields = Array.from({ length: 100_001 }, () => 0);
    const refused = sealFields(fields, () => new Uint8Array(16));
    expect(refused.ok || refused.refusal.code).toBe('malformed');
    const leaves = fields.map(() => ({ hash: '' }));
    expect(detailOf(verifyDisclosure({ digest: sealed.root.digest, leafCount: leaves.length }, leaves))).toContain(
      'the disclosure has 100001 leaves',
    );
  });
});

const threes = (): Uint8Array => new Uint8Array(16).fill(3);

test('V2, RFC 8785: a document has one tree, in whatever order its names were written', () => {
  const names = ['b', 'a', '10', '9', 'Z', 'é', 'a/b', 'a~', '😀', '\u{fb33}'];
  const expected = ['/10', '/9', '/Z', '/a', '/a~1b', '/a~0', '/b', '/é', '/😀', '/\u{fb33}'];
  const trees = [names, names.toReversed(), names.toSorted()].map((order) =>
    must(sealFields(Object.fromEntries(order.map((name) => [name, name.length])), threes)),
  );
  for (const { root, leaves } of trees) {
    expect(leaves.map(({ pointer }) => pointer)).toEqual(expected);
    expect(root).toEqual(trees[0]?.root);
  }
  const lists = must(
    sealFields(
      Array.from({ length: 12 }, (_, place) => place),
      threes,
    ),
  );
  expect(lists.leaves.map(({ pointer }) => pointer)).toEqual(Array.from({ length: 12 }, (_, place) => `/${place}`));
});
