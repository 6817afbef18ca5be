/** `decision/durable`: facts, both engines and the floor, decision and leaf committed, against one committed INSERT of as many bytes. */
import { integer, list, object, type Shape } from '@countersign/core';
import { join } from 'node:path';
import { made } from '../../attacks/world/made.ts';
import type { BenchCase } from '../bench-case.ts';
import { medianWithInterval } from '../measure/bootstrap.ts';
import { spreadOf } from '../measure/percentiles.ts';
import { runChild } from '../measure/run-child.ts';

const ROUNDS = 21;
const BATCH = 25;
const CASE_MS = 120_000;
const ROOT = join(import.meta.dirname, '..', '..', '..', '..', '..');
const PROGRAM = 'packages/control/src/testkit/decide-durable.main.ts';

interface Found {
  /** Microseconds: the median of each round. */
  readonly rounds: readonly { readonly ours: number; readonly peer: number }[];
  readonly bytes: number;
}
const us = integer({ min: 1, max: 1_000_000_000 });
const foundShape: Shape<Found> = object<Found>({
  rounds: list(object<Found['rounds'][number]>({ ours: us, peer: us }), { min: ROUNDS, max: ROUNDS }),
  bytes: us,
});

export const decisionDurable: BenchCase = {
  name: 'decision/durable',
  needs: [],
  async run({ seed, say }) {
    const args = ['--disable-warning=ExperimentalWarning', PROGRAM, String(ROUNDS), String(BATCH)];
    const { status, tail } = await runChild(process.execPath, args, { cwd: ROOT, timeoutMs: CASE_MS });
    if (status !== 0) throw new Error(`the program ended with ${status}: ${tail.slice(-400)}`);
    const { rounds, bytes } = made(foundShape, JSON.parse(tail.trim().split('\n').at(-1) ?? ''));
    const ratio = medianWithInterval(
      rounds.map(({ ours, peer }) => ours / peer),
      seed,
    );
    const ours = rounds.map((round) => round.ours / 1000);
    const peer = rounds.map((round) => round.peer / 1000);
    say(`a durable decision takes ${ratio.median.toFixed(2)} committed INSERTs`);
    return {
      n: ROUNDS * BATCH,
      counters: { 'bytes of a decision': bytes },
      cpu_us: {},
      wall: spreadOf(ours),
      peer: { 'INSERT p50 ms': spreadOf(peer).p50 },
      ratio: { 'decision / INSERT': ratio },
      bar: { 'decision / INSERT': { found: ratio.median, atMost: 6 } },
    };
  },
};
