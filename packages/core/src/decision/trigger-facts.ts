/** What the trigger says and how far it is believed (D3, AG-706 4.11): severity, support, confidence, and what is known to be harmless. */
import type { Impact } from '../impact/impact.ts';
import { matchesBenign, type BenignMatch } from '../signal/benign.ts';
import { independentSet } from '../signal/correlate.ts';
import { ratesOf } from '../signal/rates.ts';
import { severityOf } from '../signal/severity.ts';
import type { Signal } from '../signal/signal.ts';
import { categoryOf } from '../signal/source.ts';
import { isSaidWithin, MAX_SIGNAL_AGE_MS } from './fact-ages.ts';
import { authenticated, type FactInputs } from './fact-inputs.ts';
import type { Facts } from './facts.ts';
import { leastSupport, speakersOf } from './support.ts';

type TriggerFacts = Pick<Facts, 'severity' | 'independentSignals' | 'matchesKnownBenign' | 'confidencePercent'>;

export interface Trigger {
  readonly facts: TriggerFacts;
  /** Signals that people know to be harmless, each with whose word it is. */
  readonly benign: readonly { readonly signal: Signal; readonly match: BenignMatch }[];
  /** Firing, and not said within the time in which a word enables. */
  readonly stale: readonly Signal[];
}

const MINUTE_MS = 60_000;

export function triggerOf(inputs: FactInputs, impact: Impact): Trigger {
  const { envelope, graph, schedules, now } = inputs;
  const signals = authenticated(inputs);
  const firing = signals.filter(({ status }) => status === 'firing');
  const benign = firing.flatMap((signal) => {
    const match = matchesBenign(signal, schedules, now);
    return match === undefined ? [] : [{ signal, match }];
  });
  // An old word warns as long as it stands (benign), but it enables nothing (X1).
  const stale = firing.filter(({ observedAt }) => !isSaidWithin(observedAt, now, MAX_SIGNAL_AGE_MS));
  const groups = speakersOf({
    graph,
    impact,
    signals: firing.filter((signal) => !stale.includes(signal)),
    sources: inputs.sources,
    windowMs: (envelope?.correlation.windowMinutes ?? 0) * MINUTE_MS,
  });
  const severityIn = (group: readonly Signal[]): number =>
    group.reduce((most, signal) => Math.max(most, severityOf(envelope?.severities ?? {}, signal)), -1);
  return {
    facts: {
      severity: Math.min(...groups.map(severityIn)),
      independentSignals: leastSupport(groups, inputs.sources),
      confidencePercent: Math.min(...groups.map((group) => confidencePercent(inputs, group))),
      matchesKnownBenign: benign.length > 0,
    },
    benign,
    stale,
  };
}

/** Hundredths of a per cent: products of small chances must not vanish by rounding. */
const WHOLE = 10_000;

/**
 * Chance that not all independent firing sources are wrong, in whole per cent rounded down. A source counts with the envelope's signed
 * word, `source:category` before `source`, and never with more than what its labels show where those are held.
 */
function confidencePercent(inputs: FactInputs, firing: readonly Signal[]): number {
  const chances = independentSet(firing, inputs.sources).map((source) =>
    firing
      .filter((signal) => signal.source === source)
      .reduce((most, signal) => Math.max(most, confidenceIn(inputs, signal)), 0),
  );
  const miss = chances
    .toSorted((a, b) => a - b)
    .reduce((chance, percent) => Math.ceil((chance * (100 - percent)) / 100), WHOLE);
  return Math.floor((WHOLE - miss) / 100);
}

function confidenceIn({ envelope, sources, labels }: FactInputs, { source, rule }: Signal): number {
  const categories = sources.find((one) => one.source === source)?.categories;
  const table = envelope?.confidence ?? {};
  // Whoever does not hold the categories takes the lowest word that was signed for the source: any of them may be meant.
  if (categories === undefined && labels === undefined) return lowestOf(table, source);
  const category = categoryOf({ categories: categories ?? [] }, rule);
  const own = `${source}:${category}`;
  const signed = Object.hasOwn(table, own) ? table[own] : Object.hasOwn(table, source) ? table[source] : undefined;
  const bound = Math.min(Math.max(signed ?? 0, 0), 100);
  return labels === undefined ? bound : Math.min(bound, ratesOf(labels, { source, category }).confidencePercent);
}

function lowestOf(table: Readonly<Record<string, number>>, source: string): number {
  const words = Object.entries(table).flatMap(([name, percent]) =>
    name === source || name.startsWith(`${source}:`) ? [percent] : [],
  );
  return words.length === 0 ? 0 : Math.min(Math.max(Math.min(...words), 0), 100);
}
