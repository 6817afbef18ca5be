import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aCalendar, aGrant, anEnvelope, anId, aRoute, at } from '../envelope.builder.ts';
import type { Envelope } from '../envelope.ts';
import type { Condition } from '../rule.ts';
import type { Effect, OutsideChange } from './outside-change.ts';
import { compareOutside } from './outside.ts';

const base = anEnvelope();
const changes = (change: Partial<Envelope>, from: Envelope = base): readonly OutsideChange[] =>
  compareOutside(from, { ...from, ...change });
const places = (change: Partial<Envelope>, from: Envelope = base): readonly string[] =>
  changes(change, from).map(({ at: place, effect }) => `${place} ${effect}`);

/** A number of the envelope: where it stands, how a version with another one is written, and whether more of it is wider. */
interface Numbered {
  readonly at: string;
  readonly more: 'widens' | 'narrows';
  readonly version: (value: number) => Partial<Envelope>;
}
const within = <K extends 'rollout' | 'limits' | 'contraction' | 'retentionDays' | 'dryRun'>(
  field: K,
  name: keyof Envelope[K] & string,
  more: Numbered['more'],
): Numbered => ({
  at: `/${field}/${name}`,
  more,
  version: (value) => ({ [field]: { ...base[field], [name]: value } }),
});
const NUMBERS: readonly Numbered[] = [
  within('rollout', 'canary', 'widens'),
  within('rollout', 'window', 'widens'),
  within('rollout', 'bakeMs', 'narrows'),
  within('rollout', 'healthTimeoutMs', 'widens'),
  within('limits', 'classActionsPerHour', 'widens'),
  within('limits', 'organisationActionsPerHour', 'widens'),
  within('limits', 'concurrentOperations', 'widens'),
  within('limits', 'organisationTargetsPerDay', 'widens'),
  within('contraction', 'failurePercent', 'widens'),
  within('contraction', 'falsePositivePercent', 'widens'),
  within('contraction', 'predictionErrorPercent', 'widens'),
  within('contraction', 'minCases', 'widens'),
  within('retentionDays', 'staging', 'narrows'),
  within('retentionDays', 'pre-production', 'narrows'),
  within('retentionDays', 'production', 'narrows'),
  within('dryRun', 'marginPercent', 'narrows'),
  { at: '/maxSkipPercent', more: 'widens', version: (maxSkipPercent) => ({ maxSkipPercent }) },
  { at: '/maxGraphAgeMinutes', more: 'widens', version: (maxGraphAgeMinutes) => ({ maxGraphAgeMinutes }) },
  {
    at: '/correlation/windowMinutes',
    more: 'widens',
    version: (windowMinutes) => ({ correlation: { windowMinutes } }),
  },
];
const TURNED: Readonly<Record<Numbered['more'], Effect>> = { widens: 'narrows', narrows: 'widens' };

describe('E3: each number of the envelope alone', () => {
  test.each(NUMBERS)(
    '$at: one more $more, one less is its twin, and it is the only thing said',
    ({ at: place, more, version }) => {
      const middle = { ...base, ...version(50) };
      expect(places(version(51), middle)).toEqual([`${place} ${more}`]);
      expect(places(version(49), middle)).toEqual([`${place} ${TURNED[more]}`]);
      expect(places(version(50), middle)).toEqual([]);
    },
  );
  test.each(NUMBERS)('$at: both values are shown as people wrote them, with what the change means', ({ version }) => {
    const [found] = changes(version(51), { ...base, ...version(50) });
    expect([found?.before, found?.after]).toEqual(['50', '51']);
    expect(found?.why.length).toBeGreaterThan(5);
  });
  test('property: there and back is the opposite, and a step of two is the step of one and one', () => {
    const value = fc.integer({ min: 1, max: 99 });
    fc.assert(
      fc.property(fc.constantFrom(...NUMBERS), value, value, value, ({ version }, a, b, c) => {
        const effect = (from: number, to: number): Effect =>
          changes(version(to), { ...base, ...version(from) })[0]?.effect ?? 'neutral';
        const there = effect(a, b);
        expect(effect(b, a)).toBe(there === 'neutral' ? there : TURNED[there as Numbered['more']]);
        expect(there !== effect(b, c) || effect(a, c) === there).toBe(true);
      }),
      { numRuns: 200, seed: 706 },
    );
  });
});

const reading = (condition: Condition): Envelope =>
  anEnvelope({
    guardrails: [{ id: anId('W'), clause: 'c', modes: ['approved'], actions: [], conditions: [condition] }],
  });

