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
import { TIERS, tierShape, type Tier } from '../shared/tier.ts';

export { TIERS, tierShape, type Tier };

export const EDGE_KINDS = [
  'depends-on',
  'consumes-credential',
  'member-of-segment',
  'flows-to',
  'deployed-by',
  'replica-of',
] as const;
export type EdgeKind = (typeof EDGE_KINDS)[number];

export const NODE_KINDS = [
  'host',
  'service',
  'segment',
  'credential',
  'group',
  'flow',
  'account',
  'datastore',
  /** A controller, a pump, an analyser: something that acts on the world. */
  'device',
] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

export interface GraphNode {
  readonly id: NodeId;
  readonly kind: NodeKind;
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
  /** IP addresses of a host, service or device; what a firewall rule or an isolation touches. */
  readonly addresses?: readonly string[];
  /** Business paths it serves, e.g. `payment`, `trading`, `patient-care`; everything it needs is on them too. */
  readonly paths?: readonly string[];
  /** Work it can carry and carries now, in one unit of the owner's choice, e.g. requests a second. */
  readonly capacity?: { readonly units: number; readonly used: number };
  /** Replicas that must stay healthy for it to work: a quorum, or the fewest that carry the load. */
  readonly minHealthy?: number;
  /** Reachable from outside: where an attacker begins (G5). */
  readonly isEntryPoint?: boolean;
  /** People who depend on this service, and hours until a duty set by law is missed when it stops. */
  readonly citizens?: number;
  readonly statutoryHours?: number;
}

/** `from` needs `to`: a service depends on its hosts. A hard edge passes criticality on. */
export interface GraphEdge {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: EdgeKind;
  readonly isHard: boolean;
  /** Seen in traffic or logins; absent: declared by its owner. */
  readonly isObserved?: boolean;
  /** Of a flow: protocol and port like `tcp/445`, and messages a minute. */
  readonly traffic?: string;
  readonly perMinute?: number;
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
const amount = integer({ min: 0, max: 1_000_000_000_000 });
export const graphNodeShape: Shape<GraphNode> = object<GraphNode>({
  id: id(),
  kind: oneOf(...NODE_KINDS),
  tier: oneOf(...TIERS, 'unknown'),
  environment: environmentShape,
  site: optional(label),
  zone: optional(label),
  cidr: optional(label),
  owner: optional(label),
  dataClasses: optional(list(label, { max: 32 })),
  labels: optional(map(label, { max: 32 })),
  addresses: optional(list(label, { max: 64 })),
  paths: optional(list(label, { max: 32 })),
  capacity: optional(object<NonNullable<GraphNode['capacity']>>({ units: amount, used: amount })),
  minHealthy: optional(integer({ min: 0, max: 1_000_000 })),
  isEntryPoint: optional(boolean),
  citizens: optional(integer({ min: 0, max: 10_000_000_000 })),
  statutoryHours: optional(integer({ min: 0, max: 100_000 })),
});

export const graphEdgeShape: Shape<GraphEdge> = object<GraphEdge>({
  from: id(),
  to: id(),
  kind: oneOf(...EDGE_KINDS),
  isHard: boolean,
  isObserved: optional(boolean),
  traffic: optional(label),
  perMinute: optional(amount),
});

/**
 * The most a document may hold: read from JSON, one is 90 MB of text and half a second of work. An estate beyond it is read from
 * the database as columns (`indexFromColumns`), where a million nodes and five million edges are 110 MB.
 */
export const DOCUMENT_LIMITS = { nodes: 200_000, edges: 1_000_000 } as const;

export const graphSnapshotShape: Shape<GraphSnapshot> = object<GraphSnapshot>({
  type: literal('graph-snapshot'),
  organisation: id(),
  version: integer({ min: 1, max: 1_000_000_000 }),
  takenAt: instant,
  nodes: list(graphNodeShape, { max: DOCUMENT_LIMITS.nodes }),
  edges: list(graphEdgeShape, { max: DOCUMENT_LIMITS.edges }),
});
