import { expect, test } from 'vitest';
import type { GraphEdge, GraphNode } from '../../graph/graph.ts';
import { anEdge, aNode } from '../../graph/graph.builder.ts';
import type { ActionType } from '../../proposal/change.ts';
import type { Step } from '../../proposal/step.ts';
import type { ActionFindingKind, ActionImpact, ActionOptions } from './action-impact.ts';
import { analyse, anAct, indexOf } from './estate.builder.ts';

const service = (id: string, change: Partial<GraphNode> = {}): GraphNode => aNode(id, { kind: 'service', ...change });

/** Two web hosts, a database on its own, a shop on both; labels say what only labels can say. */
const NODES: readonly GraphNode[] = [
  aNode('w1', { labels: { supervisor: 'systemd', 'supervisor.cron': 'none' } }),
  aNode('w2', { labels: { supervisor: 'systemd' } }),
  aNode('w3', { site: 'dc9' }),
  aNode('db', { kind: 'datastore' }),
  service('web', {
    minHealthy: 1,
    capacity: { units: 100, used: 40 },
    labels: { files: 'srv/web/app.bin, /etc/tls', flags: 'new-cart beta' },
  }),
  service('shop', { tier: 'production-critical', paths: ['orders'], zone: 'dmz', labels: { flags: 'new-cart' } }),
  service('report'),
  service('pool', { minHealthy: 2, capacity: { units: 90, used: 50 } }),
  ...['p1', 'p2', 'p3'].map((id) => service(id)),
];
const EDGES: readonly GraphEdge[] = [
  anEdge('web > w1'),
  anEdge('web > w2'),
  anEdge('shop > web'),
  anEdge('shop > db'),
  anEdge('report ~ w3'),
  ...['p1', 'p2', 'p3'].map((id) => anEdge(`${id} ~ pool`, 'replica-of')),
];
const index = indexOf(NODES, EDGES);

const run = (
  action: ActionType,
  step: Step,
  targets: readonly string[],
  change: Partial<ActionOptions> = {},
): ActionImpact => analyse(index, anAct(action, [step], { targets }), change);
const said = ({ findings }: ActionImpact, kind: ActionFindingKind): readonly string[] =>
  findings.filter((finding) => finding.kind === kind).map(({ text }) => text);
const healths = ({ prediction }: ActionImpact): Readonly<Record<string, string>> =>
  Object.fromEntries(prediction.dependants.map(({ node, health }) => [node, health]));

const restart: Step = { adapter: 'service', operation: 'restart', service: 'app' };

test('D4: a restart of one of two hosts leaves half the capacity, and has no inverse', () => {
  const impact = run('service.restart', restart, ['w1', 'w2']);
  expect(impact.prediction).toEqual({
    dependants: [
      {
        node: 'shop',
        health: 'degraded',
        because: 'needs web, which is degraded',
      },
      { node: 'web', health: 'degraded', capacityLeftPercent: 50, because: '1 of 2 replicas stay' },
    ],
    flows: [],
    capacityLeftPercent: 50,
    downCount: 0,
    unknownCount: 0,
  });
  expect(said(impact, 'restart')).toEqual(['`app` restarts on 2 targets, at most 1 at once']);
  expect(impact).toMatchObject({ missing: [], dataEffects: 'none', isReversible: false, affectedNodes: [] });
});

test('D4: both hosts at once stop the service, and what needs it', () => {
  const impact = run('service.restart', restart, ['w1', 'w2'], { atOnce: 2 });
  expect(healths(impact)).toEqual({ shop: 'down', web: 'down' });
  expect(said(impact, 'foreseen-down')).toEqual(['2 dependants foreseen down: shop, web']);
  expect(impact.prediction).toMatchObject({ capacityLeftPercent: 0, downCount: 2 });
  expect(impact).toMatchObject({
    extraTiers: ['production-critical'],
    extraPaths: ['orders'],
    extraZones: ['dmz'],
  });
});

test('D4: a soft dependant is weaker, an untouched one is listed as unaffected', () => {
  expect(healths(run('service.restart', restart, ['w3']))).toEqual({ report: 'degraded' });
  const deployed = indexOf([aNode('h'), service('tool')], [anEdge('tool ~ h', 'deployed-by')]);
  expect(analyse(deployed, anAct('service.restart', [restart], { targets: ['h'] })).prediction.dependants).toEqual([
    { node: 'tool', health: 'unaffected', because: 'nothing it needs stops' },
  ]);
});

test('4.3: a target that needs another target is still foreseen with its harm', () => {
  const impact = run('service.restart', restart, ['db', 'shop']);
  expect(healths(impact)).toEqual({ shop: 'down' });
});

