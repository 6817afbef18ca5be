/**
 * `impact/caps`: a capped walk ends early, counted in edges and not in time. From the thing that most others need in an estate
 * of 1M nodes and 5M edges, with several caps; beside it what the same walk costs without a cap.
 */
import { withReach, type ColumnIndex, type ReachLimits } from '@countersign/core';
import type { BenchCase } from '../bench-case.ts';
import { busiest, indexOf, scaleFree } from '../estate/scale-free.ts';
import { spreadOf } from '../measure/percentiles.ts';
import type { Bar, Measured } from '../result.ts';

const NODES = 1_000_000;
const EDGE_CAPS = [10, 1000, 50_000, 500_000] as const;
const DEPENDANT_CAP = 1000;
const REPEATS = 200;

interface Walked {
  readonly edges: number;
  readonly found: number;
  readonly stoppedBy: string | undefined;
}

export const impactCaps: BenchCase = {
  name: 'impact/caps',
  needs: [],
  async run({ seed, say }) {
    const index = indexOf(scaleFree(NODES, { edgesANode: 5, seed }));
    const hub = busiest(index);
    say('the estate is indexed');
    const byEdges = EDGE_CAPS.map((cap) => ({ cap, walked: walk(index, hub, { dependants: NODES, edges: cap }) }));
    const byDependants = walk(index, hub, { dependants: DEPENDANT_CAP, edges: Number.MAX_SAFE_INTEGER });
    const whole = walk(index, hub, { dependants: NODES, edges: Number.MAX_SAFE_INTEGER });
    const wall = spreadOf(
      Array.from({ length: REPEATS }, () => {
        const started = performance.now();
        walk(index, hub, { dependants: DEPENDANT_CAP, edges: DEPENDANT_CAP });
        return performance.now() - started;
      }),
    );
    return measured({ byEdges, byDependants, whole, degree: degreeOf(index, hub), wall });
  },
};

const degreeOf = ({ dependants }: ColumnIndex, node: number): number =>
  (dependants.offsets[node + 1] ?? 0) - (dependants.offsets[node] ?? 0);

const walk = (index: ColumnIndex, hub: number, caps: ReachLimits['caps']): Walked =>
  withReach(index, [hub], {
    limits: { hops: NODES, caps },
    use: ({ edgesVisited, found, stoppedBy }) => ({ edges: edgesVisited, found: found.length, stoppedBy }),
  });

function measured({
  byEdges,
  byDependants,
  whole,
  degree,
  wall,
}: {
  readonly byEdges: readonly { readonly cap: number; readonly walked: Walked }[];
  readonly byDependants: Walked;
  readonly whole: Walked;
  readonly degree: number;
  readonly wall: Measured['wall'];
}): Measured {
  const bars = byEdges.map(({ cap, walked }): readonly [string, Bar] => [
    `edges looked at with a cap of ${cap}`,
    { found: walked.edges, atMost: cap },
  ]);
  const stopped = [...byEdges.map(({ walked }) => walked), byDependants];
  return {
    n: REPEATS,
    counters: {
      nodes: NODES,
      'direct dependants of the hub': degree,
      'edges without a cap': whole.edges,
      'found without a cap': whole.found,
    },
    cpu_us: {},
    wall,
    peer: {},
    ratio: {},
    bar: {
      ...Object.fromEntries(bars),
      'dependants found with a cap of 1000': { found: byDependants.found, atMost: DEPENDANT_CAP },
      // A level is looked at before it is kept: one node's neighbours are the most that lies between.
      'edges looked at with a cap of 1000 dependants': { found: byDependants.edges, atMost: DEPENDANT_CAP + degree },
      'capped walks that say so': {
        found: stopped.filter(({ stoppedBy }) => stoppedBy !== undefined).length,
        atLeast: stopped.length,
      },
      'walks without a cap that ended by themselves': { found: whole.stoppedBy === undefined ? 1 : 0, atLeast: 1 },
    },
  };
}
