import { describe, expect, test } from 'vitest';
import { HUMAN_CONDITION_NAMES } from '../human-conditions.ts';
import { aGrant, anEnvelope, anId, aRoute } from '../envelope.builder.ts';
import type { Envelope, Grant } from '../envelope.ts';
import { rulesOf } from '../rules.ts';
import { compareModes, type Comparison } from './compare.ts';
import { deadRules } from './dead-rules.ts';
import { cedarJsonOf } from './est.ts';
import { readEst } from './read-est.ts';

const jsonOf = (change: Partial<Envelope>) => cedarJsonOf(rulesOf(anEnvelope(change)));
const compared = (before: Partial<Envelope>, after: Partial<Envelope>): Comparison =>
  compareModes({ before: jsonOf(before), after: jsonOf(after) }, { ignoreValidity: true });
const kindsOf = (before: Partial<Envelope>, after: Partial<Envelope>): readonly Comparison['kind'][] => [
  compared(before, after).kind,
  compared(after, before).kind,
];
const grants = (change: Partial<Grant>): Partial<Envelope> => ({ grants: [aGrant(change)] });
const caps = (change: Partial<Grant['caps']>): Partial<Envelope> => grants({ caps: { ...aGrant().caps, ...change } });

/** Each pair: less authority, more authority, by one part of a grant or of the envelope alone. */
const PAIRS: readonly (readonly [string, Partial<Envelope>, Partial<Envelope>])[] = [
  ['targets', caps({ targets: 14 }), caps({ targets: 15 })],
  ['services', caps({ services: 4 }), caps({ services: 5 })],
  ['segments', caps({ segments: 4 }), caps({ segments: 5 })],
  ['share of a tier', caps({ percentOfTier: 20 }), caps({ percentOfTier: 21 })],
  ['steps', caps({ changeSetSize: 4 }), caps({ changeSetSize: 5 })],
  ['fan-out', caps({ fanOut: 4 }), caps({ fanOut: 5 })],
  ['shared services', caps({ sharedServices: 0 }), caps({ sharedServices: 1 })],
  ['acts an hour', caps({ actionsPerHour: 3 }), caps({ actionsPerHour: 4 })],
  ['a tier cap', caps({ perTier: { 'non-critical': 9 } }), caps({ perTier: { 'non-critical': 10 } })],
  ['actions', {}, grants({ actions: ['package.patch', 'process.kill'] })],
  ['tiers', grants({ tiers: ['non-critical'] }), {}],
  ['environments', {}, grants({ environments: ['production', 'staging'] })],
  ['kinds', grants({ targetKinds: ['host'] }), {}],
  ['severity', grants({ minSeverity: 3 }), {}],
  ['signals', grants({ minIndependentSignals: 3 }), {}],
  ['confidence', grants({ minConfidencePercent: 1 }), {}],
  ['windows', {}, grants({ calendars: ['night', 'day'] })],
  ['any window', {}, grants({ calendars: [] })],
  ['capacity', grants({ minCapacityLeftPercent: 1 }), {}],
  ['rollback window', {}, grants({ rollbackWindowMinutes: 31 })],
  ['drill age', {}, grants({ maxDrillAgeDays: 61 })],
  ['switched on', grants({ isEnabled: false }), {}],
  ['a prohibition less', {}, { prohibited: [] }],
  [
    'a prohibition that a record lifts',
    {},
    { prohibited: anEnvelope().prohibited.map((one) => ({ ...one, without: 'change-record' })) },
  ],
  [
    'a zone less for people',
    {},
    { humanOnly: [{ id: anId('H01-clinical'), clause: 'AG-706 4.7', zones: ['clinical'] }] },
  ],
  ['a limit', { limits: { ...anEnvelope().limits, concurrentOperations: 1 } }, {}],
  ['a phase', { phase: 'non-production' }, {}],
  ['the first phase', { phase: 'observe-only' }, { phase: 'non-production' }],
  ['the margin', { dryRun: { ...anEnvelope().dryRun, marginPercent: 20 } }, {}],
  ['a route less', {}, { routes: [aRoute()] }],
];

describe('E3, E4: of two envelopes, one part apart', () => {
  test.each(PAIRS)('%s: more of it widens, and the same change taken back is proved to narrow', (_what, less, more) => {
    expect(kindsOf(less, more)).toEqual(['widening', 'no-widening']);
  });
  test.each(PAIRS)('%s: either version compared with itself is proved to be the same', (_what, less, more) => {
    expect([...kindsOf(less, less), ...kindsOf(more, more)]).toEqual(Array.from({ length: 4 }, () => 'no-widening'));
  });
  test('what narrows in every part at once narrows as a whole', () => {
    const narrow = grants({
      minSeverity: 4,
      minIndependentSignals: 3,
      tiers: ['non-critical'],
      targetKinds: ['host'],
      caps: { ...aGrant().caps, targets: 1, services: 1, actionsPerHour: 1 },
    });
    expect(kindsOf(narrow, {})).toEqual(['widening', 'no-widening']);
  });
  test('narrower in all parts but one is a widening, whichever that is', () => {
    const narrow = { minSeverity: 4, tiers: ['non-critical'] as const };
    for (const wide of [
      { maxDrillAgeDays: 61 },
      { rollbackWindowMinutes: 31 },
      { requiresStaging: true, calendars: [] },
    ])
      expect(compared({}, grants({ ...narrow, ...wide })).kind).toBe('widening');
  });
});

describe('E1: the rules of an envelope are read to the last', () => {
  test('no expression of ours is a free question, and no rule is lost', () => {
    for (const phase of ['observe-only', 'non-production', 'bounded-autonomy'] as const) {
      const read = readEst(jsonOf({ phase }));
      expect(read.ok && read.value.unsupported).toEqual([]);
      expect(read.ok && read.value.policies).toHaveLength(rulesOf(anEnvelope({ phase })).length);
    }
  });
  test('D1: nothing of the closed list is dead as long as a grant can run', () => {
    const dead = new Set(deadRules(jsonOf({})).map(({ id }) => id));
    const closed = HUMAN_CONDITION_NAMES.map((name) => `people/${name}`);
    // Each of these is implied by what the grant itself asks: severity, signals, staging and a drill of sixty days.
    const implied = [
      'never-drilled',
      'drill-overdue',
      'severity-unknown',
      'uncorrelated',
      'not-validated',
      'skips-used-up',
    ];
    expect(closed.filter((id) => dead.has(id)).toSorted()).toEqual(implied.map((name) => `people/${name}`).toSorted());
  });
});
