import { randomInt } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as CedarModule from '@cedar-policy/cedar-wasm/nodejs';
import {
  ACTION_TYPES,
  cedarContext,
  FLAGS,
  INTEGERS,
  SETS,
  toCedar,
  WORDS,
  rulesOf,
  type Attributes,
} from '@countersign/core';
import { expect, test } from 'vitest';
import { compiled, faults, FIRST_ADDED, withLines } from './authoring.builder.ts';
import { parseCedar } from './parse-cedar.ts';
import { readGuardrail } from './read-guardrail.ts';

const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof CedarModule;

const guarded = (...text: readonly string[]): string =>
  withLines(
    'guardrails:',
    '  - id: own',
    '    clause: ISO 27001',
    '    cedar: |',
    ...text.map((line) => `      ${line}`),
  );
/** The line on which the Cedar begins. */
const START = FIRST_ADDED + 4;

test('E1: hand-written Cedar becomes a guardrail in the analysed form', async () => {
  const { guardrails } = await compiled(
    guarded(
      'forbid (principal, action == Action::"service.restart", resource)',
      'when { context.targets > 1 && !context.isSuspended };',
    ),
  );
  expect(guardrails).toEqual([
    {
      id: 'own',
      clause: 'ISO 27001',
      modes: ['autonomous', 'approved'],
      actions: ['service.restart'],
      conditions: [
        { op: 'at-least', fact: 'targets', value: 2 },
        { op: 'is', fact: 'isSuspended', value: false },
      ],
    },
  ]);
});

test('E1: several policies in one text, annotations, unless and modes', async () => {
  const text = guarded(
    '@id("first") @clause("A 1") forbid (principal is Agent, action, resource is Operation);',
    'forbid (principal, action in [Action::"acl.change", Action::"firewall.rule"], resource) unless { context.isGraphFresh };',
  ).replace('    cedar: |', '    modes: [autonomous]\n    cedar: |');
  const { guardrails } = await compiled(text.replace('isEnabled: true', 'isEnabled: false'));
  expect(guardrails.map(({ id, clause, modes, actions }) => ({ id, clause, modes, actions }))).toEqual([
    { id: 'first', clause: 'A 1', modes: ['autonomous'], actions: [] },
    { id: 'own-2', clause: 'ISO 27001', modes: ['autonomous'], actions: ['acl.change', 'firewall.rule'] },
  ]);
});

test.each([
  ['a permit', ['permit (principal, action, resource);'], `${START}:7`, 'only `forbid`'],
  [
    'an unknown fact',
    ['forbid (principal, action, resource)', 'when { context.target > 1 };'],
    `${START + 1}:22`,
    'is no fact; did you mean `targets`?',
  ],
  [
    'an unknown action',
    ['forbid (principal, action == Action::"service.restat", resource);'],
    `${START}:45`,
    'did you mean `service.restart`?',
  ],
  [
    'an or',
    ['forbid (principal, action, resource)', 'when { context.targets > 1 || context.targets < 9 };'],
    `${START + 1}:34`,
    'analysable fragment',
  ],
  [
    'arithmetic',
    ['forbid (principal, action, resource)', 'when { context.targets + 1 > 2 };'],
    `${START + 1}:`,
    'analysable fragment',
  ],
  [
    'a negated comparison',
    ['forbid (principal, action, resource)', 'when { !(context.targets > 1) };'],
    `${START + 1}:`,
    'single flag',
  ],
  ['one principal', ['forbid (principal == Agent::"x", action, resource);'], `${START}:15`, 'principal must be'],
  [
    'the mode',
    ['forbid (principal, action, resource)', 'when { context.mode == "approved" };'],
    `${START + 1}:14`,
    '`modes:`',
  ],
  [
    'like',
    ['forbid (principal, action, resource)', 'when { context.rollbackKind like "n*" };'],
    `${START + 1}:`,
    'analysable fragment',
  ],
  [
    'a word compared as a number',
    ['forbid (principal, action, resource)', 'when { context.zones > 1 };'],
    `${START + 1}:`,
    'is no number',
  ],
  [
    'a syntax error',
    ['forbid (principal, action, resource)', 'when { context.targets >= };'],
    `${START + 1}:33`,
    'is no Cedar',
  ],
  ['a template', ['forbid (principal == ?principal, action, resource);'], `${START}:`, 'templates'],
  ['nothing', ['// only a comment'], `${START}:`, 'holds no policy'],
])('bad input: %s in a guardrail is refused at its line and column', async (_what, text, place, said) => {
  const found = await faults(guarded(...text));
  expect(found[0]?.slice(0, place.length)).toBe(place);
  expect(found[0]).toContain(said);
});

