import { describe, expect, test } from 'vitest';
import { Failure } from '../cli/failure.ts';
import { documentsOf, MAX_FILE_BYTES } from './parse-source.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (name: string, text: string): unknown => documentsOf({ name, bytes: bytesOf(text) });

/** Every complaint, as `place problem`. */
function complaints(name: string, bytes: string | Uint8Array): readonly string[] {
  try {
    documentsOf({ name, bytes: typeof bytes === 'string' ? bytesOf(bytes) : bytes });
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return (error.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`);
  }
}

describe('YAML', () => {
  test('several documents, each placed by its line, comments aside', () => {
    expect(read('a.yaml', '# first\na: 1\n---\n# second\nb: [2, x]\n---\n')).toEqual([
      { at: 'a.yaml:2', value: { a: 1 } },
      { at: 'a.yaml:5', value: { b: [2, 'x'] } },
      { at: 'a.yaml:6', value: null },
    ]);
    expect(read('a.yml', '')).toEqual([]);
    expect(read('a.yaml', '# nothing')).toEqual([]);
  });

  test('anchors and merge keys as people use them', () => {
    expect(read('a.yaml', 'base: &base { x: 1 }\none: { <<: *base, y: 2 }\n')).toEqual([
      { at: 'a.yaml:1', value: { base: { x: 1 }, one: { x: 1, y: 2 } } },
    ]);
  });

  test('every fault with line and column', () => {
    expect(complaints('a.yaml', 'a: [1\nb: 2\n')[0]).toMatch(/^a\.yaml:2:1 /);
    expect(complaints('a.yaml', 'a: 1\n---\nb: {c: 1\n')[0]).toMatch(/^a\.yaml:4:1 /);
    expect(complaints('a.yaml', 'a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n')).toEqual([
      'a.yaml:3:1 `a` is there twice',
      'a.yaml:4:11 `d` is there twice',
    ]);
  });

  test.each(['!!js/function x', '!custom x', '!!binary aGk=', '!!python/object:os.system x'])(
    'the tag of %s is refused',
    (value) => {
      expect(complaints('a.yaml', `a: ${value}\n`)[0]).toMatch(/^a\.yaml:1:4 Unresolved tag/);
    },
  );

  test('a bomb of anchors is refused before it goes off', () => {
    const layers = [...'bcdefghi'].map((name, index) => {
      const before = 'abcdefgh'[index] ?? '';
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`;
    });
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...layers].join('\n');
    expect(complaints('a.yaml', bomb)).toEqual(['a.yaml Excessive alias count indicates a resource exhaustion attack']);
  });

  test('nesting that no person writes is refused, in either style', () => {
    expect(complaints('a.yaml', '['.repeat(20_000)).length).toBeGreaterThan(0);
    expect(complaints('a.yaml', `${'[ '.repeat(9000)}${'] '.repeat(9000)}`).length).toBeGreaterThan(0);
    expect(complaints('a.yaml', `${'- '.repeat(9000)}x`).length).toBeGreaterThan(0);
  });

  test('an anchor inside itself, an unknown anchor', () => {
    expect(complaints('a.yaml', 'a: *gone')[0]).toContain('gone');
    expect(complaints('a.yaml', 'a: &a [*a]')).toEqual([]);
  });

  test('names of objects are data', () => {
    const [document] = documentsOf({ name: 'a.yaml', bytes: bytesOf('__proto__: { polluted: 1 }\nconstructor: 2\n') });
    expect(Object.keys(document?.value ?? {})).toEqual(['__proto__', 'constructor']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('more documents than a cluster has are refused', () => {
    expect(complaints('a.yaml', '---\na\n'.repeat(20_001))).toEqual(['a.yaml has more than 20000 documents']);
  });
});

describe('JSON', () => {
  test('fractions are fine, one document, placed by its file', () => {
    expect(read('a.json', '{"a":[1.5,"x"]}')).toEqual([{ at: 'a.json', value: { a: [1.5, 'x'] } }]);
  });

  test.each([
    ['{"a":1,"a":2}', ' duplicate key'],
    ['{"__proto__":{}}', ''],
    ['{"a":9007199254740993}', '/a'],
    ['{"a":', '/a'],
    ['\u{feff}{}', ''],
    [`${'['.repeat(100)}${']'.repeat(100)}`, '/0'],
  ])('%j is refused with its place', (text, at) => {
    expect(complaints('a.json', text)[0]).toMatch(new RegExp(`^a\\.json${at}`));
  });
});

describe('CSV', () => {
  test('rows are lists of texts: quotes, empty lines, spaces and a byte order mark', () => {
    expect(read('a.csv', '\u{feff}id,owner\r\n"a, b", team \r\n\r\nc,\r\n')).toEqual([
      {
        at: 'a.csv',
        value: [
          ['id', 'owner'],
          ['a, b', 'team'],
          ['c', ''],
        ],
      },
    ]);
    expect(read('a.csv', '')).toEqual([{ at: 'a.csv', value: [] }]);
  });

  test.each([
    ['a,b\n1,2,3\n', 'Invalid Record Length'],
    ['a,b\n"1,2\n', 'Quote Not Closed'],
    [`a\n${'x'.repeat(70_000)}\n`, 'Max Record Size'],
    [Array.from({ length: 65 }, (_one, index) => `c${index}`).join(','), 'has more than 64 columns'],
  ])('%.20j is refused: %s', (text, problem) => {
    expect(complaints('a.csv', text)[0]).toContain(problem);
  });
});

describe('any file', () => {
  test('size is judged before anything is parsed', () => {
    const large = new Uint8Array(MAX_FILE_BYTES + 1);
    for (const name of ['a.yaml', 'a.json', 'a.csv'])
      expect(complaints(name, large)).toEqual([`${name} has more than ${MAX_FILE_BYTES} bytes`]);
  });

  test('bytes that are no text are refused', () => {
    for (const name of ['a.yaml', 'a.csv'])
      expect(complaints(name, new Uint8Array([0xff, 0xfe, 0x00]))).toEqual([`${name} is not UTF-8`]);
    expect(complaints('a.json', new Uint8Array([0xff, 0xfe, 0x00]))[0]).toContain('not UTF-8');
  });

  test('at most fifty complaints are given', () => {
    const keys = Array.from({ length: 200 }, () => 'a: 1').join('\n');
    expect(complaints('a.yaml', keys)).toHaveLength(50);
  });
});
