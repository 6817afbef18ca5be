import { expect, test } from 'vitest';
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';
import type { Floor } from '../people/trust-bundle.ts';
import { parseDigest } from '../shared/brand.ts';
import { aGrant, anEnvelope, anId, aRoute } from '../envelope/envelope.builder.ts';
import { PLAIN_CAPS } from '../envelope/plain-blocks.ts';
import type { Decision, Verdict } from './decision.ts';
import { compileEnvelope } from './evaluate.ts';
import type { Facts } from './facts.ts';
import { aFloor, agreeingOracle, someFacts, someTargets } from './facts.builder.ts';
import { floorReasons, NEVER_AUTOMATIC, SEGMENTATION } from './floor.ts';
import { floorDemands } from '../people/demands.ts';
import { judge } from './judge.ts';

/** Permits whatever can be permitted: only the floor stands between it and an act. */
const OPEN = anEnvelope({
  prohibited: [],
  humanOnly: [],
  maySkipStaging: [...ACTION_TYPES],
  routes: [aRoute({ when: {} })],
  grants: [
    aGrant({
      actions: [...ACTION_TYPES],
      tiers: ['non-critical', 'production-critical', 'safety-critical'],
      environments: ['staging', 'pre-production', 'production'],
      minSeverity: 0,
      minIndependentSignals: 1,
      requiresStaging: false,
      calendars: [],
      caps: {
        ...PLAIN_CAPS,
        targets: 1000,
        services: 1000,
        perTier: { 'non-critical': 1000, 'production-critical': 1000, 'safety-critical': 1000 },
        percentOfTier: 100,
        actionsPerHour: 1000,
      },
    }),
  ],
});
const compiled = compileEnvelope(OPEN);
const verdict = (
  facts: Facts,
  { floor = aFloor(), stage = 'after-staging' }: { readonly floor?: Floor; readonly stage?: Decision['stage'] } = {},
): Verdict =>
  judge({
    compiled,
    envelopeDigest: parseDigest(`sha256:${'e1'.repeat(32)}`)!,
    facts,
    floor,
    stage,
    oracle: agreeingOracle(OPEN),
  }).verdict;

test('L7: the widest envelope lets only the actions run alone that the floor leaves to it', () => {
  const alone = ACTION_TYPES.filter((action) => verdict(someFacts({ action })) === 'autonomous');
  expect(alone).toEqual([
    'package.patch',
    'service.restart',
    'flag.rollback',
    'file.quarantine',
    'process.kill',
    'workload.scale',
  ]);
  const outside = ACTION_TYPES.filter(
    (action) => verdict(someFacts({ action, environments: ['staging'] })) === 'autonomous',
  );
  expect(outside).toEqual(ACTION_TYPES.filter((action) => !NEVER_AUTOMATIC.includes(action)));
  expect(outside).toEqual(expect.arrayContaining([...SEGMENTATION]));
});

