import { expect, test } from 'vitest';
import type { GraphEdge, GraphNode } from '../../graph/graph.ts';
import { anEdge, aNode } from '../../graph/graph.builder.ts';
import type { NodeId } from '../../shared/brand.ts';
import type { Step } from '../../proposal/step.ts';
import type { ActionFindingKind, ActionImpact } from './action-impact.ts';
import { analyse, anAct, anId, ids, indexOf, observed } from './estate.builder.ts';

const service = (id: string, change: Partial<GraphNode> = {}): GraphNode => aNode(id, { kind: 'service', ...change });
const account = (id: string, role?: string): GraphNode =>
  aNode(id, { kind: 'account', ...(role !== undefined && { labels: { role } }) });
const node = (text: string): NodeId => anId<'Node'>(text);

const NODES: readonly GraphNode[] = [
  aNode('key', { kind: 'credential' }),
  aNode('spare', { kind: 'credential' }),
  service('api'),
  service('jobs'),
  service('front'),
  account('svc-api', 'service'),
  account('ann', 'person'),
  account('root-1', 'admin'),
  account('root-2', 'admin'),
  account('bot'),
  aNode('vault', { kind: 'datastore' }),
  aNode('ledger', { kind: 'datastore', labels: { admins: 'ann' } }),
  aNode('gate', { kind: 'service', isEntryPoint: true }),
];
const uses = (text: string): GraphEdge => anEdge(text, 'consumes-credential');
const EDGES: readonly GraphEdge[] = [
  uses('api > key'),
  observed(uses('api > key')),
  uses('jobs > key'),
  observed(uses('ghost-job > key')),
  anEdge('front > api'),
  uses('api > svc-api'),
  anEdge('api > vault'),
  anEdge('root-1 ~ vault'),
  anEdge('root-2 ~ vault'),
];
const index = indexOf(NODES, EDGES);

const said = ({ findings }: ActionImpact, kind: ActionFindingKind): readonly string[] =>
  findings.filter((finding) => finding.kind === kind).map(({ text }) => text);
const healths = ({ prediction }: ActionImpact): Readonly<Record<string, string>> =>
  Object.fromEntries(prediction.dependants.map(({ node: name, health }) => [name, health]));

const rotation = (consumers: readonly string[], keepsOld: boolean, credential = 'key'): Step => ({
  adapter: 'credential',
  operation: 'rotate',
  credential: node(credential),
  consumers: ids(...consumers),
  keepsOld,
});
const rotate = (consumers: readonly string[], keepsOld: boolean, credential = 'key') =>
  analyse(index, anAct('credential.rotate', [rotation(consumers, keepsOld, credential)], { targets: [credential] }));

const plans = [
  { consumers: [], keepsOld: false, missing: ['api', 'ghost-job', 'jobs'], api: 'down', data: 'unknown' },
  { consumers: [], keepsOld: true, missing: ['api', 'ghost-job', 'jobs'], api: 'degraded', data: 'none' },
  { consumers: ['api'], keepsOld: false, missing: ['ghost-job', 'jobs'], api: 'degraded', data: 'unknown' },
  { consumers: ['api'], keepsOld: true, missing: ['ghost-job', 'jobs'], api: 'unaffected', data: 'none' },
  { consumers: ['api', 'ghost-job', 'jobs'], keepsOld: false, missing: [], api: 'degraded', data: 'none' },
  { consumers: ['api', 'ghost-job', 'jobs'], keepsOld: true, missing: [], api: 'unaffected', data: 'none' },
] as const;
test.each(plans)(
  'scenario B: a plan for $consumers with both valid: $keepsOld misses $missing',
  ({ consumers, keepsOld, missing, api, data }) => {
    const impact = rotate(consumers, keepsOld);
    expect(impact.missingConsumers).toEqual(missing);
    expect(healths(impact)['api']).toBe(api);
    expect(impact.dataEffects).toBe(data);
    expect(impact.isReversible).toBe(keepsOld);
    expect(impact.missing).toEqual([]);
  },
);

test('scenario B: a user nobody put into the graph is named, and is safety-critical', () => {
  const impact = rotate(['api', 'jobs'], false);
  expect(said(impact, 'consumers-undeclared')).toEqual(['ghost-job was seen using key, which nobody declared']);
  expect(said(impact, 'consumers-missing')).toEqual(['1 user of key is not in the plan: ghost-job']);
  expect(impact.affectedNodes).toContain('ghost-job');
  expect(impact.extraTiers).toContain('safety-critical');
});

test('G4: those who need a forgotten user stop with it', () => {
  expect(healths(rotate(['jobs', 'ghost-job'], false))).toMatchObject({ api: 'down', front: 'down' });
});

