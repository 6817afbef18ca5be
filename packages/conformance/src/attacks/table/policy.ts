/** Attacks on the documents that rule: envelope, graph, trust bundle (E1-E3, G1-G3, X1). */
import { plusMs, type GraphNode } from '@countersign/core';
import { PAYLOAD, signEnvelope, canonicalBytes } from '@countersign/seal';
import { signTrustBundle, signByPeople } from '../../demo/trust.ts';
import type { Attack, Scene } from '../attack.ts';
import { carriedOut, refusedAs } from '../trials.ts';
import { attackedTrust, CRITICAL_HOST, SAFETY_HOST, signedEnvelope, signedGraph } from '../world/house.ts';
import { order, type OrderPlan } from '../world/order.ts';
import { alone, people, row } from '../world/shorthand.ts';
import { status } from '../world/status.ts';

const DAY_MS = 86_400_000;

/** An autonomous order under another envelope, which the witness reports as the active one. */
const under =
  (change: (scene: Scene) => object, signers?: readonly string[]) =>
  (scene: Scene): OrderPlan => ({ ...alone(), envelope: signedEnvelope(scene.world.keys, change(scene), signers) });

const envelopeRow = (about: {
  readonly name: string;
  readonly claim: string;
  readonly code: string;
  readonly plan: (scene: Scene) => OrderPlan;
  readonly twin?: (scene: Scene) => OrderPlan;
}): Attack => row({ threats: ['T8', 'I5', 'I13'], requirements: ['E2', 'E3', 'AG-706 4.1', 'AG-706 4.10'], ...about });

export const ENVELOPE_ATTACKS: readonly Attack[] = [
  envelopeRow({
    name: 'envelope-without-signatures',
    claim: 'an envelope that nobody signed authorises an act',
    code: 'malformed',
    plan: ({ world }) => ({
      ...alone(),
      envelope: { ...world.envelope, dsse: { ...world.envelope.dsse, signatures: [] } },
    }),
    twin: alone,
  }),
  envelopeRow({
    name: 'envelope-signed-by-one',
    claim: 'one policy admin signs alone',
    code: 'envelope-unsigned',
    plan: under(() => ({}), ['kim']),
    twin: alone,
  }),
  envelopeRow({
    name: 'envelope-signed-by-one-twice',
    claim: 'one policy admin signs twice',
    code: 'envelope-unsigned',
    plan: under(() => ({}), ['kim', 'kim']),
  }),
  envelopeRow({
    name: 'envelope-signed-by-its-owner',
    claim: 'the owner of the envelope is one of its two signers',
    code: 'envelope-unsigned',
    plan: under(() => ({ owner: 'lea' })),
  }),
  envelopeRow({
    name: 'envelope-signed-by-approvers',
    claim: 'people who are not policy admins sign it',
    code: 'envelope-unsigned',
    plan: under(() => ({}), ['ana', 'sam']),
  }),
  envelopeRow({
    name: 'envelope-signed-by-the-server',
    claim: 'the control plane signs the envelope with its own keys',
    code: 'envelope-unsigned',
    plan: ({ world }) => {
      const dsse = signEnvelope(PAYLOAD.envelope, world.envelope.bytes, [world.keys.signer('capsule-signer'), world.keys.signer('log')]);
      return { ...alone(), envelope: { ...world.envelope, dsse } };
    },
  }),
  envelopeRow({
    name: 'envelope-expired',
    claim: 'an envelope that has ended authorises an act',
    code: 'envelope-expired',
    plan: under(({ world }) => ({ validFrom: plusMs(world.now(), -2 * DAY_MS), validUntil: plusMs(world.now(), -DAY_MS) })),
    twin: alone,
  }),
  envelopeRow({
    name: 'envelope-not-yet-valid',
    claim: 'an envelope that begins tomorrow authorises an act',
    code: 'envelope-expired',
    plan: under(({ world }) => ({ validFrom: plusMs(world.now(), DAY_MS), validUntil: plusMs(world.now(), 2 * DAY_MS) })),
  }),
  envelopeRow({
    name: 'envelope-expired-with-approval',
    claim: 'a person approves under an envelope that has ended',
    code: 'envelope-expired',
    plan: (scene) => ({
      ...people(),
      envelope: signedEnvelope(scene.world.keys, {
        validFrom: plusMs(scene.world.now(), -2 * DAY_MS),
        validUntil: plusMs(scene.world.now(), -DAY_MS),
      }),
    }),
  }),
  envelopeRow({
    name: 'envelope-not-the-active-one',
    claim: 'a rightly signed older envelope is used while the witness reports another',
    code: 'envelope-inactive',
    plan: under(() => ({ ticket: 'CAB-0' })),
    twin: alone,
  }),
  {
    name: 'envelope-other-than-named',
    claim: 'another envelope is delivered than the capsule names',
    threats: ['T8', 'I5'],
    requirements: ['E2'],
    run: refusedAs('envelope-other', (scene) => {
      const made = order(scene.world, alone());
      const { dsse } = signedEnvelope(scene.world.keys, { ticket: 'CAB-2' });
      return { before: [status(scene.world)], last: { ...made.delivery, envelope: dsse }, subject: made.digest };
    }),
  },
];

