/**
 * What an act on these targets can disturb (G4, AG-706 4.3): walks from the targets to everything that needs them, and
 * stops at hops and caps. A walk that was stopped says so; what it did not see is never counted as safe.
 */
import type { NodeId, TargetId } from '../shared/brand.ts';
import type { EdgeKind, Tier } from '../graph/graph.ts';
import { eachNeighbour, highestTier, nodeOf, populationKey, tierAt, type GraphIndex } from '../graph/index-graph.ts';
import type { Environment } from '../people/trust-bundle.ts';

export interface ImpactOptions {
  /** How far from the targets the walk goes. */
  readonly hops: number;
  /** Most dependants and most edges the walk looks at before it stops. */
  readonly caps: { readonly dependants: number; readonly edges: number };
  /** Whether this node's own health can be read (X4). */
  readonly healthKnown: (node: NodeId) => boolean;
}

export interface Impact {
  /** Targets the graph knows, in the order they were given; each once. */
  readonly targets: readonly NodeId[];
  readonly unknownTargets: readonly TargetId[];
  readonly tiers: readonly Tier[];
  readonly targetsPerTier: Readonly<Record<Tier, number>>;
  /** Largest share of nodes of one kind, tier and environment that are targets, in per cent rounded up. */
  readonly percentOfTier: number;
  readonly environments: readonly Environment[];
  readonly sites: readonly string[];
  readonly zones: readonly string[];
  readonly dataClasses: readonly string[];
  /** Everything that needs a target and is not one itself, sorted. */
  readonly dependants: readonly NodeId[];
  /**
   * What needs a target by hard edges alone and stops with it, sorted. A target that needs another target is among them, so
   * making a dependant a target too never makes an act look smaller.
   */
  readonly affectedServices: readonly NodeId[];
  readonly affectedTiers: readonly Tier[];
  /** Dependants whose health is read before, between and after (X4), sorted. */
  readonly watch: readonly NodeId[];
  /** What needs a target and has no health anyone can read (4.3), sorted; targets that need another target among them. */
  readonly unhandled: readonly NodeId[];
  readonly edgesVisited: number;
  /** Absent: the walk saw everything. */
  readonly stoppedBy?: 'hops' | 'dependants' | 'edges';
}

export const IMPACT_LIMITS: Pick<ImpactOptions, 'hops' | 'caps'> = {
  hops: 32,
  caps: { dependants: 5000, edges: 500_000 },
};

/** A dependant stops with the target; soft edges, deployers and replicas only notice. */
const carriesOutage = (kind: EdgeKind, isHard: boolean): boolean =>
  isHard || kind === 'consumes-credential' || kind === 'member-of-segment';

interface Reach {
  /** Position -> whether it was reached by hard edges alone. */
  readonly found: Map<number, boolean>;
  edgesVisited: number;
  stoppedBy: Impact['stoppedBy'];
}

export function analyseImpact(index: GraphIndex, targets: readonly TargetId[], options: ImpactOptions): Impact {
  const distinct = [...new Set(targets)];
  const known = distinct.flatMap((target) => index.positions.get(target) ?? []);
  const reach = walk(index, known, options);
  const affected = namesOf(index, reach.found.keys());
  const own = new Set<string>(distinct);
  const dependants = affected.filter((node) => !own.has(node));
  const hard = [...reach.found].filter(([, isHard]) => isHard).map(([position]) => position);
  return {
    targets: known.flatMap((position) => index.snapshot.nodes[position]?.id ?? []),
    unknownTargets: distinct.filter((target) => !index.positions.has(target)),
    ...describe(index, known),
    dependants,
    affectedServices: namesOf(index, hard),
    affectedTiers: sortedSet(hard.map((position) => tierAt(index, position))),
    watch: dependants.filter((node) => options.healthKnown(node)),
    unhandled: affected.filter((node) => !options.healthKnown(node)),
    edgesVisited: reach.edgesVisited,
    ...(reach.stoppedBy !== undefined && { stoppedBy: reach.stoppedBy }),
  };
}

/**
 * Two walks, hard edges first: a node that both reach is hard. Each level is a hop. Flows are followed both ways: cutting a
 * flow at either end is felt at the other.
 */
function walk(index: GraphIndex, targets: readonly number[], options: ImpactOptions): Reach {
  const reach: Reach = { found: new Map(), edgesVisited: 0, stoppedBy: undefined };
  for (const onlyHard of [true, false]) {
    const expanded = new Set(targets);
    const seen = new Set<number>();
    let level: readonly number[] = targets;
    for (let hop = 0; level.length > 0 && reach.stoppedBy === undefined; hop += 1) {
      const next: number[] = [];
      const visit = (other: number, kind: EdgeKind, isHard: boolean): void => {
        if (seen.has(other) || (onlyHard && !carriesOutage(kind, isHard))) return;
        seen.add(other);
        next.push(other);
      };
      for (const node of level) {
        step(index, node, { visit, reach, maxEdges: options.caps.edges });
        if (reach.stoppedBy !== undefined) break;
      }
      level = next.filter((node) => !expanded.has(node));
      for (const node of level) expanded.add(node);
      if (hop >= options.hops && level.length > 0) reach.stoppedBy = 'hops';
      else add(reach, next, { onlyHard, max: options.caps.dependants });
    }
  }
  return reach;
}

