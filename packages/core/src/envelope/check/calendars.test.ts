import { describe, expect, test } from 'vitest';
import { aCalendar, aGrant, anEnvelope, anId, aRoute, at } from '../envelope.builder.ts';
import type { Calendar, Envelope } from '../envelope.ts';
import { checkCalendars, isEverOpen } from './calendars.ts';
import { checkCalendarNames, checkEmptyLists, checkIds, selectorsOf } from './names.ts';
import { FULL_SELECTOR } from '../whole-envelope.builder.ts';
import { checkBlocks, checkValidity } from './validity.ts';
import { info, warning, error, type EnvelopeFinding } from './finding.ts';

const said = (findings: readonly EnvelopeFinding[]): readonly string[] =>
  findings.map(({ severity, at: place }) => `${severity} ${place}`);
const calendar = (change: Partial<Calendar>): readonly string[] =>
  said(checkCalendars(anEnvelope({ calendars: [aCalendar(change)] })));
const always = { days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440 };

describe('E1: hours', () => {
  test.each([
    [0, 0, ['error /calendars/0/weekly/1']],
    [720, 720, ['error /calendars/0/weekly/1']],
    [1440, 1440, ['error /calendars/0/weekly/1']],
    [1440, 0, ['error /calendars/0/weekly/1/from']],
    [0, 1440, []],
    [1439, 0, []],
    [1439, 1440, []],
  ])('from %i to %i', (from, to, places) => {
    expect(calendar({ weekly: [always, { days: [1], from, to }] })).toEqual(places);
  });
});

const offsetsFrom = (...instants: readonly string[]): readonly string[] =>
  calendar({ offsets: instants.map((instant) => ({ from: at(instant), minutes: 0 })) });

describe('E1: offsets', () => {
  const [start, later, latest] = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z', '2026-11-03T00:00:00.000Z'];
  test('the first begins with the envelope at the latest', () => {
    expect(offsetsFrom(start, later)).toEqual([]);
    expect(offsetsFrom(later)).toEqual(['error /calendars/0/offsets']);
  });
  test('each is later than the one before it: twice the same is one too many', () => {
    expect(offsetsFrom(start, later, later)).toEqual(['error /calendars/0/offsets/2/from']);
    expect(offsetsFrom(start, latest, later, start)).toEqual([
      'error /calendars/0/offsets/2/from',
      'error /calendars/0/offsets/3/from',
    ]);
  });
});

describe('E1: closed days and periods', () => {
  test.each([
    ['2026-02-29', ['error /calendars/0/closed/0']],
    ['2028-02-29', []],
    ['2026-13-01', ['error /calendars/0/closed/0']],
    ['2026-00-10', ['error /calendars/0/closed/0']],
    ['2026-04-31', ['error /calendars/0/closed/0']],
    ['2026-12-31', []],
  ])('%s', (date, places) => {
    expect(calendar({ closed: [date] })).toEqual(places);
  });
  test('a day named again is said once for each time after the first', () => {
    expect(calendar({ closed: ['2026-12-25', '2026-12-26', '2026-12-25', '2026-12-25'] })).toEqual([
      'warning /calendars/0/closed/2',
      'warning /calendars/0/closed/3',
    ]);
  });
  test('a period has a length', () => {
    const [a, b] = [at('2026-12-01T00:00:00.000Z'), at('2026-12-02T00:00:00.000Z')];
    const periods = [
      { from: a, to: b },
      { from: b, to: a },
      { from: a, to: a },
    ];
    expect(calendar({ periods })).toEqual(['error /calendars/0/periods/1', 'error /calendars/0/periods/2']);
  });
});

const during = (from: string, to: string): boolean =>
  isEverOpen(anEnvelope(), aCalendar({ weekly: [], periods: [{ from: at(from), to: at(to) }] }));

