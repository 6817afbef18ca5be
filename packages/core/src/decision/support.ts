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

/** Independent sources behind such a group; of several the smallest count. None at all is 0: misled evidence cannot add targets (L8). */
export const leastSupport = (groups: readonly (readonly Signal[])[], sources: readonly SourceLineage[]): number =>
  groups.length === 0 ? 0 : Math.min(...groups.map((group) => independentSources(group, sources)));

/**
 * For every kind of target the signals that speak for it together. Only these have a say on severity and confidence too: what an
 * agent names beside them raises nothing. One empty group when nobody speaks for a target.
 */
export function speakersOf({ graph, impact, signals, sources, windowMs }: Support): readonly (readonly Signal[])[] {
  const targets = new Set<string>([...impact.targets, ...impact.unknownTargets]);
  const spokenFor = new Map<string, number[]>();
  signals.forEach((signal, place) => {
    for (const target of coverage(signal, targets, graph)) {
      const speakers = spokenFor.get(target);
      if (speakers === undefined) spokenFor.set(target, [place]);
      else speakers.push(place);
    }
  });
  if (targets.size === 0 || spokenFor.size < targets.size) return [[]];
  // Few different sets of signals speak for many targets: each set is judged once.
  const kinds = new Map([...spokenFor.values()].map((speakers) => [speakers.join(' '), speakers]));
  return [...kinds.values()].map((speakers) =>
    mostTogether(
      speakers.flatMap((place) => signals[place] ?? []),
      sources,
      windowMs,
    ),
  );
}

/** Of signals that began within one window those with the most independent sources. */
function mostTogether(
  signals: readonly Signal[],
  sources: readonly SourceLineage[],
  windowMs: number,
): readonly Signal[] {
  const begun = signals.map((signal) => ({ signal, at: msOf(signal.startedAt) }));
  const beginnings = new Set(begun.map(({ at }) => at));
  let best: { readonly count: number; readonly together: readonly Signal[] } = { count: 0, together: [] };
  for (const from of beginnings) {
    const together = begun.filter(({ at }) => at >= from && at - from <= windowMs).map(({ signal }) => signal);
    const count = independentSources(together, sources);
    if (count > best.count) best = { count, together };
  }
  return best.together;
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
