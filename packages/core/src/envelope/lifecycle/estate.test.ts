import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, msOf, type Instant } from '../../shared/brand.ts';
import { aGraph, aNode, anEdge } from '../../graph/graph.builder.ts';
import { indexGraph, type GraphIndex } from '../../graph/index-graph.ts';
import type { Person } from '../../people/person.ts';
import type { ActionType } from '../../proposal/change.ts';
import { aCalendar, aGrant, anEnvelope, anId, aRoute, at, NOW } from '../envelope.builder.ts';
import type { Envelope } from '../envelope.ts';
import { alignmentOf, type DriftKind } from './alignment.ts';
import { auditClosureShape, auditFindingShape, restorationShape } from './audit-finding.ts';
import { readShape } from '../../shared/shape.ts';
import { classRecords, type Outcome } from './contraction.ts';
import { draftExpansions } from './expansion.ts';
import { rosterProblems } from './roster-problems.ts';

const person = (id: string, roles: readonly string[], keys = 1): Person => ({
  id: anId(id),
  name: id,
  roles: roles.map((role) => anId(role)),
  credentials: Array.from({ length: keys }, () => ({
    kind: 'raw' as const,
    publicKey: 'A',
    surface: 'own' as const,
    enrolledAt: instantOf(0),
    usableFrom: instantOf(0),
  })),
});

describe('A1: the people an envelope asks', () => {
  const admins = [person('paul', ['policy-admin']), person('petra', ['policy-admin'])];
  const enough = [
    ...admins,
    person('r1', ['release-approver']),
    person('r2', ['release-approver']),
    person('s1', ['service-owner']),
    person('s2', ['service-owner']),
  ];
  test('nothing is said when everyone who is asked has somebody to stand in', () => {
    expect(rosterProblems(anEnvelope(), enough)).toEqual([]);
  });
  test('a role nobody holds, a role with nobody to stand in, and a person without a key are named with their place', () => {
    const found = rosterProblems(anEnvelope(), [
      ...admins,
      person('r1', ['release-approver']),
      person('s1', ['service-owner'], 0),
    ]);
    expect(found.map(({ at: place }) => place)).toEqual([
      '/routes/0/demands/0',
      '/routes/1/demands/0',
      '/dryRun/demands/0',
    ]);
    expect(found[1]?.problem).toContain('0 people with a key');
    expect(found[0]?.problem).toContain('nobody can stand in');
  });
  test('E3: with one policy admin beside the owner nothing can ever widen, and that is said', () => {
    expect(rosterProblems(anEnvelope({ owner: 'petra' }), enough).map(({ at: place }) => place)).toEqual(['/owner']);
  });
});

const outcome = (change: Partial<Outcome> = {}): Outcome => ({
  action: 'service.restart',
  at: NOW,
  isFailed: false,
  ...change,
});
const ago = (days: number): Instant => instantOf(msOf(NOW) - days * 86_400_000);