test('X6: a file before the restart can be put back, so the act is reversible where the plan restores', () => {
  const steps: readonly Step[] = [{ adapter: 'config', path: 'etc/a.json', content: '{}', validate: 'json' }, restart];
  const act = anAct('config.change', steps, { targets: ['w1'] });
  expect(analyse(index, act).isReversible).toBe(true);
  expect(analyse(index, { ...act, rollback: { ...act.rollback, kind: 'none' } }).isReversible).toBe(false);
});

test('G4: configuration alone weakens and stops nothing', () => {
  const impact = run('config.change', { adapter: 'config', path: 'etc/a.json', content: '{}', validate: 'json' }, [
    'w1',
    'w2',
  ]);
  expect(healths(impact)).toEqual({ shop: 'degraded', web: 'degraded' });
  expect(said(impact, 'config')).toEqual(['`etc/a.json` is replaced on 2 targets']);
  expect(impact).toMatchObject({ dataEffects: 'none', isReversible: true });
});

test('X6: a patched store may not be readable by the old version: what becomes of its data is not known', () => {
  const step: Step = { adapter: 'package', operation: 'install', name: 'postgresql', version: '18' };
  expect(run('package.patch', step, ['db'])).toMatchObject({ dataEffects: 'unknown', isReversible: true });
  expect(run('package.patch', step, ['w1'])).toMatchObject({ dataEffects: 'none' });
});

const claiming = (dataEffects: 'none' | 'kept' | 'replayed-once' | 'unknown' | 'lost') =>
  anAct('config.change', [restart], { targets: ['db'], rollback: { dataEffects } });
test('X6: what the plan says of its data can be worsened and never bettered', () => {
  for (const effects of ['none', 'kept', 'replayed-once', 'unknown', 'lost'] as const)
    expect(analyse(index, claiming(effects)).dataEffects).toBe(effects);
});

const flag: Extract<Step, { adapter: 'flag' }> = { adapter: 'flag', operation: 'set', flag: 'new-cart', value: 'off' };
test('G4: everybody who reads the flag changes with the targets, and is named', () => {
  const impact = run('flag.rollback', flag, ['web']);
  expect(said(impact, 'flag-readers')).toEqual([
    '`new-cart` becomes `off` for 2 readers, 1 of them not named as targets: shop',
  ]);
  expect(healths(impact)).toEqual({ shop: 'degraded' });
  expect(said(run('flag.rollback', flag, ['shop', 'web']), 'flag-readers')).toEqual([
    '`new-cart` becomes `off` for 2 readers',
  ]);
});

test('G4: a value that imitates markup reaches the sentence harmless', () => {
  const impact = run('flag.rollback', { ...flag, value: 'off` <b>\n\u202ex' }, ['web']);
  expect(said(impact, 'flag-readers')[0]).toContain('becomes `off_ _b___x` for');
});

const scales = [
  { workload: 'pool', replicas: 3, health: undefined, because: undefined, missing: [] },
  { workload: 'pool', replicas: 5, health: undefined, because: undefined, missing: [] },
  { workload: 'pool', replicas: 2, health: 'degraded', because: 'keeps 2 of 3 replicas', missing: [] },
  { workload: 'pool', replicas: 1, health: 'down', because: 'keeps 1 replicas and 2 are needed', missing: [] },
  { workload: 'pool', replicas: 0, health: 'down', because: 'is scaled to nothing', missing: [] },
  {
    workload: 'report',
    replicas: 1,
    health: 'unknown',
    because: 'nobody said how many replicas are needed',
    missing: ['how many replicas report has', 'how many replicas report needs'],
  },
] as const;
test.each(scales)(
  'D4: $workload at $replicas replicas is $health',
  ({ workload, replicas, health, because, missing }) => {
    const impact = run('workload.scale', { adapter: 'workload', operation: 'scale', workload, replicas }, [workload]);
    expect(impact.missing).toEqual(missing);
    const found = impact.prediction.dependants.find(({ node }) => node === workload);
    expect([found?.health, found?.because]).toEqual([health, because]);
  },
);

test('D4: what scaling down leaves is foreseen, and the least counts', () => {
  const step: Step = { adapter: 'workload', operation: 'scale', workload: 'pool', replicas: 2 };
  const { prediction } = run('workload.scale', step, ['pool']);
  expect(prediction.capacityLeftPercent).toBe(66);
  expect(prediction.dependants).toEqual([
    { node: 'p1', health: 'unaffected', because: 'nothing it needs stops' },
    { node: 'p2', health: 'unaffected', because: 'nothing it needs stops' },
    { node: 'p3', health: 'unaffected', because: 'nothing it needs stops' },
    { node: 'pool', health: 'degraded', capacityLeftPercent: 66, because: 'keeps 2 of 3 replicas' },
  ]);
});

