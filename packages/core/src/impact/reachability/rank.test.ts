import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aGraph, anEdge, aNode } from '../../graph/graph.builder.ts';
import { indexGraph } from '../../graph/index-graph.ts';
import { aFinding, aStatement, moment } from './finding.builder.ts';
import type { Finding, RankedFinding } from './finding.ts';
import { HELD_DAYS, HELD_DAYS_EXPLOITED, rankFindings, type RankInputs } from './rank.ts';
import { reachFromEntries } from './reach.ts';

const now = moment('2026-11-18T12:00:00.000Z');
const graph = indexGraph(
  aGraph(
    [
      aNode('web', { isEntryPoint: true }),
      aNode('shop'),
      aNode('db', { tier: 'production-critical', owner: 'data-team' }),
      aNode('checkout', { paths: ['payment'] }),
      aNode('ledger', { owner: '' }),
      aNode('island', { owner: 'omar' }),
    ],
    [
      anEdge('web > shop', 'flows-to'),
      anEdge('shop ~ db'),
      anEdge('web > checkout', 'flows-to'),
      anEdge('checkout > ledger'),
    ],
  ),
);
const inputs = (change: Partial<RankInputs> = {}): RankInputs => ({
  graph,
  reach: reachFromEntries(graph, { isGraphFresh: true }),
  statements: [],
  exploited: new Set(),
  now,
  ...change,
});
const ranked = (findings: readonly Finding[], change: Partial<RankInputs> = {}): readonly RankedFinding[] =>
  rankFindings(findings, inputs(change));
function only(finding: Finding, change: Partial<RankInputs> = {}): RankedFinding {
  const [found] = ranked([finding], change);
  if (found === undefined) throw new Error('one in, none out');
  return found;
}
const order = (...findings: readonly Finding[]): readonly string[] => ranked(findings).map(({ finding }) => finding.id);

describe('G5: what becomes of a finding', () => {
  test('reachable on a critical tier: straight to the owner of the node, with the way there', () => {
    expect(only(aFinding('db'))).toMatchObject({
      disposition: 'routed',
      answerable: { kind: 'owner', name: 'data-team' },
      reach: { state: 'reachable', hops: 2 },
      reasons: [
        'it is reached from `web` in 2 hops',
        'its tier is production-critical',
        'the chance of exploitation is given as 500 in 10000',
      ],
    });
  });

  test('on a business path it goes there too, whatever its own tier; nobody named: to a role', () => {
    expect(only(aFinding('ledger'))).toMatchObject({
      disposition: 'routed',
      answerable: { kind: 'role', name: 'service-owner' },
    });
    expect(only(aFinding('ledger')).reasons[1]).toBe('`checkout` needs it for payment');
    expect(only(aFinding('ledger'), { fallbackRole: 'sre' }).answerable).toEqual({ kind: 'role', name: 'sre' });
  });

  test('reachable elsewhere: into the queue', () => {
    expect(only(aFinding('shop'))).toMatchObject({ disposition: 'queued' });
    expect(only(aFinding('web')).reasons[0]).toBe('it is an entry point itself');
  });

  test('unreachable: held, with owner, evidence and a day it ends', () => {
    expect(only(aFinding('island'))).toMatchObject({
      disposition: 'held',
      held: 'unreachable',
      answerable: { kind: 'owner', name: 'omar' },
      dueAt: '2027-01-17T00:00:00.000Z',
      isOverdue: false,
      reasons: ['none of 1 entry points leads here; 5 nodes are reached', expect.any(String)],
    });
  });

  test('a person who was named answers, whatever the graph says', () => {
    expect(only(aFinding('db', { owner: 'kim' })).answerable).toEqual({ kind: 'owner', name: 'kim' });
  });

  test('what the graph does not know is reachable and of the highest tier', () => {
    expect(only(aFinding('ghost'))).toMatchObject({ disposition: 'routed', unknown: 'unknown-node' });
    const { graph: _, ...blind } = inputs({ reach: reachFromEntries(undefined, { isGraphFresh: true }) });
    expect(rankFindings([aFinding('island')], blind)).toMatchObject([{ disposition: 'routed', unknown: 'no-graph' }]);
  });

  test('on a graph that has become old nothing is held for being unreachable', () => {
    const stale = only(aFinding('island'), { reach: reachFromEntries(graph, { isGraphFresh: false }) });
    expect(stale).toMatchObject({ disposition: 'queued', unknown: 'graph-stale' });
  });
});

describe('G5: statements', () => {
  test('hold what they may, with who said it', () => {
    const held = only(aFinding('db'), { statements: [aStatement('db')] });
    expect(held).toMatchObject({ disposition: 'held', held: 'not-affected' });
    expect(held.reasons).toContain('`vendor` says not_affected: vulnerable_code_not_in_execute_path');
    expect(only(aFinding('db'), { statements: [aStatement('db', { status: 'fixed' })] }).held).toBe('fixed');
  });

  test('of a source that may not are shown and hold nothing', () => {
    const shown = only(aFinding('db'), { statements: [aStatement('db', { mayLower: false })] });
    expect(shown.disposition).toBe('routed');
    expect(shown.reasons.at(-2)).toContain('which does not count: its source is not registered');
  });
});

