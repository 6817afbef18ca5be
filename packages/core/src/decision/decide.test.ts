import { expect, test } from 'vitest';
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';
import { noEnvelope } from '../envelope/activate.ts';
import { aGrant, anEnvelope, anId, aRoute, at } from '../envelope/envelope.builder.ts';
import { HUMAN_CONDITION_NAMES } from '../envelope/human-conditions.ts';
import { aDigest as digestOf } from '../signal/signal.builder.ts';
import { decide } from './decide.ts';
import { inputOf, type Setting } from './decide.builder.ts';
import type { Decision } from './decision.ts';
import { compileEnvelope } from './evaluate.ts';
import type { Facts } from './facts.ts';
import { aFloor, someFacts, someTargets } from './facts.builder.ts';
import { SENTENCE_IDS } from './reason.ts';

const decided = (setting: Setting = {}): Decision => decide(inputOf(setting));
/** Grant and changes in words. */
const wordsOf = ({ counterfactuals }: Decision): readonly (readonly string[])[] =>
  counterfactuals.map(({ rule, changes }) => [rule, ...changes.map(({ words }) => words)]);
const clausesOf = (decision: Decision): readonly string[] => decision.reasons.map(({ clause }) => clause);

test('4.1: inside a grant it is autonomous, and the decision names grant, envelope, graph and engines', () => {
  expect(decided()).toMatchObject({
    type: 'decision',
    proposal: 'p1',
    revision: 3,
    verdict: 'autonomous',
    owesStaging: false,
    reasons: [{ clause: 'AG-706 4.1', text: 'grant `G01-patch-staged` covers package.patch on 10 targets' }],
    missing: [],
    counterfactuals: [],
    envelope: { digest: digestOf('e1'), version: 1 },
    graph: { digest: digestOf('91'), version: 4 },
    engines: ['own 1', `policies sha256:${'0'.repeat(64)}`, 'twin 1', 'tzdata none'],
  });
  expect(decided().requirement).toBeUndefined();
});

test('D2: the same inputs give the same bytes, with the rules compiled here or beforehand', () => {
  const input = inputOf({ facts: someTargets({ 'non-critical': 1240 }) });
  const active = input.envelope.kind === 'active' ? input.envelope.active.envelope : anEnvelope();
  const bytes = JSON.stringify(decide(input));
  expect(JSON.stringify(decide(input))).toBe(bytes);
  expect(JSON.stringify(decide({ ...input, compiled: compileEnvelope(active) }))).toBe(bytes);
  expect(JSON.stringify(decide({ ...input, compiled: compileEnvelope(anEnvelope({ grants: [] })) }))).toBe(bytes);
});

const people: Readonly<
  Record<string, { readonly change: Partial<Facts>; readonly clause: string; readonly text: RegExp }>
> = {
  'stale-graph': { change: { isGraphFresh: false }, clause: 'AG-706 4.3', text: /older than the envelope allows/ },
  'unhandled-dependants': { change: { unhandledDependants: 1 }, clause: 'AG-706 4.3', text: /1 dependant$/ },
  'unknown-targets': { change: { unknownTargets: 2 }, clause: 'AG-706 4.7', text: /2 targets/ },
  'breaker-open': { change: { isBreakerOpen: true }, clause: 'AG-706 4.4', text: /circuit breaker/ },
  suspended: { change: { isSuspended: true }, clause: 'D7', text: /suspended/ },
  overlap: { change: { overlapsOperation: true }, clause: 'AG-706 4.5', text: /still running/ },
  'never-drilled': { change: { drillAgeDays: -1 }, clause: 'AG-706 4.6', text: /no rollback drill/ },
  'drill-overdue': { change: { drillAgeDays: 93 }, clause: 'AG-706 4.6', text: /93 days old/ },
  'loses-data': { change: { rollbackLosesData: true }, clause: 'AG-706 4.6', text: /lose data/ },
  'known-benign': { change: { matchesKnownBenign: true }, clause: 'AG-706 4.11', text: /harmless/ },
  'severity-unknown': { change: { severity: -1 }, clause: 'AG-706 4.1', text: /severity/ },
  uncorrelated: { change: { independentSignals: 0 }, clause: 'AG-706 4.11', text: /independent source/ },
  'no-rollback': { change: { rollbackKind: 'none' }, clause: 'AG-706 4.6', text: /without a rollback/ },
  'missing-consumers': { change: { missingConsumers: 4 }, clause: 'AG-706 4.3', text: /4 users of the credential/ },
  'cut-flows': { change: { cutFlows: 1 }, clause: 'AG-706 4.3', text: /cuts 1 flow/ },
  'foreseen-down': { change: { predictedDown: 2 }, clause: 'AG-706 4.12', text: /2 dependants down/ },
  'not-foreseen': { change: { predictedUnknown: 1 }, clause: 'AG-706 4.12', text: /cannot say/ },
  contracted: { change: { isContracted: true }, clause: 'E6', text: /took away/ },
  'baseline-left': { change: { isBaselineLeft: true }, clause: 'D7', text: /its own past/ },
  'staging-policy': { change: { stagingPolicyMet: false }, clause: 'L4', text: /data boundary/ },
  'skips-used-up': {
    change: { action: 'service.restart', stagingValidated: false, skipSharePercent: 101 },
    clause: 'L4',
    text: /101 % of these acts skipped/,
  },
  'not-validated': { change: { stagingValidated: false }, clause: 'L4', text: /staging has not validated/ },
};

