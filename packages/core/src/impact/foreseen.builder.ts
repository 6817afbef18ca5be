/** Small estates and harm to their nodes. For tests of what is foreseen. */
import type { NodeId } from '../shared/brand.ts';
import type { GraphEdge, GraphNode } from '../graph/graph.ts';
import { aGraph, aNode } from '../graph/graph.builder.ts';
import { indexGraph } from '../graph/index-graph.ts';
import { anId } from './actions/estate.builder.ts';
import { foresee, type Outlook, type Seed } from './foreseen.ts';

export const id = (text: string): NodeId => anId<'Node'>(text);
export const service = (name: string, change: Partial<GraphNode> = {}): GraphNode =>
  aNode(name, { kind: 'service', ...change });

export const down: Seed = { health: 'down', because: 'a test stops it' };
export const inTurn: Seed = { ...down, isInTurn: true };
export const meant: Seed = { ...down, isMeant: true };

export interface Estate {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export const look = (
  { nodes, edges }: Estate,
  seeds: Readonly<Record<string, Seed>>,
  { atOnce = 1, maxEdges = 10_000 }: { readonly atOnce?: number; readonly maxEdges?: number } = {},
): Outlook =>
  foresee(indexGraph(aGraph(nodes, edges)), new Map(Object.entries(seeds).map(([node, seed]) => [id(node), seed])), {
    atOnce,
    maxEdges,
  });
/** The same harm to each of them. */
export const all = (seed: Seed, ...names: readonly string[]): Readonly<Record<string, Seed>> =>
  Object.fromEntries(names.map((name) => [name, seed]));
