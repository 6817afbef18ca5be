import { expect, test } from 'vitest';
import { anEdge, aNode } from '../../graph/graph.builder.ts';
import { ACTION_TYPES, type ActionType } from '../../proposal/change.ts';
import type { Step } from '../../proposal/step.ts';
import { analyseImpact } from '../impact.ts';
import { isDataEffects, LISTED, worstDataEffects, type DataEffects } from './action-impact.ts';
import { ACTION_STEPS } from './action-steps.ts';
import { analyseAction, rollbackEffect } from './analyse-action.ts';
import { analyse, anAct, anId, indexOf, options, stepsAt } from './estate.builder.ts';

const node = (text: string) => anId<'Node'>(text);

const small = indexOf([aNode('a'), aNode('b', { kind: 'service' })], [anEdge('b > a')]);

const own: readonly { readonly action: ActionType; readonly adapter: Step['adapter'] }[] = ACTION_TYPES.flatMap(
  (action) => ACTION_STEPS[action].mayHave.map((adapter) => ({ action, adapter })),
);
test.each(own)('G4: $adapter is a step of $action', ({ action, adapter }) => {
  const impact = analyse(small, anAct(action, [stepsAt('a')[adapter]], { targets: ['a'] }));
  expect(impact.findings.filter(({ kind }) => kind === 'foreign-step')).toEqual([]);
});

test('G4: a step of another kind is another act in disguise: a missing fact, and read all the same', () => {
  const act = anAct('config.change', [stepsAt('a').config, stepsAt('a').data, stepsAt('a').network], {
    targets: ['a'],
  });
  const impact = analyse(small, act);
  expect(impact.missing).toContain('an action that data, network steps belong to; config.change is not one');
  expect(impact.findings.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['foreign-step', 'data-prohibited', 'isolated']),
  );
  expect(impact).toMatchObject({ dataEffects: 'lost', isReversible: false });
});

const foreign = ACTION_TYPES.flatMap((action) =>
  Object.values(stepsAt('a'))
    .filter(({ adapter }) => !ACTION_STEPS[action].mayHave.includes(adapter))
    .map((step) => ({ action, adapter: step.adapter, step })),
);
test.each(foreign)('G4: $adapter is no step of $action', ({ action, adapter, step }) => {
  const { missing } = analyse(small, anAct(action, [step], { targets: ['a'] }));
  expect(missing).toContain(`an action that ${adapter} steps belong to; ${action} is not one`);
});

test('D1: an action without the step that carries it out is not understood', () => {
  const act = anAct('credential.rotate', [stepsAt('a').config], { targets: ['a'] });
  expect(analyse(small, act).missing).toEqual(['the credential step of credential.rotate']);
  expect(analyse(small, anAct('data.restore', [], { targets: ['a'] }))).toMatchObject({
    missing: ['the data step of data.restore'],
    dataEffects: 'lost',
    isReversible: false,
  });
});

test('X6: restoring and destroying data is prohibited until an adapter can put it back', () => {
  const index = indexOf([aNode('db', { kind: 'datastore' }), aNode('app', { kind: 'service' })], [anEdge('app > db')]);
  for (const operation of ['restore', 'destroy'] as const) {
    const step: Step = { adapter: 'data', operation, store: node('db') };
    const impact = analyse(index, anAct(`data.${operation}`, [step], { targets: ['db'] }));
    expect(impact.findings[0]).toEqual({
      kind: 'data-prohibited',
      clause: 'X6',
      text: `${operation} of db is prohibited until an adapter can put its data back and prove it`,
      nodes: ['app', 'db'],
      count: 2,
    });
    expect(impact).toMatchObject({ dataEffects: 'lost', isReversible: false, missing: [] });
    expect(impact.prediction.dependants).toEqual([
      { node: 'app', health: 'down', capacityLeftPercent: 0, because: 'needs db, which is down' },
    ]);
  }
});

test('L7: what the floor keeps for people says so', () => {
  for (const action of [
    'identity.change',
    'entitlement.change',
    'billing.change',
    'tenant.cross',
    'governance.change',
  ] as const) {
    const [adapter = 'config'] = ACTION_STEPS[action].mayHave;
    const impact = analyse(small, anAct(action, [stepsAt('a')[adapter]], { targets: ['a'] }));
    expect(impact.findings.map(({ kind }) => kind)).toContain('floor');
    expect(impact.dataEffects).toBe('unknown');
  }
});

