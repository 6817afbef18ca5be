import { expect, test } from 'vitest';
import { plusMs, type TargetId } from '../shared/brand.ts';
import { indexGraph } from '../graph/index-graph.ts';
import { anEnvelope, anId, at, NOW } from '../envelope/envelope.builder.ts';
import type { BenignSchedule } from '../signal/benign.ts';
import { aDigest, aSignal } from '../signal/signal.builder.ts';
import { aProposal, estate, someInputs } from './derive-facts.builder.ts';
import { deriveFacts, type FactInputs } from './derive-facts.ts';
import { NO_DEADLINE_HOURS, type Facts } from './facts.ts';

const factsOf = (change: Partial<FactInputs> = {}): Facts => deriveFacts(someInputs(change)).facts;
const targets = (...names: readonly string[]): readonly TargetId[] => names.map((name) => anId<'Target'>(name));

test('D2: the facts of the demo estate, frozen', () => {
  expect(deriveFacts(someInputs())).toMatchObject({ missing: [], impact: { watch: ['pay'] } });
  expect(factsOf()).toEqual({
    now: '2026-11-18T02:14:00.000Z',
    agent: 'playbook',
    isAgentListed: true,
    action: 'package.patch',
    environments: ['production'],
    tiers: ['non-critical'],
    zones: ['dmz'],
    dataClasses: [],
    targets: 2,
    unknownTargets: 0,
    targetsPerTier: { 'non-critical': 2, 'production-critical': 0, 'safety-critical': 0 },
    percentOfTier: 10,
    affectedServices: 1,
    affectedTiers: ['non-critical'],
    unhandledDependants: 0,
    isGraphFresh: true,
    severity: 4,
    independentSignals: 2,
    matchesKnownBenign: false,
    stagingValidated: true,
    openCalendars: ['night'],
    rollbackKind: 'restore',
    rollbackWindowMinutes: 15,
    rollbackLosesData: false,
    drillAgeDays: 10,
    actionsLastHour: 0,
    cumulativeTargets: 2,
    isBreakerOpen: false,
    isSuspended: false,
    overlapsOperation: false,
    targetKinds: ['host'],
    reachedZones: ['dmz'],
    reachedDataClasses: [],
    paths: [],
    owners: ['team-a'],
    affectedSegments: 0,
    changeSetSize: 2,
    fanOut: 1,
    sharedServices: 0,
    missingConsumers: 0,
    cutFlows: 0,
    predictedDown: 0,
    predictedUnknown: 0,
    capacityLeftPercent: 80,
    citizens: 0,
    statutoryHours: NO_DEADLINE_HOURS,
    confidencePercent: 0,
    skipSharePercent: 0,
    stagingPolicyMet: true,
    classActionsLastHour: 0,
    organisationActionsLastHour: 0,
    concurrentOperations: 0,
    organisationTargets: 2,
    isContracted: false,
    isBaselineLeft: false,
    hasChangeRecord: false,
    hasContingencyPlan: false,
  });
});

const [first, second] = someInputs().signals;
const validation = someInputs().validation!;
const agent = someInputs().roster[0]!;
const late = plusMs(NOW, 60_001);
const aSchedule = (change: Partial<BenignSchedule> = {}): BenignSchedule => ({
  id: anId('b1'),
  rule: 'TlsHandshakeFailing',
  cron: '0 2 * * *',
  utcOffsetMinutes: 0,
  durationMinutes: 60,
  reason: 'nightly batch',
  owner: anId('ann'),
  expiresAt: at('2027-01-01T00:00:00.000Z'),
  ...change,
});

