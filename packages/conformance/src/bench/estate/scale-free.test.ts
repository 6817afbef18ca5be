import { tierAt, withReach } from '@countersign/core';
import { expect, test } from 'vitest';
import { busiest, indexOf, pickTargets, scaleFree } from './scale-free.ts';

const made = (seed: number) => scaleFree(500, { edgesANode: 5, seed });

test('the same seed makes the same estate, another one another', () => {
  expect(made(7).edges).toEqual(made(7).edges);
  expect(made(8).edges).not.toEqual(made(7).edges);
});

test('every node but the first needs five older ones', () => {
  const { edges, nodes } = made(7);
  expect(edges.count).toBe((nodes - 1) * 5);
  for (let edge = 0; edge < edges.count; edge += 1) expect(edges.to[edge]).toBeLessThan(edges.from[edge] ?? 0);
});

test('some are needed by many and most by few', () => {
  const index = indexOf(scaleFree(5000, { edgesANode: 5, seed: 706 }));
  const hub = busiest(index);
  const degreeOf = (node: number) => (index.dependants.offsets[node + 1] ?? 0) - (index.dependants.offsets[node] ?? 0);
  expect(degreeOf(hub)).toBeGreaterThan(50);
  const few = Array.from({ length: 5000 }, (_, node) => degreeOf(node)).filter((degree) => degree <= 5).length;
  expect(few).toBeGreaterThan(2500);
});

test('edges are hard and soft, and the walk finds both kinds of dependants', () => {
  const estate = made(7);
  const hard = Array.from({ length: estate.edges.count }, (_, edge) => estate.isHard(edge)).filter(Boolean).length;
  expect(hard / estate.edges.count).toBeGreaterThan(0.6);
  expect(hard / estate.edges.count).toBeLessThan(0.8);
  const limits = { hops: 500, caps: { dependants: 500, edges: 100_000 } };
  const [found, hardFound] = withReach(indexOf(estate), [0], {
    limits,
    use: (reach) => [reach.found.length, reach.hardCount],
  });
  expect(found).toBe(499);
  expect(hardFound).toBeLessThanOrEqual(499);
});

test('targets are different, known, and not of the oldest fifth', () => {
  const targets = pickTargets(500, { count: 100, seed: 3 });
  expect(new Set(targets).size).toBe(100);
  expect(Math.min(...targets)).toBeGreaterThanOrEqual(100);
  expect(Math.max(...targets)).toBeLessThan(500);
  const index = indexOf(made(7));
  expect(targets.map((target) => tierAt(index, target)).length).toBe(100);
});