const nested = (depth: number): string =>
  `forbid (principal, action, resource) when { ${'('.repeat(depth)}context.isSuspended${')'.repeat(depth)} };`;

test('bad input: nested text is refused by name before the engine sees it', async () => {
  expect((await faults(guarded(nested(150))))[0]).toContain('is nested more than 16 deep');
});

test('hostile: 150 parentheses end the engine in the worker, and this process goes on', async () => {
  const read = await parseCedar(nested(150), { maxBytes: 65_536, maxDepth: 100_000, timeoutMs: 20_000 });
  expect(read).toMatchObject({ ok: false, refusal: { code: 'cedar-trapped' } });
  // The engine of this process was never asked, so it still answers, and so does the next worker.
  expect(cedar.policyToJson('forbid (principal, action, resource);').type).toBe('success');
  expect((await parseCedar('forbid (principal, action, resource);')).ok).toBe(true);
});

test('hostile: what takes too long is ended', async () => {
  const read = await parseCedar('forbid (principal, action, resource);', {
    maxBytes: 65_536,
    maxDepth: 16,
    timeoutMs: 0,
  });
  expect(read).toMatchObject({ ok: false, refusal: { code: 'cedar-timeout' } });
});

test('hostile: long text is not parsed at all', async () => {
  expect(await parseCedar(`//${'x'.repeat(70_000)}`)).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
});

const WRITTEN_POLICIES = [
  'forbid (principal, action, resource) when { context.targets >= 3 && context.targets < 7 && context.isSuspended == false };',
  'forbid (principal, action in [Action::"acl.change", Action::"service.restart"], resource) when { context.zones.contains("a") };',
  'forbid (principal, action, resource) when { ["a", "b"].containsAll(context.zones) && context.tiers.containsAny(["x", "a"]) };',
  'forbid (principal, action, resource) when { context.paths.isEmpty() && ["none"].contains(context.rollbackKind) };',
  'forbid (principal, action == Action::"service.restart", resource) when { context.severity == 3 } unless { context.isGraphFresh };',
];

const items = (): readonly string[] => ['a', 'b', 'x'].filter(() => randomInt(2) === 0);
/** Facts of a few values each, so that every condition is often met and often not. */
function someAttributes(): Attributes {
  return Object.fromEntries([
    ...INTEGERS.map((name) => [name, randomInt(9)]),
    ...FLAGS.map((name) => [name, randomInt(2) === 0]),
    ...SETS.map((name) => [name, items()]),
    ...WORDS.map((name) => [name, randomInt(2) === 0 ? 'none' : 'restore']),
  ]) as Attributes;
}

test('E1: what was read forbids exactly what the written text forbids, in real Cedar', async () => {
  const seen = { forbidden: 0, let: 0 };
  for (const written of WRITTEN_POLICIES) {
    const parsed = await parseCedar(written);
    if (!parsed.ok) throw new Error(parsed.refusal.detail);
    const { actions, conditions } = readGuardrail(parsed.value[0]?.json);
    const modes = ['autonomous', 'reviewed', 'approved'] as const;
    const printed = toCedar([
      {
        id: 'own',
        clause: 'c',
        effect: 'forbid',
        modes,
        actions: actions.length === 0 ? 'every' : actions,
        conditions,
      },
    ]);
    for (let round = 0; round < 100; round += 1) {
      const [action, mode] = [ACTION_TYPES[randomInt(ACTION_TYPES.length)]!, modes[randomInt(3)]!];
      const ask = (text: string) =>
        cedar.isAuthorized({
          principal: { type: 'Agent', id: 'a' },
          action: { type: 'Action', id: round % 2 === 0 ? 'service.restart' : action },
          resource: { type: 'Operation', id: 'o' },
          context,
          entities: [],
          policies: { staticPolicies: { all: 'permit (principal, action, resource);', own: text } },
          schema: printed.schema,
        });
      const context = cedarContext(someAttributes(), mode);
      const [mine, theirs] = [ask(printed.policies['own']!), ask(written)];
      if (mine.type !== 'success' || theirs.type !== 'success') throw new Error('the engine could not answer');
      expect(mine.response.decision).toBe(theirs.response.decision);
      seen[mine.response.decision === 'deny' ? 'forbidden' : 'let'] += 1;
    }
  }
  expect(Math.min(seen.forbidden, seen.let)).toBeGreaterThan(20);
});

test('E1: a guardrail forbids in the modes beside it and never a route', async () => {
  const rules = rulesOf(await compiled(guarded('forbid (principal, action, resource) when { context.isSuspended };')));
  expect(rules.find(({ id }) => id === 'own')?.modes).toEqual(['autonomous', 'reviewed', 'approved']);
});
