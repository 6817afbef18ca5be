import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf, idOf, instantAt } from '../capsule/example-capsule.test.ts';
import { flakyChecks, type SpecRun } from './flaky.ts';

const run = (more: Partial<SpecRun> = {}): SpecRun => ({
  spec: { id: idOf('web-spec'), version: 3 },
  check: idOf('health'),
  run: idOf('R-1'),
  phase: 'after',
  result: 'passed',
  target: idOf('stage-1'),
  changeDigest: digestOf('1'),
  action: 'config.change',
  at: instantAt('2026-11-21T10:00:00.000Z'),
  ...more,
});
const second = (more: Partial<SpecRun> = {}): SpecRun =>
  run({ run: idOf('R-2'), at: instantAt('2026-11-21T11:00:00.000Z'), result: 'failed', ...more });

test('W3: a check that passed once and failed once on the same change and target is flaky, with its runs in order of time', () => {
  expect(flakyChecks([second(), run()])).toEqual([
    {
      spec: { id: 'web-spec', version: 3 },
      check: 'health',
      changeDigest: digestOf('1'),
      target: 'stage-1',
      runs: ['R-1', 'R-2'],
      passed: 1,
      failed: 1,
    },
  ]);
});

test('W3: an error is not a pass: passed and error is flaky, failed and error is only broken', () => {
  expect(flakyChecks([run(), second({ result: 'error' })])).toMatchObject([{ passed: 1, failed: 1 }]);
  expect(flakyChecks([run({ result: 'failed' }), second({ result: 'error' })])).toEqual([]);
});

test.each<[string, Partial<SpecRun>]>([
  ['another version of the spec', { spec: { id: idOf('web-spec'), version: 4 } }],
  ['another spec', { spec: { id: idOf('other'), version: 3 } }],
  ['another check', { check: idOf('pool') }],
  ['another target', { target: idOf('stage-2') }],
  ['another change', { changeDigest: digestOf('2') }],
  ['before the change, where it ought to fail', { phase: 'before' }],
  ['with the same result', { result: 'passed' }],
])('W3: a second run is no sign of flakiness when it was %s', (_, more) => {
  expect(flakyChecks([run(), second(more)])).toEqual([]);
});

test('W2: a run that was delivered twice is one run', () => {
  expect(flakyChecks([run(), run(), second(), second()])).toMatchObject([
    { runs: ['R-1', 'R-2'], passed: 1, failed: 1 },
  ]);
  expect(flakyChecks([run(), run()])).toEqual([]);
});

test('nothing ran: nothing is flaky', () => {
  expect(flakyChecks([])).toEqual([]);
});

const someRuns = fc.array(
  fc.record({
    check: fc.constantFrom('a', 'b'),
    target: fc.constantFrom('t', 'u'),
    phase: fc.constantFrom<SpecRun['phase']>('before', 'after'),
    result: fc.constantFrom<SpecRun['result']>('passed', 'failed', 'error'),
    run: fc.integer({ min: 1, max: 99 }),
    minute: fc.integer({ min: 0, max: 59 }),
  }),
  { maxLength: 24 },
);
const runOf = ({
  check,
  target,
  phase,
  result,
  run: number,
  minute,
}: Readonly<Record<string, string | number>>): SpecRun =>
  run({
    check: idOf(String(check)),
    target: idOf(String(target)),
    phase: phase as SpecRun['phase'],
    result: result as SpecRun['result'],
    run: idOf(`R-${number}`),
    at: instantAt(`2026-11-21T10:${String(minute).padStart(2, '0')}:00.000Z`),
  });

test('W3: flaky is exactly what both passed and did not pass after the change', () => {
  fc.assert(
    fc.property(someRuns, (parts) => {
      const runs = parts.map(runOf);
      const places = flakyChecks(runs).map(({ check, target }) => `${check} ${target}`);
      const wanted = ['a t', 'a u', 'b t', 'b u'].filter((place) => {
        const own = runs.filter(({ phase, check, target }) => phase === 'after' && `${check} ${target}` === place);
        return own.some(({ result }) => result === 'passed') && own.some(({ result }) => result !== 'passed');
      });
      expect(places).toEqual(wanted);
    }),
  );
});

test('W3: the order in which runs arrive changes nothing', () => {
  fc.assert(
    fc.property(someRuns, (parts) => {
      const runs = parts.map(runOf);
      expect(flakyChecks(runs.toReversed()).map(({ passed, failed }) => [passed, failed])).toEqual(
        flakyChecks(runs).map(({ passed, failed }) => [passed, failed]),
      );
    }),
  );
});
