import fc from 'fast-check';
import { expect, test } from 'vitest';
import { correlate, deduplicationKey, independentSources, type SourceLineage } from './correlate.ts';
import { aSignal, aDigest } from './signal.builder.ts';
import type { Signal } from './signal.ts';

const from = (source: string, change: Partial<Signal> = {}): Signal =>
  aSignal(`${source}-1`, { source: source as Signal['source'], ...change });
const sources = (named: Readonly<Record<string, readonly string[]>>): readonly SourceLineage[] =>
  Object.entries(named).map(([source, lineage]) => ({ source: source as SourceLineage['source'], lineage }));

test('a repeat in another document is the same signal; another start, target or state is not', () => {
  const key = deduplicationKey(aSignal('a'));
  expect(deduplicationKey(aSignal('b', { document: aDigest('bb') }))).toBe(key);
  expect(deduplicationKey(aSignal('a', { status: 'resolved' }))).not.toBe(key);
  expect(deduplicationKey(aSignal('a', { targets: [] }))).not.toBe(key);
});

const targets = (...names: string[]) => names as unknown as Signal['targets'];

test('L1: signals on one rule and target, or on the same targets, are one triage', () => {
  const groups = correlate([
    aSignal('a', { targets: targets('h1', 'h2') }),
    aSignal('b', { targets: targets('h2') }),
    aSignal('c', { rule: 'Other', targets: targets('h1', 'h2'), source: 'scanner' as Signal['source'] }),
    aSignal('d', { rule: 'Alone', targets: targets('h9') }),
    aSignal('e', { rule: 'Nothing', targets: [] }),
    aSignal('f', { rule: 'Nothing', targets: [] }),
  ]);
  expect(groups).toEqual([
    {
      rules: ['Other', 'TlsHandshakeFailing'],
      signals: ['a', 'b', 'c'],
      sources: ['prometheus', 'scanner'],
      targets: ['h1', 'h2'],
    },
    { rules: ['Alone'], signals: ['d'], sources: ['prometheus'], targets: ['h9'] },
    { rules: ['Nothing'], signals: ['e', 'f'], sources: ['prometheus'], targets: [] },
  ]);
});

const table = [
  { what: 'two sources with disjoint lineage', firing: ['a', 'b'], named: { a: ['x'], b: ['y'] }, count: 2 },
  { what: 'two sources that share an origin', firing: ['a', 'b'], named: { a: ['x', 'z'], b: ['z'] }, count: 1 },
  { what: 'a source fed by the other', firing: ['a', 'b'], named: { a: ['b'], b: ['y'] }, count: 1 },
  { what: 'one source twice', firing: ['a', 'a'], named: { a: ['x'] }, count: 1 },
  { what: 'a source nobody registered', firing: ['a', 'ghost'], named: { a: ['x'] }, count: 1 },
  { what: 'only sources nobody registered', firing: ['ghost'], named: {}, count: 0 },
  { what: 'a second source without lineage', firing: ['a', 'b'], named: { a: ['x'], b: [] }, count: 1 },
  { what: 'one source without lineage', firing: ['b'], named: { b: [] }, count: 1 },
  { what: 'nothing', firing: [], named: { a: ['x'] }, count: 0 },
  {
    what: 'a wide aggregator and two narrow sources',
    firing: ['w', 'a', 'b'],
    named: { w: ['x', 'y', 'z'], a: ['x'], b: ['y'] },
    count: 2,
  },
] as const;
test.each(table)('D3, 4.11: $what count $count', ({ firing, named, count }) => {
  expect(
    independentSources(
      firing.map((source) => from(source)),
      sources(named),
    ),
  ).toBe(count);
});

test('D3: a resolved signal confirms nothing', () => {
  expect(independentSources([from('a', { status: 'resolved' })], sources({ a: ['x'] }))).toBe(0);
});

test('D3: never more than the sources that fire, and order does not matter', () => {
  const lineage = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.subarray(['x', 'y', 'z', 'a']));
  fc.assert(
    fc.property(lineage, fc.subarray(['a', 'b', 'c', 'd']), (named, firing) => {
      const signals = firing.map((source) => from(source));
      const count = independentSources(signals, sources(named));
      expect(count).toBeLessThanOrEqual(firing.length);
      expect(independentSources(signals.toReversed(), sources(named).toReversed())).toBe(count);
    }),
  );
});
