/**
 * How sure we may be that there is something behind these signals (D3): from what people said of earlier ones of the same sources
 * and categories, never from the agent's own word.
 */
import { independentSet } from './correlate.ts';
import { ratesOf, type LabelTally } from './rates.ts';
import type { Signal } from './signal.ts';
import { categoryOfSignal, type RegisteredSource } from './source.ts';

/** Hundredths of a per cent: products of small chances must not vanish by rounding. */
const WHOLE = 10_000;

/**
 * Whole per cent from 0 to 100, rounded down: the chance that not all of the firing, independent sources are wrong, one minus the
 * product of their misses. Of a source that fired several times its most reliable category counts once; sources that share
 * an origin count as one; one that is not registered counts nothing. The caller passes authenticated signals only.
 */
export function confidenceOf(
  signals: readonly Pick<Signal, 'source' | 'rule' | 'status'>[],
  sources: readonly Pick<RegisteredSource, 'source' | 'lineage' | 'categories'>[],
  labels: readonly LabelTally[],
): number {
  const firing = signals.filter(({ status }) => status === 'firing');
  const confidences = independentSet(firing, sources).map((source) =>
    firing
      .filter((signal) => signal.source === source)
      .map((signal) => ratesOf(labels, { source, category: categoryOfSignal(signal, sources) }).confidencePercent)
      .reduce((most, percent) => Math.max(most, percent), 0),
  );
  // In one order, whatever the order of the sources: rounding up at each step would otherwise depend on it.
  const miss = confidences
    .toSorted((a, b) => a - b)
    .reduce((chance, percent) => Math.ceil((chance * (100 - percent)) / 100), WHOLE);
  return Math.floor((WHOLE - miss) / 100);
}
