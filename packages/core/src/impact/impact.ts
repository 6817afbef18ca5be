/**
 * What an act on these targets can disturb (G4, AG-706 4.3): walks from the targets to everything that needs them, and
 * stops at hops and caps. A walk that was stopped says so; what it did not see is never counted as safe.
 */
import type { NodeId, TargetId } from '../shared/brand.ts';
import type { Column } from '../graph/column.ts';
import { TIERS, type Tier } from '../graph/graph.ts';
import {
  environmentAt,
  highestTier,
  kindAt,
  nodeOf,
  populationKey,
  tierAt,
  type ColumnIndex,
  type GraphIndex,
} from '../graph/index-graph.ts';
import type { Environment } from '../people/trust-bundle.ts';
import { withReach, type Reach, type ReachLimits } from './reach.ts';

export interface ImpactOptions extends ReachLimits {
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
  /** Business paths of the targets and of everything that needs them, sorted. */
  readonly paths: readonly string[];
  /** Distinct segments that are targets, that a target is a member of, or that a target segment contains. */
  readonly segments: number;
  /**
   * Targets that at least two parties need directly: dependants of different owners; one without an owner is a party of its
   * own, because nobody knows that it belongs to the other.
   */
  readonly sharedServices: number;
  /** Largest number of distinct direct dependants of one target. */
  readonly fanOut: number;
  /** Most people who depend on one target or on one service that stops with it; 0 when nobody declared any. */
  readonly citizens: number;
  /** Fewest hours until a duty set by law is missed, of the same nodes; absent: none declared. */
  readonly statutoryHours?: number;
  /** Owners of the targets and of what stops with them, sorted. */
  readonly owners: readonly string[];
  /** Edges looked at; never more than their cap. */
  readonly edgesVisited: number;
  /** Absent: the walk saw everything. */
  readonly stoppedBy?: Reach['stoppedBy'] & string;
}

export const IMPACT_LIMITS: Pick<ImpactOptions, 'hops' | 'caps'> = {
  hops: 32,
  caps: { dependants: 5000, edges: 500_000 },
};

/**
 * Targets the graph does not know are reported, never dropped. The numbers of a walk that was stopped are the least there is:
 * whoever decides must look at `stoppedBy`.
 */
export function analyseImpact(index: ColumnIndex, targets: readonly TargetId[], options: ImpactOptions): Impact {
  const known: number[] = [];
  const unknownTargets: TargetId[] = [];
  for (const target of new Set(targets)) {
    const position = index.positions.get(target);
    if (position === undefined) unknownTargets.push(target);
    else known.push(position);
  }
  return {
    targets: known.flatMap((position) => index.positions.at(position) ?? []),
    unknownTargets,
    ...describe(index, known),
    ...withReach(index, known, {
      limits: options,
      use: (reach) => describeReach(index, { known, reach, healthKnown: options.healthKnown }),
    }),
  };
}

type Found = Pick<
  Impact,
  | 'dependants'
  | 'affectedServices'
  | 'affectedTiers'
  | 'watch'
  | 'unhandled'
  | 'paths'
  | 'segments'
  | 'sharedServices'
  | 'fanOut'
  | 'citizens'
  | 'statutoryHours'
  | 'owners'
  | 'edgesVisited'
  | 'stoppedBy'
>;

/** What was reached, by name and in sum. */
function describeReach(
  index: ColumnIndex,
  {
    known,
    reach,
    healthKnown,
  }: { readonly known: readonly number[]; readonly reach: Reach } & Pick<ImpactOptions, 'healthKnown'>,
): Found {
  const { nodes } = index;
  const { edgesVisited, stoppedBy } = reach;
  const hard = reach.found.subarray(0, reach.hardCount);
  const stopping = [Uint32Array.from(known), hard];
  const hours = valuesOf(nodes.statutoryHours, stopping);
  const lists = valuesOf(nodes.paths, [...stopping, reach.found]);
  const affectedTiers = tiersOf(index, hard);
  const owners = valuesOf(nodes.owners, stopping);
  const citizens = valuesOf(nodes.citizens, stopping);
  return {
    ...nameFound(index, reach, healthKnown),
    affectedTiers,
    paths: sortedSet(lists.flat()),
    ...reach.around,
    citizens: citizens.reduce((most, count) => Math.max(most, count), 0),
    ...(hours.length > 0 && { statutoryHours: hours.reduce((least, count) => Math.min(least, count)) }),
    owners: sortedSet(owners),
    edgesVisited,
    ...(stoppedBy !== undefined && { stoppedBy }),
  };
}

