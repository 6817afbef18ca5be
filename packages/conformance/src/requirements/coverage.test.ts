import { expect, test } from 'vitest';
import { citedIn, readCitations } from './coverage.ts';
import { REQUIREMENTS } from './requirements.ts';

/** A gate that sees nothing is green for nothing: raise these as the code grows. */
const LEAST_TEST_FILES = 190;
const LEAST_CITED = 45;
/** Requirements, threats and invariants of the threat model, and levels of the trace test that look like ids. */
const OTHER_FAMILIES = /^[IT]\d+$/;

const { files, testFiles } = readCitations();
const known = new Set(REQUIREMENTS.map(({ id }) => id));
const cited = [...files.keys()].filter((id) => known.has(id));

test('O8: the gate looked at the tests of the whole repository', () => {
  expect(testFiles).toBeGreaterThanOrEqual(LEAST_TEST_FILES);
  expect(cited.length).toBeGreaterThanOrEqual(LEAST_CITED);
});

test('O8: no requirement is listed twice', () => {
  expect(known.size).toBe(REQUIREMENTS.length);
});

test.each(REQUIREMENTS.filter(({ isClaimed }) => isClaimed))('$id ($text): a test cites it', ({ id }) => {
  expect([...(files.get(id) ?? [])]).not.toEqual([]);
});

test('O8: no test cites a requirement that does not exist', () => {
  const unknown = [...files].filter(([id]) => /^[A-HL-Z]\d/.test(id) && !OTHER_FAMILIES.test(id) && !known.has(id));
  expect(unknown.filter(([id]) => /^[LWEGDACXVO]\d/.test(id)).map(([id, where]) => [id, ...where])).toEqual([]);
});

test('O8: ids are read from names of tests and from lists of requirements, and from nowhere else', () => {
  const source = [
    '// Z9 in a comment',
    "test('E3, AG-706 4.1: a name', () => { const text = 'Q7'; });",
    "test.each([['a', 1]])('G1: of a table', () => undefined);",
    'const check = { requirements: ["X4", "AG-706 4.2"] };',
  ].join('\n');
  expect(citedIn(source).toSorted()).toEqual(['E3', 'G1', 'X4']);
});
