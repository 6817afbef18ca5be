import { expect, test } from 'vitest';
import { parseId, parseInstant, type Instant } from '../shared/brand.ts';
import { readShape } from '../shared/shape.ts';
import { acceptDraft, type IntakeKnowledge } from './intake.ts';
import { intentOf, type IntentLock } from './intent.ts';
import { proposalDraftShape, type ProposalDraft } from './proposal.ts';

const id = parseId as <Name extends string>(text: string) => NonNullable<ReturnType<typeof parseId<Name>>>;
const instant = (text: string): Instant => parseInstant(text)!;

const draft = (more: Partial<ProposalDraft> = {}): ProposalDraft => ({
  title: 'Raise the pool size',
  hypothesis: 'the pool is too small since the last release',
  environment: 'production',
  signals: [id('S-1'), id('S-2')],
  failingCheck: 'GET /pool answers 503',
  trace: 'pool exhausted at 10',
  reproduction: 'open 11 connections',
  runIds: [id('R-1')],
  change: {
    action: 'config.change',
    summary: 'pool 10 to 20',
    steps: [{ adapter: 'config', path: 'etc/pool.json', content: '{}', validate: 'json' }],
    intendedVersions: { pool: '20' },
  },
  validation: {
    spec: { id: id('web-spec'), version: 1 },
    reproduction: { id: id('pool'), path: '/pool', expectStatus: 200 },
    checks: [{ id: id('health'), path: '/health', expectStatus: 200 }],
    stagingTargets: [id('stage-1')],
  },
  rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true },
  targets: [id('web-1'), id('web-2')],
  timing: { mayNotOverlap: [] },
  context: { model: 'rules', prompt: 'if the pool is exhausted, raise it', toolCalls: [] },
  ...more,
});

const now = instant('2026-11-21T10:00:00.000Z');
const knowledge = (more: Partial<IntakeKnowledge> = {}): IntakeKnowledge => ({
  now,
  agent: {
    id: id('playbook'),
    owner: id('olga'),
    duty: 'decide',
    purpose: 'web tier',
    expiresAt: instant('2026-12-31T00:00:00.000Z'),
  },
  signals: new Map([
    [id<'Signal'>('S-1'), { rule: 'PoolExhausted' }],
    [id<'Signal'>('S-2'), { rule: 'PoolExhausted' }],
    [id<'Signal'>('S-3'), { rule: 'PoolExhausted' }],
  ]),
  runs: new Set([id<'Run'>('R-1')]),
  targets: new Set(['web-1', 'web-2', 'stage-1'].map((name) => id<'Target'>(name))),
  locks: [],
  ...more,
});

const good = draft();
const complaints = (more: Partial<ProposalDraft>, known: Partial<IntakeKnowledge> = {}): readonly string[] => {
  const result = acceptDraft(draft(more), knowledge(known));
  return result.ok ? [] : (result.refusal.complaints ?? []).map(({ at }) => at);
};

test('the example is complete', () => {
  expect(readShape(proposalDraftShape, good)).toMatchObject({ ok: true });
  expect(acceptDraft(good, knowledge())).toEqual({ ok: true, value: good });
});

test.each<[string, Partial<ProposalDraft>, string]>([
  ['a blank title', { title: '  ' }, '/title'],
  ['a hypothesis that says nothing', { hypothesis: 'TBD' }, '/hypothesis'],
  ['no failing check', { failingCheck: 'n/a' }, '/failingCheck'],
  ['no trace', { trace: '-' }, '/trace'],
  ['no reproduction', { reproduction: 'none' }, '/reproduction'],
  ['no signal', { signals: [] }, '/signals'],
  ['a signal nobody received', { signals: [id('S-1'), id('S-9')] }, '/signals/1'],
  ['no run', { runIds: [] }, '/runIds'],
  ['a run that is not on record', { runIds: [id('R-9')] }, '/runIds/0'],
  ['no model', { context: { ...good.context, model: '?' } }, '/context/model'],
  ['no prompt', { context: { ...good.context, prompt: ' ' } }, '/context/prompt'],
  ['a summary that says nothing', { change: { ...good.change, summary: 'x' } }, '/change/summary'],
  ['no step', { change: { ...good.change, steps: [] } }, '/change/steps'],
  [
    'a file twice',
    { change: { ...good.change, steps: [...good.change.steps, ...good.change.steps] } },
    '/change/steps',
  ],
  [
    'a config change that writes nothing',
    { change: { ...good.change, steps: [{ adapter: 'service', operation: 'restart', service: 'web' }] } },
    '/change/steps',
  ],
  ['L7: a restart that writes a file', { change: { ...good.change, action: 'service.restart' } }, '/change/action'],
  [
    'X4: a patch without the intended version',
    { change: { ...good.change, action: 'package.patch', intendedVersions: {} } },
    '/change/intendedVersions',
  ],
  ['X6: a rollback without time', { rollback: { ...good.rollback, windowMinutes: 0 } }, '/rollback/windowMinutes'],
  ['X6: automatic without a rollback', { rollback: { ...good.rollback, kind: 'none' } }, '/rollback/isAutomatic'],
  ['W1: no bound check', { validation: { ...good.validation, checks: [] } }, '/validation/checks'],
  [
    'W1: a check twice',
    { validation: { ...good.validation, checks: [...good.validation.checks, ...good.validation.checks] } },
    '/validation/checks',
  ],
  [
    'L4: nothing to validate on',
    { validation: { ...good.validation, stagingTargets: [] } },
    '/validation/stagingTargets',
  ],
  [
    'L4: staging on an unknown target',
    { validation: { ...good.validation, stagingTargets: [id('stage-9')] } },
    '/validation/stagingTargets/0',
  ],
  [
    'L4: staging on a target of the change',
    { validation: { ...good.validation, stagingTargets: [id('web-1')] } },
    '/validation/stagingTargets/0',
  ],
  ['I14: an empty selector', { targets: [] }, '/targets'],
  ['a target twice', { targets: [id('web-1'), id('web-1')] }, '/targets'],
  ['G1: a target nobody knows', { targets: [id('web-1'), id('web-9')] }, '/targets/1'],
  ['a time that is over', { timing: { notAfter: now, mayNotOverlap: [] } }, '/timing/notAfter'],
  [
    'a window that ends before it begins',
    {
      timing: {
        notBefore: instant('2026-11-22T00:00:00.000Z'),
        notAfter: instant('2026-11-21T23:00:00.000Z'),
        mayNotOverlap: [],
      },
    },
    '/timing/notAfter',
  ],
])('L2: refuses %s and names the place', (_, more, at) => {
  expect([...new Set(complaints(more))]).toEqual([at]);
});

