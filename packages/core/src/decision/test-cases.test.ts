import { expect, test } from 'vitest';
import { parseDigest } from '../shared/brand.ts';
import { readShape } from '../shared/shape.ts';
import { anEnvelope } from '../envelope/envelope.builder.ts';
import { aFloor, agreeingOracle } from './facts.builder.ts';
import { envelopeTestSuiteShape, runEnvelopeTests, type EnvelopeTestCase } from './test-cases.ts';

const envelope = anEnvelope();
const setting = {
  envelope,
  envelopeDigest: parseDigest(`sha256:${'e1'.repeat(32)}`)!,
  floor: aFloor(),
  oracle: agreeingOracle(envelope),
};
const aCase = (change: Partial<EnvelopeTestCase> = {}): EnvelopeTestCase => ({
  name: 'a small staged patch at night',
  request: {
    action: 'package.patch',
    now: '2026-11-18T02:14:00.000Z' as never,
    environments: ['production'],
    targets: { 'non-critical': 10 },
  },
  expect: { verdict: 'autonomous' },
  ...change,
});
const run = (change: Partial<EnvelopeTestCase> = {}) =>
  runEnvelopeTests({ type: 'envelope-tests', cases: [aCase(change)] }, setting)[0]!;

test('E5: a request that gets its verdict passes', () => {
  expect(run()).toMatchObject({ isPassed: true, verdict: 'autonomous', problems: [] });
  const large = {
    request: { ...aCase().request, targets: { 'non-critical': 1240 } },
    expect: { verdict: 'needs-approval', clauses: ['AG-706 4.1', 'L7'], routes: ['R02-blast', 'R01-production'] },
  } as const;
  expect(run(large)).toMatchObject({ isPassed: true });
});

test('E5: every difference from what was expected is named', () => {
  const failing = run({
    request: { ...aCase().request, isSuspended: true },
    expect: { verdict: 'autonomous', clauses: ['AG-706 4.7'], routes: [] },
  });
  expect(failing.problems).toEqual([
    'the verdict is needs-approval, expected was autonomous',
    'no reason names AG-706 4.7',
    'owed are the routes R01-production, expected were none',
  ]);
});

test('4.7: unknown targets of a request count as safety-critical', () => {
  expect(
    run({
      request: { ...aCase().request, unknownTargets: 1 },
      expect: { verdict: 'needs-approval', clauses: ['AG-706 4.7'] },
    }).isPassed,
  ).toBe(true);
});

test('E5: an envelope without agents fails every case instead of guessing one', () => {
  const results = runEnvelopeTests(
    { type: 'envelope-tests', cases: [aCase()] },
    { ...setting, envelope: anEnvelope({ agents: [] }) },
  );
  expect(results[0]).toMatchObject({ isPassed: false, problems: ['the envelope names no agent'] });
});

test('E5: a suite is read strictly, with every complaint', () => {
  const suite = { type: 'envelope-tests', cases: [aCase()] };
  expect(readShape(envelopeTestSuiteShape, JSON.parse(JSON.stringify(suite)))).toEqual({ ok: true, value: suite });
  const bad = {
    type: 'envelope-tests',
    cases: [{ ...aCase(), request: { ...aCase().request, action: 'format', isTired: true } }],
  };
  const read = readShape(envelopeTestSuiteShape, JSON.parse(JSON.stringify(bad)));
  expect(!read.ok && read.refusal.complaints?.map(({ at }) => at)).toEqual([
    '/cases/0/request/isTired',
    '/cases/0/request/action',
  ]);
});
