// The real runner and the real witness, attacked. Everything an attacker changes is refused with its own code; every twin goes through.
import { expect, test } from 'vitest';
import type { CaseResult } from '../result.ts';
import { runAttacks } from './run-attacks.ts';
import { ATTACKS } from './table.ts';
import { runWitnessAttacks } from './witness/run-witness-attacks.ts';

const failures = (results: readonly CaseResult[]): readonly string[] =>
  results
    .filter(({ state }) => state !== 'passed')
    .map(({ name, kind, complaints }) => `${kind} ${name}: ${complaints.join('; ')}`);

test(
  'X1, X5, I1-I5: every attack on a runner is refused, and every twin of it is carried out',
  { timeout: 240_000 },
  async () => {
    const results = await runAttacks(() => undefined);
    expect(failures(results)).toEqual([]);
    const twins = ATTACKS.filter(({ twin }) => twin !== undefined).length;
    // Two honest orders come first: a runner that refuses everything passes no attack.
    expect(results).toHaveLength(2 + ATTACKS.length + twins);
  },
);

test(
  'V3, T10, T11: a witness that is lied to signs no more, says so, and does not start again',
  { timeout: 60_000 },
  async () => {
    expect(failures(await runWitnessAttacks(() => undefined))).toEqual([]);
  },
);
