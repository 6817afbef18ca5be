import { beforeAll, expect, test } from 'vitest';
import { indexGraph, type GraphIndex } from '../../graph/index-graph.ts';
import type { Step } from '../../proposal/step.ts';
import {
  analyse,
  anAct,
  APPS,
  HOSTS,
  ids,
  numbered,
  patchEstate,
  plantEstate,
  PLCS,
  recordsEstate,
} from './estate.builder.ts';
import type { ActionFindingKind, ActionImpact } from './action-impact.ts';

let hosts: GraphIndex;
let records: GraphIndex;
let plant: GraphIndex;
beforeAll(() => {
  hosts = indexGraph(patchEstate());
  records = indexGraph(recordsEstate());
  plant = indexGraph(plantEstate());
});

const said = ({ findings }: ActionImpact, kind: ActionFindingKind): readonly string[] =>
  findings.filter((finding) => finding.kind === kind).map(({ text }) => text);
const healthOf = ({ prediction }: ActionImpact, node: string) =>
  prediction.dependants.find((dependant) => dependant.node === node);

const OPENSSL: readonly Step[] = [{ adapter: 'package', operation: 'install', name: 'openssl', version: '3.0.14' }];
const patch = (targets: readonly string[]) =>
  anAct('package.patch', OPENSSL, { targets, versions: { openssl: '3.0.14' } });

test('scenario A, 4.9: all 1,240 hosts at once take payment down, in every stratum there is', () => {
  const impact = analyse(hosts, patch(numbered('h', HOSTS)), { atOnce: HOSTS });
  expect(said(impact, 'strata')).toEqual(['1240 targets in 12 strata']);
  expect(healthOf(impact, 'pay')).toEqual({
    node: 'pay',
    health: 'down',
    capacityLeftPercent: 0,
    because: 'all 612 replicas stop',
  });
  expect(healthOf(impact, 'scheme')).toMatchObject({ health: 'down', because: 'needs pay, which is down' });
  expect(said(impact, 'foreseen-down')).toEqual(['3 dependants foreseen down: batch, pay, scheme']);
  expect(impact).toMatchObject({
    missing: [],
    affectedSegments: ['dc1-net'],
    extraPaths: ['payment'],
    extraZones: ['card'],
    extraTiers: ['non-critical', 'production-critical'],
    dataEffects: 'none',
    isReversible: true,
  });
});

test('scenario A, D4: 15 hosts, ten at once, weaken payment and stop nothing', () => {
  const impact = analyse(hosts, patch(numbered('h', HOSTS).slice(0, 15)), { atOnce: 10 });
  expect(healthOf(impact, 'pay')).toEqual({
    node: 'pay',
    health: 'degraded',
    capacityLeftPercent: 98,
    because: '602 of 612 replicas stay',
  });
  expect(impact.prediction).toMatchObject({ downCount: 0, unknownCount: 0, capacityLeftPercent: 98 });
});

const windows = [
  { atOnce: 12, health: 'degraded', because: '600 of 612 replicas stay' },
  { atOnce: 13, health: 'down', because: '599 of 612 replicas stay and 600 are needed' },
] as const;
test.each(windows)('scenario A, D4: with $atOnce at once payment is $health', ({ atOnce, health, because }) => {
  const impact = analyse(hosts, patch(numbered('h', HOSTS).slice(0, 100)), { atOnce });
  expect(healthOf(impact, 'pay')).toMatchObject({ health, because });
});

test('scenario A, 4.3: the same library on hosts of other services is named', () => {
  const batch = numbered('h', HOSTS).slice(1100, 1110);
  const [text] = said(analyse(hosts, patch(batch)), 'shared-library');
  expect(text).toMatch(
    /^`openssl=3\.0\.11` is also on 612 hosts of other services \(pay\): h-0001, h-0002, .* and 572 more$/,
  );
  expect(said(analyse(hosts, patch(['h-0001', 'h-1240'])), 'shared-library')).toEqual([]);
});

const rotation = (consumers: readonly string[], keepsOld = false): readonly Step[] => [
  {
    adapter: 'credential',
    operation: 'rotate',
    credential: ids<'Node'>('db-cred')[0]!,
    consumers: ids(...consumers),
    keepsOld,
  },
];
const rotate = (consumers: readonly string[], keepsOld = false) =>
  anAct('credential.rotate', rotation(consumers, keepsOld), { targets: ['db-cred'] });