describe('E6: what takes autonomy away', () => {
  test('other days count neither way: a class may be contracted earlier or later', () => {
    for (const days of [29, 31])
      expect(places({ contraction: { ...base.contraction, days } })).toEqual(['/contraction/days unclear']);
  });
  test('a rate that narrows is not clear any more once a guardrail reads it the other way round', () => {
    const odd = reading({ op: 'is', fact: 'isContracted', value: false });
    const plain = reading({ op: 'is', fact: 'isContracted', value: true });
    const change = { contraction: { ...base.contraction, failurePercent: 19 } };
    expect(places(change, plain)).toEqual(['/contraction/failurePercent narrows']);
    expect(places(change, odd)).toEqual(['/contraction/failurePercent unclear']);
  });
  test('the same of staging: a dependency more is not clear where a guardrail asks for a policy that is not met', () => {
    const odd = reading({ op: 'is', fact: 'stagingPolicyMet', value: true });
    const change = { staging: { dataClasses: [], dependencies: [anId<'Node'>('db')] } };
    expect(places(change, base)).toEqual(['/staging/dependencies narrows']);
    expect(places(change, odd)).toEqual(['/staging/dependencies unclear']);
  });
});

describe('E3: sets, item by item', () => {
  test.each<[string, Partial<Envelope>, Partial<Envelope>, 'widens' | 'narrows']>([
    ['/agents', { agents: [anId('a')] }, { agents: [anId('a'), anId('b')] }, 'widens'],
    ['/maySkipStaging', { maySkipStaging: [] }, { maySkipStaging: ['process.kill'] }, 'widens'],
    [
      '/staging/dataClasses',
      { staging: { dataClasses: ['a'], dependencies: [] } },
      { staging: { dataClasses: ['a', 'b'], dependencies: [] } },
      'widens',
    ],
    [
      '/staging/dependencies',
      { staging: { dataClasses: [], dependencies: [] } },
      { staging: { dataClasses: [], dependencies: [anId('b')] } },
      'narrows',
    ],
  ])('%s: one item more, one less', (place, few, many, effect) => {
    expect(places(many, { ...base, ...few })).toEqual([`${place} ${effect}`]);
    expect(places(few, { ...base, ...many })).toEqual([`${place} ${TURNED[effect]}`]);
  });
  test('an item for another is a widening and a narrowing, each with its name', () => {
    const found = changes({ agents: [anId('other')] });
    expect(found.map(({ effect, before, after }) => [effect, before, after])).toEqual([
      ['widens', 'absent', 'other'],
      ['narrows', 'playbook', 'absent'],
    ]);
  });
  test('another order, and an item twice, are the same set', () => {
    const from = { ...base, agents: [anId<'Agent'>('a'), anId<'Agent'>('b')] };
    expect(places({ agents: [anId('b'), anId('a'), anId('b')] }, from)).toEqual([]);
  });
});

describe('V2: egress', () => {
  const modes = ['local-only', 'metadata-only', 'sanitized'] as const;
  const environments = ['staging', 'pre-production', 'production'] as const;
  test.each(environments)('%s: each mode that lets more leave widens, each that lets less narrows', (name) => {
    for (const [from, was] of modes.entries())
      for (const [to, is] of modes.entries()) {
        const before = { ...base, egress: { ...base.egress, [name]: was } };
        const effect = to > from ? 'widens' : 'narrows';
        const expected = to === from ? [] : [{ at: `/egress/${name}`, effect, before: was, after: is }];
        expect(changes({ egress: { ...base.egress, [name]: is } }, before)).toMatchObject(expected);
      }
  });
});

describe('E2: dates', () => {
  test.each([
    ['validFrom', '2026-10-31T23:59:59.999Z', 'widens'],
    ['validFrom', '2026-11-01T00:00:00.001Z', 'narrows'],
    ['validUntil', '2027-01-15T00:00:00.001Z', 'widens'],
    ['validUntil', '2027-01-14T23:59:59.999Z', 'narrows'],
  ] as const)('%s at %s, a millisecond from before, %s', (field, date, effect) => {
    expect(places({ [field]: at(date) })).toEqual([`/${field} ${effect}`]);
  });
  test('authority moved as a whole widens at one end and narrows at the other', () => {
    const moved = { validFrom: at('2026-11-02T00:00:00.000Z'), validUntil: at('2027-01-16T00:00:00.000Z') };
    expect(places(moved)).toEqual(['/validFrom narrows', '/validUntil widens']);
  });
});