describe('E1: open at some time', () => {
  test('a period counts that reaches into the validity by a millisecond', () => {
    expect(during('2026-10-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z')).toBe(false);
    expect(during('2026-10-01T00:00:00.000Z', '2026-11-01T00:00:00.001Z')).toBe(true);
    expect(during('2027-01-14T23:59:59.999Z', '2027-02-01T00:00:00.000Z')).toBe(true);
    expect(during('2027-01-15T00:00:00.000Z', '2027-02-01T00:00:00.000Z')).toBe(false);
  });
  test('AG-706 4.10: a validity of centuries is not gone through: at most its first 92 days are', () => {
    const envelope = anEnvelope({ validUntil: at('9999-12-31T23:59:59.999Z') });
    const on = (from: string, to: string): boolean =>
      isEverOpen(envelope, aCalendar({ weekly: [], periods: [{ from: at(from), to: at(to) }] }));
    expect(on('2027-01-31T23:59:59.999Z', '2027-02-02T00:00:00.000Z')).toBe(true);
    expect(on('2027-02-01T00:00:00.000Z', '2027-02-02T00:00:00.000Z')).toBe(false);
    expect(said(checkValidity(envelope))).toEqual(['error /validUntil']);
  });
  test('without any validity the dates are the fault, not the calendar', () => {
    expect(said(checkCalendars(anEnvelope({ validUntil: anEnvelope().validFrom })))).toEqual([]);
  });
});

const advice = (...names: readonly string[]): readonly string[] =>
  checkCalendarNames(anEnvelope({ grants: [aGrant({ calendars: [...names] })] }))
    .filter(({ severity }) => severity === 'error')
    .map((finding) => finding.advice);

const ruleNamed = (id: string) => ({ id: anId<'Rule'>(id), clause: 'c' });

describe('E1: ids and names', () => {
  const LISTS: readonly (readonly [string, Partial<Envelope>])[] = [
    ['prohibited', { prohibited: [ruleNamed('X'), ruleNamed('X')] }],
    ['humanOnly', { humanOnly: [ruleNamed('X'), ruleNamed('X')] }],
    ['grants', { grants: [aGrant({ id: anId('X') }), aGrant({ id: anId('X') })] }],
    ['routes', { routes: [aRoute({ id: anId('X') }), aRoute({ id: anId('X') })] }],
    [
      'guardrails',
      {
        guardrails: [ruleNamed('X'), ruleNamed('X')].map((one) => ({
          ...one,
          modes: ['approved'],
          actions: [],
          conditions: [],
        })),
      },
    ],
  ];
  test.each(LISTS)('two %s with one id: the second is named', (list, change) => {
    expect(said(checkIds(anEnvelope(change)))).toEqual([`error /${list}/1/id`]);
  });
  test('one id in every list is said in all but the first', () => {
    const whole = Object.assign({}, ...LISTS.map(([, change]) => change)) as Partial<Envelope>;
    expect(checkIds(anEnvelope(whole))).toHaveLength(9);
  });
  test('ids differ by case; calendars have names of their own', () => {
    expect(checkIds(anEnvelope({ prohibited: [ruleNamed('x'), ruleNamed('X'), ruleNamed('night')] }))).toEqual([]);
  });
  test('every list of a selector that is empty is an error where it stands', () => {
    const lists = Object.entries(FULL_SELECTOR).filter(([, value]) => Array.isArray(value));
    expect(lists).toHaveLength(10);
    for (const [part] of lists) {
      const empty = { [part]: [] };
      const change = {
        prohibited: [{ ...ruleNamed('P'), ...empty }],
        humanOnly: [{ ...ruleNamed('H'), ...empty }],
        routes: [aRoute({ when: empty })],
      };
      expect(said(checkEmptyLists(anEnvelope(change)))).toEqual([
        `error /prohibited/0/${part}`,
        `error /humanOnly/0/${part}`,
        `error /routes/0/when/${part}`,
      ]);
    }
    expect(checkEmptyLists(anEnvelope({ prohibited: [{ ...ruleNamed('P'), ...FULL_SELECTOR }] }))).toEqual([]);
  });
  test('id, clause and what a prohibition may lack are no part of what it selects', () => {
    const [found] = selectorsOf(anEnvelope({ prohibited: [{ ...ruleNamed('P'), zones: ['a'] }] }));
    expect(found).toEqual({ at: '/prohibited/0', kind: 'prohibition', selector: { zones: ['a'] } });
  });
  test('a calendar nobody defined says what is near, or what there is', () => {
    expect(advice('nigth')).toEqual(['did you mean `night`?']);
    expect(advice('weekend')).toEqual(['known are night']);
    expect(advice('night')).toEqual([]);
  });
});