const nodes = ({ world }: Scene, change: (node: GraphNode) => object): object => ({
  nodes: world.graph.document.nodes.map((node) => ({ ...node, ...change(node) })),
});
const lowered = (scene: Scene, host: string): OrderPlan => ({
  ...alone(),
  hosts: [host],
  graph: signedGraph(scene.world.keys, nodes(scene, ({ id }) => (id === host ? { tier: 'non-critical' } : {}))),
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
    plan: ({ world }) => ({ ...alone(), graph: signedGraph(world.keys, { takenAt: plusMs(world.now(), -2 * DAY_MS) }) }),
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
      const added = { nodes: [...scene.world.graph.document.nodes, { ...first, id: 'host-elsewhere', tier: 'non-critical' }] };
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
        nodes: [...world.graph.document.nodes, { id: 'valve-control', kind: 'service', tier: 'safety-critical', environment: 'production' }],
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

const trust = (name: string, claim: string, code: string, bundle: (scene: Scene) => ReturnType<typeof signTrustBundle>): Attack => ({
  name,
  claim,
  threats: ['T4', 'T7'],
  requirements: ['X1', 'O2'],
  run: refusedAs(code, (scene) => ({ last: { kind: 'trust', bundle: bundle(scene) } })),
});

/** First letters of a runner that has seen nothing yet. */
const firstLetters = (scene: Scene, bundle = scene.world.trust): ReturnType<typeof status>[] => [
  { kind: 'trust', bundle },
  status(scene.world),
];

export const TRUST_ATTACKS: readonly Attack[] = [
  trust('trust-rolled-back', 'an older trust bundle, with people who have left, is delivered again', 'trust-rolled-back', ({ world }) =>
    signTrustBundle(world.keys, attackedTrust(world.keys, { version: 2 })),
  ),
  trust('trust-signed-by-one-root', 'one root signs a trust bundle alone', 'trust-unsigned', ({ world }) =>
    signEnvelope(PAYLOAD.trustBundle, canonicalBytes(attackedTrust(world.keys, { version: 9 })), [world.keys.signer('root-1')]),
  ),
  trust('trust-signed-by-one-root-twice', 'one root signs a trust bundle twice', 'trust-unsigned', ({ world }) => {
    const root = world.keys.signer('root-1');
    return signEnvelope(PAYLOAD.trustBundle, canonicalBytes(attackedTrust(world.keys, { version: 9 })), [root, root]);
  }),
  trust('trust-signed-by-the-server', 'the control plane makes itself a trust bundle', 'trust-unsigned', ({ world }) =>
    signEnvelope(PAYLOAD.trustBundle, canonicalBytes(attackedTrust(world.keys, { version: 9 })), [
      world.keys.signer('capsule-signer'),
      world.keys.signer('log'),
    ]),
  ),
  trust('trust-signed-by-people', 'policy admins sign a trust bundle instead of the roots', 'trust-unsigned', ({ world }) =>
    signByPeople(world.keys, { payloadType: PAYLOAD.trustBundle, value: attackedTrust(world.keys, { version: 9 }) }, ['kim', 'lea']),
  ),
  trust('trust-of-another-organisation', 'the trust bundle of another organisation is delivered', 'trust-other', ({ world }) =>
    signTrustBundle(world.keys, attackedTrust(world.keys, { version: 9, organisation: 'another' })),
  ),
  {
    name: 'trust-missing',
    claim: 'a runner that was never given a trust bundle obeys',
    threats: ['T4', 'I21'],
    requirements: ['X1'],
    runner: 'own',
    run: refusedAs('trust-missing', ({ world }) => {
      const made = order(world, people());
      return { last: made.delivery, subject: made.digest };
    }),
    twin: carriedOut((scene) => ({ before: firstLetters(scene), last: order(scene.world, people()).delivery })),
  },
  {
    name: 'trust-expired',
    claim: 'a trust bundle that has ended still opens the gate',
    threats: ['T4', 'I5'],
    requirements: ['X1'],
    runner: 'own',
    run: refusedAs('trust-expired', (scene) => {
      const { world } = scene;
      const old = { version: 3, issuedAt: plusMs(world.now(), -2 * DAY_MS), expiresAt: plusMs(world.now(), -DAY_MS) };
      const made = order(world, people());
      const bundle = signTrustBundle(world.keys, attackedTrust(world.keys, old));
      return { before: firstLetters(scene, bundle), last: made.delivery, subject: made.digest };
    }),
    twin: carriedOut((scene) => ({ before: firstLetters(scene), last: order(scene.world, people()).delivery })),
  },
];

export const POLICY_ATTACKS: readonly Attack[] = [...ENVELOPE_ATTACKS, ...GRAPH_ATTACKS, ...TRUST_ATTACKS];
