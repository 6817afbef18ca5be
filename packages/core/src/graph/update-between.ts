/** The smallest update that leads from one snapshot to another: what an importer that ran again has to say (G3). */
import type { Digest } from '../shared/brand.ts';
import { edgeKey, type EdgeName, type GraphUpdate } from './graph-update.ts';
import type { GraphEdge, GraphNode, GraphSnapshot } from './graph.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same text for the same value, in whatever order its fields were written. */
const textOf = (value: GraphNode | GraphEdge): string =>
  JSON.stringify(value, (_, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))) : part,
  );

function changed<T extends GraphNode | GraphEdge>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
): { readonly upserts: readonly T[]; readonly removed: readonly T[] } {
  const old = new Map(before.map((item) => [keyOf(item), item]));
  const now = new Map(after.map((item) => [keyOf(item), item]));
  return {
    upserts: [...now].flatMap(([key, item]) => {
      const was = old.get(key);
      return was !== undefined && textOf(was) === textOf(item) ? [] : [item];
    }),
    removed: [...old].flatMap(([key, item]) => (now.has(key) ? [] : [item])),
  };
}

const nameOf = ({ from, to, kind, traffic }: GraphEdge): EdgeName => ({
  from,
  to,
  kind,
  ...(traffic !== undefined && { traffic }),
});

/**
 * `applyUpdate` of the result gives the nodes and edges of `next`, those that stayed in the place they had. Of two edges with one
 * name the later one counts. Neither snapshot is judged: a version that is not newer is refused when the update is applied.
 */
export function updateBetween(
  { snapshot, digest }: { readonly snapshot: GraphSnapshot; readonly digest: Digest },
  next: GraphSnapshot,
): GraphUpdate {
  const nodes = changed(snapshot.nodes, next.nodes, ({ id }) => id);
  const edges = changed(snapshot.edges, next.edges, edgeKey);
  return {
    type: 'graph-update',
    organisation: next.organisation,
    base: digest,
    version: next.version,
    takenAt: next.takenAt,
    upsertNodes: nodes.upserts,
    removeNodes: nodes.removed.map(({ id }) => id),
    upsertEdges: edges.upserts,
    removeEdges: edges.removed.map(nameOf),
  };
}
