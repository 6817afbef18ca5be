/** How well the trigger supports acting on *these* targets (4.11, D3): the least supported target counts. */
import type { SourceId } from '../shared/brand.ts';
import { eachNeighbour, type GraphIndex } from '../graph/index-graph.ts';
import type { Impact } from '../impact/impact.ts';
import { independentSources, type SourceLineage } from '../signal/correlate.ts';
import type { Signal } from '../signal/signal.ts';

interface Support {
  readonly graph: GraphIndex | undefined;
  readonly impact: Pick<Impact, 'targets' | 'unknownTargets'>;
  /** Authenticated and firing. */
  readonly signals: readonly Signal[];
  readonly sources: readonly SourceLineage[];
}

/** A signal about a service speaks for what the service needs, so far. */
const HOPS = 4;
const MAX_NODES = 200_000;

/** Independent sources that speak for each target; the smallest count. A target nobody speaks for makes it 0: misled evidence cannot add targets (L8). */
export function supportOf({ graph, impact, signals, sources }: Support): number {
  const targets = new Set<string>([...impact.targets, ...impact.unknownTargets]);
  const spokenFor = new Map<string, Set<SourceId>>();
  for (const signal of signals)
    for (const target of coverage(signal, targets, graph)) {
      const speakers = spokenFor.get(target) ?? new Set<SourceId>();
      spokenFor.set(target, speakers.add(signal.source));
    }
  if (targets.size === 0 || spokenFor.size < targets.size) return 0;
  // Few different sets of sources speak for many targets: each set is judged once.
  const kinds = new Map([...spokenFor.values()].map((speakers) => [[...speakers].toSorted().join(' '), speakers]));
  const counts = [...kinds.values()].map((speakers) =>
    independentSources(
      [...speakers].map((source) => ({ source, status: 'firing' as const })),
      sources,
    ),
  );
  return Math.min(...counts);
}

/** Targets a signal names, and those that what it names stands on. */
function coverage(signal: Signal, targets: ReadonlySet<string>, graph: GraphIndex | undefined): ReadonlySet<string> {
  const covered = new Set<string>(signal.targets.filter((target) => targets.has(target)));
  if (graph === undefined) return covered;
  let level = signal.targets.flatMap((node) => graph.positions.get(node) ?? []);
  const seen = new Set(level);
  for (let hop = 0; hop < HOPS && level.length > 0 && seen.size < MAX_NODES; hop += 1) {
    const next: number[] = [];
    for (const node of level)
      eachNeighbour(graph.dependencies, node, (needed) => {
        if (seen.has(needed)) return;
        seen.add(needed);
        next.push(needed);
        const id = graph.snapshot.nodes[needed]?.id;
        if (id !== undefined && targets.has(id)) covered.add(id);
      });
    level = next;
  }
  return covered;
}
