/** What the meaning of each step is read from, and what a reading says; readings add up, the worst of each part stays. */
import type { NodeId } from '../../shared/brand.ts';
import type { GraphNode } from '../../graph/graph.ts';
import { nodeOf, type GraphIndex } from '../../graph/index-graph.ts';
import type { Seed } from '../foreseen.ts';
import type { Impact } from '../impact.ts';
import { worseHealth } from '../prediction.ts';
import type { Flow, Wiring } from '../wiring.ts';
import {
  LISTED,
  worstDataEffects,
  type Act,
  type ActionFinding,
  type ActionOptions,
  type DataEffects,
} from './action-impact.ts';

export interface Study {
  readonly index: GraphIndex;
  readonly wiring: Wiring;
  readonly act: Act;
  /** Of the act's targets; those the graph does not know are in `unknownTargets`. */
  readonly impact: Impact;
  readonly options: ActionOptions;
}

/** A finding before it is cut to its size. */
export type Remark = Omit<ActionFinding, 'count'>;

/** An absent part says nothing. */
export interface Reading {
  readonly findings?: readonly Remark[];
  readonly missing?: readonly string[];
  readonly touched?: readonly NodeId[];
  readonly segments?: readonly NodeId[];
  readonly missingConsumers?: readonly NodeId[];
  readonly cut?: readonly Flow[];
  readonly seeds?: readonly (readonly [NodeId, Seed])[];
  readonly dataEffects?: DataEffects;
  /** Nothing puts back what this step does. */
  readonly isFinal?: boolean;
}

export interface Readings extends Required<Omit<Reading, 'seeds' | 'findings'>> {
  readonly findings: readonly ActionFinding[];
  readonly seeds: ReadonlyMap<NodeId, Seed>;
}

export const sorted = <T extends string>(items: Iterable<T>): readonly T[] => [...new Set(items)].toSorted();

export function addUp(readings: readonly Reading[]): Readings {
  const all = <T>(part: (reading: Reading) => readonly T[] | undefined): readonly T[] =>
    readings.flatMap((reading) => part(reading) ?? []);
  const seeds = new Map<NodeId, Seed>();
  for (const [node, seed] of all(({ seeds: some }) => some)) {
    const before = seeds.get(node);
    seeds.set(node, before === undefined ? seed : worseSeed(before, seed));
  }
  const remarks = new Map(
    all((reading) => reading.findings).map((remark) => [`${remark.kind} ${remark.text}`, remark]),
  );
  return {
    findings: [...remarks.values()].map((remark) => listed(remark)),
    missing: sorted(all((reading) => reading.missing)),
    touched: sorted(all((reading) => reading.touched)),
    segments: sorted(all((reading) => reading.segments)),
    missingConsumers: sorted(all((reading) => reading.missingConsumers)),
    cut: [...new Set(all((reading) => reading.cut))],
    seeds,
    dataEffects: worstDataEffects(readings.flatMap(({ dataEffects }) => dataEffects ?? [])),
    isFinal: readings.some(({ isFinal }) => isFinal === true),
  };
}

export const listed = (remark: Remark): ActionFinding => ({
  ...remark,
  nodes: remark.nodes.slice(0, LISTED),
  count: remark.nodes.length,
});

/** Harm that is not meant, or that lasts, is never hidden behind a step that means it or does it in turn. */
function worseSeed(one: Seed, other: Seed): Seed {
  const worse = worseHealth(one.health, other.health) === one.health ? one : other;
  const isInTurn = one.isInTurn === true && other.isInTurn === true;
  const isMeant = !isInTurn && [one, other].every((seed) => seed.isMeant === true || seed.isInTurn === true);
  const percents = [one, other].flatMap(({ capacityLeftPercent }) => capacityLeftPercent ?? []);
  return {
    health: worse.health,
    because: worse.because,
    ...(percents.length > 0 && { capacityLeftPercent: Math.min(...percents) }),
    ...(isInTurn && { isInTurn }),
    ...(isMeant && { isMeant }),
  };
}

/** Every target goes through `health` when the rollout reaches it. */
export const inTurn = ({ impact }: Study, health: Seed['health'], because: string): Reading['seeds'] =>
  impact.targets.map((target) => [target, { health, because, isInTurn: true }]);

/** Most nodes a sentence names. */
const NAMED = 40;

/** `a, b and 3 more`. */
export function names(nodes: readonly string[], most: number = NAMED): string {
  const shown = nodes.slice(0, most).join(', ');
  return nodes.length > most ? `${shown} and ${nodes.length - most} more` : shown;
}

export const counted = (count: number, one: string, many: string = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** Text from labels may hold anything; only these characters reach a sentence. */
export const quoted = (text: string): string => `\`${text.replaceAll(/[^\p{L}\p{N} ._:/+@=-]/gu, '_').slice(0, 120)}\``;

export const nodesOf = (index: GraphIndex, ids: Iterable<NodeId>): readonly GraphNode[] =>
  [...ids].flatMap((id) => nodeOf(index, id) ?? []);
