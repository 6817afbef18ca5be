import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, msOf, parseDigest } from '../../shared/brand.ts';
import { openCalendars } from '../calendar.ts';
import type { Calendar, Envelope } from '../envelope.ts';
import { aCalendar, aGrant, anEnvelope, anId, aRoute, at } from '../envelope.builder.ts';
import { envelopeShape } from '../envelope-shape.ts';
import { covers } from './compare-routes.ts';
import { merged, openIntervals, without } from './open-intervals.ts';
import { compareOutside, COVERAGE } from './outside.ts';

const digestOf = (n: number) => parseDigest(`sha256:${n.toString(16).padStart(64, '0')}`)!;
const base = anEnvelope({ supersedes: undefined as never });
const effects = (change: Partial<Envelope>, from: Envelope = base): readonly string[] => [
  ...new Set(compareOutside(from, { ...from, ...change }).map(({ effect }) => effect)),
];
const guarded = (op: 'at-least' | 'at-most'): Envelope =>
  anEnvelope({
    grants: [],
    guardrails: [
      {
        id: anId('G-loud'),
        clause: 'X',
        modes: ['approved'],
        actions: [],
        conditions: [{ op, fact: 'severity', value: 3 }],
      },
    ],
  });
test('a word mapped lower escapes a guardrail against severe signals: that widens', () => {
  expect(effects({ severities: { ...base.severities, critical: 2 } }, guarded('at-least'))).toEqual(['widens']);
});
const night = (from: number, to: number, change: Partial<Calendar> = {}): readonly Calendar[] => [
  aCalendar({ name: 'night', weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from, to }], ...change }),
];
const freeze = (to: string) => [
  aCalendar({ name: 'freeze', weekly: [], periods: [{ from: at('2026-12-20T00:00:00.000Z'), to: at(to) }] }),
];
const of = (pairs: readonly (readonly [number, number])[]) =>
  merged(pairs.map(([from, length]) => ({ from, to: from + length })));
const has = (set: readonly { from: number; to: number }[], x: number): boolean =>
  set.some(({ from, to }) => from <= x && x < to);

describe('E3: every field of an envelope is compared', () => {
  const fields = Object.keys(envelopeShape.schema['properties'] ?? {});
  test('the table names every field of the signed document, and no other', () => {
    expect(Object.keys(COVERAGE).toSorted()).toEqual(fields.toSorted());
    expect(fields.length).toBeGreaterThan(30);
  });

  const table: readonly (readonly [keyof Envelope, Partial<Envelope>, Partial<Envelope>])[] = [
    ['validUntil', { validUntil: at('2027-01-16T00:00:00.000Z') }, { validUntil: at('2027-01-14T00:00:00.000Z') }],
    ['validFrom', { validFrom: at('2026-10-01T00:00:00.000Z') }, { validFrom: at('2026-11-02T00:00:00.000Z') }],
    ['agents', { agents: [anId('playbook'), anId('other')] }, { agents: [] }],
    ['maxGraphAgeMinutes', { maxGraphAgeMinutes: 61 }, { maxGraphAgeMinutes: 59 }],
    ['severities', { severities: { ...base.severities, notice: 2 } }, { severities: { warning: 2, critical: 4 } }],
    ['correlation', { correlation: { windowMinutes: 2000 } }, { correlation: { windowMinutes: 10 } }],
    [
      'dryRun',
      { dryRun: { marginPercent: 0, demands: [{ role: anId('service-owner'), count: 1 }] } },
      { dryRun: { ...base.dryRun, marginPercent: 20 } },
    ],
    ['rollout', { rollout: { ...base.rollout, canary: 6 } }, { rollout: { ...base.rollout, canary: 4 } }],
    ['rollout', { rollout: { ...base.rollout, window: 5 } }, { rollout: { ...base.rollout, window: 3 } }],
    ['rollout', { rollout: { ...base.rollout, bakeMs: 999 } }, { rollout: { ...base.rollout, bakeMs: 1001 } }],
    [
      'rollout',
      { rollout: { ...base.rollout, healthTimeoutMs: 5001 } },
      { rollout: { ...base.rollout, healthTimeoutMs: 4999 } },
    ],
    [
      'limits',
      { limits: { ...base.limits, concurrentOperations: 1_000_001 } },
      { limits: { ...base.limits, concurrentOperations: 3 } },
    ],
    [
      'contraction',
      { contraction: { ...base.contraction, failurePercent: 21 } },
      { contraction: { ...base.contraction, minCases: 9 } },
    ],
    ['maySkipStaging', { maySkipStaging: ['service.restart', 'process.kill'] }, { maySkipStaging: [] }],
    ['maxSkipPercent', { maxSkipPercent: 101 }, { maxSkipPercent: 99 }],
    [
      'staging',
      { staging: { dataClasses: ['synthetic'], dependencies: [] } },
      { staging: { dataClasses: [], dependencies: [anId('db')] } },
    ],
    [
      'retentionDays',
      { retentionDays: { ...base.retentionDays, production: 2554 } },
      { retentionDays: { ...base.retentionDays, production: 2556 } },
    ],
  ];
  test.each(table)('%s: more authority widens, and its negative twin narrows', (_field, wider, narrower) => {
    expect([effects(wider), effects(narrower)]).toEqual([['widens'], ['narrows']]);
  });

  test('L6: the next stage of adoption widens, the one before narrows', () => {
    expect(effects({ phase: 'bounded-autonomy' }, anEnvelope({ phase: 'non-production' }))).toEqual(['widens']);
    expect(effects({ phase: 'observe-only' })).toEqual(['narrows']);
  });

  test('E3: another owner, kind or organisation is not clear, because it changes who may sign', () => {
    expect(effects({ owner: 'petra' })).toEqual(['unclear']);
    expect(effects({ organisation: anId('globex') })).toEqual(['unclear']);
  });

  test('labels change nothing', () => {
    const renamed = { version: 9, reason: 'other', ticket: 'CAB-9', tzdata: '2026z', supersedes: digestOf(3) };
    expect(compareOutside(base, { ...base, ...renamed })).toEqual([]);
  });

  test('V2: egress that lets more leave widens, and narrows the other way', () => {
    const open = anEnvelope({ egress: { ...base.egress, production: 'sanitized' } });
    expect([effects(open), effects(base, open)]).toEqual([['widens'], ['narrows']]);
  });
});

