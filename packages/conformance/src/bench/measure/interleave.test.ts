import { expect, test } from 'vitest';
import { interleave } from './interleave.ts';

const FOREVER_MS = Number.MAX_VALUE;

test('each round pairs both sides; the ratio is the one of their medians', async () => {
  const paired = await interleave({
    rounds: 9,
    seed: 706,
    ours: async () => [10, 12, 90],
    peer: async () => [4, 3, 5],
    untilMs: FOREVER_MS,
  });
  expect(paired.ratios).toEqual(Array.from({ length: 9 }, () => 3));
  expect(paired.ratio).toEqual({ median: 3, lo95: 3, hi95: 3 });
  expect([paired.oursMs.length, paired.peerMs.length]).toEqual([27, 27]);
});

test('who goes first changes from round to round, so that neither always meets the other`s leavings', async () => {
  const order: string[] = [];
  const side = (name: string) => async (): Promise<readonly number[]> => {
    order.push(name);
    return [1];
  };
  await interleave({ rounds: 30, seed: 706, ours: side('ours'), peer: side('peer'), untilMs: FOREVER_MS });
  const firsts = order.filter((_, index) => index % 2 === 0);
  expect(order).toHaveLength(60);
  expect(new Set(firsts)).toEqual(new Set(['ours', 'peer']));
});

test('a disturbance that hits both sides of a round does not move the ratio', async () => {
  const noise = [1, 30, 2, 4, 20];
  let calls = 0;
  // Two calls make a round, whichever side goes first.
  const during = (base: number) => async (): Promise<readonly number[]> => {
    const factor = noise[Math.floor(calls / 2) % noise.length] ?? 1;
    calls += 1;
    return [base * factor];
  };
  const paired = await interleave({ rounds: 20, seed: 1, ours: during(5), peer: during(1), untilMs: FOREVER_MS });
  expect(new Set(paired.oursMs).size).toBe(5);
  expect(paired.ratio).toEqual({ median: 5, lo95: 5, hi95: 5 });
});

test('out of time no further round starts, but one is always measured', async () => {
  const once = { ours: async () => [2], peer: async () => [1] };
  const paired = await interleave({ rounds: 50, seed: 1, ...once, untilMs: -1 });
  expect(paired.ratios).toEqual([2]);
});

test('a side that measures nothing is an error', async () => {
  const pairing = { rounds: 1, seed: 1, ours: async () => [], peer: async () => [1], untilMs: FOREVER_MS };
  await expect(interleave(pairing)).rejects.toThrow('at least one');
});
