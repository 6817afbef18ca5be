import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BenchCase } from './bench-case.ts';
import { CASES } from './cases.ts';
import type { Measured } from './result.ts';
import { runCase } from './run-case.ts';
import { selectCases } from './select.ts';

const measured: Measured = {
  n: 1,
  counters: {},
  cpu_us: {},
  wall: null,
  peer: {},
  ratio: {},
  bar: { fine: { found: 1, atMost: 1 } },
};
const caseOf = (name: string, more: Partial<BenchCase> = {}): BenchCase => ({
  name,
  needs: [],
  run: async () => measured,
  ...more,
});
const options = { seed: 706, say: () => undefined };

test('a case that measured within its bars passes', async () => {
  expect(await runCase(caseOf('a/b'), options)).toMatchObject({ case: 'a/b', seed: 706, n: 1, passed: true });
});

test('a missing program is named, nothing runs, and the case has not passed', async () => {
  let ran = false;
  const needs = ['node', 'no-such-program-anywhere'];
  const run = async (): Promise<Measured> => {
    ran = true;
    return measured;
  };
  const result = await runCase(caseOf('a/b', { needs, run }), options);
  expect(result.passed).toBe(false);
  expect(result.problem).toContain('no-such-program-anywhere');
  expect(ran).toBe(false);
});

test('whatever goes wrong in a case is its result, and its folder is gone afterwards', async () => {
  let folder = '';
  const result = await runCase(
    caseOf('a/b', {
      async run(context) {
        ({ folder } = context);
        writeFileSync(join(folder, 'left-over'), '');
        throw new Error('the peer fell over');
      },
    }),
    options,
  );
  expect(result).toMatchObject({ passed: false, problem: 'the peer fell over' });
  expect(folder).not.toBe('');
  expect(existsSync(folder)).toBe(false);
});

test('a case is told when it is over, so that nothing goes on waiting', async () => {
  let signal: AbortSignal | undefined;
  await runCase(
    caseOf('a/b', {
      async run(context) {
        ({ signal } = context);
        expect(signal.aborted).toBe(false);
        return measured;
      },
    }),
    options,
  );
  expect(signal?.aborted).toBe(true);
});

const all = [caseOf('rollout/cpu'), caseOf('rollout/speed'), caseOf('size/memory')];
const names = (wanted: readonly string[]): readonly string[] => selectCases(all, wanted).map(({ name }) => name);

test('a group means all of its cases, a case means itself, nothing means all', () => {
  expect(names(['rollout'])).toEqual(['rollout/cpu', 'rollout/speed']);
  expect(names(['size/memory'])).toEqual(['size/memory']);
  expect(names([])).toHaveLength(3);
  expect(names(['size', 'rollout/cpu'])).toEqual(['rollout/cpu', 'size/memory']);
});

test('a name that means nothing selects nothing, whatever stands beside it', () => {
  expect(names(['roll'])).toEqual([]);
  expect(names(['size', 'sizes'])).toEqual([]);
});

test('every case has a group and a name of its own', () => {
  const known = CASES.map(({ name }) => name);
  expect(known.length).toBeGreaterThanOrEqual(4);
  expect(known.every((name) => /^[a-z0-9]+\/[a-z0-9-]+$/.test(name))).toBe(true);
  expect(new Set(known).size).toBe(known.length);
});
