import { describe, expect, test } from 'vitest';
import { aGrant, anEnvelope, anId, aRoute } from '../envelope.builder.ts';
import type { Envelope, Grant, Guardrail, Selector } from '../envelope.ts';
import type { Condition } from '../rule.ts';
import { checkGrants } from './grants.ts';
import { checkRoutes } from './routes.ts';
import { checkShadowed } from './shadowed.ts';

const shadowed = (change: Partial<Envelope>): readonly string[] =>
  checkShadowed(anEnvelope({ prohibited: [], humanOnly: [], ...change })).map(({ at }) => at);
const rule = (change: Selector, id = 'X') => ({ id: anId<'Rule'>(id), clause: 'c', ...change });
const guardrail = (...conditions: readonly Condition[]): { readonly guardrails: readonly Guardrail[] } => ({
  guardrails: [{ id: anId('W'), clause: 'c', modes: ['autonomous'], actions: [], conditions }],
});

describe('E1: what always takes a grant away', () => {
  // The grant: patch, non-critical and production-critical hosts, production, at most 15 targets, at night.
  test.each<[string, Selector, boolean]>([
    ['everything', {}, true],
    ['its action', { actions: ['package.patch'] }, true],
    ['another action', { actions: ['acl.change'] }, false],
    ['both its tiers', { tiers: ['non-critical', 'production-critical'] }, true],
    ['one of its tiers', { tiers: ['production-critical'] }, false],
    ['its environment and another', { environments: ['production', 'staging'] }, true],
    ['another environment', { environments: ['staging'] }, false],
    ['its calendar', { calendars: ['night'] }, true],
    ['another calendar', { calendars: ['freeze'] }, false],
    ['any target', { targetsOver: 0 }, true],
    ['two targets', { targetsOver: 1 }, false],
    ['any service, of which there may be none', { servicesOver: 0 }, false],
    ['a zone, in which it may not be', { zones: ['dmz'] }, false],
    [
      'every tier that may be affected, of which there may be none',
      { affectedTiers: ['non-critical', 'production-critical', 'safety-critical'] },
      false,
    ],
  ])('people for %s: %s', (_what, selector, isShadowed) => {
    expect(shadowed({ humanOnly: [rule(selector)] }).includes('/grants/0')).toBe(isShadowed);
    expect(shadowed({ prohibited: [rule(selector)] }).includes('/grants/0')).toBe(isShadowed);
  });
  test.each<[string, Condition, boolean]>([
    ['its staging', { op: 'is', fact: 'stagingValidated', value: true }, true],
    ['without staging', { op: 'is', fact: 'stagingValidated', value: false }, false],
    ['its severity', { op: 'at-least', fact: 'severity', value: 2 }, true],
    ['a higher one', { op: 'at-least', fact: 'severity', value: 3 }, false],
    ['its cap', { op: 'at-most', fact: 'affectedServices', value: 4 }, true],
    ['a lower one', { op: 'at-most', fact: 'affectedServices', value: 3 }, false],
    ['only its environment', { op: 'only', fact: 'environments', values: ['production'] }, true],
    ['only another', { op: 'only', fact: 'environments', values: ['staging'] }, false],
    ['a count that is never below nought', { op: 'at-least', fact: 'fanOut', value: 0 }, true],
    ['a way back it does not speak of', { op: 'one-of', fact: 'rollbackKind', values: ['restore'] }, false],
  ])('a guardrail for %s: %s', (_what, condition, isShadowed) => {
    expect(shadowed(guardrail(condition)).includes('/grants/0')).toBe(isShadowed);
  });
  test('all conditions have to follow, not one of them', () => {
    const both: readonly Condition[] = [
      { op: 'at-least', fact: 'severity', value: 2 },
      { op: 'at-least', fact: 'citizens', value: 1 },
    ];
    expect(shadowed(guardrail(...both))).toEqual([]);
  });
  test('of two actions both have to be taken away, by whatever rules', () => {
    const grants = [aGrant({ actions: ['package.patch', 'service.restart'] })];
    expect(shadowed({ grants, humanOnly: [rule({ actions: ['package.patch'] })] })).toEqual([]);
    const both = [rule({ actions: ['package.patch'] }), rule({ actions: ['service.restart'] }, 'Y')];
    expect(shadowed({ grants, humanOnly: both })).toEqual(['/grants/0']);
  });
});

const peopleOver = (targetsOver: number) => ({ humanOnly: [rule({ targetsOver })] });

const withRoute = (when: Selector) => [aRoute(), aRoute({ id: anId('R2'), when })];

