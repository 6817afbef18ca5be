/** The three estates of the scenarios, small enough to read and as large as they were. For tests. */
import type { GraphEdge, GraphNode, GraphSnapshot } from '../../graph/graph.ts';
import { aGraph, anEdge, aNode } from '../../graph/graph.builder.ts';
import { indexGraph, type GraphIndex } from '../../graph/index-graph.ts';
import { parseId, type Id } from '../../shared/brand.ts';
import type { ActionType } from '../../proposal/change.ts';
import type { Step } from '../../proposal/step.ts';
import { analyseImpact, IMPACT_LIMITS } from '../impact.ts';
import { analyseAction } from './analyse-action.ts';
import type { Act, ActionImpact, ActionOptions } from './action-impact.ts';

export function anId<Name extends string>(text: string): Id<Name> {
  const id = parseId<Name>(text);
  if (id === undefined) throw new Error('a test named something malformed');
  return id;
}
export const ids = <Name extends string>(...texts: readonly string[]): readonly Id<Name>[] =>
  texts.map((text) => anId<Name>(text));

/** `name-01` to `name-12`. */
export const numbered = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${name}-${String(n + 1).padStart(String(count).length, '0')}`);

export const options = (change: Partial<ActionOptions> = {}): ActionOptions => ({
  ...IMPACT_LIMITS,
  healthKnown: () => true,
  atOnce: 1,
  ...change,
});

export const anAct = (
  action: ActionType,
  steps: readonly Step[],
  {
    targets,
    rollback = {},
    versions = {},
  }: {
    readonly targets: readonly string[];
    readonly rollback?: Partial<Act['rollback']>;
    readonly versions?: Readonly<Record<string, string>>;
  },
): Act => ({
  change: { action, summary: action, steps, intendedVersions: versions },
  targets: ids(...targets),
  rollback: { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: false, ...rollback },
});

/** The walk and the meaning in one. */
export function analyse(index: GraphIndex, act: Act, change: Partial<ActionOptions> = {}): ActionImpact {
  const all = options(change);
  return analyseAction(index, act, analyseImpact(index, act.targets, all), all);
}

export const observed = (edge: GraphEdge): GraphEdge => ({ ...edge, isObserved: true });

export const HOSTS = 1240;
/** Fewest of the 612 payment hosts that carry the load. */
const PAY_NEEDS = 600;

/** A: 1,240 hosts in three data centres; 612 carry payment, the rest batch work; all have the same OpenSSL. */
export function patchEstate(): GraphSnapshot {
  const hosts = numbered('h', HOSTS);
  const paying = hosts.slice(0, 612);
  const nodes: readonly GraphNode[] = [
    ...hosts.map((id, n) =>
      aNode(id, {
        site: `dc${(n % 3) + 1}`,
        labels: {
          os: n % 2 === 0 ? 'deb12' : 'rhel9',
          'lib.openssl': '3.0.11',
          ...(n >= 380 && n < 612 && { tlsval: '2.1' }),
        },
      }),
    ),
    aNode('pay', {
      kind: 'service',
      tier: 'production-critical',
      paths: ['payment'],
      zone: 'card',
      minHealthy: PAY_NEEDS,
      capacity: { units: 6120, used: 5900 },
    }),
    aNode('batch', { kind: 'service', minHealthy: 1 }),
    aNode('scheme', { kind: 'service', tier: 'production-critical' }),
    aNode('dc1-net', { kind: 'segment', cidr: '10.1.0.0/16' }),
  ];
  return aGraph(nodes, [
    ...paying.map((host) => anEdge(`pay > ${host}`)),
    ...hosts.slice(612).map((host) => anEdge(`batch > ${host}`)),
    ...hosts.filter((_, n) => n % 3 === 0).map((host) => anEdge(`${host} ~ dc1-net`, 'member-of-segment')),
    anEdge('scheme > pay'),
  ]);
}

export const APPS: readonly string[] = numbered('app', 14);

/** B: one database credential, 14 application servers, the records system on them, and the batch job behind the alert. */
export function recordsEstate(): GraphSnapshot {
  const nodes: readonly GraphNode[] = [
    aNode('records-db', { kind: 'datastore', tier: 'production-critical', dataClasses: ['personal-health'] }),
    aNode('db-cred', { kind: 'credential' }),
    ...APPS.map((id) => aNode(id, { kind: 'service', tier: 'production-critical' })),
    aNode('ehr', {
      kind: 'service',
      tier: 'safety-critical',
      paths: ['patient-care'],
      zone: 'clinical',
      minHealthy: 10,
      capacity: { units: 1400, used: 900 },
    }),
    aNode('nightly-batch', { kind: 'service' }),
  ];
  return aGraph(nodes, [
    anEdge('records-db > db-cred'),
    ...APPS.flatMap((app) => [
      anEdge(`${app} > db-cred`, 'consumes-credential'),
      anEdge(`${app} > records-db`),
      anEdge(`${app} ~ ehr`, 'replica-of'),
    ]),
    observed(anEdge('app-01 > db-cred', 'consumes-credential')),
    observed(anEdge('nightly-batch > db-cred', 'consumes-credential')),
  ]);
}

export const PLCS: readonly string[] = numbered('plc', 12);

/** C: two segments; the supervisor in one speaks Modbus with 12 PLCs in the other; a backup job speaks SMB across. */
export function plantEstate(): GraphSnapshot {
  const nodes: readonly GraphNode[] = [
    aNode('office-net', { kind: 'segment', cidr: '10.4.0.0/16' }),
    aNode('plant-net', { kind: 'segment', cidr: '10.8.0.0/16', zone: 'purdue-2' }),
    aNode('scada-1', { addresses: ['10.4.1.10'], zone: 'purdue-3', labels: { role: 'scada' } }),
    ...PLCS.map((id, n) =>
      aNode(id, {
        kind: 'device',
        tier: 'safety-critical',
        addresses: [`10.8.0.${n + 11}`],
        zone: 'purdue-1',
        paths: ['chlorine'],
        labels: { role: 'plc' },
      }),
    ),
    aNode('modbus', { kind: 'flow', tier: 'safety-critical' }),
    aNode('backup', { addresses: ['10.8.3.1'] }),
    aNode('files', { addresses: ['10.4.2.2'], isEntryPoint: true }),
    aNode('plant', { kind: 'service', tier: 'safety-critical', paths: ['chlorine'] }),
    aNode('mail', { addresses: ['10.12.0.9'] }),
    aNode('hr', { kind: 'service' }),
  ];
  const modbus = { traffic: 'tcp/502', perMinute: 60 };
  return aGraph(nodes, [
    { ...anEdge('scada-1 > modbus', 'flows-to'), ...modbus },
    ...PLCS.map((plc) => ({ ...anEdge(`modbus > ${plc}`, 'flows-to'), ...modbus })),
    ...PLCS.map((plc) => anEdge(`plant > ${plc}`)),
    { ...anEdge('backup ~ files', 'flows-to'), traffic: 'tcp/445', perMinute: 2 },
    { ...anEdge('files ~ mail', 'flows-to'), traffic: 'tcp/25' },
    anEdge('scada-1 ~ office-net', 'member-of-segment'),
    ...PLCS.map((plc) => anEdge(`${plc} ~ plant-net`, 'member-of-segment')),
    anEdge('hr > files'),
  ]);
}

export const indexOf = (nodes: readonly GraphNode[], edges: readonly GraphEdge[] = []): GraphIndex =>
  indexGraph(aGraph(nodes, edges));

/** One step of every kind that names `name`. */
export const stepsAt = (name: string): { readonly [A in Step['adapter']]: Extract<Step, { adapter: A }> } => ({
  config: { adapter: 'config', path: 'etc/a.json', content: '{}', validate: 'json' },
  service: { adapter: 'service', operation: 'restart', service: 'app' },
  package: { adapter: 'package', operation: 'install', name: 'openssl', version: '3.0.14' },
  credential: { adapter: 'credential', operation: 'rotate', credential: anId(name), consumers: [], keepsOld: false },
  firewall: { adapter: 'firewall', operation: 'block', from: '10.4.0.0/16', to: '10.8.0.0/16' },
  network: { adapter: 'network', operation: 'isolate', node: anId(name) },
  acl: { adapter: 'acl', operation: 'revoke', resource: anId(name), principal: anId('b') },
  account: { adapter: 'account', operation: 'disable', account: anId(name) },
  process: { adapter: 'process', operation: 'kill', process: 'nginx' },
  file: { adapter: 'file', operation: 'quarantine', path: 'tmp/evil' },
  flag: { adapter: 'flag', operation: 'set', flag: 'beta', value: 'off' },
  workload: { adapter: 'workload', operation: 'scale', workload: name, replicas: 0 },
  data: { adapter: 'data', operation: 'restore', store: anId(name) },
});
