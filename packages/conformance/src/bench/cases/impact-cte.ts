/**
 * `impact/cte`: everything that needs 1,240 targets in an estate of 1M nodes and 5M edges, and what of it stops with them,
 * against a recursive query in the PostgreSQL of the product, turn by turn. Both walk to the end and count; both must find the
 * same numbers. Naming and summing up what was found is ours alone and is printed.
 */
import { analyseImpact, withReach, type ColumnIndex, type ReachLimits } from '@countersign/core';
import { withSystem } from '../agent/with-system.ts';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { targetIdOf } from '../estate/node-id.ts';
import { indexOf, pickTargets, scaleFree } from '../estate/scale-free.ts';
import { interleave, type Paired } from '../measure/interleave.ts';
import { median, spreadOf } from '../measure/percentiles.ts';
import { Psql } from '../peers/psql.ts';
import { askReach, loadEdges, type Counted } from '../peers/recursive-cte.ts';
import type { Measured } from '../result.ts';

const NODES = 1_000_000;
const EDGES_A_NODE = 5;
const TARGETS = 1240;
const AT_LEAST = 200;
const ROUNDS = 15;
const TIMES_A_ROUND = 20;
const WHOLE: ReachLimits = { hops: NODES, caps: { dependants: NODES, edges: 1_000_000_000 } };

export const impactCte: BenchCase = {
  name: 'impact/cte',
  needs: ['psql'],
  run: (context) =>
    withSystem(context, async (system) => {
      const psql = new Psql(system);
      try {
        return await compare(context, psql);
      } finally {
        await psql.end();
      }
    }),
};

async function compare({ seed, say, untilMs }: BenchContext, psql: Psql): Promise<Measured> {
  const estate = scaleFree(NODES, { edgesANode: EDGES_A_NODE, seed });
  const targets = pickTargets(NODES, { count: TARGETS, seed: seed + 1 });
  await loadEdges(psql, estate);
  say(`${estate.edges.count} edges are in the database and indexed`);
  const index = indexOf(estate);
  const walk = (): Counted =>
    withReach(index, targets, {
      limits: WHOLE,
      use: ({ found, hardCount }) => ({ found: found.length, hard: hardCount }),
    });
  const ours = walk();
  const peer = await askReach(psql, targets);
  say(`ours ${JSON.stringify(ours)}, peer ${JSON.stringify(peer)}`);
  if (ours.found !== peer.found || ours.hard !== peer.hard) throw new Error('the two sides found different things');
  const paired = await interleave({
    rounds: ROUNDS,
    seed,
    untilMs,
    ours: async () => Array.from({ length: TIMES_A_ROUND }, () => timed(walk)),
    peer: async () => {
      const started = performance.now();
      await askReach(psql, targets);
      return [performance.now() - started];
    },
  });
  return measured(paired, { ours, edges: estate.edges.count, namedMs: named(index, targets) });
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

const CAPPED: ReachLimits = { hops: 32, caps: { dependants: 5000, edges: 500_000 } };
const healthKnown = (): boolean => true;
const medianMs = (work: () => unknown): number => median(Array.from({ length: TIMES_A_ROUND }, () => timed(work)));

/** As the product asks: named and summed up, from ids and to ids; to the end, and with the caps it has by default. */
function named(index: ColumnIndex, targets: readonly number[]): { readonly whole: number; readonly capped: number } {
  const ids = targets.map((target) => targetIdOf(target));
  return {
    whole: medianMs(() => analyseImpact(index, ids, { ...WHOLE, healthKnown })),
    capped: medianMs(() => analyseImpact(index, ids, { ...CAPPED, healthKnown })),
  };
}

function measured(
  { oursMs, peerMs, ratios, ratio }: Paired,
  found: {
    readonly ours: Counted;
    readonly edges: number;
    readonly namedMs: { readonly whole: number; readonly capped: number };
  },
): Measured {
  const { min, p50, p99 } = spreadOf(peerMs);
  // The pairing divides ours by the peer's; how many times faster is the other way round.
  const faster = { median: 1 / ratio.median, lo95: 1 / ratio.hi95, hi95: 1 / ratio.lo95 };
  return {
    n: oursMs.length,
    counters: { nodes: NODES, edges: found.edges, targets: TARGETS, ...found.ours, rounds: ratios.length },
    cpu_us: {},
    wall: spreadOf(oursMs),
    peer: { 'recursive query min ms': min, 'recursive query p50 ms': p50, 'recursive query p99 ms': p99 },
    ratio: {
      'times faster than the recursive query': faster,
      'named and summed up, times faster': p50 / found.namedMs.whole,
    },
    bar: {
      'times faster, bad end of the interval': { found: faster.lo95, atLeast: AT_LEAST },
      'named and summed up, whole, ms': { found: found.namedMs.whole, atMost: 10, isPrinted: true },
      'named and summed up, with the default caps, ms': { found: found.namedMs.capped, atMost: 5, isPrinted: true },
    },
  };
}
