import { expect, test } from 'vitest';
import {
  activate,
  decide,
  envelopeShape,
  noEnvelope,
  plainBlocks,
  parseDigest,
  parseId,
  PLAIN_CAPS,
  PLAIN_GRANT,
  readShape,
  type DecisionInput,
  type Facts,
} from '@countersign/core';
import { createCedarOracle } from './cedar.ts';
import { randomEnvelope, randomFacts, randomSource } from './cedar.builder.ts';

const digest = parseDigest(`sha256:${'e1'.repeat(32)}`)!;
const read = readShape(envelopeShape, {
  ...(randomEnvelope(randomSource(1)) as object),
  prohibited: [],
  humanOnly: [],
  grants: [],
  guardrails: [],
  dryRun: { marginPercent: 0, demands: [{ role: 'approver', count: 1 }] },
  limits: plainBlocks([]).limits,
  routes: [{ id: 'R1', clause: '4.2', when: {}, demands: [{ role: 'approver', count: 1 }], stepUp: false }],
  maySkipStaging: ['service.restart'],
});
if (!read.ok) throw new Error(JSON.stringify(read.refusal));
const envelope = {
  ...read.value,
  grants: [
    {
      id: parseId<'Rule'>('G1')!,
      isEnabled: true,
      actions: ['service.restart', 'package.patch'] as const,
      tiers: ['non-critical'] as const,
      environments: ['production'] as const,
      ...PLAIN_GRANT,
      minSeverity: 2,
      minIndependentSignals: 1,
      requiresStaging: false,
      calendars: [],
      caps: {
        ...PLAIN_CAPS,
        targets: 10,
        services: 10,
        perTier: { 'non-critical': 10 },
        percentOfTier: 50,
        actionsPerHour: 5,
      },
      rollbackWindowMinutes: 30,
      maxDrillAgeDays: 92,
    },
  ],
};
const signatures = ['paul', 'petra'].map((person) => ({
  person: parseId<'Person'>(person)!,
  roles: [parseId<'Role'>('policy-admin')!],
  digest,
}));
const harmless: Facts = {
  ...randomFacts(() => 0.5, envelope),
  action: 'service.restart',
  environments: ['production'],
  tiers: ['non-critical'],
  zones: [],
  dataClasses: [],
  targets: 5,
  targetsPerTier: { 'non-critical': 5, 'production-critical': 0, 'safety-critical': 0 },
  percentOfTier: 5,
  affectedServices: 0,
  affectedTiers: [],
  cumulativeTargets: 5,
};
const oracle = createCedarOracle();
const inputOf = (change: Partial<Facts> = {}): DecisionInput => {
  const active = activate({ envelope, digest, now: harmless.now, signatures, authors: [] });
  if (!active.ok) throw new Error(JSON.stringify(active.refusal));
  return {
    proposal: { id: parseId<'Proposal'>('p1')!, revision: 1, changeDigest: digest },
    stage: 'after-staging',
    derived: { facts: { ...harmless, ...change }, missing: [], findings: [], provenance: [] },
    envelope: { kind: 'active', active: active.value },
    graph: { digest, version: 1 },
    floor: { quorums: [], humanOnlyActions: [], autonomousTargets: 100 },
    oracle,
  };
};

const table = [
  { what: 'a small restart', change: {}, verdict: 'autonomous' },
  { what: 'one target too many', change: { targets: 11, cumulativeTargets: 11 }, verdict: 'needs-approval' },
  { what: 'an action without a grant', change: { action: 'flag.rollback' }, verdict: 'needs-approval' },
  {
    what: 'a patch without staging',
    change: { action: 'package.patch', stagingValidated: false },
    verdict: 'needs-approval',
  },
  { what: 'a safety-critical target', change: { tiers: ['safety-critical'] }, verdict: 'needs-approval' },
  { what: 'an agent nobody listed', change: { isAgentListed: false }, verdict: 'prohibited' },
  { what: 'a number an engine would round', change: { targets: 2 ** 60 }, verdict: 'prohibited' },
] as const;
test.each(table)('D1: with real Cedar and our evaluator, $what is $verdict', ({ change, verdict }) => {
  const decision = decide(inputOf(change));
  expect(decision.verdict).toBe(verdict);
  expect(decision.reasons.length).toBeGreaterThan(0);
});

test('D2: the engines are named with their versions, and the same inputs give the same bytes', () => {
  const decision = decide(inputOf());
  expect(decision.engines).toEqual([
    expect.stringMatching(/^cedar 4\.13\.\d+ sha256:[0-9a-f]{64}$/),
    'own 1',
    `policies sha256:${'0'.repeat(64)}`,
    'tzdata none',
  ]);
  expect(JSON.stringify(decide(inputOf()))).toBe(JSON.stringify(decision));
});

test('E2: without an envelope in force nothing is asked and everything is prohibited', () => {
  const refused = { ...inputOf(), envelope: { kind: 'refused' as const, refusal: noEnvelope().refusal } };
  expect(decide(refused)).toMatchObject({ verdict: 'prohibited', rules: [], engines: ['own 1'] });
});