const days = (count: number) => moment(new Date(Date.parse(now) - count * 86_400_000).toISOString());

describe('G5: the age limit', () => {
  test.each(HELD_DAYS.map((limit, severity) => [severity, limit] as const))(
    'of severity %i is %i days; then it is back in the queue and says so',
    (severity, limit) => {
      const held = { severity, firstSeenAt: days(limit - 1) };
      expect(only(aFinding('island', held)).disposition).toBe('held');
      const over = only(aFinding('island', { ...held, firstSeenAt: days(limit) }));
      expect(over).toMatchObject({ disposition: 'queued', isOverdue: true });
      expect(over.reasons.at(-1)).toBe('it was held as long as it may be');
      expect(over).not.toHaveProperty('held');
    },
  );

  test('of what is exploited in the wild is shorter, and of an unmapped severity the shortest of all', () => {
    const exploited = { exploited: new Set(['CVE-2026-1']) };
    expect(only(aFinding('island', { firstSeenAt: days(HELD_DAYS_EXPLOITED) }), exploited).isOverdue).toBe(true);
    expect(only(aFinding('island', { severity: -1, firstSeenAt: days(30) })).isOverdue).toBe(true);
  });
});

const at = (target: string, id: string, change: Partial<Finding> = {}): Finding =>
  aFinding(target, { id: `F-${id}` as Finding['id'], ...change });

describe('G5: the order', () => {
  test('routed, then queued, then held', () => {
    expect(order(at('island', 'c'), at('shop', 'b'), at('db', 'a'))).toEqual(['F-a', 'F-b', 'F-c']);
  });

  test('exploited in the wild before everything else of its group', () => {
    const found = ranked([at('shop', 'a', { severity: 4 }), at('web', 'b', { rule: 'CVE-KEV', severity: 0 })], {
      exploited: new Set(['CVE-KEV']),
    });
    expect(found.map(({ finding }) => finding.id)).toEqual(['F-b', 'F-a']);
    expect(found[0]?.reasons).toContain('it is exploited in the wild');
  });

  test('then tier, severity, chance, distance and age', () => {
    expect(order(at('ledger', 'a', { severity: 4 }), at('db', 'b', { severity: 1 }))).toEqual(['F-b', 'F-a']);
    expect(order(at('shop', 'a', { severity: 2 }), at('shop', 'b', { severity: 3 }))).toEqual(['F-b', 'F-a']);
    expect(order(at('shop', 'a'), at('shop', 'b', { probability: 9000 }))).toEqual(['F-b', 'F-a']);
    expect(order(at('shop', 'a'), at('web', 'b'))).toEqual(['F-b', 'F-a']);
    const older = moment('2026-11-01T00:00:00.000Z');
    expect(order(at('shop', 'a'), at('shop', 'b', { firstSeenAt: older }))).toEqual(['F-b', 'F-a']);
    expect(order(at('shop', 'b'), at('shop', 'a'))).toEqual(['F-a', 'F-b']);
  });

  test('what nobody rated ranks like the worst', () => {
    expect(order(at('shop', 'a', { severity: 4 }), at('shop', 'b', { severity: -1 }))).toEqual(['F-a', 'F-b']);
    const { probability: _, ...unrated } = at('shop', 'b');
    expect(order(at('shop', 'a', { probability: 9999 }), unrated)).toEqual(['F-b', 'F-a']);
  });

  const random = fc.array(
    fc.record({
      target: fc.constantFrom('web', 'shop', 'db', 'ledger', 'island', 'ghost'),
      severity: fc.integer({ min: -1, max: 4 }),
      probability: fc.nat(10_000),
      rule: fc.constantFrom('CVE-2026-1', 'CVE-2026-2'),
    }),
    { maxLength: 20 },
  );

  test('is total, the same for every order of the input, and that of each finding by itself', () => {
    fc.assert(
      fc.property(random, (found) => {
        const findings = found.map(({ target, ...change }, n) => at(target, String(n), change));
        const change = { statements: [aStatement('db')], exploited: new Set(['CVE-2026-2']) };
        const one = ranked(findings, change);
        expect(ranked(findings.toReversed(), change)).toEqual(one);
        expect(new Set(one.map(({ rankKey }) => rankKey)).size).toBe(findings.length);
        expect(one.map(({ rankKey }) => rankKey)).toEqual(
          findings.map((finding) => only(finding, change).rankKey).toSorted(),
        );
      }),
    );
  });

  test('only a proof holds: without one, nothing that is reachable or unknown is held', () => {
    fc.assert(
      fc.property(random, (found) => {
        for (const one of ranked(found.map(({ target, ...change }, n) => at(target, String(n), change))))
          expect(one.disposition === 'held').toBe(one.reach.state === 'unreachable' && !one.isOverdue);
      }),
    );
  });
});