interface Twin {
  readonly what: string;
  readonly clause: string;
  readonly facts: Facts;
  /** The same act with the one thing taken away. */
  readonly twin: Facts;
}
const twins: readonly Twin[] = [
  {
    what: 'a safety-critical target',
    clause: 'AG-706 4.7',
    facts: someTargets({ 'non-critical': 1, 'safety-critical': 1 }),
    twin: someTargets({ 'non-critical': 2 }),
  },
  {
    what: 'a safety-critical dependant',
    clause: 'AG-706 4.7',
    facts: someFacts({ affectedTiers: ['safety-critical'] }),
    twin: someFacts({ affectedTiers: ['production-critical'] }),
  },
  { what: 'an unknown target', clause: 'AG-706 4.7', facts: someFacts({ unknownTargets: 1 }), twin: someFacts() },
  {
    what: 'a zone that records',
    clause: 'L7',
    facts: someFacts({ zones: ['logging'], environments: ['staging'] }),
    twin: someFacts({ environments: ['staging'] }),
  },
  {
    what: 'an authentication zone in production',
    clause: 'L7',
    facts: someFacts({ zones: ['authentication'] }),
    twin: someFacts({ zones: ['authentication'], environments: ['staging'] }),
  },
  {
    what: 'customer data in production',
    clause: 'L7',
    facts: someFacts({ dataClasses: ['cardholder'] }),
    twin: someFacts({ dataClasses: ['cardholder'], environments: ['staging'] }),
  },
  {
    what: 'segmentation in production',
    clause: 'L7',
    facts: someFacts({ action: 'firewall.rule' }),
    twin: someFacts({ action: 'firewall.rule', environments: ['staging'] }),
  },
  {
    what: 'no known environment',
    clause: 'L7',
    facts: someFacts({ action: 'firewall.rule', environments: [] }),
    twin: someFacts({ action: 'firewall.rule', environments: ['pre-production'] }),
  },
  {
    what: 'production config',
    clause: 'L7',
    facts: someFacts({ action: 'config.change' }),
    twin: someFacts({ action: 'config.change', environments: ['staging'] }),
  },
  {
    what: 'more targets than the trust bundle allows',
    clause: 'L7',
    facts: someTargets({ 'non-critical': 51 }),
    twin: someTargets({ 'non-critical': 50 }),
  },
];
test.each(twins)(
  'L7: $what asks people whatever the envelope grants; without it the same act runs alone',
  ({ facts, twin, clause }) => {
    expect([verdict(facts), verdict(twin)]).toEqual(['needs-approval', 'autonomous']);
    expect(floorReasons(facts, aFloor(), 'after-staging').map((reason) => reason.clause)).toContain(clause);
    expect(floorReasons(twin, aFloor(), 'after-staging')).toEqual([]);
  },
);

test('4.7: the highest severity and any number of signals do not open a safety-critical target', () => {
  expect(verdict(someTargets({ 'safety-critical': 1 }, { severity: 4, independentSignals: 9 }))).toBe('needs-approval');
});

test('L7: production config without staging proof is prohibited after staging and owed before it', () => {
  const facts = someFacts({ action: 'config.change', stagingValidated: false });
  expect([verdict(facts), verdict(facts, { stage: 'before-staging' })]).toEqual(['prohibited', 'needs-approval']);
  expect(verdict(someFacts({ action: 'config.change' }))).toBe('needs-approval');
});

test('L7: the trust bundle adds human-only actions and never removes one', () => {
  const added = aFloor({ humanOnlyActions: ['package.patch'] });
  expect([verdict(someFacts(), { floor: added }), verdict(someFacts())]).toEqual(['needs-approval', 'autonomous']);
  for (const action of NEVER_AUTOMATIC)
    expect(verdict(someFacts({ action }), { floor: aFloor({ autonomousTargets: 1_000_000 }) })).toBe('needs-approval');
});

const stepUp = (action: ActionType): boolean | undefined =>
  judge({
    compiled,
    envelopeDigest: parseDigest(`sha256:${'e1'.repeat(32)}`)!,
    facts: someFacts({ action }),
    floor: aFloor(),
    stage: 'after-staging',
    oracle: agreeingOracle(OPEN),
  }).requirement?.stepUp;

const demand = (role: string) => [{ role: anId<'Role'>(role), count: 1 }];

test('A1: secrets, restored data and privileges owe step-up; quorums follow every environment touched', () => {
  expect([stepUp('secret.change'), stepUp('data.restore'), stepUp('acl.change'), stepUp('firewall.rule')]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  const floor = aFloor({
    quorums: [
      { environment: 'staging', demands: demand('a') },
      { environment: 'production', demands: demand('b') },
    ],
  });
  expect(floorDemands(floor, ['production', 'staging']).map(({ role }) => role)).toEqual(['a', 'b']);
  expect(floorDemands(floor, ['pre-production'])).toEqual([]);
});
