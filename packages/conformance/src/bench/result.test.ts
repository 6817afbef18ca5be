import { expect, test } from 'vitest';
import { jsonLine, tableOf } from './report.ts';
import { failedResult, meets, resultOf, type Measured } from './result.ts';

const run = { case: 'group/case', seed: 706, load: 1.25 };
const measured: Measured = {
  n: 3,
  counters: { flushes: 5 },
  cpu_us: { ours: 1234.5678 },
  wall: { min: 1, p10: 2, p50: 3.14159265, p99: 9 },
  peer: { 'peer ms': 2 },
  ratio: { peer: { median: 4.000001, lo95: 3.5, hi95: 4.5 }, plain: 7 },
  bar: { 'times the peer': { found: 4.5, atMost: 8 } },
};

test.each([
  [{ found: 8, atMost: 8 }, true],
  [{ found: 8.0001, atMost: 8 }, false],
  [{ found: 80, atLeast: 80 }, true],
  [{ found: 79.9, atLeast: 80 }, false],
  [{ found: Number.NaN, atMost: 8 }, false],
  [{ found: Number.NaN, atLeast: 0 }, false],
])('%o is met: %s', (bar, isMet) => {
  expect(meets(bar)).toBe(isMet);
});

test('a case passes when every bar that gates is met', () => {
  expect(resultOf(run, measured).passed).toBe(true);
  const over = { ...measured.bar, other: { found: 1, atLeast: 2 } };
  expect(resultOf(run, { ...measured, bar: over }).passed).toBe(false);
});

test('a limit that is only printed does not gate', () => {
  const slow = { ...measured.bar, seconds: { found: 99, atMost: 15, isPrinted: true } as const };
  expect(resultOf(run, { ...measured, bar: slow }).passed).toBe(true);
  expect(tableOf(resultOf(run, { ...measured, bar: slow }))).toMatch(/over seconds\s+99 \(at most 15, printed\)/);
});

test('a case that gates nothing has looked at nothing and has not passed', () => {
  expect(resultOf(run, { ...measured, bar: {} }).passed).toBe(false);
  const printed = { seconds: { found: 1, atMost: 15, isPrinted: true } as const };
  expect(resultOf(run, { ...measured, bar: printed }).passed).toBe(false);
});

test('a case that could not be measured says why and has not passed', () => {
  const failed = failedResult(run, 'cannot be measured without pdsh');
  expect(failed.passed).toBe(false);
  expect(JSON.parse(jsonLine(failed))).toMatchObject({
    case: 'group/case',
    passed: false,
    problem: 'cannot be measured without pdsh',
  });
  expect(tableOf(failed)).toContain('FAILED  group/case');
  expect(tableOf(failed)).toContain('without pdsh');
});

test('a result is one line of JSON with every field, rounded to what means something', () => {
  const line = jsonLine(resultOf(run, measured));
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    ...run,
    ...measured,
    cpu_us: { ours: 1235 },
    wall: { min: 1, p10: 2, p50: 3.142, p99: 9 },
    ratio: { peer: { median: 4, lo95: 3.5, hi95: 4.5 }, plain: 7 },
    passed: true,
  });
});

test('the table names bars, ratios with their interval, counts and times', () => {
  const table = tableOf(resultOf(run, measured));
  expect(table).toMatch(/^passed {2}group\/case/);
  expect(table).toMatch(/ok {3}times the peer\s+4\.5 \(at most 8\)/);
  expect(table).toMatch(/ratio peer\s+4 \(95 %: 3\.5 to 4\.5\)/);
  expect(table).toMatch(/count flushes\s+5/);
  expect(table).toMatch(/wall ms p50\s+3\.142/);
});
