import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalBytes, readCanonicalBytes } from './canonical.ts';
import { readStrictJson } from './strict-json.ts';

const textOf = (value: unknown): string => Buffer.from(canonicalBytes(value)).toString('utf8');
const problemOf = (value: unknown): string => {
  const result = readCanonicalBytes(value);
  return result.ok ? 'accepted' : result.refusal.detail;
};

describe('RFC 8785', () => {
  test('section 3.2.3: keys are ordered by UTF-16 code units', () => {
    const sample = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\u{fb33}': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(textOf(sample)) as object)[0]).toBe('One');
    expect(textOf(sample).match(/:"[^"]+"/g)).toEqual([
      ':"Carriage Return"',
      ':"One"',
      ':"Control"',
      ':"Latin Small Letter O With Diaeresis"',
      ':"Euro Sign"',
      ':"Emoji: Grinning Face"',
      ':"Hebrew Letter Dalet With Dagesh"',
    ]);
  });

  test('section 3.2.2.2: strings are escaped in the shortest way', () => {
    expect(textOf({ string: '\u20ac$\u000f\nA\'B"\\\\"/' })).toBe('{"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}');
  });

  test('sample `structures`: objects are sorted at every level, lists keep their order', () => {
    const sample = {
      '1': { f: { f: 'hi', F: 5 }, '\n': 56 },
      '10': {},
      '': 'empty',
      a: {},
      '111': [{ e: 'yes', E: 'no' }],
      A: {},
    };
    expect(textOf(sample)).toBe(
      String.raw`{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}`,
    );
  });

  test('sample `french`: order does not depend on a language', () => {
    const sample = {
      peach: 'This sorting order',
      'p\u00e9ch\u00e9': 'is wrong according to French',
      'p\u00eache': 'but canonicalization MUST',
      sin: 'ignore locale',
    };
    expect(Object.keys(JSON.parse(textOf(sample)) as object)).toEqual([
      'peach',
      'p\u00e9ch\u00e9',
      'p\u00eache',
      'sin',
    ]);
  });

  test('sample `unicode`: text is not normalised', () => {
    expect(textOf({ 'Unnormalized Unicode': 'A\u030a' })).toBe('{"Unnormalized Unicode":"A\u030a"}');
  });

  test('sample `arrays`', () => {
    expect(textOf([56, { d: true, '10': null, '1': [] }])).toBe('[56,{"1":[],"10":null,"d":true}]');
  });
});

describe('what has no canonical form', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  test.each([
    ['a fraction', { a: [1.5] }, 'a number that is not a safe integer at `/a/0`'],
    ['too large a number', 2 ** 53, 'a number that is not a safe integer at ``'],
    ['NaN', [Number.NaN], 'a number that is not a safe integer at `/0`'],
    ['infinity', [Infinity], 'a number that is not a safe integer at `/0`'],
    ['undefined', undefined, 'a value of type undefined at ``'],
    ['an undefined member', { a: undefined }, 'a value of type undefined at `/a`'],
    ['a hole in a list', Array.from({ length: 1 }), 'a value of type undefined at `/0`'],
    ['a function', [() => 1], 'a value of type function at `/0`'],
    ['a bigint', [1n], 'a value of type bigint at `/0`'],
    ['a symbol', [Symbol('a')], 'a value of type symbol at `/0`'],
    ['a Date', { at: new Date(0) }, 'an object that is not plain at `/at`'],
    ['a Map', new Map(), 'an object that is not plain at ``'],
    ['bytes', Uint8Array.of(1), 'an object that is not plain at ``'],
    ['a boxed string', [Object('a')], 'an object that is not plain at `/0`'],
    ['a hidden symbol member', { [Symbol('a')]: 1 }, 'an object that is not plain at ``'],
    ['a toJSON method', { toJSON: () => 'other' }, 'a value of type function at `/toJSON`'],
    ['a lone surrogate', ['\ud800'], 'a lone surrogate at `/0`'],
    ['a lone surrogate in a key', { '\udc00': 1 }, 'a lone surrogate in a key at ``'],
    [
      'a hostile place',
      { '\u{1b}[2J': 0.5 },
      String.raw`a number that is not a safe integer at ${'`'}/\u{1b}[2J${'`'}`,
    ],
  ])('refuses %s', (_name, value, problem) => {
    expect(problemOf(value)).toBe(problem);
    expect(() => canonicalBytes(value)).toThrow(TypeError);
  });

  test('a cycle ends at the depth limit', () => {
    expect(problemOf(cycle)).toContain('more than 64 levels');
  });
});

test('the order in which members were written does not matter', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), { noNullPrototype: true }),
      (document) => {
        const reversed = Object.fromEntries(Object.entries(document).toReversed());
        expect(textOf(reversed)).toBe(textOf(document));
        expect(JSON.parse(textOf(document))).toEqual(document);
      },
    ),
  );
});

test('C2: what can be written can be read: 64 levels and no more', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  for (const levels of [1, 63, 64]) expect(readStrictJson(canonicalBytes(nested(levels))).ok).toBe(true);
  expect(readCanonicalBytes(nested(65))).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
  expect(() => canonicalBytes(nested(65))).toThrow(TypeError);
});