test('D1: the closed list of what turns an act to people is wholly in this table and has a sentence each', () => {
  expect(Object.keys(people).toSorted()).toEqual(HUMAN_CONDITION_NAMES.toSorted());
  expect(SENTENCE_IDS.toSorted()).toEqual(
    [...HUMAN_CONDITION_NAMES.map((name) => `people/${name}`), 'approved/by-people'].toSorted(),
  );
});

test.each(Object.entries(people))(
  'D1: %s alone turns a granted act to people and says why',
  (name, { change, clause, text }) => {
    const decision = decided({ facts: someFacts(change) });
    expect(decision.verdict).toBe('needs-approval');
    expect(decision.reasons).toContainEqual({ clause, text: expect.stringMatching(text) as unknown });
    expect(decision.rules.find(({ id }) => id === `people/${name}`)).toMatchObject({
      isMatched: true,
      effect: 'forbid',
      unmet: [],
    });
    expect(decision.requirement?.demands).toEqual([{ role: 'release-approver', count: 1 }]);
  },
);

/** Wide enough that only the fact under test is outside. */
const outside: readonly {
  readonly what: string;
  readonly facts: Facts;
  readonly need: string;
  readonly change: string;
}[] = [
  {
    what: 'more targets than the cap',
    facts: someTargets({ 'non-critical': 15, 'production-critical': 1 }, { cumulativeTargets: 15 }),
    need: 'targets',
    change: 'at most 15 targets',
  },
  {
    what: 'more targets of a tier than its cap',
    facts: someTargets({ 'production-critical': 11 }),
    need: 'productionCriticalTargets',
    change: 'at most 10 production-critical targets',
  },
  {
    what: 'an environment outside',
    facts: someFacts({ environments: ['production', 'staging'] }),
    need: 'environments',
    change: 'only environment production',
  },
  { what: 'a lower severity', facts: someFacts({ severity: 1 }), need: 'severity', change: 'severity at least medium' },
  {
    what: 'one signal',
    facts: someFacts({ independentSignals: 1 }),
    need: 'independentSignals',
    change: 'a second independent signal',
  },
  {
    what: 'a closed calendar',
    facts: someFacts({ now: at('2026-11-18T12:00:00.000Z'), openCalendars: [] }),
    need: 'openCalendars',
    change: 'after 2026-11-18 22:00 UTC, when the calendars allow it',
  },
  {
    what: 'too many services',
    facts: someFacts({ affectedServices: 5 }),
    need: 'affectedServices',
    change: 'at most 4 affected services',
  },
  {
    what: 'a large share',
    facts: someFacts({ percentOfTier: 21 }),
    need: 'percentOfTier',
    change: 'at most 20 % of a tier',
  },
  {
    what: 'many small operations',
    facts: someFacts({ cumulativeTargets: 16 }),
    need: 'cumulativeTargets',
    change: 'at most 15 targets within a day',
  },
  {
    what: 'the fourth act of the hour',
    facts: someFacts({ actionsLastHour: 3 }),
    need: 'actionsLastHour',
    change: 'at most 2 such acts in the last hour',
  },
  {
    what: 'a long rollback',
    facts: someFacts({ rollbackWindowMinutes: 31 }),
    need: 'rollbackWindowMinutes',
    change: 'a rollback window of at most 30 minutes',
  },
  {
    what: 'an old drill',
    facts: someFacts({ drillAgeDays: 61 }),
    need: 'drillAgeDays',
    change: 'a rollback drill at most 60 days old',
  },
];
test.each(outside)(
  '4.1, 4.5: $what is outside the grant, and the nearest change is named: $change',
  ({ facts, need, change }) => {
    const decision = decided({ facts });
    expect(decision.verdict).toBe('needs-approval');
    expect(clausesOf(decision)).toContain('AG-706 4.1');
    expect(decision.rules.find(({ id }) => id === 'G01-patch-staged')?.unmet.map(({ fact }) => fact)).toEqual([need]);
    expect(wordsOf(decision)).toEqual([['G01-patch-staged', change]]);
  },
);

test('D1: counterfactuals join what the grant lacks and what forbids, and stay silent where no fact would help', () => {
  const unstaged = decided({ facts: someFacts({ stagingValidated: false, isSuspended: true, independentSignals: 1 }) });
  expect(wordsOf(unstaged)).toEqual([
    ['G01-patch-staged', 'a second independent signal', 'a validated staging run', 'no suspension'],
  ]);
  const floored = decided({ facts: someFacts({ zones: ['backup'] }) });
  expect([floored.verdict, floored.counterfactuals]).toEqual(['needs-approval', []]);
});