test('L4: an action that staging can show owes a reproduction, containment does not', () => {
  const { reproduction: _, ...without } = good.validation;
  expect(complaints({ validation: without })).toEqual(['/validation/reproduction']);
  expect(
    complaints({ validation: { ...without, stagingTargets: [] }, change: { ...good.change, action: 'host.isolate' } }),
  ).toEqual([]);
});

test('L4: in staging itself the staging targets may be the targets', () => {
  expect(complaints({ environment: 'staging', targets: [id('stage-1')] })).toEqual([]);
});

test('L2: everything that is missing is named at once', () => {
  expect(complaints({ title: '', trace: 'tbd', signals: [], runIds: [], targets: [] })).toEqual([
    '/title',
    '/trace',
    '/signals',
    '/runIds',
    '/targets',
  ]);
});

test.each([
  ['unknown', undefined, 'agent-unknown'],
  ['past its end date', { expiresAt: now }, 'agent-expired'],
  ['only an observer', { duty: 'observe' }, 'agent-duty'],
  ['only an executor', { duty: 'execute' }, 'agent-duty'],
] as const)('L8: refuses an agent that is %s, before reading the draft', (_, more, code) => {
  const agent = more === undefined ? undefined : { ...knowledge().agent!, ...more };
  expect(acceptDraft(draft({ title: '' }), knowledge({ agent }))).toMatchObject({ ok: false, refusal: { code } });
});

const lock = (more: Partial<IntentLock> = {}): IntentLock => ({
  intent: intentOf(good, knowledge().signals).key,
  until: instant('2026-11-28T00:00:00.000Z'),
  signals: good.signals,
  ...more,
});

test('A3: a rejected intent is locked however it is worded', () => {
  const reworded = draft({ title: 'Another title', hypothesis: 'other words', targets: [id('web-2'), id('web-1')] });
  expect(acceptDraft(reworded, knowledge({ locks: [lock()] }))).toMatchObject({
    ok: false,
    refusal: { code: 'intent-locked' },
  });
});

test('A3: fewer of the same signals are not new evidence', () => {
  const less = draft({ signals: [id('S-2')] });
  expect(acceptDraft(less, knowledge({ locks: [lock()] })).ok).toBe(false);
});

test('A3: the lock opens for new evidence, at its end, and for another action or target', () => {
  const locks = [lock()];
  expect(acceptDraft(draft({ signals: [id('S-1'), id('S-3')] }), knowledge({ locks })).ok).toBe(true);
  expect(acceptDraft(good, knowledge({ locks: [lock({ until: now })] })).ok).toBe(true);
  expect(acceptDraft(draft({ targets: [id('web-1')] }), knowledge({ locks })).ok).toBe(true);
  expect(acceptDraft(draft({ change: { ...good.change, action: 'acl.change' } }), knowledge({ locks })).ok).toBe(true);
});

test('A3: the intent is rules, action and targets, sorted, each once, and no text', () => {
  const intent = intentOf(draft({ targets: [id('web-2'), id('web-1')] }), knowledge().signals);
  expect(intent).toEqual({
    rules: ['PoolExhausted'],
    action: 'config.change',
    targets: ['web-1', 'web-2'],
    key: '[["PoolExhausted"],"config.change",["web-1","web-2"]]',
  });
  expect(intentOf(draft({ signals: [id('S-9')] }), knowledge().signals).rules).toEqual(['signal S-9']);
});