describe('E3: numbers that make facts are judged by the rules that read them', () => {
  test('a word mapped lower falls under a guardrail against mild ones: that narrows', () => {
    expect(effects({ severities: { ...base.severities, critical: 2 } }, guarded('at-most'))).toEqual(['narrows']);
  });
  test('a word mapped across no threshold changes nothing', () => {
    expect(effects({ severities: { ...base.severities, critical: 3 } })).toEqual(['neutral']);
  });
  test('a word of one source falls back to the word when its own mapping goes', () => {
    const own = anEnvelope({ severities: { ...base.severities, 'scanner:critical': 1 } });
    expect(effects({ severities: base.severities }, own)).toEqual(['widens']);
  });
  test('sureness nobody asks for changes nothing; asked for, more of it widens', () => {
    const asking = anEnvelope({ grants: [aGrant({ minConfidencePercent: 80 })] });
    expect(effects({ confidence: { scanner: 90 } }, asking)).toEqual(['widens']);
    expect(effects({ confidence: {} }, { ...asking, confidence: { scanner: 90 } })).toEqual(['narrows']);
  });
});

test.each([['confidence', { confidence: { scanner: 90 } }]] as const)(
  '%s that no rule asks about is neutral',
  (_name, change) => {
    expect(effects(change)).toEqual(['neutral']);
  },
);

