/**
 * What changed in the system graph since one exact snapshot (G2, G3). An update is applied where the graph's owner works; what is
 * signed, delivered and decided from is always the whole snapshot that comes out of it, so nobody downstream has to trust a chain.
 */
import type { Digest, Instant, NodeId, OrganisationId } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import {
  digest,
  id,
  instant,
  integer,
  list,
  literal,
  object,
  oneOf,
  optional,
  text,
  type Shape,
} from '../shared/shape.ts';
import {
  DOCUMENT_LIMITS,
  EDGE_KINDS,
  graphEdgeShape,
  graphNodeShape,
  type EdgeKind,
  type GraphEdge,
  type GraphNode,
  type GraphSnapshot,
} from './graph.ts';

/** Two edges of the same ends and kind are told apart by their traffic alone, e.g. flows on two ports. */
export interface EdgeName {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: EdgeKind;
  readonly traffic?: string;
}

export interface GraphUpdate {
  readonly type: 'graph-update';
  readonly organisation: OrganisationId;
  /** Digest of the canonical bytes of the snapshot that this was made for. */
  readonly base: Digest;
  /** Of the snapshot that comes out; newer than the one before. */
  readonly version: number;
  readonly takenAt: Instant;
  /** Whole nodes: what is not said any more is gone. */
  readonly upsertNodes: readonly GraphNode[];
  readonly removeNodes: readonly NodeId[];
  readonly upsertEdges: readonly GraphEdge[];
  readonly removeEdges: readonly EdgeName[];
}

const MAX_CHANGES = 20_000;

export const graphUpdateShape: Shape<GraphUpdate> = object<GraphUpdate>({
  type: literal('graph-update'),
  organisation: id(),
  base: digest,
  version: integer({ min: 1, max: 1_000_000_000 }),
  takenAt: instant,
  upsertNodes: list(graphNodeShape, { max: MAX_CHANGES }),
  removeNodes: list(id<'Node'>(), { max: MAX_CHANGES }),
  upsertEdges: list(graphEdgeShape, { max: MAX_CHANGES }),
  removeEdges: list(
    object<EdgeName>({ from: id(), to: id(), kind: oneOf(...EDGE_KINDS), traffic: optional(text({ max: 120 })) }),
    { max: MAX_CHANGES },
  ),
});

/** Ids hold no space, so no two edges have one key. */
export const edgeKey = ({ from, to, kind, traffic }: EdgeName): string =>
  `${from} ${to} ${kind}${traffic === undefined ? '' : ` ${traffic}`}`;

/**
 * The snapshot after the update. What stays keeps its place, a replaced node or edge takes the place of the old one, new ones
 * come last in the order given. Refused with every complaint at once: another base or organisation, a version or time that is
 * not newer, anything named twice, a removal of what is not there, a removed node that an edge still names, too large a result.
 */
export function applyUpdate(
  { snapshot, digest: base }: { readonly snapshot: GraphSnapshot; readonly digest: Digest },
  update: GraphUpdate,
): Result<GraphSnapshot> {
  if (update.organisation !== snapshot.organisation)
    return refuse('wrong-organisation', 'the update is of another organisation', { clause: 'O3' });
  if (update.base !== base)
    return refuse('unknown-base', 'the update was made for another snapshot', {
      clause: 'G3',
      next: ['make the update again from the snapshot in force'],
    });
  if (update.version <= snapshot.version || update.takenAt < snapshot.takenAt)
    return refuse('not-newer', `the update is not newer than version ${snapshot.version}`, { clause: 'G3' });
  const changes = changesOf(update);
  const nodes = replaceAll(snapshot.nodes, {
    upserts: changes.nodes,
    removed: changes.gone,
    keyOf: ({ id: key }) => key,
  });
  const isTouched = touching(update);
  const edges = replaceAll(snapshot.edges, {
    upserts: changes.edges,
    removed: changes.cut,
    // Most edges have nothing to do with the update; for those no key is made.
    keyOf: (edge) => (isTouched(edge) ? edgeKey(edge) : undefined),
  });
  const complaints = [...namedTwice(update), ...nodes.missing, ...edges.missing, ...leftHanging(update, edges.items)];
  if (nodes.items.length > DOCUMENT_LIMITS.nodes)
    complaints.push({ at: '/upsertNodes', problem: 'makes too many nodes' });
  if (edges.items.length > DOCUMENT_LIMITS.edges)
    complaints.push({ at: '/upsertEdges', problem: 'makes too many edges' });
  if (complaints.length > 0)
    return refuse('malformed', 'the update does not fit its snapshot', { clause: 'G3', complaints });
  return ok({
    ...snapshot,
    version: update.version,
    takenAt: update.takenAt,
    nodes: nodes.items,
    edges: edges.items,
  });
}

