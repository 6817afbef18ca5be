/** The dry run of one act (D4): every dependant with its health, every flow near it, the least capacity left. */
import type { NodeId } from '../../shared/brand.ts';
import type { Outlook } from '../foreseen.ts';
import { HEALTHS, type ForeseenFlow, type ForeseenHealth, type Prediction } from '../prediction.ts';
import type { Flow } from '../wiring.ts';
import { sorted, type Readings, type Study } from './study.ts';

export interface DryRun {
  readonly prediction: Prediction;
  /** Facts that are missing because the lists are cut to their size; what is not listed is not safe. */
  readonly dropped: readonly string[];
}

/** Counts are of everything; of more than the cap on dependants the worst are listed. */
export function predict(
  study: Study,
  { outlook, readings }: { readonly outlook: Outlook; readonly readings: Readings },
): DryRun {
  const most = study.impact.dependants.length + study.options.caps.dependants;
  const all = healthOf(study, outlook);
  const capacities = all.flatMap(({ capacityLeftPercent }) => capacityLeftPercent ?? []);
  const dependants = worstFirst(all, most, ({ health }) => -HEALTHS.indexOf(health));
  const flows = worstFirst(flowsOf(study, outlook, readings), most, ({ after }) => (after === 'cut' ? 0 : 1));
  return {
    prediction: {
      dependants: dependants.toSorted((one, other) => byText(one.node, other.node)),
      flows: flows.toSorted((one, other) => byText(keyOf(one), keyOf(other))),
      ...(capacities.length > 0 && {
        capacityLeftPercent: capacities.reduce((least, percent) => Math.min(least, percent), 100),
      }),
      downCount: all.filter(({ health }) => health === 'down').length,
      unknownCount: all.filter(({ health }) => health === 'unknown').length,
    },
    dropped: all.length > most ? [`a dry run of ${all.length} dependants; at most ${most} are listed`] : [],
  };
}

const worstFirst = <T>(items: readonly T[], most: number, rank: (item: T) => number): readonly T[] =>
  items.length <= most ? items : items.toSorted((one, other) => rank(one) - rank(other)).slice(0, most);

const byText = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/**
 * All dependants of the walk and whatever else is foreseen to feel the act. A target counts only for harm beyond the act on
 * itself: making a dependant a target too never makes an act look smaller.
 */
function healthOf({ impact }: Study, { nodes }: Outlook): readonly ForeseenHealth[] {
  const targets = new Set<NodeId>(impact.targets);
  const listed = sorted([...impact.dependants, ...nodes.keys()]);
  return listed.flatMap((node): readonly ForeseenHealth[] => {
    const state = nodes.get(node);
    if (state === undefined) return [{ node, health: 'unaffected', because: 'nothing it needs stops' }];
    const { health, capacityLeftPercent, because } = targets.has(node) ? state.felt : state;
    if (targets.has(node) && health === 'unaffected') return [];
    return [{ node, health, ...(capacityLeftPercent !== undefined && { capacityLeftPercent }), because }];
  });
}

/** Flows of the targets and of all that feels the act; one whose end is foreseen down carries nothing. */
function flowsOf({ wiring, impact }: Study, { nodes }: Outlook, { cut }: Readings): readonly ForeseenFlow[] {
  const stopped = new Set<Flow>(cut);
  const near = new Set<Flow>(cut);
  for (const node of [...impact.targets, ...nodes.keys()])
    for (const flow of wiring.flowsAt.get(node) ?? []) near.add(flow);
  const isDown = (node: NodeId): boolean => nodes.get(node)?.health === 'down';
  return [...near].map((flow): ForeseenFlow => ({
    from: flow.from,
    to: flow.to,
    after: stopped.has(flow) || isDown(flow.from) || isDown(flow.to) ? 'cut' : 'open',
    ...(flow.perMinute !== undefined && { perMinute: flow.perMinute }),
  }));
}

const keyOf = ({ from, to, after, perMinute = 0 }: ForeseenFlow): string => `${from} ${to} ${after} ${perMinute}`;