test('scenario B, 4.3: rotating the database credential alone names all 14 application servers and the batch job', () => {
  const impact = analyse(records, rotate([]));
  expect(impact.missingConsumers).toEqual([...APPS, 'nightly-batch']);
  expect(said(impact, 'consumers-missing')).toEqual([
    `15 users of db-cred are not in the plan: ${APPS.join(', ')}, nightly-batch`,
  ]);
  expect(said(impact, 'consumers-undeclared')).toEqual(['nightly-batch was seen using db-cred, which nobody declared']);
  for (const app of APPS)
    expect(healthOf(impact, app)).toMatchObject({ health: 'down', because: 'uses db-cred and is not in the plan' });
  expect(healthOf(impact, 'ehr')).toEqual({
    node: 'ehr',
    health: 'down',
    capacityLeftPercent: 0,
    because: 'all 14 replicas stop',
  });
  expect(impact).toMatchObject({
    missing: [],
    extraPaths: ['patient-care'],
    extraZones: ['clinical'],
    dataEffects: 'unknown',
    isReversible: false,
  });
  expect(impact.extraTiers).toContain('safety-critical');
});

test('scenario B: a plan with every user and both secrets valid disturbs nobody', () => {
  const impact = analyse(records, rotate([...APPS, 'nightly-batch'], true));
  expect(impact).toMatchObject({ missingConsumers: [], missing: [], dataEffects: 'none', isReversible: true });
  expect(impact.prediction).toMatchObject({ downCount: 0, unknownCount: 0 });
  expect(said(impact, 'consumers-missing')).toEqual([]);
});

test('scenario B: a plan that forgets five of 14 leaves the records system without its quorum', () => {
  const impact = analyse(records, rotate([...APPS.slice(0, 9), 'nightly-batch']));
  expect(impact.missingConsumers).toEqual(APPS.slice(9));
  expect(healthOf(impact, 'app-01')).toMatchObject({ health: 'degraded' });
  expect(healthOf(impact, 'ehr')).toMatchObject({
    health: 'down',
    because: '9 of 14 replicas stay and 10 are needed',
  });
});

const rule = (change: Partial<Extract<Step, { adapter: 'firewall' }>> = {}): readonly Step[] => [
  { adapter: 'firewall', operation: 'block', from: '10.4.0.0/16', to: '10.8.0.0/16', ...change },
];
const block = (change: Parameters<typeof rule>[0] = {}) =>
  anAct('firewall.rule', rule(change), { targets: ['office-net', 'plant-net'] });

test('scenario C, 4.7: blocking the two segments names 12 PLCs that lose their supervisor, and the plant that stops', () => {
  const impact = analyse(plant, block());
  expect(said(impact, 'control-cut')).toEqual([
    `12 PLCs behind flow modbus lose their supervisor scada-1: ${PLCS.join(', ')}`,
  ]);
  expect(said(impact, 'control-inside')).toEqual([
    `14 control systems inside (purdue-1, purdue-2, purdue-3): plant-net, ${PLCS.join(', ')}, scada-1`,
  ]);
  expect(said(impact, 'flows-cut')[0]).toMatch(
    /^all traffic between 10\.4\.0\.0\/16 and 10\.8\.0\.0\/16 stops 14 flows, 782 messages a minute: backup to files, modbus to plc-01, /,
  );
  for (const plc of PLCS) expect(healthOf(impact, plc)).toMatchObject({ health: 'down' });
  expect(healthOf(impact, 'plant')).toMatchObject({ health: 'down', because: 'needs plc-01, which is down' });
  expect(impact.cutFlows).toHaveLength(14);
  expect(impact.cutFlows).toContainEqual({ from: 'scada-1', to: 'modbus', traffic: 'tcp/502', perMinute: 60 });
  expect(impact).toMatchObject({
    missing: [],
    affectedSegments: ['office-net', 'plant-net'],
    extraZones: ['purdue-1', 'purdue-3'],
    extraPaths: ['chlorine'],
    dataEffects: 'unknown',
  });
  expect(impact.extraTiers).toContain('safety-critical');
});

test('scenario C: the same rule for SMB alone cuts the backup and leaves the PLCs their supervisor', () => {
  const impact = analyse(plant, block({ traffic: 'tcp/445' }));
  expect(impact.cutFlows).toEqual([{ from: 'backup', to: 'files', traffic: 'tcp/445', perMinute: 2 }]);
  expect(said(impact, 'control-cut')).toEqual([]);
  expect(said(impact, 'control-inside')).toHaveLength(1);
  expect(impact.prediction.dependants.filter(({ health }) => health === 'down')).toEqual([]);
});

test('scenario C: blocks that only meet the segments, mapped or narrower, cut the same', () => {
  for (const [from, to] of [
    ['10.0.0.0/13', '10.8.0.0/13'],
    ['10.4.1.10/32', '10.8.0.0/24'],
    ['::ffff:10.4.0.0/112', '10.8.0.0/16'],
    ['10.8.0.0/16', '10.4.0.0/16'],
    ['0.0.0.0/0', '10.8.0.0/24'],
  ] as const)
    expect(said(analyse(plant, block({ from, to })), 'control-cut'), `${from} ${to}`).toHaveLength(1);
});
