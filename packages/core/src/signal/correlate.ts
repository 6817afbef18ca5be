/** What belongs together: repeats of one signal, signals about the same thing, and sources that really are two (D3). */
import type { SignalId, SourceId, TargetId } from '../shared/brand.ts';
import type { Signal } from './signal.ts';

/** Where a source's data comes from, e.g. `prometheus-dc1`; two sources that share an origin are one witness, not two. */
export interface SourceLineage {
  readonly source: SourceId;
  readonly lineage: readonly string[];
}

/** Equal for repeats of one finding, whatever the document it came in. */
export const deduplicationKey = (signal: Signal): string =>
  JSON.stringify([
    signal.source,
    signal.format,
    signal.rule,
    signal.severity,
    signal.status,
    signal.startedAt,
    signal.targets.toSorted(),
  ]);

/** Signals about one rule or about the same targets: one thing to look into. */
export interface TriageGroup {
  readonly rules: readonly string[];
  readonly signals: readonly SignalId[];
  readonly sources: readonly SourceId[];
  readonly targets: readonly TargetId[];
}

/** Joins signals that share rule and target, or whose target sets are equal; order of the input does not matter. */
export function correlate(signals: readonly Signal[]): readonly TriageGroup[] {
  const sorted = signals.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const parent = sorted.map((_, position) => position);
  const rootOf = (position: number): number => {
    let root = position;
    while (parent[root] !== undefined && parent[root] !== root) root = parent[root] ?? root;
    return root;
  };
  const seen = new Map<string, number>();
  sorted.forEach((signal, position) => {
    for (const key of keysOf(signal)) {
      const other = seen.get(key);
      if (other === undefined) seen.set(key, position);
      else parent[Math.max(rootOf(other), rootOf(position))] = Math.min(rootOf(other), rootOf(position));
    }
  });
  const groups = Map.groupBy(sorted, (_, position) => rootOf(position));
  return [...groups.values()].map(toGroup);
}

const keysOf = (signal: Signal): readonly string[] => [
  ...signal.targets.map((target) => JSON.stringify([signal.rule, target])),
  JSON.stringify(signal.targets.length === 0 ? ['rule', signal.rule] : ['targets', ...signal.targets.toSorted()]),
];

const distinct = <T extends string>(items: readonly T[]): readonly T[] => [...new Set(items)].toSorted();

const toGroup = (signals: readonly Signal[]): TriageGroup => ({
  rules: distinct(signals.map(({ rule }) => rule)),
  signals: signals.map(({ id }) => id),
  sources: distinct(signals.map(({ source }) => source)),
  targets: distinct(signals.flatMap(({ targets }) => targets)),
});

/**
 * Firing sources that are pairwise independent: no shared origin. Sources with the fewest origins are taken first, so the set may be
 * too small and never holds two that share one. A source that is not registered counts nothing; one that declares no lineage
 * cannot show that it is a second witness and counts only alone.
 */
export function independentSet(
  signals: readonly Pick<Signal, 'source' | 'status'>[],
  sources: readonly SourceLineage[],
): readonly SourceId[] {
  const firing = new Set(signals.filter(({ status }) => status === 'firing').map(({ source }) => source));
  const registered = new Map(sources.map((source) => [source.source, source.lineage]));
  const present = [...firing].filter((source) => registered.has(source)).toSorted();
  const declared = present
    .map((source) => ({ source, origins: new Set([...(registered.get(source) ?? []), source]) }))
    .filter(({ source }) => (registered.get(source) ?? []).length > 0)
    .toSorted((a, b) => a.origins.size - b.origins.size || (a.source < b.source ? -1 : 1));
  const used = new Set<string>();
  const chosen: SourceId[] = [];
  for (const { source, origins } of declared) {
    if ([...origins].some((origin) => used.has(origin))) continue;
    for (const origin of origins) used.add(origin);
    chosen.push(source);
  }
  return chosen.length > 0 ? chosen : present.slice(0, 1);
}

/** How many sources stand behind these signals that are pairwise independent. */
export const independentSources = (
  signals: readonly Pick<Signal, 'source' | 'status'>[],
  sources: readonly SourceLineage[],
): number => independentSet(signals, sources).length;
