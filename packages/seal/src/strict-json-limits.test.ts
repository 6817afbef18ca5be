import type { Refusal, Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { readStrictJson, type JsonLimits, type JsonValue } from './strict-json.ts';

const read = (text: string, limits?: JsonLimits): Result<JsonValue> =>
  readStrictJson(new TextEncoder().encode(text), limits);
function refusalOf(result: Result<JsonValue>): Refusal {
  if (result.ok) throw new Error(`accepted ${JSON.stringify(result.value).slice(0, 200)}`);
  expect(result.refusal.code).toBe('malformed');
  return result.refusal;
}

describe('at every limit', () => {
  test('a document has as many bytes as it may have, and not one more', () => {
    const text = `"${'é'.repeat(20)}"`;
    expect(read(text, { maxBytes: 42 }).ok).toBe(true);
    expect(refusalOf(read(text, { maxBytes: 41 })).detail).toBe('the document has 42 bytes, more than 41');
    expect(read(`"${'x'.repeat(1_048_574)}"`).ok).toBe(true);
    expect(refusalOf(read(`"${'x'.repeat(1_048_575)}"`)).detail).toContain('more than 1048576');
  });

  test('a raw control character is none, also where invisible characters are allowed; JSON.parse agrees', () => {
    for (let code = 0; code <= 0x20; code += 1) {
      const text = `"a${String.fromCharCode(code)}b"`;
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      expect([code, read(text, { allowInvisible: true }).ok]).toEqual([code, isJson]);
    }
  });

  test('C2: a key twice is refused at every depth, in every spelling, with its place', () => {
    for (let depth = 0; depth < 63; depth += 1) {
      const [open, close] = ['{"a":'.repeat(depth), '}'.repeat(depth)];
      const text = `${open}{"b":1,"\\u0062":2}${close}`;
      const { detail, complaints } = refusalOf(read(text));
      expect(detail).toBe(`duplicate key \`b\` at character ${open.length + 15}`);
      expect(complaints?.[0]?.at).toBe('/a'.repeat(depth));
    }
  });

  test('C2: names that look alike are different names, and each is kept as it was written', () => {
    const [composed, decomposed] = ['é', 'e\u{301}'];
    const result = read(JSON.stringify({ [composed]: 1, [decomposed]: 2 }));
    expect(result.ok && Object.entries(result.value as object)).toEqual([
      [composed, 1],
      [decomposed, 2],
    ]);
    expect(result.ok && Buffer.from(canonicalBytes(result.value)).toString()).toBe(
      `{"${decomposed}":2,"${composed}":1}`,
    );
  });

  test('every beginning of a document is none', () => {
    const text = '{"a":[1,-2,"x\\u00e9",{"b":null}],"c":{"d":true,"e":false}}';
    for (let length = 0; length < text.length; length += 1)
      expect([length, read(text.slice(0, length)).ok]).toEqual([length, false]);
    expect(read(text).ok).toBe(true);
  });

  test('what is behind a document is named by its place, whatever it is', () => {
    for (const behind of ['0', 'x', '}', ']', ',', '"', '\0', '\u{feff}', '\u{a0}', '\u{2028}', '\f', '\v'])
      expect(refusalOf(read(`[1] ${behind}`)).detail).toBe('text after the end of the document at character 4');
  });
});