describe('E6: contraction', () => {
  const rule = { failurePercent: 20, falsePositivePercent: 20, predictionErrorPercent: 20, minCases: 10, days: 30 };
  const many = (count: number, change: Partial<Outcome> = {}): readonly Outcome[] =>
    Array.from({ length: count }, () => outcome(change));
  const reasons = (outcomes: readonly Outcome[], change: object = {}): readonly string[] =>
    classRecords(outcomes, { ...rule, ...change }, NOW).flatMap((record) => record.reasons);

  test.each([
    ['failed', { isFailed: true }],
    ['false alarm', { isFalsePositive: true }],
    ['other than predicted', { isMispredicted: true }],
  ] as const)('two of ten acts that %s take the class away; one of ten does not', (words, bad) => {
    const good = { isFalsePositive: false, isMispredicted: false };
    expect(reasons([...many(8, good), ...many(2, { ...good, ...bad })]).join()).toContain(words);
    expect(reasons([...many(9, good), ...many(1, { ...good, ...bad })])).toEqual([]);
  });
  test('below the number of cases a rate says nothing', () => {
    expect(reasons(many(9, { isFailed: true }))).toEqual([]);
    expect(reasons(many(10, { isFailed: true }))).toHaveLength(1);
  });
  test('D3: what nobody labelled or saw counts neither way', () => {
    expect(reasons([...many(9), ...many(5, { isFalsePositive: true })])).toEqual([]);
    const [record] = classRecords([...many(9), ...many(5, { isFalsePositive: true })], rule, NOW);
    expect([record?.falsePositives, record?.predictionErrors.cases]).toEqual([{ bad: 5, cases: 5, percent: 100 }, 0]);
  });
  test('a threshold of zero means the first bad case, and never none at all', () => {
    expect(reasons(many(10), { failurePercent: 0 })).toEqual([]);
    expect(reasons([...many(9), outcome({ isFailed: true })], { failurePercent: 0 })).toHaveLength(1);
  });
  test('older cases, cases of the future and other classes do not count', () => {
    expect(reasons(many(20, { isFailed: true, at: ago(30) }))).toEqual([]);
    expect(reasons(many(20, { isFailed: true, at: ago(-1) }))).toEqual([]);
    expect(
      classRecords([...many(10, { isFailed: true }), ...many(10, { action: 'process.kill' })], rule, NOW).map(
        ({ action, reasons: why }) => [action, why.length],
      ),
    ).toEqual([
      ['process.kill', 0],
      ['service.restart', 1],
    ]);
  });
  test('property: one more bad case never gives a class back, one more good one never takes it', () => {
    const outcomes = fc.array(
      fc.boolean().map((isFailed) => outcome({ isFailed })),
      { maxLength: 40 },
    );
    const found = fc.check(
      fc.property(outcomes, (list) => {
        const isGone = reasons(list).length > 0;
        const worse = reasons([...list, outcome({ isFailed: true })]).length > 0;
        const better = reasons([...list, outcome()]).length > 0;
        // Below the number of cases one more of either kind may be the one that makes the rate count.
        return (!isGone || worse) && (isGone || !better || list.length < rule.minCases);
      }),
    );
    expect(found.failed).toBe(false);
  });

  const good = (action: ActionType, count = 20): readonly Outcome[] =>
    many(count, { action, isFalsePositive: false, isMispredicted: false });
  test('a good record drafts a wider grant that people have to sign; nothing else of the envelope changes', () => {
    const envelope = anEnvelope();
    const [draft, ...more] = draftExpansions(envelope, classRecords(good('package.patch'), rule, NOW));
    expect(more).toEqual([]);
    expect(draft?.grants[0]?.caps).toEqual({ ...envelope.grants[0]?.caps, targets: 18 });
    expect(draft?.why).toContain('15 targets could become 18');
  });
  test.each([
    ['too few cases', good('package.patch', 19)],
    ['a bad case', [...good('package.patch'), outcome({ action: 'package.patch', isFailed: true })]],
    ['nothing predicted', many(20, { action: 'package.patch' })],
    ['another class contracted', [...good('package.patch'), ...many(10, { isFailed: true })]],
    ['another class alone', good('process.kill')],
  ])('nothing is suggested with %s', (_why, outcomes) => {
    expect(draftExpansions(anEnvelope(), classRecords(outcomes, rule, NOW))).toEqual([]);
  });
  test('a switched-off grant is not widened', () => {
    const envelope = anEnvelope({ grants: [aGrant({ isEnabled: false })] });
    expect(draftExpansions(envelope, classRecords(good('package.patch'), rule, NOW))).toEqual([]);
  });
});