const contraction = (change: Partial<Envelope['contraction']>) => ({
  contraction: { ...anEnvelope().contraction, ...change },
});

const blocks = (change: Partial<Envelope>): readonly string[] =>
  said(checkBlocks(anEnvelope({ maxSkipPercent: 50, ...change })));

describe('AG-706 4.10, E2, L4, L6: blocks that stand alone', () => {
  test.each<[string, Partial<Envelope>, readonly string[]]>([
    ['as the others start', {}, []],
    ['L8: no agent', { agents: [] }, ['error /agents']],
    ['L7: config that skips staging', { maySkipStaging: ['config.change'] }, ['error /maySkipStaging']],
    ['L4: nothing may skip, whatever the share', { maySkipStaging: [], maxSkipPercent: 0 }, []],
    ['L4: a share of one', { maxSkipPercent: 1 }, []],
    ['L4: a share of none', { maxSkipPercent: 0 }, ['warning /maxSkipPercent']],
    ['L4: a share of all', { maxSkipPercent: 100 }, ['info /maxSkipPercent']],
    [
      'E6: each rate of zero',
      contraction({ failurePercent: 0, falsePositivePercent: 0, predictionErrorPercent: 0 }),
      [
        'warning /contraction/failurePercent',
        'warning /contraction/falsePositivePercent',
        'warning /contraction/predictionErrorPercent',
      ],
    ],
    ['E6: a rate of one', contraction({ failurePercent: 1 }), []],
    ['4.12: nobody looks', { dryRun: { marginPercent: 0, demands: [] } }, ['error /dryRun/demands']],
    ['D3: no word is known', { severities: {} }, ['warning /severities']],
  ])('%s', (_what, change, places) => {
    expect(blocks(change)).toEqual(places);
  });
  test.each(['observe-only', 'non-production'] as const)('L6: %s is local-only, in each environment', (phase) => {
    const off = { phase, grants: [] };
    expect(blocks(off)).toEqual([]);
    for (const name of ['staging', 'pre-production', 'production'])
      for (const mode of ['metadata-only', 'sanitized'])
        expect(blocks({ ...off, egress: { ...anEnvelope().egress, [name]: mode } })).toEqual([`error /egress/${name}`]);
  });
  test.each([
    [1, undefined, []],
    [1, 'sha256:x', ['error /supersedes']],
    [2, undefined, ['error /supersedes']],
    [2, 'sha256:x', []],
  ])('E2: version %i that replaces %s', (version, supersedes, places) => {
    const change = supersedes === undefined ? { version } : { version, supersedes };
    expect(said(checkValidity(anEnvelope(change)))).toEqual(places);
  });
});

test('a finding without advice says at least what can be done; its clause is the one of the document', () => {
  const plain = { at: '/x', problem: 'is odd', advice: 'change it, or leave it out', clause: 'E1' };
  expect([error, warning, info].map((say) => say('/x', 'is odd'))).toEqual(
    ['error', 'warning', 'info'].map((severity) => ({ severity, ...plain })),
  );
  expect(error('/x', 'is odd', { advice: 'mend it', clause: 'L4' })).toMatchObject({ advice: 'mend it', clause: 'L4' });
});
