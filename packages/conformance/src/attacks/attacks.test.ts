// The real runner and the real witness, attacked. Everything an attacker changes is refused with its own code; every twin goes through.
import { expect, test } from 'vitest';
import type { CaseResult } from '../result.ts';
import { runAttacks } from './run-attacks.ts';
import { foundOf } from './standing/found.ts';
import { COMPROMISED_CONTROL } from './standing/compromised-control.ts';
import { PEER_FINDINGS } from './standing/peers.ts';
import { ATTACKS } from './table.ts';
import { runWitnessAttacks } from './witness/run-witness-attacks.ts';

const failures = (results: readonly CaseResult[]): readonly string[] =>
  results
    .filter(({ state }) => state !== 'passed')
    .map(({ name, kind, complaints }) => `${kind} ${name}: ${complaints.join('; ')}`);
const ran: CaseResult[] = [];

test(
  'X1, X5, I1-I5: every attack on a runner is refused, and every twin of it is carried out',
  { timeout: 240_000 },
  async () => {
    const results = await runAttacks((result) => ran.push(result));
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
    expect(failures(await runWitnessAttacks((result) => ran.push(result)))).toEqual([]);
  },
);

test('T4: each act of the peers and of a compromised control plane was tried just now, and something said no by name', () => {
  const found = [...foundOf(PEER_FINDINGS, ran), ...foundOf(COMPROMISED_CONTROL, ran)];
  expect(found.filter(({ refusedBy, isRefused }) => !isRefused || refusedBy.length === 0)).toEqual([]);
});
