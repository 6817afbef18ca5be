/** How well the trigger supports acting on *these* targets (4.11, D3): the least supported target counts. */
import { msOf } from '../shared/brand.ts';
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
  /** Signals that began further apart are about two events and do not support each other. */
  readonly windowMs: number;
}

/** A signal about a service speaks for what the service needs, so far. */
const HOPS = 4;
const MAX_NODES = 200_000;

/** Independent sources that speak for each target; the smallest count. A target nobody speaks for makes it 0: misled evidence cannot add targets (L8). */
export function supportOf({ graph, impact, signals, sources, windowMs }: Support): number {
  const targets = new Set<string>([...impact.targets, ...impact.unknownTargets]);
  const spokenFor = new Map<string, number[]>();
  signals.forEach((signal, place) => {
    for (const target of coverage(signal, targets, graph)) {
      const speakers = spokenFor.get(target);
      if (speakers === undefined) spokenFor.set(target, [place]);
      else speakers.push(place);
    }
  });
  if (targets.size === 0 || spokenFor.size < targets.size) return 0;
  // Few different sets of signals speak for many targets: each set is judged once.
  const kinds = new Map([...spokenFor.values()].map((speakers) => [speakers.join(' '), speakers]));
  const counts = [...kinds.values()].map((speakers) =>
    mostTogether(
      speakers.flatMap((place) => signals[place] ?? []),
      sources,
      windowMs,
    ),
  );
  return counts.reduce((least, count) => Math.min(least, count));
}

/** Most independent sources among signals that began within one window. */
function mostTogether(signals: readonly Signal[], sources: readonly SourceLineage[], windowMs: number): number {
  const begun = signals.map((signal) => ({ signal, at: msOf(signal.startedAt) }));
  const beginnings = new Set(begun.map(({ at }) => at));
  let most = 0;
  for (const from of beginnings) {
    const together = begun.filter(({ at }) => at >= from && at - from <= windowMs).map(({ signal }) => signal);
    most = Math.max(most, independentSources(together, sources));
  }
  return most;
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
        const id = graph.positions.at(needed);
        if (id !== undefined && targets.has(id)) covered.add(id);
      });
    level = next;
  }
  return covered;
}
