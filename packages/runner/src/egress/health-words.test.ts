/** What this runner says of a health begins as the masking rule reads it (V2): a healthy target is never told as unknown, nor a sick one as well. */
import { derivedValues, instant, type Evidence, type Instant } from '@countersign/core';
import { expect, test } from 'vitest';
import { describeHealth } from '../act/act-on-target.ts';
import { made } from '../testkit/made.ts';
import { judgeService } from '../watch/dependants.ts';

const at: Instant = made(instant, '2026-11-21T02:14:00.000Z');

function wordsOf(state: string): readonly string[] {
  const evidence = { targets: [], healthBefore: [], healthAfter: [{ state }], dependencyAnalysis: { dependants: [] } };
  return derivedValues(evidence as unknown as Evidence, 0).flatMap((value) =>
    value.rule === 'health' && value.count > 0 ? [value.word] : [],
  );
}

const running = { state: 'running', instance: 'i2', startedAt: at, observedAt: at } as const;

test.each([
  ['a target that runs', describeHealth({ ...running, versions: { app: '2' } }), 'well'],
  ['a target that runs and names no version', describeHealth({ ...running, versions: {} }), 'well'],
  ['a target that failed', describeHealth({ state: 'failed', detail: 'symbol', observedAt: at }), 'unwell'],
  ['a target without an answer', describeHealth({ state: 'no-data', detail: 'timeout' }), 'unknown'],
  ['a service that is well', judgeService({ state: 'ok', detail: 'running', observedAt: at }, at).detail, 'well'],
  ['a degraded service', judgeService({ state: 'degraded', detail: '9 of 10', observedAt: at }, at).detail, 'unwell'],
  ['a service without an answer', judgeService({ state: 'no-data', detail: 'timeout' }, at).detail, 'unknown'],
])('V2: %s', (_, said, word) => {
  expect(wordsOf(said)).toEqual([word]);
});
