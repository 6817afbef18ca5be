/** Nodes that stand in for each other (G2 `replica-of`): how many may be missing at once, and what the rest can carry (D4). */
import { eachNeighbour, type GraphIndex } from '../graph/index-graph.ts';
import type { NodeKind } from '../graph/graph.ts';
import type { Foreseen } from './foreseen.ts';
import type { Health } from './prediction.ts';
import { nodeAt, neighbours } from './wiring.ts';

export interface Quorum {
  /** Position -> work it can carry; undefined where one of them did not declare it, or in other ways than the rest. */
  readonly members: ReadonlyMap<number, number | undefined>;
  /** Fewest that must be well; absent: nobody said so. */
  readonly minHealthy?: number;
  /** Work carried now. */
  readonly used?: number;
  /** Work the whole can carry. */
  readonly units?: number;
}

/** Kinds that are one thing in the world and a member of their own replica set; the others are only the name of a set. */
const THINGS: ReadonlySet<NodeKind> = new Set(['host', 'datastore', 'device']);

/**
 * Replicas of a node; without any, the hosts it depends on when it declares how many it needs. Undefined: nothing stands in
 * for anything, and whatever it hard-needs takes it along.
 */
export function quorumOf(index: GraphIndex, node: number): Quorum | undefined {
  const own = nodeAt(index, node);
  if (own === undefined) return undefined;
  const replicas = neighbours(index, node, { kind: 'replica-of', way: 'up' });
  const isThing = THINGS.has(own.kind);
  const minHealthy = own.minHealthy;
  // A primary whose owner claims no failover stops when it stops.
  if (minHealthy === undefined && (isThing || replicas.length === 0)) return undefined;
  const positions = replicas.length === 0 ? hostsOf(index, node) : isThing ? [node, ...replicas] : replicas;
  if (positions.length === 0) return undefined;
  const members = new Map(positions.map((member) => [member, nodeAt(index, member)?.capacity]));
  const capacities = [...members.values()].flatMap((capacity) => capacity ?? []);
  const isWhole = capacities.length === members.size;
  // A thing's own capacity is that of one member; a set's is that of all.
  const whole = isThing && replicas.length > 0 ? undefined : own.capacity;
  const used = whole?.used ?? (isWhole ? capacities.reduce((sum, { used: one }) => sum + one, 0) : undefined);
  return {
    members: new Map([...members].map(([member, capacity]) => [member, isWhole ? capacity?.units : undefined])),
    ...(minHealthy !== undefined && { minHealthy }),
    ...(used !== undefined && { used }),
    ...(whole !== undefined && !isWhole && { units: whole.units }),
  };
}

function hostsOf(index: GraphIndex, node: number): readonly number[] {
  const hosts = new Set<number>();
  eachNeighbour(index.dependencies, node, (other, kind) => {
    if (kind === 'depends-on' && nodeAt(index, other)?.kind === 'host') hosts.add(other);
  });
  return [...hosts];
}

export interface Beset {
  readonly health: Health;
  readonly capacityLeftPercent: number;
  readonly because: string;
}

interface Losses {
  down: number;
  unknown: number;
  degraded: number;
  /** Work lost with those that are down. */
  units: number;
}

/** The worst that `atOnce` acts at the same time can do to it: those in turn that take most members, and most work, along. */
export function besetBy(
  quorum: Quorum,
  {
    stateOf,
    atOnce,
  }: {
    readonly stateOf: (member: number) => Pick<Foreseen, 'health' | 'cause'> | undefined;
    readonly atOnce: number;
  },
): Beset {
  const losses: Losses = { down: 0, unknown: 0, degraded: 0, units: 0 };
  const inTurn = new Map<number, { count: number; units: number }>();
  for (const [member, units = 0] of quorum.members) {
    const state = stateOf(member);
    if (state?.health === 'unknown') losses.unknown += 1;
    if (state?.health === 'degraded') losses.degraded += 1;
    if (state?.health !== 'down') continue;
    if (state.cause === undefined) {
      losses.down += 1;
      losses.units += units;
      continue;
    }
    const turn = inTurn.get(state.cause) ?? { count: 0, units: 0 };
    inTurn.set(state.cause, { count: turn.count + 1, units: turn.units + units });
  }
  losses.down += sumOfLargest(
    [...inTurn.values()].map(({ count }) => count),
    atOnce,
  );
  losses.units += sumOfLargest(
    [...inTurn.values()].map(({ units }) => units),
    atOnce,
  );
  return verdict(quorum, losses);
}

const sumOfLargest = (amounts: readonly number[], most: number): number =>
  amounts
    .toSorted((a, b) => b - a)
    .slice(0, Math.max(0, most))
    .reduce((sum, amount) => sum + amount, 0);

function verdict(quorum: Quorum, { down, unknown, degraded, units }: Losses): Beset {
  const count = quorum.members.size;
  const { percent, carried } = capacityLeft(quorum, { down, units });
  const say = (health: Health, because: string): Beset => ({ health, capacityLeftPercent: percent, because });
  const rest = `${count - down} of ${count} replicas stay`;
  if (down >= count && count > 0) return say('down', `all ${count} replicas stop`);
  if (quorum.minHealthy !== undefined && count - down < quorum.minHealthy)
    return say('down', `${rest} and ${quorum.minHealthy} are needed`);
  if (quorum.used !== undefined && carried !== undefined && carried < quorum.used)
    return say('down', `${rest}, which carry ${carried} of the ${quorum.used} in use`);
  if (down > 0 && quorum.minHealthy === undefined) return say('unknown', `${rest}; nobody said how many are needed`);
  if (unknown > 0 && count - down - unknown < (quorum.minHealthy ?? count))
    return say('unknown', `nothing is known of ${unknown} of ${count} replicas`);
  if (down + unknown + degraded > 0) return say('degraded', rest);
  return say('unaffected', rest);
}

/** What the rest can carry, and its share of the whole in per cent rounded down. */
function capacityLeft(
  { members, units: declared }: Quorum,
  lost: { readonly down: number; readonly units: number },
): { readonly percent: number; readonly carried?: number } {
  const each = [...members.values()];
  const whole = each.some((units) => units === undefined)
    ? undefined
    : each.reduce<number>((sum, units) => sum + (units ?? 0), 0);
  const left = Math.max(0, members.size - lost.down);
  if (whole !== undefined && whole > 0) {
    const carried = Math.max(0, whole - lost.units);
    return { percent: Math.floor((carried * 100) / whole), carried };
  }
  const percent = members.size === 0 ? 100 : Math.floor((left * 100) / members.size);
  if (declared === undefined || members.size === 0) return { percent };
  return { percent, carried: Math.floor((declared * left) / members.size) };
}
