/**
 * Parts of one estate become one snapshot (G3). Where parts disagree the more restrictive wins and it is reported; what cannot be
 * compared, such as two zones of one node, is refused. Nothing is dropped in silence, nothing is guessed to be harmless (G1).
 */
import type { Instant, NodeId, OrganisationId } from '../../shared/brand.ts';
import { refuse, type Complaint, type Result } from '../../shared/result.ts';
import { readShape } from '../../shared/shape.ts';
import type { Environment } from '../../people/trust-bundle.ts';
import { graphSnapshotShape, type GraphEdge, type GraphNode, type GraphSnapshot } from '../graph.ts';
import { combineNodes } from './combine-nodes.ts';
import { edgeKey } from './part-builder.ts';
import {
  FINDING_KINDS,
  MAX_COMPLAINTS,
  type FindingKind,
  type ImportedPart,
  type ImportFinding,
  type PartEdge,
  type PartNode,
} from './part.ts';

export interface MergeOptions {
  readonly organisation: OrganisationId;
  /** Counts up with every snapshot of the organisation, from 1. */
  readonly version: number;
  readonly takenAt: Instant;
  /** What holds where no file says anything. There is no other default. */
  readonly defaults?: { readonly environment?: Environment };
}

/** Sorted by kind, place and subject. */
export interface ImportReport {
  readonly findings: readonly ImportFinding[];
  readonly counts: Readonly<Record<FindingKind, number>>;
}

export interface MergedGraph {
  readonly snapshot: GraphSnapshot;
  readonly report: ImportReport;
}

interface Notes {
  readonly findings: ImportFinding[];
  readonly complaints: Complaint[];
}

/**
 * Puts parts together, in the order in which their files were named.
 * Refuses with `malformed` and every place: a node without an environment, two zones or networks of one node, two names that come
 * to one id, more than the graph can hold.
 */
export function mergeParts(parts: readonly ImportedPart[], options: MergeOptions): Result<MergedGraph> {
  const notes: Notes = { findings: parts.flatMap(({ findings }) => findings), complaints: [] };
  keepNamesApart(parts, notes);
  const nodes = mergeNodes(parts, options, notes);
  const edges = mergeEdges(parts, notes);
  findGaps(nodes, edges, notes);
  if (notes.complaints.length > 0)
    return refuse('malformed', 'the parts do not make one graph', {
      clause: 'G3',
      complaints: notes.complaints.slice(0, MAX_COMPLAINTS),
    });
  const snapshot = readShape(graphSnapshotShape, {
    type: 'graph-snapshot',
    organisation: options.organisation,
    version: options.version,
    takenAt: options.takenAt,
    nodes: [...nodes.values()].map(({ node }) => node),
    edges: edges.map(({ edge }) => edge),
  });
  if (!snapshot.ok) return snapshot;
  return { ok: true, value: { snapshot: snapshot.value, report: reportOf(notes.findings) } };
}

/** An id made of one name must not be that of another name in any part. */
function keepNamesApart(parts: readonly ImportedPart[], { complaints }: Notes): void {
  const origins = new Map<NodeId, string>();
  for (const { renamed } of parts) for (const [id, name] of renamed) origins.set(id, name);
  if (origins.size === 0) return;
  for (const { nodes, edges, renamed } of parts) {
    const used = [
      ...nodes.map(({ id, at }) => ({ id, at })),
      ...edges.flatMap(({ from, to, at }) => [
        { id: from, at },
        { id: to, at },
      ]),
    ];
    for (const { id, at } of used) {
      const origin = origins.get(id);
      const name = renamed.get(id) ?? id;
      if (origin !== undefined && origin !== name)
        complaints.push({
          at,
          problem: `\`${name}\` and \`${origin}\` would both be \`${id}\`; give one of them another id`,
        });
    }
  }
}

interface Placed {
  readonly node: GraphNode;
  readonly at: string;
}

