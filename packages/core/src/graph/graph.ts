/** The system graph as its owner signed it (G1-G3): what exists, how critical it is, what hangs on what. */
import type { Instant, NodeId, OrganisationId } from '../shared/brand.ts';
import { environmentShape, type Environment } from '../people/trust-bundle.ts';
import {
  boolean,
  id,
  instant,
  integer,
  list,
  literal,
  map,
  object,
  oneOf,
  optional,
  text,
  type Shape,
} from '../shared/shape.ts';

/** Least critical first; an unknown tier is treated as `safety-critical` (G1, T17). */
export const TIERS = ['non-critical', 'production-critical', 'safety-critical'] as const;
export type Tier = (typeof TIERS)[number];
export const tierShape: Shape<Tier> = oneOf(...TIERS);

export const EDGE_KINDS = [
  'depends-on',
  'consumes-credential',
  'member-of-segment',
  'flows-to',
  'deployed-by',
  'replica-of',
] as const;
export type EdgeKind = (typeof EDGE_KINDS)[number];

export interface GraphNode {
  readonly id: NodeId;
  readonly kind: 'host' | 'service' | 'segment' | 'credential' | 'group' | 'flow';
  readonly tier: Tier | 'unknown';
  readonly environment: Environment;
  readonly site?: string;
  /** Purdue level or zone name. */
  readonly zone?: string;
  readonly cidr?: string;
  readonly owner?: string;
  readonly dataClasses?: readonly string[];
  /** Free labels; `stratum` inputs such as os, versions, role. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** `from` needs `to`: a service depends on its hosts. A hard edge passes criticality on. */
export interface GraphEdge {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: EdgeKind;
  readonly isHard: boolean;
}

export interface GraphSnapshot {
  readonly type: 'graph-snapshot';
  readonly organisation: OrganisationId;
  readonly version: number;
  readonly takenAt: Instant;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

const label = text({ max: 120 });
export const graphSnapshotShape: Shape<GraphSnapshot> = object<GraphSnapshot>({
  type: literal('graph-snapshot'),
  organisation: id(),
  version: integer({ min: 1, max: 1_000_000_000 }),
  takenAt: instant,
  nodes: list(
    object<GraphNode>({
      id: id(),
      kind: oneOf('host', 'service', 'segment', 'credential', 'group', 'flow'),
      tier: oneOf(...TIERS, 'unknown'),
      environment: environmentShape,
      site: optional(label),
      zone: optional(label),
      cidr: optional(label),
      owner: optional(label),
      dataClasses: optional(list(label, { max: 32 })),
      labels: optional(map(label, { max: 32 })),
    }),
    { max: 200_000 },
  ),
  edges: list(object<GraphEdge>({ from: id(), to: id(), kind: oneOf(...EDGE_KINDS), isHard: boolean }), {
    max: 1_000_000,
  }),
});
