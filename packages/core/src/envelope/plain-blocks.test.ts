import { expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import { anEnvelope, anId } from './envelope.builder.ts';
import { envelopeShape } from './envelope-shape.ts';
import { PLAIN_CAPS, PLAIN_GRANT, plainBlocks } from './plain-blocks.ts';
import { rulesOf } from './rules.ts';

const DEMANDS = [{ role: anId<'Role'>('release-approver'), count: 1 }];

test('E1: a plain block has the values it is documented with, to the last field', () => {
  expect(plainBlocks(DEMANDS)).toEqual({
    phase: 'bounded-autonomy',
    confidence: {},
    correlation: { windowMinutes: 1440 },
    tzdata: 'none',
    dryRun: { marginPercent: 0, demands: DEMANDS },
    limits: {
      classActionsPerHour: 1_000_000,
      organisationActionsPerHour: 1_000_000,
      concurrentOperations: 1_000_000,
      organisationTargetsPerDay: 1_000_000,
    },
    contraction: { failurePercent: 20, falsePositivePercent: 20, predictionErrorPercent: 20, minCases: 10, days: 30 },
    maxSkipPercent: 100,
    staging: { dataClasses: [], dependencies: [] },
    retentionDays: { staging: 400, 'pre-production': 400, production: 2555 },
    guardrails: [],
  });
});

test('E1: the widest values are within the strict form: a short envelope completed with them is read', () => {
  expect(readShape(envelopeShape, JSON.parse(JSON.stringify(anEnvelope(plainBlocks(DEMANDS))))).ok).toBe(true);
});

test('D1: plain blocks grant nothing: without a grant no rule permits anything alone or after a look', () => {
  const rules = rulesOf(anEnvelope({ ...plainBlocks(DEMANDS), grants: [] }));
  const permits = rules.filter(({ effect }) => effect === 'permit');
  expect(permits.flatMap(({ modes }) => modes).filter((mode) => mode === 'autonomous' || mode === 'reviewed')).toEqual(
    [],
  );
});

test('E1: each call gives a block of its own, with the people it was asked for', () => {
  const other = [{ role: anId<'Role'>('service-owner'), count: 2 }];
  expect(plainBlocks(other).dryRun.demands).toEqual(other);
  expect(plainBlocks(DEMANDS)).not.toBe(plainBlocks(DEMANDS));
});

test('E1: plain caps and grants ask nothing of their own', () => {
  expect(PLAIN_CAPS).toEqual({
    segments: 1_000_000,
    changeSetSize: 1_000_000,
    fanOut: 1_000_000,
    sharedServices: 1_000_000,
  });
  expect(PLAIN_GRANT).toEqual({ targetKinds: [], minConfidencePercent: 0, minCapacityLeftPercent: 0 });
});
