import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { errorOf, ERRORS } from './errors.ts';

const packages = fileURLToPath(new URL('../..', import.meta.url));
const files = ['core', 'seal', 'control'].flatMap((name) =>
  globSync(`${packages}/${name}/src/**/*.ts`).filter((file) => !/\.test\.ts$|\/testkit\//.test(file)),
);
/** `refuse('code'`, `no('code'`, `refusal('code'` and `code: 'code'`. */
const CODE = /(?:\b(?:refuse|refusal|no)\(\s*|\bcode: )'([a-z][a-z-]+)'(?!\s*\|)/g;
const used = new Set(
  files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(CODE)].map(([, code]) => code ?? '')),
);

describe('the error table', () => {
  test('looked at the sources', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(used.size).toBeGreaterThan(30);
  });

  test('has an entry for every code that is used', () => {
    expect([...used].filter((code) => !Object.hasOwn(ERRORS, code)).toSorted()).toEqual([]);
  });

  test('has no entry that nothing uses', () => {
    const framework = new Set(['unsupported-media-type', 'too-large', 'internal', 'unavailable']);
    expect(Object.keys(ERRORS).filter((code) => !used.has(code) && !framework.has(code))).toEqual([]);
  });

  test.each(Object.entries(ERRORS))('%s says what happened and what to do next, in the house form', (code, entry) => {
    expect(code).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(entry.status).toBeGreaterThanOrEqual(400);
    for (const words of [entry.happened, entry.next]) {
      expect(words).toMatch(/^[a-z`]/);
      expect(words.endsWith('.')).toBe(false);
    }
  });

  test('a code that is missing shows as a failure of ours', () => {
    expect(errorOf('something-else')).toMatchObject({ code: 'internal', status: 500 });
    expect(errorOf('constructor')).toMatchObject({ code: 'internal' });
  });
});