test('4.2: every matching route is owed, with the quorum of the trust bundle and step-up where a route asks for it', () => {
  const floor = aFloor({
    quorums: [
      {
        environment: 'production',
        demands: [
          { role: anId('release-approver'), count: 2 },
          { role: anId('duty-manager'), count: 1 },
        ],
      },
    ],
  });
  expect(decided({ facts: someTargets({ 'non-critical': 1240 }), floor }).requirement).toEqual({
    routes: ['R01-production', 'R02-blast'],
    demands: [
      { role: 'duty-manager', count: 1 },
      { role: 'release-approver', count: 2 },
      { role: 'service-owner', count: 1 },
    ],
    stepUp: true,
  });
});

test('4.2: people are owed and nobody is named anywhere: prohibited', () => {
  const decision = decided({
    facts: someFacts({ isSuspended: true }),
    envelope: anEnvelope({ routes: [] }),
    floor: aFloor({ quorums: [] }),
  });
  expect([decision.verdict, decision.reasons[0]?.text]).toEqual([
    'prohibited',
    'people have to approve this and no route names anyone to ask',
  ]);
  expect(decision.requirement).toBeUndefined();
});

test('4.1: a prohibited action stays prohibited whoever would approve it, and says which rule', () => {
  const decision = decided({ facts: someFacts({ action: 'data.destroy' }) });
  expect(decision).toMatchObject({ verdict: 'prohibited', owesStaging: false });
  expect(decision.reasons).toContainEqual({
    clause: 'AG-706 4.1',
    text: 'rule `P01-tenant` of the envelope prohibits data.destroy',
  });
});

test('L8: an agent the envelope does not list gets nothing, not even to people', () => {
  const decision = decided({ facts: someFacts({ isAgentListed: false }) });
  expect([decision.verdict, decision.reasons[0]?.clause]).toEqual(['prohibited', 'L8']);
});

test('D1: a missing fact prohibits and is named', () => {
  const decision = decided({ missing: ['a system graph'] });
  expect([decision.verdict, decision.missing, decision.reasons]).toEqual([
    'prohibited',
    ['a system graph'],
    [{ clause: 'D1', text: 'this is missing: a system graph' }],
  ]);
});

test('E2: an expired, future, unsigned or absent envelope authorises nothing and says so', () => {
  const late = decided({ facts: someFacts({ now: at('2027-01-15T00:00:00.000Z') }) });
  expect([late.verdict, late.reasons[0]?.text]).toEqual([
    'prohibited',
    expect.stringMatching(/no envelope authorises anything: version 1 is valid from .* re-authorise/),
  ]);
  const early = decided({ facts: someFacts({ now: at('2026-10-01T00:00:00.000Z') }) });
  expect(early.verdict).toBe('prohibited');
  const none = decide({ ...inputOf(), envelope: { kind: 'refused', refusal: noEnvelope().refusal } });
  expect(none).toMatchObject({ verdict: 'prohibited', envelope: { version: 0 }, reasons: [{ clause: 'AG-706 4.1' }] });
  const named = { digest: digestOf('e9'), version: 9 };
  expect(
    decide({ ...inputOf(), envelope: { kind: 'refused', refusal: noEnvelope().refusal, named } }).envelope,
  ).toEqual(named);
});

const owes = (action: ActionType, change: Partial<Facts> = {}): boolean =>
  decided({ facts: someFacts({ action, stagingValidated: false, ...change }), stage: 'before-staging' }).owesStaging;

test('L4: staging is owed where it is missing and may not be skipped', () => {
  expect([
    owes('package.patch'),
    owes('service.restart'),
    owes('package.patch', { stagingValidated: true }),
    owes('data.destroy'),
  ]).toEqual([true, false, false, false]);
});

test('D1: every action type gets a verdict, and the trace names only rules that speak about it', () => {
  for (const action of ACTION_TYPES) {
    const decision = decided({ facts: someFacts({ action }) });
    expect(decision.verdict).toBe(
      action === 'package.patch'
        ? 'autonomous'
        : ['tenant.cross', 'data.destroy'].includes(action)
          ? 'prohibited'
          : 'needs-approval',
    );
    expect(decision.rules.some(({ id }) => id === 'G01-patch-staged')).toBe(action === 'package.patch');
  }
});

test('E1: a human-only rule of the envelope asks people and names what matched', () => {
  const decision = decided({ facts: someFacts({ zones: ['clinical', 'dmz'], reachedZones: ['clinical', 'dmz'] }) });
  expect(decision.reasons).toContainEqual({
    clause: 'AG-706 4.7',
    text: 'rule `H01-clinical` of the envelope asks people for clinical',
  });
});

test('D1: the three nearest grants are named, nearest first', () => {
  const grants = [3, 1, 2, 4].map((days, position) =>
    aGrant({ id: anId(`G${position}`), maxDrillAgeDays: days, minSeverity: days > 2 ? 4 : 0 }),
  );
  const decision = decided({ facts: someFacts({ severity: 2 }), envelope: anEnvelope({ grants, routes: [aRoute()] }) });
  expect(decision.counterfactuals.map(({ rule, changes }) => `${rule} ${changes.length}`)).toEqual([
    'G1 1',
    'G2 1',
    'G0 2',
  ]);
});
