/** Small graphs for tests: nodes by name, edges as `from > to` (hard) or `from ~ to` (soft) with an optional kind. */
import { parseId, parseInstant, type Id, type Instant } from '../shared/brand.ts';
import type { EdgeKind, GraphEdge, GraphNode, GraphSnapshot } from './graph.ts';

const known = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('a test named something malformed');
  return value;
};
const named = <Name extends string>(text: string): Id<Name> => known(parseId<Name>(text));
const moment = (text: string): Instant => known(parseInstant(text));

export const aNode = (id: string, change: Partial<GraphNode> = {}): GraphNode => ({
  id: named(id),
  kind: 'host',
  tier: 'non-critical',
  environment: 'production',
  owner: 'team-a',
  ...change,
});

export function anEdge(text: string, kind: EdgeKind = 'depends-on'): GraphEdge {
  const [from = '', sign = '', to = ''] = text.split(' ');
  return { from: named(from), to: named(to), kind, isHard: sign === '>' };
}

export const aGraph = (nodes: readonly GraphNode[], edges: readonly GraphEdge[] = []): GraphSnapshot => ({
  type: 'graph-snapshot',
  organisation: named('acme'),
  version: 1,
  takenAt: moment('2026-11-18T02:00:00.000Z'),
  nodes,
  edges,
});
