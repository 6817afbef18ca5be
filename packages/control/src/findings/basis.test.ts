import { graphSnapshotShape, indexGraph, instantOf, readShape, type GraphIndex } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { idOf, NOON_MS } from '../testkit/world.ts';
import { basisFor, type RankingBasis } from './basis.ts';
import { ESTATE } from './finding.builder.ts';
import { findingIdOf } from './finding-id.ts';

const MINUTE_MS = 60_000;
const graphAt = (takenAtMs: number): GraphIndex => {
  const read = readShape(graphSnapshotShape, {
    type: 'graph-snapshot',
    organisation: 'acme',
    version: 1,
    takenAt: instantOf(takenAtMs),
    ...ESTATE,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return indexGraph(read.value);
};
const envelope = (maxGraphAgeMinutes: number, digest = 'e1') => ({
  digest,
  envelope: { maxGraphAgeMinutes, severities: { error: 3 } },
});
const now = instantOf(NOON_MS);
const graph = (takenAtMs: number = NOON_MS, digest = 'g1') => ({ index: graphAt(takenAtMs), digest });
const reachOf = (takenAtMs: number): RankingBasis => basisFor({ graph: graph(takenAtMs), envelope: envelope(60), now });
const stateOf = ({ reach }: RankingBasis): string => reach.of(idOf<'Node'>('island')).state;

describe('G5: what a ranking rests on', () => {
  test('is named by graph, freshness and envelope: another name ranks anew', () => {
    const names = [
      basisFor({ graph: graph(), envelope: envelope(60), now }),
      basisFor({ graph: graph(NOON_MS, 'g2'), envelope: envelope(60), now }),
      basisFor({ graph: graph(), envelope: envelope(60, 'e2'), now }),
      basisFor({ graph: graph(NOON_MS - 61 * MINUTE_MS), envelope: envelope(60), now }),
      basisFor({ graph: graph(), envelope: undefined, now }),
      basisFor({ graph: undefined, envelope: envelope(60), now }),
      basisFor({ graph: undefined, envelope: undefined, now }),
    ].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(basisFor({ graph: graph(), envelope: envelope(60), now }).name).toBe(names[0]);
  });

  test.each([
    ['a graph of this moment', 0, 'fresh'],
    ['a graph as old as it may be', -60 * MINUTE_MS, 'fresh'],
    ['one a millisecond older', -60 * MINUTE_MS - 1, 'stale'],
    ['one from a clock a minute ahead', MINUTE_MS, 'fresh'],
    ['one from later than that', MINUTE_MS + 1, 'stale'],
  ])('%s', (_what, offsetMs, freshness) => {
    const basis = basisFor({ graph: graph(NOON_MS + offsetMs), envelope: envelope(60), now });
    expect(basis.name).toBe(`g1 ${freshness} e1`);
  });

  test('without an envelope in force no graph proves anything, and no word has a severity', () => {
    const basis = basisFor({ graph: graph(), envelope: undefined, now });
    expect([basis.name, basis.severities]).toEqual(['g1 stale none', {}]);
    expect(stateOf(basis)).toBe('unknown');
  });

  test('of one snapshot is walked once, and a stale one is never taken for it', () => {
    const one = graph();
    const first = basisFor({ graph: one, envelope: envelope(60), now });
    expect(basisFor({ graph: one, envelope: envelope(90, 'e2'), now }).reach).toBe(first.reach);
    const late = instantOf(NOON_MS + 61 * MINUTE_MS);
    expect(basisFor({ graph: one, envelope: envelope(60), now: late }).reach).not.toBe(first.reach);
    expect(basisFor({ graph: one, envelope: envelope(60), now }).reach).toBe(first.reach);
  });
});

describe('the id of a finding', () => {
  test('follows from rule and target alone, and from where one ends and the other begins', () => {
    expect(findingIdOf('CVE-1', 'db')).toBe(findingIdOf('CVE-1', 'db'));
    const ids = [
      findingIdOf('CVE-1', 'db'),
      findingIdOf('CVE-1d', 'b'),
      findingIdOf('db', 'CVE-1'),
      findingIdOf('', ''),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    // Known forms of the address: another id for the same finding would make it new.
    expect(findingIdOf('CVE-1', 'db')).toMatch(/^F-[0-9a-f]{32}$/);
  });

  test('is an id whatever a scanner writes', () => {
    for (const odd of ['../../etc', 'a\u0000b', 'x'.repeat(100_000), '\u202e', '"', "'; drop table finding"])
      expect(findingIdOf(odd, odd)).toMatch(/^F-[0-9a-f]{32}$/);
  });
});

describe('how far a finding is reached', () => {
  test('is known of a fresh graph, and asked of the index itself', () => {
    const fresh = reachOf(NOON_MS);
    expect(fresh.graph?.snapshot.nodes.map(({ id }) => id)).toEqual(['web', 'shop', 'db', 'island']);
    expect(fresh.severities).toEqual({ error: 3 });
    expect(fresh.now).toBe(now);
  });

  test('of a stale graph is the same however stale it is, and as if there were none', () => {
    const stale = reachOf(NOON_MS - 2 * 60 * MINUTE_MS);
    const staler = reachOf(NOON_MS - 200 * 60 * MINUTE_MS);
    expect([stale.name, staler.name]).toEqual(['g1 stale e1', 'g1 stale e1']);
    expect([stale, staler, reachOf(NOON_MS)].map(stateOf)).toEqual(['unknown', 'unknown', 'unreachable']);
  });

  test('without any graph nothing is reached for certain, and the name says so', () => {
    const none = basisFor({ graph: undefined, envelope: envelope(60), now });
    expect([none.name, none.graph]).toEqual(['none stale e1', undefined]);
    expect(stateOf(none)).toBe('unknown');
  });

  test('an envelope that allows no age at all takes only a graph of this moment', () => {
    const names = [NOON_MS, NOON_MS - 1].map((at) => basisFor({ graph: graph(at), envelope: envelope(0), now }).name);
    expect(names).toEqual(['g1 fresh e1', 'g1 stale e1']);
  });
});
