import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EDGE_KINDS, NODE_KINDS, TIERS, type GraphEdge, type GraphNode } from '../../graph/graph.ts';
import { aNode } from '../../graph/graph.builder.ts';
import { ACTION_TYPES } from '../../proposal/change.ts';
import type { Step } from '../../proposal/step.ts';
import { analyseImpact } from '../impact.ts';
import { HEALTHS } from '../prediction.ts';
import { ACTION_FINDING_KINDS, type ActionImpact } from './action-impact.ts';
import { analyseAction } from './analyse-action.ts';
import { analyse, anAct, anId, ids, indexOf, options, stepsAt } from './estate.builder.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'ghost'] as const;
const node = (text: string) => anId<'Node'>(text);

/** Any small graph, well formed or not: nodes twice, loops, edges to nowhere, hostile labels and addresses. */
const anyNode: fc.Arbitrary<GraphNode> = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    kind: fc.constantFrom(...NODE_KINDS),
    tier: fc.constantFrom(...TIERS, 'unknown' as const),
    zone: fc.option(fc.constantFrom('purdue-1', 'dmz'), { nil: undefined }),
    cidr: fc.option(fc.constantFrom('10.4.0.0/16', '10.8.0.0/24', 'x', '0.0.0.0/0'), { nil: undefined }),
    addresses: fc.option(fc.array(fc.constantFrom('10.4.0.1', '10.8.0.1', '::ffff:10.4.0.1', 'host.example')), {
      nil: undefined,
    }),
    minHealthy: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    capacity: fc.option(fc.record({ units: fc.nat(1_000_000_000_000), used: fc.nat(1_000_000_000_000) }), {
      nil: undefined,
    }),
    labels: fc.option(
      fc.dictionary(
        fc.constantFrom(
          'role',
          'supervisor',
          'files',
          'flags',
          'admins',
          'lib.openssl',
          'delivery',
          '__proto__',
          'constructor',
        ),
        fc.oneof(
          fc.constantFrom('plc', 'scada', 'none', 'systemd', 'a, b', 'tmp', 'beta', 'admin', 'lost'),
          fc.string({ maxLength: 12 }),
        ),
      ),
      { nil: undefined },
    ),
  })
  .map(({ id, ...rest }) =>
    aNode(
      id,
      Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<GraphNode>,
    ),
  );
const anyEdge: fc.Arbitrary<GraphEdge> = fc
  .record({
    from: fc.constantFrom(...NAMES),
    to: fc.constantFrom(...NAMES),
    kind: fc.constantFrom(...EDGE_KINDS),
    isHard: fc.boolean(),
    isObserved: fc.boolean(),
    traffic: fc.constantFrom('tcp/445', 'tcp/502', 'modbus', ''),
  })
  .map(({ from, to, ...rest }) => ({ from: node(from), to: node(to), ...rest }));
const anyGraph = fc.record({ nodes: fc.array(anyNode, { maxLength: 7 }), edges: fc.array(anyEdge, { maxLength: 18 }) });
const anyStep = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.constantFrom(
      'config',
      'service',
      'package',
      'credential',
      'firewall',
      'network',
      'acl',
      'account',
      'process',
      'file',
      'flag',
      'workload',
      'data',
    ),
  )
  .map(([name, adapter]) => stepsAt(name)[adapter]);
const anyTargets = fc.subarray([...NAMES], { minLength: 0 });

function expectWellFormed(impact: ActionImpact): void {
  const { prediction } = impact;
  for (const list of [
    impact.missing,
    impact.affectedNodes,
    impact.affectedSegments,
    impact.extraTiers,
    impact.extraZones,
    impact.extraPaths,
    impact.missingConsumers,
    prediction.dependants.map(({ node: name }) => name),
    ...impact.findings.map(({ nodes }) => nodes),
  ])
    expect(list).toEqual([...new Set(list)].toSorted());
  for (const { kind, text } of impact.findings) {
    expect(ACTION_FINDING_KINDS).toContain(kind);
    expect(text).not.toBe('');
  }
  for (const { capacityLeftPercent = 0 } of [...prediction.dependants, prediction]) {
    expect(Number.isInteger(capacityLeftPercent)).toBe(true);
    expect(capacityLeftPercent >= 0 && capacityLeftPercent <= 100).toBe(true);
  }
  expect(JSON.parse(JSON.stringify(impact))).toEqual(impact);
}

test('G4: the meaning of any act on any graph is found without an error, sorted, and in JSON', () => {
  fc.assert(
    fc.property(
      anyGraph,
      fc.constantFrom(...ACTION_TYPES),
      fc.array(anyStep, { maxLength: 3 }),
      anyTargets,
      ({ nodes, edges }, action, steps, targets) => {
        const index = indexOf(nodes, edges);
        const act = anAct(action, steps, { targets });
        const first = analyse(index, act, { atOnce: 2 });
        expectWellFormed(first);
        // The same graph read anew gives the same bytes (D2).
        expect(JSON.stringify(analyse(indexOf(nodes, edges), act, { atOnce: 2 }))).toBe(JSON.stringify(first));
      },
    ),
    { numRuns: 500 },
  );
});

const rankOf = ({ prediction }: ActionImpact, name: string): number =>
  HEALTHS.indexOf(prediction.dependants.find((one) => one.node === name)?.health ?? 'unaffected');

test('4.3: another target never makes an act look smaller', () => {
  fc.assert(
    fc.property(anyGraph, anyStep, anyTargets, fc.constantFrom(...NAMES), ({ nodes, edges }, step, targets, more) => {
      const index = indexOf(nodes, edges);
      const touched = (some: readonly string[]) => {
        const act = anAct('governance.change', [step], { targets: [...new Set(some)] });
        const walk = analyseImpact(index, act.targets, options());
        const impact = analyseAction(index, act, walk, options());
        return { impact, all: new Set<string>([...act.targets, ...walk.dependants, ...impact.affectedNodes]) };
      };
      const [before, after] = [touched(targets), touched([...targets, more])];
      expect([...after.all]).toEqual(expect.arrayContaining([...before.all]));
      for (const name of before.impact.affectedSegments) expect(after.impact.affectedSegments).toContain(name);
      for (const name of before.impact.missingConsumers) expect(after.impact.missingConsumers).toContain(name);
      expect(after.impact.cutFlows.length).toBeGreaterThanOrEqual(before.impact.cutFlows.length);
    }),
    { numRuns: 500 },
  );
});

test('scenario B: another consumer in the plan never makes anybody missing, and never makes it worse', () => {
  fc.assert(
    fc.property(
      anyGraph,
      fc.subarray([...NAMES]),
      fc.constantFrom(...NAMES),
      fc.boolean(),
      ({ nodes, edges }, some, more, keepsOld) => {
        const index = indexOf(nodes, edges);
        const rotate = (consumers: readonly string[]): ActionImpact => {
          const step: Step = { ...stepsAt('a').credential, consumers: ids(...consumers), keepsOld };
          return analyse(index, anAct('credential.rotate', [step], { targets: ['a'] }));
        };
        const [before, after] = [rotate(some), rotate([...new Set([...some, more])])];
        for (const name of after.missingConsumers) expect(before.missingConsumers).toContain(name);
        expect(before.missing).toEqual(after.missing);
        for (const name of NAMES) expect(rankOf(after, name)).toBeLessThanOrEqual(rankOf(before, name));
      },
    ),
    { numRuns: 300 },
  );
});