describe('E3: calendars are compared by when they are open', () => {
  test('a grant may run when its calendar is open: an hour more widens and is named', () => {
    const [change] = compareOutside(base, { ...base, calendars: night(1260, 300) });
    expect(change).toMatchObject({ at: '/calendars/night', effect: 'widens', after: 'open' });
    expect(change?.why).toContain('2026-11-01T21:00:00.000Z to 2026-11-01T22:00:00.000Z and');
  });
  test('an hour less narrows; the same hours written otherwise are the same', () => {
    expect(effects({ calendars: night(1380, 300) })).toEqual(['narrows']);
    const split = night(1320, 1440, {
      weekly: [
        { days: [1, 2, 3, 4, 5, 6, 7], from: 1320, to: 1440 },
        { days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 300 },
      ],
    });
    expect(effects({ calendars: split })).toEqual([]);
  });
  test('a freeze that ends earlier widens, one that lasts longer narrows', () => {
    const frozen = anEnvelope({
      grants: [],
      calendars: freeze('2026-12-31T00:00:00.000Z'),
      humanOnly: [{ id: anId('H-freeze'), clause: 'E1', calendars: ['freeze'] }],
    });
    expect(effects({ calendars: freeze('2026-12-30T00:00:00.000Z') }, frozen)).toEqual(['widens']);
    expect(effects({ calendars: freeze('2027-01-02T00:00:00.000Z') }, frozen)).toEqual(['narrows']);
    expect(effects({ calendars: [] }, frozen)).toEqual(['widens']);
  });
  test('another offset moves the hours: both directions are found', () => {
    const moved = night(1320, 300, { offsets: [{ from: at('1970-01-01T00:00:00.000Z'), minutes: 60 }] });
    expect(effects({ calendars: moved }).toSorted()).toEqual(['narrows', 'widens']);
  });
  test('one that nothing uses is neutral', () => {
    expect(effects({ calendars: [...base.calendars, aCalendar({ name: 'spare' })] })).toEqual(['neutral']);
  });

  const minute = fc.integer({ min: 0, max: 1439 });
  const calendar: fc.Arbitrary<Calendar> = fc
    .record({
      offsets: fc.array(
        fc.record({ day: fc.integer({ min: 0, max: 20 }), minutes: fc.constantFrom(-300, 0, 60, 345) }),
        { minLength: 1, maxLength: 3 },
      ),
      weekly: fc.array(
        fc.record({ days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }), from: minute, to: minute }),
        { maxLength: 3 },
      ),
      closed: fc.subarray(['2026-11-05', '2026-11-08', '2026-11-12']),
      periods: fc.array(
        fc.record({ from: fc.integer({ min: 0, max: 30_000 }), length: fc.integer({ min: 0, max: 3000 }) }),
        { maxLength: 2 },
      ),
    })
    .map(({ offsets, weekly, closed, periods }) => {
      const start = msOf(at('2026-11-01T00:00:00.000Z'));
      return aCalendar({
        name: 'c',
        offsets: offsets
          .map(({ day, minutes }) => ({ from: instantOf(start + day * 86_400_000), minutes }))
          .toSorted((a, b) => (a.from < b.from ? -1 : 1)),
        weekly,
        closed,
        periods: periods.map(({ from, length }) => ({
          from: instantOf(start + from * 60_000),
          to: instantOf(start + (from + length) * 60_000),
        })),
      });
    });
  test('property: the intervals say at every instant what the calendar itself says', () => {
    const within = { from: msOf(at('2026-11-01T00:00:00.000Z')), to: msOf(at('2026-11-25T00:00:00.000Z')) };
    fc.assert(
      fc.property(
        calendar,
        fc.array(fc.integer({ min: within.from, max: within.to - 1 }), { minLength: 20, maxLength: 20 }),
        (one, instants) => {
          const open = openIntervals(one, within);
          const edges = open.flatMap(({ from, to }) => [from, to - 1, to]).filter((ms) => ms < within.to);
          for (const ms of [...instants, ...edges])
            expect(open.some(({ from, to }) => from <= ms && ms < to)).toBe(
              openCalendars([one], instantOf(ms)).length > 0,
            );
        },
      ),
      { numRuns: 150 },
    );
  });
  test('property: what is taken away and what is left make the whole, and do not meet', () => {
    const intervals = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(intervals, intervals, (left, right) => {
        const [a, b] = [of(left), of(right)];
        for (let x = 0; x < 81; x += 1) expect(has(without(a, b), x)).toBe(has(a, x) && !has(b, x));
      }),
    );
  });
});

describe('A1, E3: routes', () => {
  test('fewer people, no step-up, a narrower match, a lost route: each widens', () => {
    expect(
      effects({ routes: [aRoute({ demands: [{ role: anId('service-owner'), count: 1 }] }), base.routes[1]!] }),
    ).toContain('widens');
    expect(
      effects({ routes: [aRoute({ demands: [{ role: anId('release-approver'), count: 2 }] }), base.routes[1]!] }),
    ).toEqual(['neutral']);
    expect(effects({ routes: [aRoute(), { ...base.routes[1]!, stepUp: false }] })).toEqual(['widens']);
    expect(effects({ routes: [aRoute(), { ...base.routes[1]!, when: { targetsOver: 101 } }] })).toEqual(['widens']);
    expect(effects({ routes: [aRoute()] })).toEqual(['widens']);
  });
  test('a wider match with the same people, another id, a route beside one that covers it: none widens', () => {
    expect(effects({ routes: [aRoute({ when: {} }), base.routes[1]!] })).toEqual(['neutral', 'unclear']);
    expect(effects({ routes: [aRoute({ id: anId('R9') }), base.routes[1]!] })).toEqual(['neutral']);
    expect(
      effects({
        routes: [...base.routes, aRoute({ id: anId('R9'), when: { environments: ['production'], zones: ['scada'] } })],
      }),
    ).toEqual([]);
  });
  test('a route where nobody could be asked makes approval possible: not clear', () => {
    expect(
      effects({ routes: [...base.routes, aRoute({ id: anId('R9'), when: { environments: ['staging'] } })] }),
    ).toEqual(['unclear']);
  });
  test('property: covering is reflexive and transitive', () => {
    const selector = fc.record(
      {
        environments: fc.subarray(['staging', 'production'] as const, { minLength: 1 }),
        targetsOver: fc.integer({ min: 0, max: 3 }),
        statutoryWithinHours: fc.integer({ min: 0, max: 3 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(selector, selector, selector, (a, b, c) => {
        expect(covers(a, a)).toBe(true);
        expect(!covers(a, b) || !covers(b, c) || covers(a, c)).toBe(true);
      }),
    );
  });
});
