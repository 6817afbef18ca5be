/** One small estate and one act of every kind on it. For the golden test. */
import { anEdge, aNode } from '../../graph/graph.builder.ts';
import type { GraphIndex } from '../../graph/index-graph.ts';
import type { Step } from '../../proposal/step.ts';
import type { Act } from './action-impact.ts';
import { anAct, anId, indexOf, observed } from './estate.builder.ts';

/** A shop on two hosts in the office, its store, a job nobody declared, and a pump in the plant with its supervisor. */
export const goldenIndex: GraphIndex = indexOf(
  [
    aNode('office', { kind: 'segment', cidr: '10.4.0.0/16' }),
    aNode('floor', { kind: 'segment', cidr: '10.8.0.0/16', zone: 'purdue-2' }),
    aNode('h1', {
      addresses: ['10.4.0.1'],
      labels: { os: 'deb12', 'lib.openssl': '3.0.11', supervisor: 'systemd' },
      isEntryPoint: true,
    }),
    aNode('h2', { addresses: ['10.4.0.2'], labels: { os: 'deb12', 'lib.openssl': '3.0.11' } }),
    aNode('h3', { addresses: ['10.4.0.3'], labels: { os: 'deb12', 'lib.openssl': '3.0.11' } }),
    aNode('shop', {
      kind: 'service',
      tier: 'production-critical',
      paths: ['orders'],
      minHealthy: 1,
      capacity: { units: 100, used: 60 },
      labels: { files: 'srv/shop', flags: 'new-cart' },
    }),
    aNode('report', { kind: 'service', labels: { flags: 'new-cart' } }),
    aNode('store', { kind: 'datastore', dataClasses: ['customer'] }),
    aNode('store-key', { kind: 'credential' }),
    aNode('svc-shop', { kind: 'account', labels: { role: 'service' } }),
    aNode('scada', { addresses: ['10.4.9.1'], zone: 'purdue-3', labels: { role: 'scada' } }),
    aNode('pump', {
      kind: 'device',
      tier: 'safety-critical',
      addresses: ['10.8.0.1'],
      zone: 'purdue-1',
      labels: { role: 'plc' },
    }),
  ],
  [
    anEdge('shop > h1'),
    anEdge('shop > h2'),
    anEdge('report > h3'),
    anEdge('report ~ shop'),
    anEdge('shop > store'),
    anEdge('shop > store-key', 'consumes-credential'),
    observed(anEdge('report > store-key', 'consumes-credential')),
    anEdge('shop > svc-shop', 'consumes-credential'),
    anEdge('h1 ~ office', 'member-of-segment'),
    anEdge('h2 ~ office', 'member-of-segment'),
    anEdge('pump ~ floor', 'member-of-segment'),
    { ...anEdge('scada > pump', 'flows-to'), traffic: 'tcp/502', perMinute: 60 },
  ],
);

const openssl: Step = { adapter: 'package', operation: 'install', name: 'openssl', version: '3.0.14' };

export const GOLDEN: Readonly<Record<string, Act>> = {
  'package.patch': anAct('package.patch', [openssl], { targets: ['h1', 'h2'], versions: { openssl: '3.0.14' } }),
  'config.change': anAct(
    'config.change',
    [{ adapter: 'config', path: 'etc/shop.json', content: '{}', validate: 'json' }],
    {
      targets: ['h1'],
    },
  ),
  'service.restart': anAct('service.restart', [{ adapter: 'service', operation: 'restart', service: 'shop' }], {
    targets: ['h1', 'h2'],
  }),
  'credential.rotate': anAct(
    'credential.rotate',
    [
      {
        adapter: 'credential',
        operation: 'rotate',
        credential: anId('store-key'),
        consumers: [anId('shop')],
        keepsOld: false,
      },
    ],
    { targets: ['store-key'] },
  ),
  'firewall.rule': anAct(
    'firewall.rule',
    [{ adapter: 'firewall', operation: 'block', from: '10.4.0.0/16', to: '10.8.0.0/16', traffic: 'tcp/502' }],
    { targets: ['office', 'floor'] },
  ),
  'network.isolate': anAct('network.isolate', [{ adapter: 'network', operation: 'isolate', node: anId('floor') }], {
    targets: ['floor'],
  }),
  'host.isolate': anAct('host.isolate', [{ adapter: 'network', operation: 'isolate', node: anId('h2') }], {
    targets: ['h2'],
  }),
  'acl.change': anAct(
    'acl.change',
    [{ adapter: 'acl', operation: 'revoke', resource: anId('store'), principal: anId('svc-shop') }],
    { targets: ['store'] },
  ),
  'account.disable': anAct(
    'account.disable',
    [{ adapter: 'account', operation: 'disable', account: anId('svc-shop') }],
    {
      targets: ['svc-shop'],
    },
  ),
  'process.kill': anAct('process.kill', [{ adapter: 'process', operation: 'kill', process: 'nginx' }], {
    targets: ['h1', 'h2'],
  }),
  'file.quarantine': anAct(
    'file.quarantine',
    [{ adapter: 'file', operation: 'quarantine', path: 'srv/shop/evil.bin' }],
    {
      targets: ['h1'],
    },
  ),
  'flag.rollback': anAct('flag.rollback', [{ adapter: 'flag', operation: 'set', flag: 'new-cart', value: 'off' }], {
    targets: ['shop'],
  }),
  'workload.scale': anAct(
    'workload.scale',
    [{ adapter: 'workload', operation: 'scale', workload: 'shop', replicas: 1 }],
    {
      targets: ['shop'],
    },
  ),
  'data.restore': anAct('data.restore', [{ adapter: 'data', operation: 'restore', store: anId('store') }], {
    targets: ['store'],
  }),
};
