/**
 * The estate as its owner would describe it (G1): hosts, services, network segments, and the safety-critical door control
 * that no patch targets. An edge runs from what needs to what is needed.
 */
import { instantOf, readShape, graphSnapshotShape, type GraphSnapshot, type Result } from '@countersign/core';
import type { EstateHost, EstateLayout, EstateService } from '../layout.ts';
import { SITES } from '../strata.ts';

/** Input of a snapshot: plain strings, read by the same shape as any document from outside. */
export interface GraphInput {
  readonly nodes: readonly Readonly<Record<string, unknown>>[];
  readonly edges: readonly GraphInputEdge[];
}
interface GraphInputEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'depends-on' | 'member-of-segment';
  readonly isHard: boolean;
}

const NETWORK: Readonly<Record<string, number>> = { dc1: 11, dc2: 12, dc3: 13 };
const BADGE_HOSTS = 6;

/** Nodes and edges of one profile; ids of the two profiles do not meet, so both fit into one snapshot. */
export function graphInputOf(layout: EstateLayout): GraphInput {
  const hosts = layout.hosts.map((host) => hostNode(layout, host));
  const services = layout.services.map((service) => serviceNode(layout, service));
  const segments = SITES.map((site) => segmentNode(layout, site));
  const inSegment = layout.hosts.map(({ id, site }) => edge(id, segmentId(layout, site), 'member-of-segment', false));
  const needs = layout.services.flatMap((service) => [
    ...service.members.map((member) => edge(service.id, member, 'depends-on', true)),
    ...service.dependsOn.map(({ service: to, isHard }) => edge(service.id, to, 'depends-on', isHard)),
  ]);
  const doors = layout.profile === 'production' ? doorControl() : { nodes: [], edges: [] };
  return {
    nodes: [...hosts, ...services, ...segments, ...doors.nodes],
    edges: [...needs, ...inSegment, ...doors.edges],
  };
}

/** A whole snapshot of the given profiles, checked by the product's own shape. */
export function graphSnapshotOf(
  layouts: readonly EstateLayout[],
  head: { readonly organisation: string; readonly version: number; readonly takenAtMs: number },
): Result<GraphSnapshot> {
  const parts = layouts.map(graphInputOf);
  return readShape(graphSnapshotShape, {
    type: 'graph-snapshot',
    organisation: head.organisation,
    version: head.version,
    takenAt: instantOf(head.takenAtMs),
    nodes: parts.flatMap(({ nodes }) => nodes),
    edges: parts.flatMap(({ edges }) => edges),
  });
}

function hostNode({ environment, services }: EstateLayout, host: EstateHost): Readonly<Record<string, unknown>> {
  const { id, tier, site, labels } = host;
  const owner = services.find((service) => host.services.includes(service.id))?.owner ?? 'team-platform';
  return { id, kind: 'host', tier, environment, site, owner, labels };
}

/** Business paths, by the beginning of a service's name. */
const PATHS: Readonly<Record<string, string>> = { payments: 'payment', ledger: 'payment', trading: 'trading' };

function serviceNode({ environment }: EstateLayout, service: EstateService): Readonly<Record<string, unknown>> {
  const { id, tier, owner, site, members } = service;
  const path = PATHS[id.split('-')[0] ?? ''];
  return {
    id,
    kind: 'service',
    tier,
    environment,
    owner,
    // Its owner answers for this: with three hosts of four it carries its load.
    minHealthy: Math.ceil((members.length * 3) / 4),
    ...(site !== undefined && { site }),
    ...(path !== undefined && { paths: [path] }),
    // Where customers come in, and whoever would attack.
    ...(id === 'customer-portal' && { isEntryPoint: true }),
  };
}

const segmentId = ({ environment }: EstateLayout, site: string): string => `segment-${environment}-${site}`;

function segmentNode(layout: EstateLayout, site: string): Readonly<Record<string, unknown>> {
  const { environment, profile } = layout;
  const tier = profile === 'production' ? 'production-critical' : 'non-critical';
  const cidr = `10.${(NETWORK[site] ?? 0) + (profile === 'production' ? 0 : 100)}.0.0/16`;
  return { id: segmentId(layout, site), kind: 'segment', tier, environment, site, cidr, owner: 'team-network' };
}

/** Doors of the data centre: safety-critical (fire exits), on their own segment, needing nothing of the patched hosts. */
function doorControl(): GraphInput {
  const common = { tier: 'safety-critical', environment: 'production', site: 'dc1', owner: 'team-facilities' };
  const segment = { ...common, id: 'segment-production-doors', kind: 'segment', zone: 'ot', cidr: '10.21.0.0/24' };
  const service = { ...common, id: 'badge-control', kind: 'service', zone: 'ot' };
  const ids = Array.from({ length: BADGE_HOSTS }, (_, index) => `badge-control-${String(index + 1).padStart(2, '0')}`);
  return {
    nodes: [
      segment,
      service,
      ...ids.map((id) => ({ ...common, id, kind: 'host', zone: 'ot', labels: { role: 'doors' } })),
    ],
    edges: ids.flatMap((id) => [
      edge(service.id, id, 'depends-on', true),
      edge(id, segment.id, 'member-of-segment', false),
    ]),
  };
}

const edge = (from: string, to: string, kind: GraphInputEdge['kind'], isHard: boolean): GraphInputEdge => ({
  from,
  to,
  kind,
  isHard,
});
