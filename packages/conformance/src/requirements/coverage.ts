/** Which requirement a test cites: by its name, where a reader sees it (`E3: ...`, `AG-706 4.7, L7: ...`). */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const TEST_FILES = ['packages/*/src/**/*.test.{ts,tsx}', 'architecture/*.test.ts'];
/** Names of tests and groups, and what checks and attacks list. */
const NAMES =
  /\b(?:test|it|describe)(?:\.\w+)?(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
const LISTS = /\brequirements: \[([^\]]*)\]/g;
const ID = /(?<![\w.-])([A-Z]\d{1,2})(?![\w.])/g;

export interface Citations {
  /** Requirement id to the files whose tests name it. */
  readonly files: ReadonlyMap<string, ReadonlySet<string>>;
  readonly testFiles: number;
}

const idsIn = (text: string): readonly string[] => [...text.matchAll(ID)].flatMap(([, id]) => id ?? []);

/** Names of tests in one file; checks and attacks list their requirements instead. */
export const citedIn = (source: string): readonly string[] =>
  [
    ...[...source.matchAll(NAMES)].map(([, , name]) => name ?? ''),
    ...[...source.matchAll(LISTS)].map(([, list]) => list ?? ''),
  ].flatMap(idsIn);

export function readCitations(): Citations {
  const tests = globSync(TEST_FILES, { cwd: ROOT });
  const lists = globSync('packages/conformance/src/{checks,attacks}/**/*.ts', { cwd: ROOT });
  const files = new Map<string, Set<string>>();
  // The gate's own examples cite nothing.
  for (const file of new Set([...tests, ...lists].filter((name) => !name.endsWith('coverage.test.ts'))))
    for (const id of citedIn(readFileSync(join(ROOT, file), 'utf8')))
      files.set(id, (files.get(id) ?? new Set<string>()).add(file));
  return { files, testFiles: tests.length };
}
