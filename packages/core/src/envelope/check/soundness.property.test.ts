import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileEnvelope, evaluate } from '../../decision/evaluate.ts';
import { someTargets } from '../../decision/facts.builder.ts';
import type { Facts } from '../../decision/facts.ts';
import { TIERS } from '../../graph/graph.ts';
import { ENVIRONMENTS } from '../../people/trust-bundle.ts';
import { instantOf, msOf } from '../../shared/brand.ts';
import { openCalendars } from '../calendar.ts';
import { checkEnvelope } from '../check-envelope.ts';
import { aCalendar, aGrant, anEnvelope, anId } from '../envelope.builder.ts';
import type { Calendar, Envelope, Grant, Restriction } from '../envelope.ts';
import type { Condition } from '../rule.ts';
import { isEverOpen } from './calendars.ts';

const ACTIONS = ['package.patch', 'service.restart', 'flag.rollback'] as const;
const some = <T extends string>(items: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...items], { minLength: 1 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const restriction: fc.Arbitrary<Partial<Restriction>> = fc
  .record({
    actions: maybe(some(ACTIONS)),
    environments: maybe(some(ENVIRONMENTS)),
    tiers: maybe(some(TIERS)),
    zones: maybe(some(['dmz', 'office'])),
    calendars: maybe(fc.constant(['night'])),
    targetsOver: maybe(fc.constantFrom(0, 1, 15)),
  })
  // Absent parts are absent, not undefined.
  .map((parts) => Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)));
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    op: fc.constant('at-most' as const),
    fact: fc.constantFrom('targets', 'drillAgeDays', 'fanOut'),
    value: fc.nat({ max: 99 }),
  }),
  fc.record({
    op: fc.constant('at-least' as const),
    fact: fc.constantFrom('severity', 'drillAgeDays', 'independentSignals'),
    value: fc.integer({ min: -1, max: 4 }),
  }),
  fc.record({
    op: fc.constant('is' as const),
    fact: fc.constantFrom('stagingValidated', 'isGraphFresh', 'isAgentListed'),
    value: fc.boolean(),
  }),
  fc.record({
    op: fc.constant('any-of' as const),
    fact: fc.constantFrom('tiers', 'environments', 'openCalendars'),
    values: some([...TIERS, ...ENVIRONMENTS, 'night']),
  }),
) as fc.Arbitrary<Condition>;
const grant: fc.Arbitrary<Grant> = fc
  .record({
    actions: some(ACTIONS),
    tiers: some(TIERS.slice(0, 2)),
    environments: some(ENVIRONMENTS),
    minSeverity: fc.nat({ max: 4 }),
  })
  .map((change) => aGrant(change));
const envelope: fc.Arbitrary<Envelope> = fc
  .record({
    grant,
    rules: fc.array(restriction, { maxLength: 3 }),
    conditions: fc.array(condition, { maxLength: 2 }),
    actions: fc.subarray([...ACTIONS]),
  })
  .map(({ grant: only, rules, conditions, actions }) =>
    anEnvelope({
      grants: [only],
      humanOnly: rules.map((rule, position) => ({ id: anId(`H${position}`), clause: '4.7', ...rule })),
      guardrails: [{ id: anId('W'), clause: 'c', modes: ['autonomous'], actions, conditions }],
    }),
  );
const facts: fc.Arbitrary<Facts> = fc
  .record({
    action: fc.constantFrom(...ACTIONS),
    environments: some(ENVIRONMENTS),
    critical: fc.nat({ max: 3 }),
    plain: fc.nat({ max: 12 }),
    severity: fc.nat({ max: 4 }),
    zones: fc.subarray(['dmz', 'office']),
    fanOut: fc.nat({ max: 99 }),
  })
  .filter(({ critical, plain }) => critical + plain > 0)
  .map(({ critical, plain, zones, ...rest }) =>
    someTargets({ 'non-critical': plain, 'production-critical': critical }, { ...rest, zones, reachedZones: zones }),
  );

test('E1: a grant that lint calls dead lets no request run, whatever it is', () => {
  const seen = { dead: 0, alive: 0 };
  fc.assert(
    fc.property(envelope, fc.array(facts, { minLength: 20, maxLength: 20 }), (one, requests) => {
      const isDead = checkEnvelope(one).some(({ at }) => at === '/grants/0');
      const compiled = compileEnvelope(one);
      const isAllowed = requests.some((request) => evaluate(compiled, request, 'autonomous').isAllowed);
      expect(isDead && isAllowed).toBe(false);
      if (isDead) seen.dead += 1;
      if (isAllowed) seen.alive += 1;
    }),
    { numRuns: 400 },
  );
  // The test proves it looked at both.
  expect(Math.min(seen.dead, seen.alive)).toBeGreaterThan(10);
});

const calendar: fc.Arbitrary<Calendar> = fc
  .record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 2 }),
    from: fc.integer({ min: 0, max: 1439 }),
    to: fc.integer({ min: 0, max: 1440 }),
    minutes: fc.integer({ min: -720, max: 840 }),
  })
  .map(({ days, from, to, minutes }) =>
    aCalendar({ offsets: [{ from: instantOf(0), minutes }], weekly: [{ days, from, to }] }),
  );

test('E1: a calendar that opens at any minute of a short validity is not called shut, and the other way round', () => {
  const startMs = msOf(anEnvelope().validFrom);
  fc.assert(
    fc.property(calendar, fc.integer({ min: 1, max: 2 * 24 * 12 }), (one, steps) => {
      const [validFrom, validUntil] = [instantOf(startMs), instantOf(startMs + steps * 300_000)];
      const minutes = Array.from({ length: steps * 5 }, (_, minute) => instantOf(startMs + minute * 60_000));
      const isSeenOpen = minutes.some((now) => openCalendars([one], now).length > 0);
      expect(isEverOpen(anEnvelope({ validFrom, validUntil }), one)).toBe(isSeenOpen);
    }),
    { numRuns: 150 },
  );
});
