import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasModelChecker, modelFile, verifyModel } from './verify-model.ts';

const MODEL_NAMES = ['approval', 'rollout', 'authority', 'takeover'] as const;
type Model = (typeof MODEL_NAMES)[number];

const isReady = hasModelChecker();
if (!isReady)
  process.stderr.write(
    'SKIPPED: spin or gcc is not installed, the models were not checked (apt-get install spin gcc)\n',
  );

/** The design as it is, and with more faults than in the first search. The numbers are floors: fewer states mean a smaller model. */
const SAFE: readonly (readonly [Model, string, number])[] = [
  ['approval', '', 40_000],
  ['rollout', '', 600_000],
  ['authority', '', 4000],
  ['takeover', '', 25],
  ['takeover', 'LEASE PROBE DEADLINE', 70],
  ['takeover', 'LEASE PROBE TARGET_FENCE', 70],
  ['takeover', 'LEASE PROBE TARGET_FENCE NO_RECHECK', 70],
];
const SAFE_WITH_MORE_FAULTS: readonly (readonly [Model, string, number])[] = [
  ['approval', 'CRASHES=4', 70_000],
  ['rollout', 'CRASHES=2', 1_000_000],
  // A canary larger than the window, so that the window is what holds leases back.
  ['rollout', 'CANARY=4', 1_000_000],
];

/** Each defence, and the rule that the shortest way without it breaks. */
const UNSAFE: readonly (readonly [Model, string, string])[] = [
  ['approval', 'NO_BIND', 'I1'],
  ['approval', 'NO_SET', 'I1'],
  ['approval', 'NO_SOD', 'I1'],
  ['approval', 'NO_REVAL', 'I1'],
  ['approval', 'NO_TXN', 'I1'],
  ['approval', 'NO_WFENCE', 'I11'],
  ['approval', 'NO_UNKNOWN', 'I11'],
  ['approval', 'NO_REFUSEONCE', 'I11'],
  ['approval', 'NO_COPYCHECK', 'I11'],
  ['approval', 'NO_WAL', 'I11'],
  ['approval', 'NO_RECHECK', 'I5'],
  ['approval', 'NO_MARGIN', 'I5'],
  // More skew than is reckoned with: the bound is an assumption and has to be published.
  ['approval', 'SKEW=2', 'I5'],
  ['rollout', 'NO_FIRSTALONE', 'X4'],
  ['rollout', 'CANARY=4 NO_WINDOW', 'I8'],
  ['rollout', 'NO_OWED', 'I8'],
  ['rollout', 'NO_DTRIP', 'I8'],
  ['rollout', 'NO_DEADLINE', 'I8'],
  ['rollout', 'NO_VERIFY', 'I10'],
  ['rollout', 'NO_FAILCLOSED', 'I10'],
  ['rollout', 'NO_DEPENDANTS', 'I10'],
  ['rollout', 'NO_RESGEN', 'I9'],
  ['rollout', 'NO_HALTNUMBER', 'I9'],
  ['rollout', 'NO_QUIET', 'I9'],
  ['rollout', 'NO_WAL', 'I6'],
  ['rollout', 'NO_TOTRIP', 'I4'],
  ['rollout', 'NO_PROBE', 'I4'],
  ['rollout', 'NO_FENCE', 'I12'],
  ['rollout', 'NO_PROOF', 'I12'],
  ['rollout', 'NO_TOUCHED', 'I12'],
  ['authority', 'NO_BIND', 'I13'],
  ['authority', 'NO_SET', 'I13'],
  ['authority', 'NO_AUTHORBAR', 'I13'],
  ['authority', 'NO_DUALGRANT', 'I13'],
  ['authority', 'NO_CAS', 'I13'],
  ['authority', 'NO_REVERTCHECK', 'I13'],
  ['takeover', 'NO_LOCK', 'I4'],
  ['takeover', 'NO_WAL', 'I4'],
  ['takeover', 'NO_PROBE', 'I4'],
  ['takeover', 'COPIED_JOURNAL', 'I4'],
  ['takeover', 'LEASE', 'I4'],
  ['takeover', 'LEASE PROBE', 'I4'],
  ['takeover', 'LEASE TARGET_FENCE', 'I4'],
  ['takeover', 'LEASE PROBE DEADLINE NO_RECHECK', 'I4'],
];

const words = (flags: string): readonly string[] => flags.split(' ').filter((word) => word !== '');

describe.skipIf(!isReady).concurrent('the models, searched by spin and gcc', () => {
  test.each(SAFE)('%s (%s) breaks no rule, and every line of it is reached', async (model, flags, least) => {
    const found = await verifyModel(model, words(flags), 'everything');
    expect(found).toMatchObject({ errors: 0, isExhaustive: true, unreached: [] });
    expect(found.states).toBeGreaterThanOrEqual(least);
  });

  test.each(SAFE_WITH_MORE_FAULTS)('%s with %s breaks no rule', async (model, flags, least) => {
    const found = await verifyModel(model, words(flags), 'everything');
    expect(found).toMatchObject({ errors: 0, isExhaustive: true });
    expect(found.states).toBeGreaterThanOrEqual(least);
  });

  test.each(MODEL_NAMES)('%s: a line that no run can reach is noticed', async (model) => {
    const { errors, unreached } = await verifyModel(model, ['IMPOSSIBLE'], 'everything');
    expect({ errors, unreached }).toEqual({ errors: 0, unreached: [expect.stringMatching(/^line \d+: assert/)] });
  });

  test.each(UNSAFE)('%s with %s breaks %s', async (model, flags, rule) => {
    const found = await verifyModel(model, words(flags), 'shortest');
    expect(found).toMatchObject({ errors: 1, broken: rule });
  });
});

const defences = (text: string): readonly string[] => [...new Set(text.match(/\bNO_[A-Z]{2,}\b/g) ?? [])].toSorted();

describe('the list of defences', () => {
  test.each(MODEL_NAMES)('%s: each one in the model is taken away by a test', (model) => {
    const inModel = defences(readFileSync(modelFile(model), 'utf8').replaceAll('-DNO_X', ''));
    const tested = UNSAFE.flatMap(([name, flags]) => (name === model ? [flags] : [])).join(' ');
    expect(inModel).toEqual(defences(tested));
  });

  test('the decision page names each one', () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../../../docs/decisions/0011-models.md'), 'utf8');
    const tested = defences(UNSAFE.map(([, flags]) => flags).join(' '));
    expect(tested.length).toBeGreaterThan(30);
    expect(defences(page)).toEqual(tested);
  });
});
