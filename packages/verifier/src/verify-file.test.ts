import { parseId, parseInstant, type Id } from '@countersign/core';
import { generateSigner, publishRoot } from '@countersign/seal';
import { expect, test } from 'vitest';
import { buildPage } from './build-page.ts';
import { verifyFile, type Verdict } from './verify-file.ts';

const id = <Name extends string>(text: string): Id<Name> => parseId<Name>(text)!;
const key = generateSigner('ed25519');
const alone = { keys: [key], threshold: 1 };
const root = publishRoot({
  organisation: id('acme'),
  isDemo: true,
  version: 1,
  expires: parseInstant('2030-01-01T00:00:00.000Z')!,
  root: alone,
  registrars: alone,
  online: key,
});
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const firstOf = (verdict: Verdict): readonly string[] =>
  verdict.kind !== 'refused' ? [verdict.kind] : [verdict.problems[0]?.item ?? '', verdict.problems[0]?.code ?? ''];

test.each([
  ['nothing', '', ['file', 'malformed']],
  ['a document of something else', '{}', ['bundle /bundle', 'malformed']],
  ['a bundle that stops half way', '{"bundle":', ['bundle /bundle', 'malformed']],
  ['doubled names', '{"bundle":{},"bundle":{},"seal":{}}', ['bundle', 'malformed']],
])('V4: %s is refused, with where and why', (_what, file, expected) => {
  expect(firstOf(verifyFile({ root, file: bytes(file) }))).toEqual(expected);
});

test.each(['<html>', '\u0000'.repeat(1024), 'x'.repeat(3000)])(
  'V4: what is neither bundle nor export is refused: %#',
  (file) => {
    expect(verifyFile({ root, file: bytes(file) }).kind).toBe('refused');
  },
);

test('X1: without a root of trust nothing is looked at', () => {
  for (const other of ['', '{}', '{"signatures":[],"signed":{}}', 'x'.repeat(600_000)])
    expect(firstOf(verifyFile({ root: bytes(other), file: bytes('{}') }))[0]).toBe('root of trust');
});

test('V4: the page is one file with its own policy: no network, no other program, the same bytes each time', () => {
  const page = buildPage();
  expect(buildPage()).toBe(page);
  expect(page).toContain("default-src 'none'; script-src 'sha256-");
  expect(page).not.toMatch(
    /https?:\/\/(?!www\.w3\.org|in-toto\.io|countersign\.dev|c2sp\.org)[a-z]+\.[a-z]+\/[a-z]+\.js/,
  );
  expect(page.match(/<script>/g)).toHaveLength(1);
  expect(() => buildPage('a</script>b')).toThrow('end its own element');
});