/** Each value of the column that these nodes have, once. */
function valuesOf<T>(column: Column<T>, groups: readonly Uint32Array[]): readonly T[] {
  if (column.values.length === 0) return [];
  const isThere = new Uint8Array(column.values.length + 1);
  for (const group of groups) for (const position of group) isThere[column.codes[position] ?? 0] = 1;
  return column.values.filter((_, place) => isThere[place + 1] === 1);
}

const sortedSet = <T extends string>(items: Iterable<T>): readonly T[] => [...new Set(items)].toSorted();

function tiersOf({ tiers }: ColumnIndex, positions: Uint32Array): readonly Tier[] {
  const isThere = new Uint8Array(TIERS.length);
  for (const position of positions) isThere[tiers[position] ?? 0] = 1;
  return TIERS.filter((_, tier) => isThere[tier] === 1).toSorted();
}

/** One look at each node, in the order of the names. */
function nameFound(
  { positions }: ColumnIndex,
  { found, isTarget, isHard }: Reach,
  healthKnown: ImpactOptions['healthKnown'],
): Pick<Found, 'dependants' | 'affectedServices' | 'watch' | 'unhandled'> {
  const dependants: NodeId[] = [];
  const affectedServices: NodeId[] = [];
  const watch: NodeId[] = [];
  const unhandled: NodeId[] = [];
  for (const position of positions.ordered(found)) {
    const name = positions.at(position);
    if (name === undefined) continue;
    const isWatched = healthKnown(name);
    if (!isTarget(position)) dependants.push(name);
    if (isHard(position)) affectedServices.push(name);
    if (!isWatched) unhandled.push(name);
    else if (!isTarget(position)) watch.push(name);
  }
  return { dependants, affectedServices, watch, unhandled };
}

/** What the targets themselves are: tiers, places, and how large a part of their kind they make. */
function describe(
  index: ColumnIndex,
  targets: readonly number[],
): Pick<Impact, 'tiers' | 'targetsPerTier' | 'percentOfTier' | 'environments' | 'sites' | 'zones' | 'dataClasses'> {
  const perTier: Record<Tier, number> = { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0 };
  // Places with the same kind, tier and environment as an earlier one are only counted: one text a group, not one a target.
  const groups = new Map<number, { readonly position: number; count: number }>();
  for (const position of targets) {
    perTier[tierAt(index, position)] += 1;
    const { environments, kinds } = index.nodes;
    const group = ((environments[position] ?? 0) << 16) | ((kinds[position] ?? 0) << 8) | (index.tiers[position] ?? 0);
    const known = groups.get(group);
    if (known === undefined) groups.set(group, { position, count: 1 });
    else known.count += 1;
  }
  const shares = [...groups.values()].map(({ position, count }) => {
    const [environment, kind] = [environmentAt(index, position), kindAt(index, position)];
    const population = index.population.get(populationKey({ environment, kind }, tierAt(index, position))) ?? count;
    return { environment, percent: Math.ceil((count * 100) / population) };
  });
  const all = [Uint32Array.from(targets)];
  return {
    tiers: TIERS.filter((tier) => perTier[tier] > 0).toSorted(),
    targetsPerTier: perTier,
    percentOfTier: shares.reduce((most, { percent }) => Math.max(most, percent), 0),
    environments: sortedSet(shares.map(({ environment }) => environment)),
    sites: sortedSet(valuesOf(index.nodes.sites, all)),
    zones: sortedSet(valuesOf(index.nodes.zones, all)),
    dataClasses: sortedSet(valuesOf(index.nodes.dataClasses, all).flat()),
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
