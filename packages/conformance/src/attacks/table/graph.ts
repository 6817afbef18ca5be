/** Attacks on the system graph: who signed it, how old it is, and what it says of a target that this enclave knows better (G1-G3). */
import { plusMs, type GraphNode } from '@countersign/core';
import type { Attack, Scene } from '../attack.ts';
import { refusedAs } from '../trials.ts';
import { CRITICAL_HOST, SAFETY_HOST, signedGraph } from '../world/house.ts';
import { order, type OrderPlan } from '../world/order.ts';
import { alone, people, row } from '../world/shorthand.ts';
import { status } from '../world/status.ts';

const DAY_MS = 86_400_000;

const nodes = ({ world }: Scene, change: (node: GraphNode) => object): object => ({
  nodes: world.graph.document.nodes.map((node) => ({ ...node, ...change(node) })),
});
const lowered = (scene: Scene, host: string): OrderPlan => ({
  ...alone(),
  hosts: [host],
  graph: signedGraph(
    scene.world.keys,
    nodes(scene, ({ id }) => (id === host ? { tier: 'non-critical' } : {})),
  ),
});

export const GRAPH_ATTACKS: readonly Attack[] = [
  row({
    name: 'graph-signed-by-another-key',
    claim: 'the server signs the system graph itself',
    threats: ['T4', 'T16'],
    requirements: ['G3', 'X1', 'AG-706 4.3'],
    code: 'graph-unsigned',
    plan: ({ world }) => ({ ...alone(), graph: signedGraph(world.keys, {}, world.keys.signer('capsule-signer')) }),
    twin: alone,
  }),
  row({
    name: 'graph-stale',
    claim: 'a graph older than the envelope allows is decided on',
    threats: ['T16'],
    requirements: ['G3', 'AG-706 4.3'],
    code: 'graph-stale',
    plan: ({ world }) => ({
      ...alone(),
      graph: signedGraph(world.keys, { takenAt: plusMs(world.now(), -2 * DAY_MS) }),
    }),
    twin: alone,
  }),
  row({
    name: 'graph-from-the-future',
    claim: 'a graph that is dated tomorrow stays young for a day longer',
    threats: ['T15', 'T16'],
    requirements: ['G3'],
    code: 'graph-stale',
    plan: ({ world }) => ({ ...alone(), graph: signedGraph(world.keys, { takenAt: plusMs(world.now(), DAY_MS) }) }),
  }),
  {
    name: 'graph-other-than-named',
    claim: 'another graph is delivered than the capsule was decided on',
    threats: ['T16', 'I23'],
    requirements: ['G3', 'D2'],
    run: refusedAs('graph-other', (scene) => {
      const made = order(scene.world, alone());
      const { dsse } = signedGraph(scene.world.keys, { version: 6 });
      return { before: [status(scene.world)], last: { ...made.delivery, graph: dsse }, subject: made.digest };
    }),
  },
  row({
    name: 'tier-lowered-in-the-graph',
    claim: 'graph and capsule call a host non-critical that this enclave calls production-critical',
    threats: ['T16', 'T17'],
    requirements: ['G1', 'X1', 'AG-706 4.7'],
    code: 'tier-lowered',
    plan: (scene) => lowered(scene, CRITICAL_HOST),
    twin: alone,
  }),
  row({
    name: 'safety-critical-lowered-in-the-graph',
    claim: 'graph and capsule call a host non-critical that this enclave calls safety-critical',
    threats: ['T17', 'I2'],
    requirements: ['G1', 'X1', 'AG-706 4.7'],
    code: 'tier-lowered',
    plan: (scene) => lowered(scene, SAFETY_HOST),
  }),
  row({
    name: 'target-unknown-here',
    claim: 'a host is named that the graph knows and this enclave does not',
    threats: ['T17', 'I3'],
    requirements: ['X1', 'X2'],
    code: 'unknown-target',
    plan: (scene) => {
      const [first] = scene.world.graph.document.nodes;
      const added = {
        nodes: [...scene.world.graph.document.nodes, { ...first, id: 'host-elsewhere', tier: 'non-critical' }],
      };
      return { ...people(), hosts: ['host-elsewhere'], graph: signedGraph(scene.world.keys, added) };
    },
    twin: people,
  }),
  row({
    name: 'dependant-hidden-from-the-decision',
    claim: 'a safety-critical system hangs on the host; the recorded facts leave it out',
    threats: ['T16', 'T17', 'I2'],
    requirements: ['AG-706 4.3', 'AG-706 4.7', 'X1'],
    code: 'not-autonomous',
    plan: (scene) => {
      const { world } = scene;
      const [host = ''] = world.hosts(1);
      const graph = signedGraph(world.keys, {
        nodes: [
          ...world.graph.document.nodes,
          { id: 'valve-control', kind: 'service', tier: 'safety-critical', environment: 'production' },
        ],
        edges: [...world.graph.document.edges, { from: 'valve-control', to: host, kind: 'depends-on', isHard: true }],
      });
      return {
        ...alone(),
        hosts: [host],
        graph,
        claim: (inputs) => ({ ...inputs, graph: world.graphIndex() }),
        capsule: ({ targets }) => ({ targets: targets.map((target) => ({ ...target, tier: 'non-critical' })) }),
      };
    },
    twin: alone,
  }),
];