test('D4: fewer replicas than the load in use needs are an outage, enough by count or not', () => {
  const busy = indexOf(
    [
      service('pool', { minHealthy: 1, capacity: { units: 90, used: 70 } }),
      ...['p1', 'p2', 'p3'].map((id) => service(id)),
    ],
    ['p1', 'p2', 'p3'].map((id) => anEdge(`${id} ~ pool`, 'replica-of')),
  );
  const step: Step = { adapter: 'workload', operation: 'scale', workload: 'pool', replicas: 2 };
  const impact = analyse(busy, anAct('workload.scale', [step], { targets: ['pool'] }));
  expect(impact.prediction.dependants).toContainEqual({
    node: 'pool',
    health: 'down',
    capacityLeftPercent: 0,
    because: '2 of 3 replicas carry less than the 70 in use',
  });
});

test('D1: a workload the graph does not know is a missing fact, and its targets are unknown', () => {
  const impact = run('workload.scale', { adapter: 'workload', operation: 'scale', workload: 'ghost', replicas: 2 }, [
    'w1',
  ]);
  expect(impact.missing).toEqual(['workload `ghost` in the graph']);
  expect(healths(impact)).toEqual({ shop: 'degraded', web: 'degraded' });
});

const kill = (process: string): Step => ({ adapter: 'process', operation: 'kill', process });
test('G4: what restarts a killed process is known on every target, or is missing', () => {
  const kept = run('process.kill', kill('nginx'), ['w1', 'w2']);
  expect(said(kept, 'respawn')).toEqual(['`nginx`: comes back on 2']);
  expect(healths(kept)).toEqual({ shop: 'degraded', web: 'degraded' });
  expect(kept).toMatchObject({ missing: [], isReversible: false, dataEffects: 'none' });

  const unknown = run('process.kill', kill('nginx'), ['w1', 'w3']);
  expect(unknown.missing).toEqual(['what restarts process `nginx` on w3']);
  expect(said(unknown, 'respawn')).toEqual(['`nginx`: comes back on 1; nobody knows on w3']);
});

test('G4: a process that nothing restarts stays dead, whatever watches the others', () => {
  const impact = run('process.kill', kill('cron'), ['w1', 'w2'], { atOnce: 1 });
  expect(said(impact, 'respawn')).toEqual(['`cron`: comes back on 1; stays dead on w1']);
  expect(healths(impact)).toEqual({ shop: 'down', web: 'down' });
});

test('X6: what a killed store was writing is not known', () => {
  expect(run('process.kill', kill('postgres'), ['db']).dataEffects).toBe('unknown');
});

const quarantines = [
  { path: 'srv/web/app.bin', targets: ['w1'], needing: 'web needs `srv/web/app.bin`', missing: [] },
  { path: 'srv/web', targets: ['w1'], needing: 'web needs `srv/web`', missing: [] },
  { path: 'etc/tls/cert.pem', targets: ['w1', 'w2'], needing: 'web needs `etc/tls/cert.pem`', missing: [] },
  { path: 'srv/webby/x', targets: ['w1'], needing: undefined, missing: [] },
  { path: 'tmp/evil', targets: ['w1'], needing: undefined, missing: [] },
  { path: 'tmp/evil', targets: ['w3'], needing: undefined, missing: ['which services need `tmp/evil` on w3'] },
  { path: 'tmp/evil', targets: ['w1', 'db'], needing: undefined, missing: ['which services need `tmp/evil` on db'] },
] as const;
test.each(quarantines)('4.3: quarantine of $path on $targets: $needing', ({ path, targets, needing, missing }) => {
  const impact = run('file.quarantine', { adapter: 'file', operation: 'quarantine', path }, targets);
  expect(impact.missing).toEqual(missing);
  expect(said(impact, 'file-needed')).toEqual(needing === undefined ? [] : [needing]);
  expect(healths(impact)['web'] === 'down').toBe(needing !== undefined);
});

test('D4: flows of a host that is out of service carry nothing meanwhile; the others stay open', () => {
  const wired = indexOf(
    [aNode('a'), aNode('b'), aNode('c')],
    [
      { ...anEdge('a ~ b', 'flows-to'), perMinute: 7 },
      { ...anEdge('b ~ c', 'flows-to'), perMinute: 9 },
    ],
  );
  const impact = analyse(wired, anAct('service.restart', [restart], { targets: ['a'] }));
  expect(impact.prediction.flows).toEqual([
    { from: 'a', to: 'b', after: 'cut', perMinute: 7 },
    { from: 'b', to: 'c', after: 'open', perMinute: 9 },
  ]);
  expect(impact.cutFlows).toEqual([]);
});
