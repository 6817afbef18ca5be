// How much code a runner has to be right about before anything runs, and what it loads from outside: counted in what is left after
// bundling its gate, so types, tests and signing sides do not count and nothing that runs is forgotten.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
/** Bytes, signatures, keys, proofs, trust metadata: `seal`, as far as the gate runs it. */
const MOST_LINES = 2000;
const GATE = `
export { Admitted } from './packages/runner/src/admit/admit.ts';
export { verifyTrust } from './packages/runner/src/admit/trust.ts';
`;

interface Bundled {
  /** Lines with something on them, by package or by `runner`. */
  readonly lines: ReadonlyMap<string, number>;
  readonly builtins: readonly string[];
}

function bundled(): Bundled {
  const how = ['--bundle', '--format=esm', '--platform=node', '--log-level=error'];
  const esbuild = join(ROOT, 'node_modules', '.bin', 'esbuild');
  const options = { cwd: ROOT, input: GATE, encoding: 'utf8', maxBuffer: 16_777_216 } as const;
  const { status, stdout, stderr } = spawnSync(esbuild, how, options);
  if (status !== 0) throw new Error(stderr);
  const lines = new Map<string, number>();
  const builtins = new Set<string>();
  let owner = '';
  for (const line of stdout.split('\n')) {
    const file = /^\/\/ (\S+\.\w+)$/.exec(line)?.[1];
    if (file !== undefined) owner = ownerOf(file);
    else if (line.trim() !== '') lines.set(owner, (lines.get(owner) ?? 0) + 1);
    const builtin = /^import .* from "(node:[a-z/]+)";$/.exec(line)?.[1];
    if (builtin !== undefined) builtins.add(builtin);
  }
  return { lines, builtins: [...builtins].toSorted() };
}

const ownerOf = (file: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? /packages\/([^/]+)/.exec(file)?.[1] ?? '';

const { lines, builtins } = bundled();
const linesOf = (owner: string): number => lines.get(owner) ?? 0;

test('X1: the trust code of the runner stays within 2,000 lines', () => {
  // A gate that sees nothing is green for nothing.
  expect(linesOf('seal')).toBeGreaterThan(1000);
  expect(linesOf('runner')).toBeGreaterThan(500);
  expect(linesOf('core')).toBeGreaterThan(1000);
  expect(linesOf('seal')).toBeLessThanOrEqual(MOST_LINES);
});

test('X1: its whole list of what is not ours: two small packages and Node’s cryptography', () => {
  const outside = [...lines.keys()].filter((owner) => !['', 'core', 'seal', 'runner'].includes(owner));
  expect(outside.toSorted()).toEqual(['canonicalize', 'cborg']);
  expect(builtins).toEqual(['node:crypto']);
});
