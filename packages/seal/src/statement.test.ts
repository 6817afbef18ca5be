import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { digestOf } from './digest.ts';
import { readStatement, STATEMENT_TYPE, statementBytes, subjectOf } from './statement.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const PREDICATE = 'https://example.org/capsule/v1';
const subject = subjectOf('change.json', digestOf(bytes('change')));
const whole = { _type: STATEMENT_TYPE, subject: [subject], predicateType: PREDICATE, predicate: { id: 'cap-1' } };
const read = (document: unknown): Result<unknown> => readStatement(canonicalBytes(document), PREDICATE);
const placesOf = (result: Result<unknown>): readonly string[] =>
  result.ok ? ['accepted'] : (result.refusal.complaints ?? []).map(({ at }) => at);

test('a statement survives its bytes', () => {
  const result = readStatement(
    statementBytes({ subject: [subject], predicateType: PREDICATE, predicate: { id: 'cap-1', n: 3 } }),
    PREDICATE,
  );
  expect(result.ok && result.value).toEqual({ ...whole, predicate: { id: 'cap-1', n: 3 } });
});

test('the digest of a subject has the in-toto form, without prefix', () => {
  expect(subject.digest.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('a statement of another predicate type is refused', () => {
  const result = readStatement(canonicalBytes(whole), 'https://example.org/other/v1');
  expect(result.ok ? '' : result.refusal.code).toBe('wrong-type');
});

describe('refused shapes', () => {
  test.each([
    ['another version', { ...whole, _type: 'https://in-toto.io/Statement/v0.1' }, '/_type'],
    ['no subject', { ...whole, subject: [] }, '/subject'],
    [
      'a subject named twice',
      { ...whole, subject: [subject, { ...subject, digest: { sha256: '0'.repeat(64) } }] },
      '/subject',
    ],
    [
      'an upper-case digest',
      { ...whole, subject: [{ name: 'a', digest: { sha256: 'A'.repeat(64) } }] },
      '/subject/0/digest/sha256',
    ],
    [
      'a second hash',
      { ...whole, subject: [{ name: 'a', digest: { ...subject.digest, sha1: '' } }] },
      '/subject/0/digest/sha1',
    ],
    ['a predicate that is a list', { ...whole, predicate: [] }, '/predicate'],
    ['a predicate that is null', { ...whole, predicate: null }, '/predicate'],
    ['an unknown field', { ...whole, more: 1 }, '/more'],
  ])('%s', (_name, document, at) => {
    expect(placesOf(read(document))).toContain(at);
  });

  test('bytes that are not strict JSON', () => {
    const text = Buffer.from(canonicalBytes(whole)).toString();
    for (const broken of [
      '',
      text.slice(1),
      `${text} x`,
      text.replace('{"id"', '{"id":1,"id"'),
      text.replace('cap-1', 'cap\u{202e}'),
    ])
      expect(readStatement(bytes(broken), PREDICATE).ok).toBe(false);
  });

  test('a fraction cannot be stated', () => {
    expect(() => statementBytes({ subject: [subject], predicateType: PREDICATE, predicate: { share: 0.5 } })).toThrow(
      TypeError,
    );
  });
});