function step(
  index: GraphIndex,
  node: number,
  {
    visit,
    reach,
    maxEdges,
  }: {
    readonly visit: (other: number, kind: EdgeKind, isHard: boolean) => void;
    readonly reach: Reach;
    readonly maxEdges: number;
  },
): void {
  const count = (other: number, kind: EdgeKind, isHard: boolean): 'stop' | undefined => {
    if (reach.edgesVisited >= maxEdges) {
      reach.stoppedBy = 'edges';
      return 'stop';
    }
    reach.edgesVisited += 1;
    visit(other, kind, isHard);
    return undefined;
  };
  eachNeighbour(index.dependants, node, count);
  if (reach.stoppedBy !== undefined) return;
  eachNeighbour(index.dependencies, node, (other, kind, isHard) =>
    kind === 'flows-to' ? count(other, kind, isHard) : undefined,
  );
}

function add(
  reach: Reach,
  nodes: readonly number[],
  { onlyHard, max }: { readonly onlyHard: boolean; readonly max: number },
): void {
  for (const node of nodes) {
    if (reach.found.has(node)) continue;
    if (reach.found.size >= max) {
      reach.stoppedBy = 'dependants';
      return;
    }
    reach.found.set(node, onlyHard);
  }
}

const sortedSet = <T extends string>(items: Iterable<T>): readonly T[] => [...new Set(items)].toSorted();

const namesOf = (index: GraphIndex, positions: Iterable<number>): readonly NodeId[] =>
  sortedSet([...positions].flatMap((position) => index.snapshot.nodes[position]?.id ?? []));

/** What the targets themselves are: tiers, places, and how large a part of their kind they make. */
function describe(
  index: GraphIndex,
  targets: readonly number[],
): Pick<Impact, 'tiers' | 'targetsPerTier' | 'percentOfTier' | 'environments' | 'sites' | 'zones' | 'dataClasses'> {
  const perTier: Record<Tier, number> = { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0 };
  const shares = new Map<string, number>();
  const nodes = targets.flatMap((position) => {
    const node = index.snapshot.nodes[position];
    return node === undefined ? [] : [{ node, tier: tierAt(index, position) }];
  });
  for (const { node, tier } of nodes) {
    perTier[tier] += 1;
    const key = populationKey(node, tier);
    shares.set(key, (shares.get(key) ?? 0) + 1);
  }
  const percents = [...shares].map(([key, count]) => Math.ceil((count * 100) / (index.population.get(key) ?? count)));
  return {
    tiers: sortedSet(nodes.map(({ tier }) => tier)),
    targetsPerTier: perTier,
    percentOfTier: percents.reduce((most, percent) => Math.max(most, percent), 0),
    environments: sortedSet(nodes.map(({ node }) => node.environment)),
    sites: sortedSet(nodes.flatMap(({ node }) => node.site ?? [])),
    zones: sortedSet(nodes.flatMap(({ node }) => node.zone ?? [])),
    dataClasses: sortedSet(nodes.flatMap(({ node }) => node.dataClasses ?? [])),
  };
}

/** The tier that rules for the whole act; nothing known about any target is safety-critical. */
export const highestTierOf = (impact: Pick<Impact, 'tiers' | 'unknownTargets'>): Tier =>
  impact.unknownTargets.length > 0 || impact.tiers.length === 0 ? 'safety-critical' : highestTier(impact.tiers);

const clean = (text: string): string => text.replaceAll(/[^\p{L}\p{N}._:/+@-]/gu, '_');

/** FNV-1a, 32 bits: keeps long strata apart after they are cut; nothing secret hangs on it. */
function fingerprint(text: string): string {
  let hash = 0x81_1c_9d_c5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01_00_01_93) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

const STRATUM_LENGTH = 300;

/** Configuration stratum of one target: its labels and site, keys sorted; `unknown` when the graph does not know it. */
export function stratumOf(index: GraphIndex, target: string): string {
  const node = nodeOf(index, target);
  if (node === undefined) return 'unknown';
  const labels = { ...node.labels, ...(node.site !== undefined && { site: node.site }) };
  const text = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${clean(key)}=${clean(value)}`)
    .join(' ');
  return text.length <= STRATUM_LENGTH ? text : `${text.slice(0, STRATUM_LENGTH - 9)}~${fingerprint(text)}`;
}

/** Stratum of each target, in the order given: the canary takes from every one (AG-706 4.9). */
export const strataOf = (
  index: GraphIndex,
  targets: readonly TargetId[],
): readonly { readonly target: TargetId; readonly stratum: string }[] =>
  targets.map((target) => ({ target, stratum: stratumOf(index, target) }));
