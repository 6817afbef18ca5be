import { expect, test } from 'vitest';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape, type Shape } from '../shared/shape.ts';
import { evidenceStatementShape, validationReportShape } from './evidence.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const RUN = {
  id: 'R-1',
  check: 'pool',
  target: 'stage-1',
  phase: 'before',
  result: 'failed',
  detail: 'answered 503',
  at: '2026-11-21T10:00:00.000Z',
};
const REPORT = {
  type: 'validation-report',
  organisation: 'acme',
  runner: 'staging-1',
  capsule: digest('1'),
  proposal: 'P-1',
  changeDigest: digest('2'),
  spec: { id: 'web-spec', version: 3 },
  runs: [RUN],
  isReproduced: true,
  isPassed: true,
  drill: { action: 'config.change', tiers: ['non-critical'], isRestored: true },
  startedAt: '2026-11-21T10:00:00.000Z',
  finishedAt: '2026-11-21T10:05:00.000Z',
};
const STATEMENT = {
  type: 'evidence-statement',
  organisation: 'acme',
  runner: 'prod-1',
  capsule: digest('1'),
  proposal: 'P-1',
  root: '0'.repeat(64),
  fields: 30,
  outcome: 'completed',
  counts: { targets: 3, touched: 3, changed: 2, reverted: 0, unknown: 1, held: 0 },
  finishedAt: '2026-11-21T10:05:00.000Z',
};
const placesOf = (shape: Shape<unknown>, value: unknown): readonly string[] => {
  const read = readShape(shape, value);
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

test.each<[string, Shape<unknown>, unknown, readonly string[]]>([
  ['W2: a validation report', validationReportShape, REPORT, ['/drill']],
  ['V2: an evidence statement', evidenceStatementShape, STATEMENT, []],
])('%s is read whole, each field in its own type, and none may be added', (_, shape, value, free) => {
  expect(readShape(shape, value)).toEqual({ ok: true, value });
  expect(leftOut(shape, value)).toEqual(free);
  expect(acceptedWrong(shape, value)).toEqual([]);
  expect(acceptedUnknown(shape, value)).toEqual([]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['a phase that is none', { runs: [{ ...RUN, phase: 'during' }] }, '/runs/0/phase'],
  ['a result that is none', { runs: [{ ...RUN, result: 'skipped' }] }, '/runs/0/result'],
  ['a detail of 1001 characters', { runs: [{ ...RUN, detail: 'x'.repeat(1001) }] }, '/runs/0/detail'],
  ['more than 10000 runs', { runs: Array.from({ length: 10_001 }, () => RUN) }, '/runs'],
  ['a spec of version 0', { spec: { id: 'web-spec', version: 0 } }, '/spec/version'],
  ['passed as a word', { isPassed: 'passed' }, '/isPassed'],
  ['a drill of what is no action', { drill: { ...REPORT.drill, action: 'all' } }, '/drill/action'],
  ['a drill on a tier that is none', { drill: { ...REPORT.drill, tiers: ['low'] } }, '/drill/tiers/0'],
  ['a drill that does not say how it ended', { drill: { action: 'config.change', tiers: [] } }, '/drill/isRestored'],
  ['no end', { finishedAt: null }, '/finishedAt'],
])('W2, X6: refuses a validation report with %s', (_, more, at) => {
  expect(placesOf(validationReportShape, { ...REPORT, ...more })).toEqual([at]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['a root with its hash named', { root: digest('0') }, '/root'],
  ['a root in capitals', { root: 'A'.repeat(64) }, '/root'],
  ['no field at all', { fields: 0 }, '/fields'],
  ['an outcome that is none', { outcome: 'ok' }, '/outcome'],
  ['a count below nothing', { counts: { ...STATEMENT.counts, held: -1 } }, '/counts/held'],
  ['a count of a million and one', { counts: { ...STATEMENT.counts, targets: 1_000_001 } }, '/counts/targets'],
  ['a half target', { counts: { ...STATEMENT.counts, changed: 0.5 } }, '/counts/changed'],
  ['the evidence itself beside it', { targets: [] }, '/targets'],
])('V2, I19: refuses an evidence statement with %s', (_, more, at) => {
  expect(placesOf(evidenceStatementShape, { ...STATEMENT, ...more })).toEqual([at]);
});

test.each(['completed', 'rolled-back', 'halted', 'failed'])('V1: a change can end %s', (outcome) => {
  expect(placesOf(evidenceStatementShape, { ...STATEMENT, outcome })).toEqual([]);
});