describe('E7: alignment of envelope and estate', () => {
  const nodes = [
    aNode('web-1', { tier: 'production-critical', owner: 'shop-team', zone: 'dmz' }),
    ...Array.from({ length: 20 }, (_, n) =>
      aNode(`host-${n}`, { tier: 'non-critical', owner: 'shop-team', zone: 'clinical' }),
    ),
    ...Array.from({ length: 20 }, (_, n) =>
      aNode(`core-${n}`, { tier: 'production-critical', owner: 'shop-team', zone: 'scada' }),
    ),
  ];
  const graph = (
    change: Parameters<typeof aGraph>[0] = nodes,
    edges: Parameters<typeof aGraph>[1] = [],
  ): GraphIndex => {
    const snapshot = aGraph(change, edges);
    return indexGraph({ ...snapshot, takenAt: NOW });
  };
  const kinds = (change: Partial<Envelope> = {}, index: GraphIndex = graph()): readonly DriftKind[] =>
    alignmentOf(anEnvelope(change), index, NOW).map(({ kind }) => kind);

  test('nothing is said about an envelope that speaks about the estate as it is', () => {
    expect(kinds()).toEqual([]);
  });
  test.each([
    [
      'a zone no node has',
      { humanOnly: [{ id: anId<'Rule'>('H'), clause: 'E7', zones: ['clinical', 'icu'] }] },
      'names-nothing',
    ],
    [
      'a data class no node has',
      { prohibited: [{ id: anId<'Rule'>('P'), clause: 'E7', dataClasses: ['phi'] }] },
      'names-nothing',
    ],
    [
      'an owner no node has',
      { routes: [...anEnvelope().routes, aRoute({ id: anId('R9'), when: { owners: ['gone-team'] } })] },
      'names-nothing',
    ],
    [
      'a path no node has',
      { humanOnly: [{ id: anId<'Rule'>('H'), clause: 'E7', paths: ['payment'] }] },
      'names-nothing',
    ],
    ['a grant for a kind no node is', { grants: [aGrant({ targetKinds: ['datastore'] })] }, 'names-nothing'],
    [
      'a staging dependency that is gone',
      { staging: { dataClasses: [], dependencies: [anId<'Node'>('db-9')] } },
      'dependency-gone',
    ],
    [
      'a cap larger than the scope',
      { grants: [aGrant({ caps: { ...aGrant().caps, targets: 500 } })] },
      'cap-without-effect',
    ],
    [
      'a calendar nobody uses',
      { calendars: [...anEnvelope().calendars, aCalendar({ name: 'spare' })] },
      'calendar-unused',
    ],
    ['a calendar that never opens', { calendars: [aCalendar({ name: 'night', weekly: [] })] }, 'calendar-never-open'],
    ['an end in a few days', { validUntil: at('2026-11-20T00:00:00.000Z') }, 'expires-soon'],
  ] as const)('%s is reported', (_what, change, kind) => {
    expect(kinds(change as Partial<Envelope>)).toContain(kind);
  });
  test('a graph older than the envelope allows, unknown tiers, lowered tiers and critical nodes without owner are reported', () => {
    const late = alignmentOf(anEnvelope(), graph(), instantOf(msOf(NOW) + 61 * 60_000));
    expect(late.map(({ kind }) => kind)).toEqual(['graph-stale']);
    const { owner: _, ...unowned } = aNode('odd', { tier: 'unknown' });
    const odd = [
      ...nodes,
      unowned,
      aNode('low', { tier: 'non-critical', owner: 'x' }),
      aNode('app', { kind: 'service', tier: 'production-critical', owner: 'x' }),
    ];
    const found = kinds({}, graph(odd, [anEdge('app > low')]));
    expect(found).toEqual(expect.arrayContaining(['tier-unknown', 'unowned', 'tier-lowered']));
  });
  test('nodes that no grant and no route speaks about are counted, with some of their names', () => {
    const staged = [...nodes, aNode('stage-1', { environment: 'staging', owner: 'x' })];
    const found = alignmentOf(anEnvelope({ routes: [aRoute()] }), graph(staged), NOW).find(
      ({ kind }) => kind === 'out-of-scope',
    );
    expect([found?.count, found?.examples]).toEqual([1, ['stage-1']]);
  });
});

describe('E6, E7: signed documents are strict', () => {
  const signedAt = NOW;
  const organisation = 'acme';
  const digest = `sha256:${'1'.repeat(64)}`;
  const finding = {
    type: 'audit-finding',
    organisation,
    id: 'F-1',
    envelope: digest,
    auditor: 'ann',
    title: 'caps',
    text: 'do not bind',
    owner: 'olive',
    dueAt: NOW,
    signedAt,
  };
  const closure = {
    type: 'audit-closure',
    organisation,
    finding: 'F-1',
    of: digest,
    auditor: 'ann',
    rationale: 'mended',
    signedAt,
  };
  const restoration = {
    type: 'restoration',
    organisation,
    action: 'service.restart',
    contraction: 'K-1',
    person: 'paul',
    rationale: 'mended',
    signedAt,
  };
  test.each([
    ['finding', auditFindingShape, finding],
    ['closure', auditClosureShape, closure],
    ['restoration', restorationShape, restoration],
  ] as const)('a %s is read whole, and refused with a field too many or too few', (_name, shape, document) => {
    expect(readShape<unknown>(shape, document)).toEqual({ ok: true, value: document });
    expect(readShape<unknown>(shape, { ...document, extra: 1 }).ok).toBe(false);
    for (const field of Object.keys(document)) {
      const { [field]: _, ...rest } = document as Record<string, unknown>;
      expect([field, readShape<unknown>(shape, rest).ok]).toEqual([field, false]);
    }
  });
});
