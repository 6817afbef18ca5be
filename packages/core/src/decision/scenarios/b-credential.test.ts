import { expect, test } from 'vitest';
import { APPS, recordsEstate } from '../../impact/actions/estate.builder.ts';
import type { Step } from '../../proposal/step.ts';
import { aGrant, anEnvelope, anId, at } from '../../envelope/envelope.builder.ts';
import type { BenignSchedule } from '../../signal/benign.ts';
import { explainDecision } from '../explain.ts';
import { decideScenario, type Decided, type Scenario } from './scenario.builder.ts';

const graph = recordsEstate();
const rotation = (consumers: readonly string[], keepsOld: boolean): readonly Step[] => [
  {
    adapter: 'credential',
    operation: 'rotate',
    credential: anId('db-cred'),
    consumers: consumers.map((one) => anId<'Node'>(one)),
    keepsOld,
  },
];
/** Wide enough that no cap is what refuses it. */
const envelope = anEnvelope({
  humanOnly: [],
  grants: [
    aGrant({
      actions: ['credential.rotate'],
      tiers: ['non-critical', 'production-critical'],
      caps: {
        ...aGrant().caps,
        targets: 100,
        services: 100,
        percentOfTier: 100,
        perTier: { 'non-critical': 100, 'production-critical': 100 },
      },
      minIndependentSignals: 1,
    }),
  ],
});
const batch: BenignSchedule = {
  id: anId('nightly-batch'),
  path: 'nightly-batch',
  cron: '0 2 * * *',
  utcOffsetMinutes: 0,
  durationMinutes: 60,
  reason: 'the nightly batch job logs in 400 times',
  owner: anId('dora'),
  expiresAt: at('2027-01-01T00:00:00.000Z'),
};
const rotate = (change: Partial<Scenario> = {}): Decided =>
  decideScenario({
    graph,
    action: 'credential.rotate',
    steps: rotation([], false),
    targets: ['db-cred'],
    about: ['records-db', 'nightly-batch', 'db-cred'],
    envelope,
    isStaged: true,
    inputs: { schedules: [batch] },
    ...change,
  });

test('scenario B: the rotation does not run alone, and every user the plan misses is named', () => {
  const { decision } = rotate();
  expect(decision.verdict).not.toBe('autonomous');
  expect(decision.missing).toEqual([]);
  expect(decision.facts).toMatchObject({ missingConsumers: 15, rollbackLosesData: true, rollbackKind: 'none' });
  const said = decision.findings.map(({ text }) => text).join('\n');
  for (const user of [...APPS, 'nightly-batch']) expect(said).toContain(user);
  expect(decision.reasons).toContainEqual({
    clause: 'AG-706 4.3',
    text: 'the plan leaves 15 users of the credential without the new one',
  });
});

test('scenario B: the trigger is the batch job that people know, with who said so', () => {
  const { decision } = rotate();
  expect(decision.facts.matchesKnownBenign).toBe(true);
  expect(decision.findings[0]).toEqual({
    clause: 'AG-706 4.11',
    text: 'signal `s1` (TlsHandshakeFailing) is known to be harmless: the nightly batch job logs in 400 times (said by dora)',
  });
  const { decision: atNoon } = rotate({ signal: { startedAt: at('2026-11-18T01:10:00.000Z') } });
  expect(atNoon.facts.matchesKnownBenign).toBe(false);
});

test('scenario B, L7: with every user in the plan and both secrets valid, people are still asked for credentials', () => {
  const { decision } = rotate({
    steps: rotation([...APPS, 'nightly-batch'], true),
    about: ['db-cred', 'records-db'],
    inputs: { schedules: [] },
  });
  expect(decision.facts).toMatchObject({ missingConsumers: 0, predictedDown: 0, matchesKnownBenign: false });
  expect(decision.verdict).toBe('needs-approval');
  expect(decision.reasons.map(({ clause }) => clause)).toContain('L7');
  expect(decision.requirement?.stepUp).toBe(true);
  expect(decision.counterfactuals).toEqual([]);
});

test('scenario B on one page: consumers, the batch job and whom to ask', () => {
  const page = explainDecision(rotate().decision);
  const lines = page.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(60);
  expect(lines.filter((line) => line.length > 79)).toEqual([]);
  const flat = page.replaceAll(/\s+/g, ' ');
  for (const app of APPS) expect(flat).toContain(app);
  expect(flat).toContain('known to be harmless: the nightly batch job');
});