function mergeNodes(
  parts: readonly ImportedPart[],
  { defaults = {} }: MergeOptions,
  { findings, complaints }: Notes,
): ReadonlyMap<NodeId, Placed> {
  const merged = new Map<NodeId, PartNode>();
  for (const node of parts.flatMap(({ nodes }) => nodes)) {
    const before = merged.get(node.id);
    if (before === undefined) {
      merged.set(node.id, node);
      continue;
    }
    const combined = combineNodes(before, node);
    merged.set(node.id, combined.node);
    findings.push(...combined.conflicts);
    complaints.push(...combined.complaints);
  }
  const whole = [...merged.values()].map(({ at, ...said }): readonly [NodeId, Placed] => {
    const environment = said.environment ?? defaults.environment;
    if (environment === undefined)
      complaints.push({
        at,
        problem: `the environment of \`${said.id}\` is not said; say it in the file or for the whole import`,
      });
    if (said.kind === undefined)
      findings.push({
        kind: 'unknown-kind',
        at,
        subject: said.id,
        detail: 'was only seen, no file describes it; read as a service',
      });
    const node = { kind: 'service', tier: 'unknown', ...said, environment: environment ?? 'production' } as const;
    return [said.id, { node, at }];
  });
  return new Map(whole.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

interface PlacedEdge {
  readonly edge: GraphEdge;
  readonly at: string;
}

function mergeEdges(parts: readonly ImportedPart[], { findings }: Notes): readonly PlacedEdge[] {
  const merged = new Map<string, PartEdge>();
  for (const edge of parts.flatMap(({ edges }) => edges)) {
    const key = edgeKey(edge);
    const before = merged.get(key);
    if (
      before !== undefined &&
      before.isHard !== undefined &&
      edge.isHard !== undefined &&
      before.isHard !== edge.isHard
    )
      findings.push({
        kind: 'conflict',
        at: edge.at,
        subject: edge.from,
        detail: `\`${edge.kind}\` to \`${edge.to}\` is hard in one file and soft in the other, ${before.at}; kept hard`,
      });
    merged.set(key, before === undefined ? edge : combineEdges(before, edge));
  }
  return [...merged.entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { at, isHard = true, ...edge }]) => ({ edge: { ...edge, isHard }, at }));
}

/** Hard wins, declared wins over seen, the busier count stays. */
function combineEdges(one: PartEdge, other: PartEdge): PartEdge {
  const { isObserved: _seen, isHard: _hard, perMinute: _rate, ...ends } = one;
  const said = [one.isHard, other.isHard].filter((isHard) => isHard !== undefined);
  const rates = [one.perMinute, other.perMinute].filter((rate) => rate !== undefined);
  const isObserved = one.isObserved === true && other.isObserved === true;
  return {
    ...ends,
    ...(said.length > 0 && { isHard: said.includes(true) }),
    ...(isObserved && { isObserved }),
    ...(rates.length > 0 && { perMinute: Math.max(...rates) }),
  };
}

/** Dangling, unknown and unowned (G3): the graph is used with them, and their owners are told. */
function findGaps(
  nodes: ReadonlyMap<NodeId, Placed>,
  edges: readonly PlacedEdge[],
  { findings }: Pick<Notes, 'findings'>,
): void {
  for (const { edge, at } of edges)
    for (const end of [edge.from, edge.to])
      if (!nodes.has(end))
        findings.push({
          kind: 'dangling',
          at,
          subject: end,
          detail: `\`${edge.kind}\` from \`${edge.from}\` to \`${edge.to}\`: no file describes \`${end}\``,
        });
  const isTold = new Set(
    findings.filter(({ kind }) => kind === 'unknown-tier').map(({ at, subject }) => `${subject} ${at}`),
  );
  for (const { node, at } of nodes.values()) {
    if (node.tier === 'unknown' && !isTold.has(`${node.id} ${at}`))
      findings.push({
        kind: 'unknown-tier',
        at,
        subject: node.id,
        detail: 'no file says its tier; it counts as safety-critical',
      });
    if (node.owner === undefined)
      findings.push({ kind: 'unowned', at, subject: node.id, detail: 'no file says who owns it' });
  }
}

/** Line 9 comes before line 10. */
const sortKey = ({ kind, at, subject, detail }: ImportFinding): string => {
  const place = at.replaceAll(/\d+/g, (digits) => digits.padStart(9, '0'));
  return [FINDING_KINDS.indexOf(kind), place, at, subject, detail].join('\u{0}');
};

function reportOf(findings: readonly ImportFinding[]): ImportReport {
  const sorted = findings
    .map((finding) => ({ finding, key: sortKey(finding) }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ finding }) => finding);
  const count = (kind: FindingKind): number => sorted.filter((finding) => finding.kind === kind).length;
  return {
    findings: sorted,
    counts: {
      dangling: count('dangling'),
      'unknown-tier': count('unknown-tier'),
      unowned: count('unowned'),
      'unknown-kind': count('unknown-kind'),
      ignored: count('ignored'),
      renamed: count('renamed'),
      conflict: count('conflict'),
      duplicate: count('duplicate'),
      'self-dependency': count('self-dependency'),
    },
  };
}
