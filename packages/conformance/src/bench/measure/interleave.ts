/** Two programs measured turn by turn in the same minutes, so that what disturbs one disturbs the other. */
import { medianWithInterval, type Interval } from './bootstrap.ts';
import { median } from './percentiles.ts';
import { inRandomOrder, randomFrom } from './random.ts';

export interface Pairing {
  readonly rounds: number;
  readonly seed: number;
  /** Each does its share of one round and answers how long each operation took, in milliseconds. */
  readonly ours: () => Promise<readonly number[]>;
  readonly peer: () => Promise<readonly number[]>;
  /** No further round starts after this moment, on the clock of `performance.now()`. */
  readonly untilMs: number;
}

export interface Paired {
  readonly oursMs: readonly number[];
  readonly peerMs: readonly number[];
  readonly ratios: readonly number[];
  readonly ratio: Interval;
}

export async function interleave({ rounds, seed, ours, peer, untilMs }: Pairing): Promise<Paired> {
  const random = randomFrom(seed);
  const oursMs: number[] = [];
  const peerMs: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds && (round === 0 || performance.now() < untilMs); round += 1) {
    const found = { ours: [] as readonly number[], peer: [] as readonly number[] };
    for (const side of inRandomOrder(['ours', 'peer'] as const, random))
      found[side] = await (side === 'ours' ? ours() : peer());
    oursMs.push(...found.ours);
    peerMs.push(...found.peer);
    ratios.push(median(found.ours) / median(found.peer));
  }
  return { oursMs, peerMs, ratios, ratio: medianWithInterval(ratios, seed) };
}
