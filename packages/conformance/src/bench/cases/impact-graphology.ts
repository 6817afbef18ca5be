/**
 * `impact/graphology`: the same question as `impact/cte` in memory, against the usual graph library, on 100,000 nodes and
 * 500,000 edges, turn by turn. Both find everything that needs 1,240 targets and what of it stops with them, and both must find
 * as much.
 */
import { withReach, type ReachLimits } from '@countersign/core';
import { DirectedGraph } from 'graphology';
import type { BenchCase } from '../bench-case.ts';
import { indexOf, pickTargets, scaleFree, type Estate } from '../estate/scale-free.ts';
import { interleave, type Paired } from '../measure/interleave.ts';
import { spreadOf } from '../measure/percentiles.ts';
import type { Measured } from '../result.ts';

const NODES = 100_000;
const TARGETS = 1240;
const AT_LEAST = 30;
const ROUNDS = 15;
const TIMES_A_ROUND = 30;
const PEER_TIMES_A_ROUND = 3;
const WHOLE: ReachLimits = { hops: NODES, caps: { dependants: NODES, edges: 1_000_000_000 } };

type Graph = DirectedGraph<Record<string, never>, { readonly isHard?: boolean }>;

interface Counted {
  readonly found: number;
  readonly hard: number;
}

export const impactGraphology: BenchCase = {
  name: 'impact/graphology',
  needs: [],
  async run({ seed, say, untilMs }) {
    const estate = scaleFree(NODES, { edgesANode: 5, seed });
    const targets = pickTargets(NODES, { count: TARGETS, seed: seed + 1 });
    const index = indexOf(estate);
    const graph = load(estate);
    say('both graphs are loaded');
    const walk = (): Counted =>
      withReach(index, targets, {
        limits: WHOLE,
        use: ({ found, hardCount }) => ({ found: found.length, hard: hardCount }),
      });
    const names = targets.map(String);
    const [ours, peer] = [walk(), reach(graph, names)];
    if (ours.found !== peer.found || ours.hard !== peer.hard)
      throw new Error(`ours found ${JSON.stringify(ours)}, graphology ${JSON.stringify(peer)}`);
    const paired = await interleave({
      rounds: ROUNDS,
      seed,
      untilMs,
      ours: async () => times(TIMES_A_ROUND, walk),
      peer: async () => times(PEER_TIMES_A_ROUND, () => reach(graph, names)),
    });
    return measured(paired, { ours, edges: estate.edges.count });
  },
};

/** Two edges between the same two nodes are one, hard when one of them is: the peer finds the same with less to walk. */
function load({ nodes, edges, isHard }: Estate): Graph {
  const graph: Graph = new DirectedGraph();
  for (let node = 0; node < nodes; node += 1) graph.addNode(node);
  for (let edge = 0; edge < edges.count; edge += 1)
    graph.updateEdge(edges.from[edge], edges.to[edge], ({ isHard: before = false }) => ({
      isHard: before || isHard(edge),
    }));
  return graph;
}

/** Everything that needs a target, targets that need another one among them, and how much of it by hard edges alone. */
const reach = (graph: Graph, targets: readonly string[]): Counted => ({
  found: walkAll(targets, (node, meet) => graph.forEachInNeighbor(node, meet)),
  hard: walkAll(targets, (node, meet) =>
    graph.forEachInEdge(node, (_, { isHard }, source) => {
      if (isHard) meet(source);
    }),
  ),
});

function walkAll(targets: readonly string[], each: (node: string, meet: (other: string) => void) => void): number {
  const found = new Set<string>();
  const expanded = new Set(targets);
  let level: readonly string[] = targets;
  while (level.length > 0) {
    const next: string[] = [];
    for (const node of level)
      each(node, (other) => {
        found.add(other);
        if (expanded.has(other)) return;
        expanded.add(other);
        next.push(other);
      });
    level = next;
  }
  return found.size;
}

function times(count: number, work: () => unknown): readonly number[] {
  return Array.from({ length: count }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
}

function measured(
  { oursMs, peerMs, ratios, ratio }: Paired,
  { ours, edges }: { readonly ours: Counted; readonly edges: number },
): Measured {
  const { min, p50, p99 } = spreadOf(peerMs);
  const faster = { median: 1 / ratio.median, lo95: 1 / ratio.hi95, hi95: 1 / ratio.lo95 };
  return {
    n: oursMs.length,
    counters: { nodes: NODES, edges, targets: TARGETS, ...ours, rounds: ratios.length },
    cpu_us: {},
    wall: spreadOf(oursMs),
    peer: { 'graphology min ms': min, 'graphology p50 ms': p50, 'graphology p99 ms': p99 },
    ratio: { 'times faster than graphology': faster },
    bar: { 'times faster, bad end of the interval': { found: faster.lo95, atLeast: AT_LEAST } },
  };
}
