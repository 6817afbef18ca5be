import { expect, test } from 'vitest';
import { aGrant, anEnvelope, anId } from '../envelope/envelope.builder.ts';
import { attributesOf, compileEnvelope } from './evaluate.ts';
import type { Facts } from './facts.ts';
import { someFacts } from './facts.builder.ts';
import { marginsOf, type Margin } from './margins.ts';

const margins = (facts: Facts = someFacts(), envelope = anEnvelope()): readonly Margin[] =>
  marginsOf(compileEnvelope(envelope), facts, attributesOf(facts));
const roomOf = (fact: string, facts?: Facts): number | undefined =>
  margins(facts).find((margin) => margin.fact === fact)?.room;

test('4.12: every number of the grant has its room, and time and the mere existence of a drill are not numbers of it', () => {
  expect(margins().map(({ fact }) => fact)).toEqual([
    'severity',
    'independentSignals',
    'confidencePercent',
    'targets',
    'nonCriticalTargets',
    'productionCriticalTargets',
    'safetyCriticalTargets',
    'affectedServices',
    'affectedSegments',
    'percentOfTier',
    'changeSetSize',
    'fanOut',
    'sharedServices',
    'cumulativeTargets',
    'actionsLastHour',
    'capacityLeftPercent',
    'rollbackWindowMinutes',
    'drillAgeDays',
  ]);
  expect(margins().every(({ grant, room }) => grant === 'G01-patch-staged' && Number.isSafeInteger(room))).toBe(true);
});

test('4.12: room is what is left, negative once a limit is passed', () => {
  expect([roomOf('targets'), roomOf('severity'), roomOf('drillAgeDays')]).toEqual([5, 1, 50]);
  expect(roomOf('affectedServices', someFacts({ affectedServices: 6 }))).toBe(-2);
});

test('4.12: the reserve for the dry run is not taken from the limits that are shown', () => {
  const envelope = anEnvelope({ dryRun: { ...anEnvelope().dryRun, marginPercent: 20 } });
  expect(margins(someFacts(), envelope).find(({ fact }) => fact === 'targets')).toMatchObject({ limit: 15, room: 5 });
});

test('4.12: of several grants the covering one is shown, else the nearest; without one, nothing', () => {
  const grants = [aGrant({ id: anId('G1'), minSeverity: 4 }), aGrant({ id: anId('G2') })];
  expect(margins(someFacts(), anEnvelope({ grants }))[0]?.grant).toBe('G2');
  expect(margins(someFacts({ severity: 1, stagingValidated: false }), anEnvelope({ grants }))[0]?.grant).toBe('G1');
  expect(margins(someFacts({ action: 'flag.rollback' }))).toEqual([]);
});