const single: readonly {
  readonly what: string;
  readonly change: Partial<FactInputs>;
  readonly expected: Partial<Facts>;
}[] = [
  {
    what: 'L8: an agent whose identity has ended',
    change: { roster: [{ ...agent, expiresAt: NOW }] },
    expected: { isAgentListed: false },
  },
  {
    what: 'L8: an agent that may only observe',
    change: { roster: [{ ...agent, duty: 'observe' }] },
    expected: { isAgentListed: false },
  },
  {
    what: 'L8: an agent the envelope does not name',
    change: { envelope: anEnvelope({ agents: [anId('other')] }) },
    expected: { isAgentListed: false },
  },
  {
    what: '4.7: an unknown target',
    change: { proposal: aProposal({ targets: targets('h0', 'ghost') }) },
    expected: {
      unknownTargets: 1,
      targets: 2,
      tiers: ['non-critical', 'safety-critical'],
      percentOfTier: 100,
      drillAgeDays: -1,
      independentSignals: 0,
      targetsPerTier: { 'non-critical': 1, 'production-critical': 0, 'safety-critical': 1 },
    },
  },
  {
    what: 'a target named twice',
    change: { proposal: aProposal({ targets: targets('h0', 'h0') }) },
    expected: { targets: 1, cumulativeTargets: 1 },
  },
  {
    what: 'X1: an environment the agent claims is added, not believed',
    change: { proposal: aProposal({ environment: 'staging' }) },
    expected: { environments: ['production', 'staging'] },
  },
  {
    what: '4.3: a dependant without health',
    change: { healthKnown: (node) => node !== 'pay' },
    expected: { unhandledDependants: 1 },
  },
  {
    what: '4.3: a walk that was stopped',
    change: { limits: { hops: 8, caps: { dependants: 0, edges: 10 } } },
    expected: { unhandledDependants: 1 },
  },
  {
    what: 'G3: a graph an hour and a moment old',
    change: { now: at('2026-11-18T03:00:00.001Z') },
    expected: { isGraphFresh: false },
  },
  {
    what: 'G3: a graph of exactly the age allowed',
    change: { now: at('2026-11-18T03:00:00.000Z') },
    expected: { isGraphFresh: true },
  },
  {
    what: 'G3: a graph of the future',
    change: { graph: indexGraph({ ...estate, takenAt: late }) },
    expected: { isGraphFresh: false },
  },
  {
    what: 'D8: one source not authenticated',
    change: { signals: [first!, { ...second!, isAuthenticated: false }] },
    expected: { independentSignals: 1 },
  },
  {
    what: 'D3: one signal the proposal does not name',
    change: { proposal: aProposal({ signals: [anId('s1')] }) },
    expected: { independentSignals: 1 },
  },
  {
    what: 'D3: two sources of one origin',
    change: {
      sources: [
        { source: anId('prometheus'), lineage: ['x'] },
        { source: anId('scanner'), lineage: ['x'] },
      ],
    },
    expected: { independentSignals: 1 },
  },
  {
    what: 'L8: a target no signal speaks for',
    change: { proposal: aProposal({ targets: targets('h0', 'h1', 'h7') }) },
    expected: { independentSignals: 0 },
  },
  {
    what: '4.11: one signal that speaks for one target only',
    change: {
      signals: [
        first!,
        { signal: aSignal('s2', { source: anId('scanner'), targets: targets('h0') }), isAuthenticated: true },
      ],
    },
    expected: { independentSignals: 1 },
  },
  {
    what: '4.11: a signal about a service speaks for what it stands on',
    change: {
      signals: [
        first!,
        { signal: aSignal('s2', { source: anId('scanner'), targets: targets('pay') }), isAuthenticated: true },
      ],
    },
    expected: { independentSignals: 2 },
  },
  {
    what: 'D3: a resolved signal',
    change: { signals: [first!, { ...second!, signal: { ...second!.signal, status: 'resolved' } }] },
    expected: { independentSignals: 1 },
  },
  {
    what: "D3: severity is the envelope's word for the source's",
    change: { signals: [second!] },
    expected: { severity: 3 },
  },
  {
    what: 'D3: a word the envelope does not map',
    change: { signals: [{ ...first!, signal: { ...first!.signal, severity: 'toString' } }] },
    expected: { severity: -1 },
  },
  {
    what: '4.11: a pattern known to be harmless',
    change: { schedules: [aSchedule({ source: anId('scanner') })] },
    expected: { matchesKnownBenign: true },
  },
  {
    what: '4.11: a pattern of another source',
    change: { schedules: [aSchedule({ source: anId('other') })] },
    expected: { matchesKnownBenign: false },
  },
  {
    what: 'L4: a validation of another change',
    change: { validation: { ...validation, changeDigest: aDigest('c2') } },
    expected: { stagingValidated: false },
  },
  {
    what: 'L4: a validation of another proposal',
    change: { validation: { ...validation, proposal: anId('p2') } },
    expected: { stagingValidated: false },
  },
  {
    what: 'L4: a failed validation',
    change: { validation: { ...validation, isPassed: false } },
    expected: { stagingValidated: false },
  },
  {
    what: 'L4: a reproduction that did not fail and pass',
    change: { validation: { ...validation, isReproduced: false } },
    expected: { stagingValidated: false },
  },
  {
    what: 'L4: a validation of the future',
    change: { validation: { ...validation, finishedAt: late } },
    expected: { stagingValidated: false },
  },
  {
    what: 'D5: an operation that runs on a dependant',
    change: {
      operations: [
        {
          proposal: anId('p0'),
          agent: anId('x'),
          action: 'service.restart',
          targets: targets('pay'),
          startedAt: NOW,
          isOngoing: true,
        },
      ],
    },
    expected: { overlapsOperation: true, actionsLastHour: 0, cumulativeTargets: 2 },
  },
  { what: 'D7: a suspension', change: { isSuspended: true }, expected: { isSuspended: true } },
  { what: '4.4: an open breaker', change: { isBreakerOpen: true }, expected: { isBreakerOpen: true } },
  { what: 'E1: a closed calendar', change: { now: at('2026-11-18T12:00:00.000Z') }, expected: { openCalendars: [] } },
];
test.each(single)('$what', ({ change, expected }) => {
  expect(factsOf(change)).toMatchObject(expected);
});

test('D1: what is missing is named, and the facts stay whole and restrictive', () => {
  const {
    envelope: _envelope,
    graph: _graph,
    ...rest
  } = someInputs({ roster: [], signals: [{ ...first!, isAuthenticated: false }] });
  const { facts, missing } = deriveFacts(rest);
  expect(missing).toEqual([
    'an active envelope',
    'a system graph',
    'the agent `playbook` in the roster',
    'a signal of an authenticated source',
  ]);
  expect(facts).toMatchObject({
    unknownTargets: 2,
    tiers: ['safety-critical'],
    severity: -1,
    independentSignals: 0,
    isGraphFresh: false,
    isAgentListed: false,
    openCalendars: [],
  });
  const unmapped = someInputs({ signals: [{ ...first!, signal: { ...first!.signal, severity: 'page' } }] });
  expect(deriveFacts(unmapped).missing).toEqual(['a severity: the envelope maps none of `page`']);
});