test('G4: a plan that names somebody of whom no use is known says so, and misses no less', () => {
  const impact = rotate(['front', 'nobody'], true);
  expect(said(impact, 'consumers-strangers')).toEqual([
    'the plan gives key to front, nobody, of which no use is known',
  ]);
  expect(impact.missingConsumers).toHaveLength(3);
});

test('D1: a credential nobody knows, or that nobody is known to use, is a missing fact', () => {
  expect(rotate([], true, 'other').missing).toEqual(['credential other in the graph']);
  expect(rotate([], true, 'spare').missing).toEqual(['who uses credential spare']);
});

test('G4: a secret change is read like a rotation', () => {
  const impact = analyse(index, anAct('secret.change', [rotation(['api'], false)], { targets: ['key'] }));
  expect(impact.missingConsumers).toEqual(['ghost-job', 'jobs']);
});

const disable = (name: string) =>
  analyse(
    index,
    anAct('account.disable', [{ adapter: 'account', operation: 'disable', account: node(name) }], { targets: [name] }),
  );

test('4.3: whatever logs in with a disabled account stops, and those who need it', () => {
  const impact = disable('svc-api');
  expect(said(impact, 'login-lost')).toEqual(['api logs in with svc-api and stops']);
  expect(impact).toMatchObject({ missingConsumers: ['api'], missing: [], dataEffects: 'unknown', isReversible: true });
  expect(healths(impact)).toMatchObject({ api: 'down', front: 'down' });
});

const accounts = [
  { name: 'ann', missing: [] },
  { name: 'bot', missing: ['who logs in with bot'] },
  { name: 'nobody', missing: ['account nobody in the graph'] },
] as const;
test.each(accounts)('D1: disabling $name needs to know $missing', ({ name, missing }) => {
  expect(disable(name).missing).toEqual(missing);
});

test('L7: the last administrator of a resource is named, by edge or by label; the first of two is not', () => {
  expect(said(disable('ann'), 'last-admin')).toEqual(['ann is the last administrator of ledger']);
  expect(said(disable('root-1'), 'last-admin')).toEqual([]);
  const alone = indexOf(
    NODES.filter(({ id }) => id !== 'root-2'),
    EDGES,
  );
  const act = anAct('account.disable', [{ adapter: 'account', operation: 'disable', account: node('root-1') }], {
    targets: ['root-1'],
  });
  expect(said(analyse(alone, act), 'last-admin')).toEqual(['root-1 is the last administrator of vault']);
});

const access = (operation: 'grant' | 'revoke', resource: string, principal: string) =>
  analyse(
    index,
    anAct('acl.change', [{ adapter: 'acl', operation, resource: node(resource), principal: node(principal) }], {
      targets: [resource],
    }),
  );

test('G4: a revocation cuts off who works through the principal', () => {
  const impact = access('revoke', 'vault', 'svc-api');
  expect(said(impact, 'access')).toEqual(['svc-api loses vault; api needs it']);
  expect(impact).toMatchObject({ missingConsumers: ['api'], dataEffects: 'unknown' });
  expect(healths(impact)).toMatchObject({ api: 'down', front: 'down' });
});

test('G4: a revocation that no known use hangs on stops nothing, and still names a last administrator', () => {
  const impact = access('revoke', 'ledger', 'ann');
  expect(said(impact, 'access')).toEqual(['ann loses ledger; no use of it is known']);
  expect(said(impact, 'last-admin')).toEqual(['ann is the last administrator of ledger']);
  expect(impact.prediction.downCount).toBe(0);
});

test('G5: a grant to an entry point is an exposure', () => {
  expect(said(access('grant', 'vault', 'gate'), 'exposure')).toEqual(['gate, an entry point, gains vault']);
  expect(said(access('grant', 'vault', 'bot'), 'access')).toEqual(['bot gains vault']);
  expect(access('grant', 'vault', 'bot')).toMatchObject({ missing: [], missingConsumers: [], dataEffects: 'none' });
});

test('D1: both ends of an access must be in the graph', () => {
  expect(access('grant', 'nothing', 'nobody').missing).toEqual(['nobody in the graph', 'nothing in the graph']);
});

test('4.5: what steps act on beyond the targets is shown', () => {
  const impact = analyse(index, anAct('credential.rotate', [rotation([], true)], { targets: ['api'] }));
  expect(said(impact, 'beyond-targets')).toEqual(['steps act on key beyond the targets']);
  expect(impact.affectedNodes).toContain('key');
  expect(said(rotate([], true), 'beyond-targets')).toEqual([]);
});
