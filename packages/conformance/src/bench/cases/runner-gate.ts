/** `runner/gate`: the gate of the runner, warm, against the bare verification of the same signatures by Node in the same rounds. */
import { integer, list, object, type Shape } from '@countersign/core';
import { join } from 'node:path';
import { made } from '../../attacks/world/made.ts';
import type { BenchCase } from '../bench-case.ts';
import { medianWithInterval } from '../measure/bootstrap.ts';
import { spreadOf } from '../measure/percentiles.ts';
import { runChild } from '../measure/run-child.ts';

const ROUNDS = 21;
const BATCH = 100;
const CASE_MS = 120_000;
const ROOT = join(import.meta.dirname, '..', '..', '..', '..', '..');
const PROGRAM = 'packages/runner/src/testkit/gate-cost.main.ts';
const MOST_SIGNATURES = 1.3;
const MOST_GATE = 12;

interface Round {
  /** Microseconds: the median of the round. */
  readonly raw: number;
  readonly signatures: number;
  readonly gate: number;
}
interface Found {
  readonly rounds: readonly Round[];
  /** Signatures of one capsule that are verified every time. */
  readonly count: number;
}
const us = integer({ min: 1, max: 1_000_000_000 });
const foundShape: Shape<Found> = object<Found>({
  rounds: list(object<Round>({ raw: us, signatures: us, gate: us }), { min: ROUNDS, max: ROUNDS }),
  count: integer({ min: 5, max: 100 }),
});

export const runnerGate: BenchCase = {
  name: 'runner/gate',
  needs: [],
  async run({ seed, say }) {
    const args = ['--disable-warning=ExperimentalWarning', PROGRAM, String(ROUNDS), String(BATCH)];
    const { status, tail } = await runChild(process.execPath, args, { cwd: ROOT, timeoutMs: CASE_MS });
    if (status !== 0) throw new Error(`the program ended with ${status}: ${tail.slice(-400)}`);
    const { rounds, count } = made(foundShape, JSON.parse(tail.trim().split('\n').at(-1) ?? ''));
    const against = (side: 'signatures' | 'gate'): ReturnType<typeof medianWithInterval> =>
      medianWithInterval(
        rounds.map((round) => round[side] / round.raw),
        seed,
      );
    const [signatures, gate] = [against('signatures'), against('gate')];
    say(`${count} signatures; the gate takes ${gate.median.toFixed(1)} times their bare verification`);
    return {
      n: ROUNDS * BATCH,
      counters: { 'signatures of a capsule': count },
      cpu_us: {},
      wall: spreadOf(rounds.map((round) => round.gate / 1000)),
      peer: { 'bare verification p50 ms': spreadOf(rounds.map((round) => round.raw / 1000)).p50 },
      ratio: { 'signature part / bare': signatures, 'gate / bare': gate },
      bar: {
        'signature part / bare': { found: signatures.median, atMost: MOST_SIGNATURES },
        'gate / bare': { found: gate.median, atMost: MOST_GATE },
      },
    };
  },
};
