import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptedUnknown, acceptedWrong, leftOut, valuesOf } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { proposalDraftShape } from './proposal.ts';

const DRAFT = {
  title: 'Raise the pool size',
  hypothesis: 'the pool is too small since the last release',
  environment: 'production',
  signals: ['S-1', 'S-2'],
  failingCheck: 'GET /pool answers 503',
  trace: 'pool exhausted at 10',
  reproduction: 'open 11 connections',
  runIds: ['R-1'],
  change: {
    action: 'config.change',
    summary: 'pool 10 to 20',
    steps: [{ adapter: 'service', operation: 'restart', service: 'web' }],
    intendedVersions: {},
  },
  targets: ['web-1', 'web-2'],
  rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true },
  validation: { spec: { id: 'web-spec', version: 1 }, checks: [], stagingTargets: [] },
  timing: {
    notBefore: '2026-11-21T10:00:00.000Z',
    notAfter: '2026-11-21T12:00:00.000Z',
    mayNotOverlap: ['service.restart'],
  },
  context: {
    model: 'rules',
    prompt: 'raise the pool',
    toolCalls: [{ tool: 'metrics', input: 'pool', outputDigest: `sha256:${'a'.repeat(64)}` }],
  },
  changeRecord: 'CHG-4711',
  contingencyPlan: 'nurses use paper charts',
};
const placesOf = (more: Record<string, unknown>): readonly string[] => {
  const read = readShape(proposalDraftShape, { ...DRAFT, ...more });
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

test('L2: a draft is read whole', () => {
  expect(readShape(proposalDraftShape, DRAFT)).toEqual({ ok: true, value: DRAFT });
});

test('L2: exactly these fields of a draft may be left out', () => {
  expect(leftOut(proposalDraftShape, DRAFT)).toEqual([
    '/changeRecord',
    '/contingencyPlan',
    '/timing/notBefore',
    '/timing/notAfter',
    '/context/toolCalls/0/outputDigest',
  ]);
});

test('L2: every field of a draft has its own type', () => {
  expect(acceptedWrong(proposalDraftShape, DRAFT)).toEqual([]);
});

test('L1: a draft has no field beside its own', () => {
  expect(acceptedUnknown(proposalDraftShape, DRAFT)).toEqual([]);
});

test.each(['id', 'organisation', 'revision', 'agent', 'createdAt', 'changeDigest', 'verdict', 'tier', 'approvals'])(
  'L1: what decides is never taken from a draft: it has no field %s',
  (field) => {
    expect(placesOf({ [field]: 'x' })).toEqual([`/${field}`]);
  },
);

const many = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `n${n}`);
test.each<[string, Record<string, unknown>, string]>([
  ['an empty title', { title: '' }, '/title'],
  ['a title of 201 characters', { title: 'x'.repeat(201) }, '/title'],
  ['a hypothesis of 4001 characters', { hypothesis: 'x'.repeat(4001) }, '/hypothesis'],
  ['a trace of 8001 characters', { trace: 'x'.repeat(8001) }, '/trace'],
  ['no signal', { signals: [] }, '/signals'],
  ['more than 200 signals', { signals: many(201) }, '/signals'],
  ['a signal twice', { signals: ['S-1', 'S-1'] }, '/signals'],
  ['no run', { runIds: [] }, '/runIds'],
  ['a run twice', { runIds: ['R-1', 'R-1'] }, '/runIds'],
  ['I14: no target', { targets: [] }, '/targets'],
  ['I14: a target twice', { targets: ['web-1', 'web-1'] }, '/targets'],
  ['I14: all targets as a word', { targets: 'all' }, '/targets'],
  ['I14: a pattern of targets', { targets: ['web-*'] }, '/targets/0'],
  ['I14: more than 20000 targets', { targets: many(20_001) }, '/targets'],
  ['an environment that is none', { environment: 'prod' }, '/environment'],
  ['an empty change record', { changeRecord: '' }, '/changeRecord'],
  ['an empty plan', { contingencyPlan: '' }, '/contingencyPlan'],
  ['a plan of 4001 characters', { contingencyPlan: 'x'.repeat(4001) }, '/contingencyPlan'],
  ['a time that is none', { timing: { ...DRAFT.timing, notAfter: 'tomorrow' } }, '/timing/notAfter'],
  ['an overlap with what is no action', { timing: { mayNotOverlap: ['all'] } }, '/timing/mayNotOverlap/0'],
  ['a prompt of 16001 characters', { context: { ...DRAFT.context, prompt: 'x'.repeat(16_001) } }, '/context/prompt'],
  ['a tool call of text', { context: { ...DRAFT.context, toolCalls: ['ls'] } }, '/context/toolCalls/0'],
])('L2: refuses a draft with %s', (_, more, at) => {
  expect(placesOf(more)).toEqual([at]);
});

test('a tool call may have had no input; what it read may be named by its digest', () => {
  expect(placesOf({ context: { ...DRAFT.context, toolCalls: [{ tool: 'date', input: '' }] } })).toEqual([]);
});

test('L2: whatever a draft holds, what is read of it names no signal, run or target twice', () => {
  fc.assert(
    fc.property(valuesOf(proposalDraftShape.schema), (value) => {
      const read = readShape(proposalDraftShape, value);
      if (!read.ok) return;
      for (const items of [read.value.signals, read.value.runIds, read.value.targets])
        expect(new Set<string>(items).size).toBe(items.length);
    }),
    { numRuns: 40 },
  );
});
