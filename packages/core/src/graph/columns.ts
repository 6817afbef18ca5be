/** The graph as rows of small numbers: what the database answers with, and what a signed snapshot is turned into. */
import type { NodeId } from '../shared/brand.ts';
import { ENVIRONMENTS } from '../people/trust-bundle.ts';
import { ColumnWriter, listKey, sameKey, type Column } from './column.ts';
import { markOf, NOWHERE, type EdgeColumns } from './adjacency.ts';
import { NODE_KINDS, TIERS, type GraphEdge, type GraphNode, type GraphSnapshot } from './graph.ts';
import { namesOf, type NodeNames } from './names.ts';

/** The attributes that impact and coverage read of every node; the rest stays in the snapshot. */
export interface NodeColumns {
  readonly names: NodeNames;
  /** Nodes, each of the same name counted. */
  readonly size: number;
  /** Index into `NODE_KINDS`. */
  readonly kinds: Uint8Array;
  /** Index into `TIERS`; `UNKNOWN_TIER` when its owner does not know. */
  readonly declared: Uint8Array;
  /** Index into `ENVIRONMENTS`. */
  readonly environments: Uint8Array;
  readonly owners: Column<string>;
  readonly sites: Column<string>;
  readonly zones: Column<string>;
  readonly dataClasses: Column<readonly string[]>;
  readonly paths: Column<readonly string[]>;
  readonly citizens: Column<number>;
  readonly statutoryHours: Column<number>;
}

export interface GraphColumns {
  readonly nodes: NodeColumns;
  readonly edges: EdgeColumns;
}

/** In `declared`: its owner does not know. */
export const UNKNOWN_TIER: number = TIERS.length;

/** What `NodeWriter` needs of a node. */
export type NodeRow = Pick<
  GraphNode,
  | 'id'
  | 'kind'
  | 'tier'
  | 'environment'
  | 'owner'
  | 'site'
  | 'zone'
  | 'dataClasses'
  | 'paths'
  | 'citizens'
  | 'statutoryHours'
>;

/** Takes one node after the other and keeps none of them. */
export class NodeWriter {
  readonly #ids: NodeId[] = [];
  readonly #kinds: Uint8Array;
  readonly #declared: Uint8Array;
  readonly #environments: Uint8Array;
  readonly #owners: ColumnWriter<string>;
  readonly #sites: ColumnWriter<string>;
  readonly #zones: ColumnWriter<string>;
  readonly #dataClasses: ColumnWriter<readonly string[]>;
  readonly #paths: ColumnWriter<readonly string[]>;
  readonly #citizens: ColumnWriter<number>;
  readonly #statutoryHours: ColumnWriter<number>;

  constructor(size: number) {
    this.#kinds = new Uint8Array(size);
    this.#declared = new Uint8Array(size);
    this.#environments = new Uint8Array(size);
    this.#owners = new ColumnWriter(size, sameKey);
    this.#sites = new ColumnWriter(size, sameKey);
    this.#zones = new ColumnWriter(size, sameKey);
    this.#dataClasses = new ColumnWriter(size, listKey);
    this.#paths = new ColumnWriter(size, listKey);
    this.#citizens = new ColumnWriter(size, sameKey);
    this.#statutoryHours = new ColumnWriter(size, sameKey);
  }

  /** Must be called as often as the size given at the start. */
  add(node: NodeRow): void {
    const position = this.#ids.push(node.id) - 1;
    this.#kinds[position] = NODE_KINDS.indexOf(node.kind);
    this.#declared[position] = node.tier === 'unknown' ? UNKNOWN_TIER : TIERS.indexOf(node.tier);
    this.#environments[position] = ENVIRONMENTS.indexOf(node.environment);
    this.#owners.set(position, node.owner === '' ? undefined : node.owner);
    this.#sites.set(position, node.site);
    this.#zones.set(position, node.zone);
    this.#dataClasses.set(position, node.dataClasses);
    this.#paths.set(position, node.paths);
    this.#citizens.set(position, node.citizens);
    this.#statutoryHours.set(position, node.statutoryHours);
  }

  columns(): NodeColumns {
    return {
      // A copy is as long as it must be; a list that grew holds room for half as many again.
      names: namesOf(this.#ids.slice()),
      size: this.#ids.length,
      kinds: this.#kinds,
      declared: this.#declared,
      environments: this.#environments,
      owners: this.#owners.column(),
      sites: this.#sites.column(),
      zones: this.#zones.column(),
      dataClasses: this.#dataClasses.column(),
      paths: this.#paths.column(),
      citizens: this.#citizens.column(),
      statutoryHours: this.#statutoryHours.column(),
    };
  }
}

export class EdgeWriter {
  readonly #names: NodeNames;
  readonly #from: Uint32Array;
  readonly #to: Uint32Array;
  readonly #marks: Uint8Array;
  #count = 0;

  constructor(names: NodeNames, size: number) {
    this.#names = names;
    this.#from = new Uint32Array(size);
    this.#to = new Uint32Array(size);
    this.#marks = new Uint8Array(size);
  }

  /** Edges with an unknown end are kept: what an unknown thing hard-depends on is safety-critical. */
  add(edge: GraphEdge): void {
    this.#from[this.#count] = this.#names.get(edge.from) ?? NOWHERE;
    this.#to[this.#count] = this.#names.get(edge.to) ?? NOWHERE;
    this.#marks[this.#count] = markOf(edge);
    this.#count += 1;
  }

  columns(): EdgeColumns {
    return { from: this.#from, to: this.#to, marks: this.#marks, count: this.#count };
  }
}

export function columnsOf(snapshot: Pick<GraphSnapshot, 'nodes' | 'edges'>): GraphColumns {
  const writer = new NodeWriter(snapshot.nodes.length);
  for (const node of snapshot.nodes) writer.add(node);
  const nodes = writer.columns();
  const edges = new EdgeWriter(nodes.names, snapshot.edges.length);
  for (const edge of snapshot.edges) edges.add(edge);
  return { nodes, edges: edges.columns() };
}