interface Changes {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly edges: ReadonlyMap<string, GraphEdge>;
  /** Key -> where the update says it. */
  readonly gone: ReadonlyMap<string, string>;
  readonly cut: ReadonlyMap<string, string>;
}

const changesOf = (update: GraphUpdate): Changes => ({
  nodes: new Map(update.upsertNodes.map((node) => [node.id, node])),
  edges: new Map(update.upsertEdges.map((edge) => [edgeKey(edge), edge])),
  gone: new Map(update.removeNodes.map((node, place) => [node, `/removeNodes/${place}`])),
  cut: new Map(update.removeEdges.map((edge, place) => [edgeKey(edge), `/removeEdges/${place}`])),
});

function touching({ upsertEdges, removeEdges }: GraphUpdate): (edge: GraphEdge) => boolean {
  const from = new Set<string>([...upsertEdges, ...removeEdges].map((edge) => edge.from));
  return (edge) => from.has(edge.from);
}

interface Replaced<T> {
  readonly items: readonly T[];
  readonly missing: readonly Complaint[];
}

function replaceAll<T>(
  items: readonly T[],
  {
    upserts,
    removed,
    keyOf,
  }: {
    readonly upserts: ReadonlyMap<string, T>;
    readonly removed: ReadonlyMap<string, string>;
    readonly keyOf: (item: T) => string | undefined;
  },
): Replaced<T> {
  const left = new Map(removed);
  const added = new Map(upserts);
  const kept: T[] = [];
  for (const item of items) {
    const key = keyOf(item);
    if (key !== undefined && removed.has(key)) {
      left.delete(key);
      continue;
    }
    const replacement = key === undefined ? undefined : upserts.get(key);
    if (key === undefined || replacement === undefined) {
      kept.push(item);
      continue;
    }
    // A second edge of the same name is replaced together with the first.
    if (added.delete(key)) kept.push(replacement);
  }
  return {
    items: [...kept, ...added.values()],
    missing: [...left.values()].map((at) => ({ at, problem: 'is not in the snapshot' })),
  };
}

/** Each thing may be said once: added twice, or added and removed, is a mistake somewhere. */
function namedTwice({ upsertNodes, removeNodes, upsertEdges, removeEdges }: GraphUpdate): Complaint[] {
  const nodes = [
    ...upsertNodes.map((node, place) => [node.id, `/upsertNodes/${place}/id`] as const),
    ...removeNodes.map((node, place) => [node, `/removeNodes/${place}`] as const),
  ];
  const edges = [
    ...upsertEdges.map((edge, place) => [edgeKey(edge), `/upsertEdges/${place}`] as const),
    ...removeEdges.map((edge, place) => [edgeKey(edge), `/removeEdges/${place}`] as const),
  ];
  return [nodes, edges].flatMap((names) => {
    const seen = new Set<string>();
    return names.flatMap(([key, at]) => {
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew ? [] : [{ at, problem: 'is named by this update already' }];
    });
  });
}

/** A removed node takes none of its edges along silently: what needs it would need something unknown. */
function leftHanging({ removeNodes }: GraphUpdate, edges: readonly GraphEdge[]): readonly Complaint[] {
  const places = new Map<string, number>(removeNodes.map((node, place) => [node, place]));
  const hanging = new Set<number>();
  if (places.size > 0)
    for (const { from, to } of edges)
      for (const place of [places.get(from), places.get(to)]) if (place !== undefined) hanging.add(place);
  return [...hanging]
    .toSorted((a, b) => a - b)
    .map((place) => ({ at: `/removeNodes/${place}`, problem: 'is still named by an edge; remove or replace it too' }));
}
