/**
 * What an agent usually does, and whether it does something else now (D7): rate, new class, refusals, rejections it raised again,
 * predictions that failed. Pure counting over its own past: an agent cannot argue, and what it says of itself is not asked.
 */
import type { Instant } from '../shared/brand.ts';
import type { ActionType } from '../proposal/change.ts';

/** One UTC day of an agent, from the record. */
export interface AgentDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly proposals: number;
  /** Proposals that intake refused. */
  readonly refused: number;
  /** Of those, wishes people had rejected before (A3). */
  readonly reRaised: number;
  /** Acts of which the dry run foresaw less than came (D4). */
  readonly failedPredictions: number;
}

export interface AgentHistory {
  /** Days with anything in them, each once, in any order. */
  readonly days: readonly AgentDay[];
  /** Since when it proposes each action. */
  readonly classes: readonly { readonly action: ActionType; readonly since: Instant }[];
}

export interface Baseline {
  /** Days it was active on before this one. */
  readonly days: number;
  readonly mostProposals: number;
  readonly mostRefused: number;
  readonly mostReRaised: number;
  readonly mostFailedPredictions: number;
  readonly actions: readonly ActionType[];
}

/** How it left: what was seen and what was usual. */
export interface Departure {
  readonly kind: 'rate' | 'new-class' | 'refusals' | 're-raised' | 'failed-predictions';
  readonly seen: number;
  readonly usual: number;
  readonly text: string;
}

/** So much past makes a baseline; a younger agent has none, and the envelope alone bounds it. */
export const BASELINE_DAYS = 7;
/** So many times its worst day is another behaviour. */
const TIMES = 3;
/** Fewer than these in a day are noise whatever was usual. */
const NOISE: Readonly<Record<Exclude<Departure['kind'], 'new-class'>, number>> = {
  rate: 10,
  refusals: 5,
  're-raised': 2,
  'failed-predictions': 2,
};

const dayOf = (now: Instant): string => now.slice(0, 10);
const most = (counts: readonly number[]): number => counts.reduce((top, count) => Math.max(top, count), 0);

/** Of the days before today; today is what is judged. */
export function baselineOf({ days, classes }: AgentHistory, now: Instant): Baseline {
  const past = days.filter(({ day }) => day < dayOf(now));
  return {
    days: new Set(past.map(({ day }) => day)).size,
    mostProposals: most(past.map(({ proposals }) => proposals)),
    mostRefused: most(past.map(({ refused }) => refused)),
    mostReRaised: most(past.map(({ reRaised }) => reRaised)),
    mostFailedPredictions: most(past.map(({ failedPredictions }) => failedPredictions)),
    actions: classes
      .filter(({ since }) => dayOf(since) < dayOf(now))
      .map(({ action }) => action)
      .toSorted(),
  };
}

/** Every way in which today is unlike the past; empty while it is inside, or too young to have a past. */
export function leavesBaseline(history: AgentHistory, now: Instant, asked?: ActionType): readonly Departure[] {
  const baseline = baselineOf(history, now);
  if (baseline.days < BASELINE_DAYS) return [];
  const today = history.days.filter(({ day }) => day === dayOf(now));
  const sum = (part: (day: AgentDay) => number): number => today.reduce((total, day) => total + part(day), 0);
  const isNew = asked !== undefined && !baseline.actions.includes(asked);
  return [
    ...above(
      'rate',
      sum((day) => day.proposals),
      baseline.mostProposals,
    ),
    ...(isNew ? [newClass(asked, baseline)] : []),
    ...above(
      'refusals',
      sum((day) => day.refused),
      baseline.mostRefused,
    ),
    ...above(
      're-raised',
      sum((day) => day.reRaised),
      baseline.mostReRaised,
    ),
    ...above(
      'failed-predictions',
      sum((day) => day.failedPredictions),
      baseline.mostFailedPredictions,
    ),
  ];
}

const newClass = (asked: ActionType, { days, actions }: Baseline): Departure => ({
  kind: 'new-class',
  seen: 1,
  usual: 0,
  text: `${asked} is new to it; on ${days} days it proposed ${actions.join(', ') || 'nothing'}`,
});

const WORDS: Readonly<Record<keyof typeof NOISE, string>> = {
  rate: 'proposals',
  refusals: 'refused proposals',
  're-raised': 'wishes raised again that people had rejected',
  'failed-predictions': 'acts that came worse than foreseen',
};

function above(kind: keyof typeof NOISE, seen: number, usual: number): readonly Departure[] {
  if (seen < NOISE[kind] || seen <= usual * TIMES) return [];
  return [{ kind, seen, usual, text: `${seen} ${WORDS[kind]} today; on its worst day before there were ${usual}` }];
}
