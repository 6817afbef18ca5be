/** What the owner of the graph in force has to look at (G1, G3): worked out once for each version, whoever asks how often. */
import {
  graphReport,
  type Digest,
  type GraphIndex,
  type GraphReport,
  type GraphSnapshot,
  type NodeId,
  type OrganisationId,
} from '@countersign/core';

type GraphEdge = GraphSnapshot['edges'][number];
/** How many there are, and the first of them: an estate in which nothing has an owner must not make an endless answer. */
interface Listed<T> {
  readonly count: number;
  readonly first: readonly T[];
}
interface ReportOfGraph {
  readonly version: number;
  readonly digest: Digest;
  readonly takenAt: string;
  readonly nodes: number;
  readonly edges: number;
  /** Declared tiers that do not count, because something more critical hangs on the node. */
  readonly lowered: Listed<GraphReport['lowered'][number]>;
  /** Count as safety-critical. */
  readonly unknownTier: Listed<NodeId>;
  readonly unowned: Listed<NodeId>;
  /** One end is not in the graph. */
  readonly dangling: Listed<Pick<GraphEdge, 'from' | 'to' | 'kind'>>;
  readonly cycles: Listed<Listed<NodeId>>;
  readonly selfDependencies: Listed<NodeId>;
  /** Described more than once; the first description rules. */
  readonly repeated: Listed<NodeId>;
}
interface InForce {
  readonly index: GraphIndex;
  readonly digest: Digest;
}

const MOST = 1000;
const MOST_OF_A_CYCLE = 100;

export class GraphReports {
  /** One for each organisation: an older version is not asked for again. */
  readonly #known: Map<OrganisationId, ReportOfGraph> = new Map();

  of(organisation: OrganisationId, graph: InForce): ReportOfGraph {
    const known = this.#known.get(organisation);
    if (known?.digest === graph.digest) return known;
    const report = reportOf(graph);
    this.#known.set(organisation, report);
    return report;
  }
}

function reportOf({ index, digest }: InForce): ReportOfGraph {
  const { version, takenAt, nodes, edges } = index.snapshot;
  const { lowered, unknownTier, unowned, dangling, cycles, selfDependencies } = graphReport(index);
  return {
    version,
    digest,
    takenAt,
    nodes: nodes.length,
    edges: edges.length,
    lowered: listed(lowered),
    unknownTier: listed(unknownTier),
    unowned: listed(unowned),
    dangling: listed(dangling.map(({ from, to, kind }) => ({ from, to, kind }))),
    cycles: listed(cycles.map((members) => listed(members, MOST_OF_A_CYCLE))),
    selfDependencies: listed(selfDependencies),
    repeated: listed(repeatedIn(index)),
  };
}

const listed = <T>(items: readonly T[], most: number = MOST): Listed<T> => ({
  count: items.length,
  first: items.slice(0, most),
});

function repeatedIn({ snapshot, positions }: GraphIndex): readonly NodeId[] {
  if (positions.size === snapshot.nodes.length) return [];
  const again = snapshot.nodes.filter(({ id }, place) => positions.get(id) !== place);
  return [...new Set(again.map(({ id }) => id))];
}