describe('D3: words and sources', () => {
  const asking = anEnvelope({ grants: [aGrant({ minConfidencePercent: 80 })] });
  test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])(
    'a source that is called `%s` was not sure before it was named: naming its category widens',
    (source) => {
      expect(places({ confidence: { [`${source}:scan`]: 90 } }, asking)).toEqual([`/confidence/${source}:scan widens`]);
      expect(places({ confidence: {} }, { ...asking, confidence: { [`${source}:scan`]: 90 } })).toEqual([
        `/confidence/${source}:scan narrows`,
      ]);
      expect(changes({ severities: { ...base.severities, [`x:${source}`]: 4 } })[0]).toMatchObject({
        effect: 'widens',
        before: 'not mapped',
      });
    },
  );
  test('a category that is named with what its source has already is no change', () => {
    const from = { ...asking, confidence: { scanner: 90 } };
    expect(places({ confidence: { scanner: 90, 'scanner:web': 90 } }, from)).toEqual([]);
    expect(places({ confidence: { scanner: 90, 'scanner:web': 10 } }, from)).toEqual([
      '/confidence/scanner:web narrows',
    ]);
    expect(places({ confidence: { scanner: 90, 'scanner:web': 91 } }, from)).toEqual([
      '/confidence/scanner:web widens',
    ]);
  });
  test('a source whose own category goes falls back to the source', () => {
    const from = { ...asking, confidence: { scanner: 90, 'scanner:web': 10 } };
    expect(places({ confidence: { scanner: 90 } }, from)).toEqual(['/confidence/scanner:web widens']);
  });
  test('a word moved over the threshold of a grant and back', () => {
    const from = { ...base, severities: { ...base.severities, notice: 1 } };
    expect(places({ severities: { ...from.severities, notice: 2 } }, from)).toEqual(['/severities/notice widens']);
    expect(places({ severities: { ...from.severities, warning: 1 } }, from)).toEqual(['/severities/warning narrows']);
    expect(places({ severities: { ...from.severities, notice: 0 } }, from)).toEqual(['/severities/notice neutral']);
  });
});

const demandOf = (role: string, count: number) => ({ role: anId<'Role'>(role), count });

describe('AG-706 4.12: who looks at the dry run', () => {
  const looking = (...demands: readonly ReturnType<typeof demandOf>[]): Partial<Envelope> => ({
    dryRun: { marginPercent: 0, demands },
  });
  const from = { ...base, ...looking(demandOf('release-approver', 2), demandOf('service-owner', 1)) };
  test.each<[string, Partial<Envelope>, readonly string[]]>([
    [
      'one person less',
      looking(demandOf('release-approver', 1), demandOf('service-owner', 1)),
      ['/dryRun/demands widens'],
    ],
    ['a role less', looking(demandOf('release-approver', 2)), ['/dryRun/demands widens']],
    ['another role', looking(demandOf('release-approver', 2), demandOf('safety', 1)), ['/dryRun/demands widens']],
    ['one person more', looking(demandOf('release-approver', 3), demandOf('service-owner', 1)), []],
    ['another order', looking(demandOf('service-owner', 1), demandOf('release-approver', 2)), []],
  ])('%s', (_what, change, expected) => {
    expect(places(change, from)).toEqual(expected);
  });
});

describe('E3: calendars that were not gone through day by day', () => {
  const longest = anEnvelope({ validUntil: at('9999-12-31T23:59:59.999Z') });
  test('versions that span centuries are answered at once: not clear, and no change where the calendars are the same', () => {
    const spare = { calendars: [...base.calendars, aCalendar({ name: 'spare' })] };
    expect(places(spare, longest)).toEqual(['/calendars unclear']);
    expect(places({}, longest)).toEqual([]);
  });
});

const openUntil = (to: number): Envelope['calendars'] => [
  aCalendar({ name: 'day', weekly: [{ days: [1], from: 0, to }] }),
];

describe('E3, D1: a calendar that only a route names', () => {
  const route = aRoute({ id: anId('R-day'), when: { environments: ['production'], calendars: ['day'] } });
  const alone = anEnvelope({ grants: [], routes: [route], calendars: openUntil(600) });
  test('open longer, people can be asked where nobody could be: that is no narrowing', () => {
    expect(places({ calendars: openUntil(660) }, alone)).toEqual(['/calendars/day unclear']);
    expect(places({ calendars: openUntil(540) }, alone)).toEqual(['/calendars/day widens']);
  });
  test('where a route asks at any time more of it asks more people: that narrows', () => {
    for (const when of [{}, { environments: ['production'] as const }])
      expect(places({ calendars: openUntil(660) }, { ...alone, routes: [route, aRoute({ when })] })).toEqual([
        '/calendars/day narrows',
      ]);
  });
  test('a route for other acts, or with a condition more, does not stand in', () => {
    for (const when of [
      { actions: ['acl.change'] as const },
      { environments: ['staging'] as const },
      { targetsOver: 1 },
    ])
      expect(places({ calendars: openUntil(660) }, { ...alone, routes: [route, aRoute({ when })] })).toEqual([
        '/calendars/day unclear',
      ]);
  });
});