describe('AG-706 4.2: what nobody may approve', () => {
  test('a route or a human-only rule for prohibited acts alone is a warning; for some of them it is none', () => {
    const prohibited = [rule({ actions: ['data.destroy'] }, 'P')];
    expect(shadowed({ prohibited, routes: withRoute({ actions: ['data.destroy'] }) })).toEqual(['/routes/1']);
    expect(shadowed({ prohibited, routes: withRoute({ actions: ['data.destroy', 'acl.change'] }) })).toEqual([]);
    expect(shadowed({ prohibited, humanOnly: [rule({ actions: ['data.destroy'], zones: ['a'] })] })).toEqual([
      '/humanOnly/0',
    ]);
  });
  test('a limit on counts is never reached from the widest grant on', () => {
    expect(shadowed(peopleOver(14))).toEqual([]);
    expect(shadowed(peopleOver(15))).toEqual(['/humanOnly/0/targetsOver']);
    expect(shadowed({ ...peopleOver(15), grants: [] })).toEqual([]);
    expect(shadowed({ ...peopleOver(15), grants: [aGrant({ isEnabled: false })] })).toEqual([]);
  });
});

const withCaps = (change: Partial<Grant['caps']>): Partial<Grant> => ({ caps: { ...aGrant().caps, ...change } });

const grantFindings = (change: Partial<Grant>, envelope: Partial<Envelope> = {}): readonly string[] =>
  checkGrants(anEnvelope({ ...envelope, grants: [aGrant(change)] })).map(({ severity, at }) => `${severity} ${at}`);

describe('AG-706 4.1, 4.5, 4.9: a grant that is on', () => {
  test.each<[string, Partial<Grant>, readonly string[]]>([
    [
      'no target',
      withCaps({ targets: 0, perTier: { 'non-critical': 0 } }),
      ['error /grants/0/caps', 'error /grants/0/caps/perTier'],
    ],
    ['no act an hour', withCaps({ actionsPerHour: 0 }), ['error /grants/0/caps']],
    ['no share of a tier', withCaps({ percentOfTier: 0 }), ['error /grants/0/caps']],
    ['no step', withCaps({ changeSetSize: 0 }), ['error /grants/0/caps/changeSetSize']],
    ['no service, which a host may have', withCaps({ services: 0 }), []],
    ['one tier of two with room', withCaps({ perTier: { 'non-critical': 1 } }), []],
    [
      'no tier with room',
      withCaps({ perTier: { 'non-critical': 0, 'production-critical': 0 } }),
      ['error /grants/0/caps/perTier'],
    ],
    ['as many of a tier as in all', withCaps({ perTier: { 'non-critical': 15 } }), []],
    [
      'one more of a tier than in all',
      withCaps({ perTier: { 'non-critical': 16 } }),
      ['warning /grants/0/caps/perTier/non-critical'],
    ],
  ])('%s', (_what, change, places) => {
    expect(grantFindings(change)).toEqual(places);
  });
  test.each([
    [10, 1000, []],
    [11, 50, []],
    [11, 51, ['error /grants/0/caps/targets']],
  ])('4.9: %i targets with a canary of %i', (targets, canary, places) => {
    const change = withCaps({ targets, perTier: { 'non-critical': 1 } });
    expect(grantFindings(change, { rollout: { ...anEnvelope().rollout, canary } })).toEqual(places);
  });
  test.each([
    [80, {}, ['warning /grants/0/minConfidencePercent']],
    [80, { a: 79 }, ['warning /grants/0/minConfidencePercent']],
    [80, { a: 10, b: 80 }, []],
    [0, {}, []],
  ])('D3: %i %% asked of sources with %j', (minConfidencePercent, confidence, places) => {
    expect(grantFindings({ minConfidencePercent }, { confidence })).toEqual(places);
  });
  test('one that is off may be unfinished in every way', () => {
    expect(
      grantFindings({ isEnabled: false, actions: [], tiers: ['safety-critical'], ...withCaps({ targets: 0 }) }),
    ).toEqual([]);
  });
});

const routeFindings = (...all: readonly Parameters<typeof aRoute>[0][]): readonly string[] =>
  checkRoutes(anEnvelope({ routes: all.map((change, n) => aRoute({ id: anId(`R${n}`), ...change })) })).map(
    ({ severity, at }) => `${severity} ${at}`,
  );

describe('A1, AG-706 4.2: whom routes ask', () => {
  const two = [{ role: anId<'Role'>('a'), count: 2 }];
  test.each<[string, Selector, readonly string[]]>([
    ['critical targets', { tiers: ['production-critical'] }, ['warning /routes/1/demands']],
    ['critical ones among others', { tiers: ['non-critical', 'safety-critical'] }, ['warning /routes/1/demands']],
    ['critical dependants', { affectedTiers: ['safety-critical'] }, ['warning /routes/1/demands']],
    ['uncritical targets', { tiers: ['non-critical'] }, []],
    ['everything', {}, []],
  ])('one person for %s', (_what, when, places) => {
    expect(routeFindings({ when: {} }, { when })).toEqual(places);
    expect(routeFindings({ when: {} }, { when, demands: two })).toEqual([]);
  });
  test.each<[string, Selector, number]>([
    ['everything', {}, 0],
    ['one environment', { environments: ['production'] }, 2],
    ['all environments', { environments: ['staging', 'pre-production', 'production'] }, 0],
    ['everything in one zone', { zones: ['dmz'] }, 3],
    ['many targets', { targetsOver: 0 }, 3],
  ])('D1: a route for %s leaves %#', (_what, when, open) => {
    expect(routeFindings({ when })).toEqual(Array.from({ length: open }, () => 'warning /routes'));
  });
});
