/** Every word that enables has an age at the gate (X1): whoever carries it cannot keep it back and use it when it suits. */
import {
  MAX_SIGNAL_AGE_MS,
  MAX_VALIDATION_AGE_MS,
  plusMs,
  signalShape,
  validationReportShape,
  type Instant,
} from '@countersign/core';
import { canonicalBytes, PAYLOAD, signEnvelope, type DsseEnvelope } from '@countersign/seal';
import { expect, test } from 'vitest';
import { ALONE, code, KEYS, NOW, PEOPLE, TARGETS, world } from '../testkit/attack.ts';
import { makeReport, makeSignal } from '../testkit/backing.ts';
import { made } from '../testkit/made.ts';
import { makeProposal } from '../testkit/proposed.ts';
import { signStatus } from '../testkit/signed.ts';
import type { World } from '../testkit/world.ts';

const DAY_MS = 86_400_000;
/** A relay's own word, said so long before now; the signature is real, only its time is told. */
const signal = (place: 0 | 1, { agoMs, change = {} }: { readonly agoMs: number; readonly change?: object }) =>
  signEnvelope(
    PAYLOAD.signal,
    canonicalBytes({
      type: 'signal',
      signal: made(signalShape, {
        ...makeSignal(ALONE.plan, place),
        observedAt: plusMs(NOW, -agoMs),
        ...change,
      }),
    }),
    [KEYS.relays[place]],
  );
const finished = (at: Instant): object => ({ startedAt: plusMs(at, -10_000), finishedAt: at });
const report = (change: object, of: World = ALONE): DsseEnvelope =>
  signEnvelope(
    PAYLOAD.validation,
    canonicalBytes(made(validationReportShape, { ...makeReport(of.plan, makeProposal(of.plan)), ...change })),
    [KEYS.stagingRunner],
  );
const FRESH = ALONE.delivery.facts;
const [FIRST, SECOND, PROOF] = FRESH as readonly [DsseEnvelope, DsseEnvelope, DsseEnvelope];
/** A drill of the same action that went with another proposal: it says nothing about this change. */
const drilled = (at: Instant, isRestored = true): DsseEnvelope =>
  report({
    proposal: 'P-other',
    drill: { action: 'package.patch', tiers: ['non-critical'], isRestored },
    ...finished(at),
  });
/** Proves the change and drills nothing. */
const validated = (at: Instant, change: object = {}): DsseEnvelope => {
  const { drill: _drill, ...rest } = makeReport(ALONE.plan, makeProposal(ALONE.plan));
  const only = made(validationReportShape, { ...rest, ...finished(at), ...change });
  return signEnvelope(PAYLOAD.validation, canonicalBytes(only), [KEYS.stagingRunner]);
};
const said = (facts: readonly DsseEnvelope[]): string => code(ALONE, { facts });

test.each([
  ['as old as a day', MAX_SIGNAL_AGE_MS, 'admitted by envelope'],
  ['older than a day', MAX_SIGNAL_AGE_MS + 1, 'not-autonomous'],
  ['ahead by what clocks differ', -60_000, 'admitted by envelope'],
  ['from a future beyond that', -60_001, 'not-autonomous'],
])('X1, D3: a signal %s', (_what, agoMs, expected) => {
  expect(said([FIRST, signal(1, { agoMs }), PROOF])).toBe(expected);
  expect(said([signal(0, { agoMs }), signal(1, { agoMs }), PROOF])).toBe(expected);
});

test('X1, D3: when it began says nothing about when it was last seen', () => {
  const long = { startedAt: plusMs(NOW, -30 * DAY_MS) };
  const since = (agoMs: number): string =>
    said([signal(0, { agoMs, change: long }), signal(1, { agoMs, change: long }), PROOF]);
  expect([since(1000), since(MAX_SIGNAL_AGE_MS + 1)]).toEqual(['admitted by envelope', 'not-autonomous']);
});

test.each([
  ['as old as may be', NOW, MAX_VALIDATION_AGE_MS, 'admitted by envelope'],
  ['older', NOW, MAX_VALIDATION_AGE_MS + 1, 'not-autonomous'],
  ['from the future', NOW, -60_001, 'not-autonomous'],
])('X1, L4: a staging proof %s', (_what, at, agoMs, expected) => {
  expect(said([FIRST, SECOND, drilled(at), validated(plusMs(at, -agoMs))])).toBe(expected);
});

const both = (facts: readonly DsseEnvelope[]): readonly string[] =>
  [facts, facts.toReversed()].map((ordered) => said([FIRST, SECOND, drilled(NOW), ...ordered]));

test('X1, L4: of two runs of one change the later one counts, in whatever order they are brought', () => {
  const [earlier, later] = [plusMs(NOW, -20_000), plusMs(NOW, -10_000)];
  const runs = (first: object, then: object): readonly DsseEnvelope[] => [
    validated(earlier, first),
    validated(later, then),
  ];
  const [good, bad] = [{}, { isPassed: false }];
  expect(both(runs(good, bad))).toEqual(['not-autonomous', 'not-autonomous']);
  expect(both(runs(bad, good))).toEqual(['admitted by envelope', 'admitted by envelope']);
});

test.each([
  ['as old as the grant lets it be', 30 * DAY_MS, 'admitted by envelope'],
  ['older', 30 * DAY_MS + 1, 'not-autonomous'],
  ['from the future', -1, 'not-autonomous'],
])('X1, X6: a drill %s', (_what, agoMs, expected) => {
  expect(said([FIRST, SECOND, drilled(plusMs(NOW, -agoMs)), validated(NOW)])).toBe(expected);
});

test('X1, X6: a failed drill counts whatever its clock showed', () => {
  const before = drilled(plusMs(NOW, -DAY_MS));
  const failed = (ms: number): string => said([FIRST, SECOND, before, drilled(plusMs(NOW, ms), false), validated(NOW)]);
  expect([failed(-1000), failed(10_000)]).toEqual(['not-autonomous', 'not-autonomous']);
});

test('X1, G3: a graph older than the envelope lets it be is refused whoever signed', () => {
  const worlds = (['people', 'envelope'] as const).map((authority) =>
    world(authority, { envelope: { maxGraphAgeMinutes: 2 } }),
  );
  for (const one of worlds) {
    const at = (ms: number): string =>
      code(one, {}, { change: { now: plusMs(NOW, ms) }, status: signStatus(one, plusMs(NOW, ms)) });
    expect([at(50_000), at(55_001)]).toEqual([expect.stringMatching(/^admitted/), 'graph-stale']);
  }
});

test('X1, I5: a word that grows old while the change runs stops the next cohort', () => {
  const minuteLeft = [FIRST, signal(1, { agoMs: MAX_SIGNAL_AGE_MS - 60_000 }), PROOF];
  const at = (ms: number): string =>
    code(
      ALONE,
      { facts: minuteLeft },
      { change: { now: plusMs(NOW, ms) }, status: signStatus(ALONE, plusMs(NOW, ms)) },
    );
  expect([at(60_000), at(60_001)]).toEqual(['admitted by envelope', 'not-autonomous']);
});

test('X1, A1: old words stop nobody who signs: they enable nothing, and people still may', () => {
  const old = MAX_SIGNAL_AGE_MS * 3;
  expect(PEOPLE.plan.targets).toEqual(TARGETS);
  const [, , proof] = PEOPLE.delivery.facts;
  expect(code(PEOPLE, { facts: [signal(0, { agoMs: old }), signal(1, { agoMs: old }), proof!] })).toBe(
    'admitted by people',
  );
});