test('G4: a walk that was stopped is a missing fact', () => {
  const chain = indexOf(
    ['a', 'b', 'c', 'd'].map((id) => aNode(id)),
    [anEdge('b > a'), anEdge('c > b'), anEdge('d > c')],
  );
  const act = anAct('service.restart', [stepsAt('a').service], { targets: ['a'] });
  expect(analyse(chain, act, { hops: 1 }).missing).toHaveLength(1);
  expect(analyse(chain, act, { caps: { dependants: 100, edges: 0 } }).missing.join()).toContain('edges of the act');
  expect(analyse(chain, act).missing).toEqual([]);
});

test('G4: a dry run longer than its cap lists the worst, counts all, and is a missing fact', () => {
  const users = Array.from({ length: 30 }, (_, n) => `u${n}`);
  const index = indexOf(
    [aNode('key', { kind: 'credential' }), ...users.map((id) => aNode(id, { kind: 'service' })), aNode('near')],
    users.map((id) => anEdge(`${id} > key`, 'consumes-credential')),
  );
  const act = anAct('credential.rotate', [stepsAt('key').credential], { targets: ['near'] });
  const impact = analyse(index, act, { caps: { dependants: 10, edges: 10_000 } });
  expect(impact.missing).toEqual(['a dry run of 30 dependants; at most 10 are listed']);
  expect(impact.prediction.dependants).toHaveLength(10);
  expect(impact.prediction.downCount).toBe(30);
  expect(impact.missingConsumers).toHaveLength(30);
});

test('G4: a finding lists no more nodes than its cap, says how many there are, and names few in its text', () => {
  const users = Array.from({ length: 1500 }, (_, n) => `u${n}`);
  const index = indexOf(
    [aNode('key', { kind: 'credential' }), ...users.map((id) => aNode(id, { kind: 'service' }))],
    users.map((id) => anEdge(`${id} > key`, 'consumes-credential')),
  );
  const { findings } = analyse(index, anAct('credential.rotate', [stepsAt('key').credential], { targets: ['key'] }));
  const [first] = findings;
  expect(first).toMatchObject({ kind: 'consumers-missing', count: 1500 });
  expect(first?.nodes).toHaveLength(LISTED);
  expect(first?.text).toMatch(/ and 1460 more$/);
});

test('4.5: segments of targets and segments that are targets count once', () => {
  const index = indexOf(
    [aNode('a'), aNode('b'), aNode('s1', { kind: 'segment' }), aNode('s2', { kind: 'segment' })],
    [
      anEdge('a ~ s1', 'member-of-segment'),
      anEdge('b ~ s1', 'member-of-segment'),
      anEdge('b ~ s2', 'member-of-segment'),
    ],
  );
  const at = (...targets: readonly string[]) =>
    analyse(index, anAct('service.restart', [stepsAt('a').service], { targets })).affectedSegments;
  expect([at('a'), at('b'), at('a', 's2'), at('ghost')]).toEqual([['s1'], ['s1', 's2'], ['s1', 's2'], []]);
});

test('X6: the worst word on data wins, and only five words are words on data', () => {
  const worst: readonly (readonly [readonly DataEffects[], DataEffects])[] = [
    [[], 'none'],
    [['none', 'kept'], 'kept'],
    [['replayed-once', 'kept'], 'replayed-once'],
    [['unknown', 'replayed-once'], 'unknown'],
    [['lost', 'unknown', 'none'], 'lost'],
  ];
  for (const [effects, expected] of worst) expect(worstDataEffects(effects)).toBe(expected);
  expect(['kept', 'lost', 'fine', '', undefined].map((word) => isDataEffects(word))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('X6: what a rollback does to data is the same with and without the dry run', () => {
  for (const action of ACTION_TYPES)
    for (const step of Object.values(stepsAt('a'))) {
      const act = anAct(action, [step], { targets: ['a', 'b'], rollback: { dataEffects: 'kept' } });
      const impact = analyseImpact(small, act.targets, options());
      expect(rollbackEffect(small, act, impact)).toBe(analyseAction(small, act, impact, options()).dataEffects);
    }
});
