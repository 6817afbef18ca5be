/** Attacks on the capsule itself: its bytes, its signature, what it says about where, when, how fast and by whose leave. */
import { plusMs, type Capsule } from '@countersign/core';
import { decodeBase64, encodeBase64, type DsseEnvelope } from '@countersign/seal';
import type { Attack } from '../attack.ts';
import { attemptOf, refusedAs } from '../trials.ts';
import { order } from '../world/order.ts';
import { alone, ANA, approvedBy, BEN, people, row } from '../world/shorthand.ts';

function flipped(envelope: DsseEnvelope, at = 100): DsseEnvelope {
  const payload = Uint8Array.from(decodeBase64(envelope.payload) ?? []);
  payload[at] = (payload[at] ?? 0) ^ 1;
  return { ...envelope, payload: encodeBase64(payload) };
}

const two = [{ role: 'release-approver', count: 2 }];
const changed =
  (change: (capsule: Capsule) => object) =>
  (): { readonly authority: 'people'; readonly capsule: (capsule: Capsule) => object } => ({
    authority: 'people',
    capsule: change,
  });

export const CAPSULE_ATTACKS: readonly Attack[] = [
  {
    name: 'capsule-byte-flipped',
    claim: 'one byte of the capsule is changed after it was signed',
    threats: ['T4', 'T14', 'I3'],
    requirements: ['C1', 'C2', 'X1'],
    run: refusedAs('capsule-unsigned', (scene) => {
      const made = order(scene.world, people());
      const { before = [] } = attemptOf(scene, made);
      return { before, last: { ...made.delivery, capsule: flipped(made.delivery.capsule) } };
    }),
  },
  row({
    name: 'capsule-signed-by-another-key',
    claim: 'a key that the trust bundle does not name as capsule signer signs',
    threats: ['T4', 'I3'],
    requirements: ['C2', 'X1'],
    code: 'capsule-unsigned',
    plan: ({ world }) => ({ ...people(), signer: world.keys.signer('log') }),
    twin: people,
  }),
  row({
    name: 'change-swapped-under-its-digest',
    claim: 'the server puts other steps under the change digest that staging validated',
    threats: ['T4', 'T14', 'I3'],
    requirements: ['L4', 'C1'],
    code: 'change-digest',
    plan: changed(({ change }) => ({ change: { ...change, summary: 'restart it, and something else' } })),
  }),
  row({
    name: 'capsule-with-an-unknown-field',
    claim: 'a capsule says more than this runner understands',
    threats: ['T19', 'I3'],
    requirements: ['C1'],
    code: 'malformed',
    plan: ({ world }) => ({
      ...people(),
      capsule: () => ({ also: 'this' }),
      approvals: () => [],
      hosts: world.hosts(1),
    }),
  }),
  row({
    name: 'capsule-for-another-runner',
    claim: 'a capsule for another runner is delivered here',
    threats: ['T14', 'I3'],
    requirements: ['C1', 'O3', 'X1'],
    code: 'wrong-audience',
    plan: changed(({ audience }) => ({ audience: { ...audience, runner: 'runner-elsewhere' } })),
    twin: people,
  }),
  row({
    name: 'capsule-for-another-enclave',
    claim: 'a capsule for another enclave is delivered here',
    threats: ['T14', 'I3'],
    requirements: ['C1', 'X1'],
    code: 'wrong-audience',
    plan: changed(({ audience }) => ({ audience: { ...audience, enclave: 'elsewhere' } })),
  }),
  row({
    name: 'capsule-for-another-environment',
    claim: 'a staging capsule is delivered to production',
    threats: ['T14', 'I3'],
    requirements: ['C1', 'X1'],
    code: 'wrong-audience',
    plan: changed(() => ({ environment: 'pre-production' })),
  }),
  row({
    name: 'capsule-of-another-organisation',
    claim: 'a capsule of another organisation is delivered here',
    threats: ['I22'],
    requirements: ['O3'],
    code: 'envelope-other',
    plan: changed(() => ({ organisation: 'another' })),
  }),
  row({
    name: 'window-not-open',
    claim: 'a capsule is delivered before its window',
    threats: ['T15', 'I5'],
    requirements: ['C1', 'X1'],
    code: 'window-not-open',
    plan: ({ world }) => ({ ...people(), capsule: () => ({ notBefore: plusMs(world.now(), 600_000) }) }),
    twin: people,
  }),
  row({
    name: 'window-over',
    claim: 'a capsule is delivered when its window ends within the clock margin',
    threats: ['T15', 'I5'],
    requirements: ['C1', 'X1'],
    code: 'window-over',
    plan: ({ world }) => ({ ...people(), capsule: () => ({ notAfter: plusMs(world.now(), 3000) }) }),
  }),
  row({
    name: 'nobody-demanded',
    claim: 'the server leaves out the people its own decision asks for',
    threats: ['T4', 'I1'],
    requirements: ['A1', 'A2', 'AG-706 4.2'],
    code: 'capsule-faulty',
    plan: () => ({ ...people(), capsule: () => ({ demands: [] }), approvals: () => [] }),
    twin: people,
  }),
  row({
    name: 'another-role-demanded',
    claim: 'the server asks a role it controls instead of the one the floor asks for',
    threats: ['T4', 'I1'],
    requirements: ['A1', 'L7', 'X1'],
    code: 'quorum-missing',
    plan: (scene) => ({
      ...people(),
      capsule: () => ({ demands: [{ role: 'service-owner', count: 1 }] }),
      approvals: approvedBy(scene, [{ person: 'sam', role: 'service-owner' }]),
    }),
    twin: (scene) => ({
      ...people(),
      capsule: () => ({ demands: [{ role: 'service-owner', count: 1 }] }),
      approvals: approvedBy(scene, [ANA, { person: 'sam', role: 'service-owner' }]),
    }),
  }),
  row({
    name: 'one-of-two-demanded',
    claim: 'one person signs where the capsule asks for two',
    threats: ['T6', 'I1'],
    requirements: ['A2', 'A4'],
    code: 'quorum-missing',
    plan: () => ({ ...people(), capsule: () => ({ demands: two }) }),
    twin: (scene) => ({ ...people(), capsule: () => ({ demands: two }), approvals: approvedBy(scene, [ANA, BEN]) }),
  }),
  row({
    name: 'rollout-faster-than-the-envelope',
    claim: 'the capsule takes more targets at once than the envelope allows',
    threats: ['T2', 'I8', 'I14'],
    requirements: ['X4', 'AG-706 4.5', 'AG-706 4.9'],
    code: 'rollout-wider',
    plan: ({ world }) => ({
      ...people(),
      hosts: world.hosts(3),
      capsule: ({ rollout }) => ({ rollout: { ...rollout, canary: 3, window: 3 } }),
    }),
    twin: ({ world }) => ({ ...people(), hosts: world.hosts(3) }),
  }),
  row({
    name: 'target-named-twice',
    claim: 'one host is in the target list twice',
    threats: ['I4', 'I3'],
    requirements: ['C1'],
    code: 'malformed',
    plan: () => ({ ...people(), capsule: ({ targets }) => ({ targets: [...targets, ...targets] }) }),
  }),
  row({
    name: 'autonomous-with-data-loss',
    claim: 'an act whose rollback loses data is called autonomous',
    threats: ['I15'],
    requirements: ['X6', 'AG-706 4.6'],
    code: 'capsule-faulty',
    plan: () => ({
      ...alone(),
      rollback: { dataEffects: 'lost' },
      decision: ({ requirement: _requirement, ...decision }) => ({ ...decision, verdict: 'autonomous' }),
    }),
  }),
  row({
    name: 'validation-run-in-production',
    claim: 'a production change is called a validation run, which owes nobody',
    threats: ['T4', 'I1'],
    requirements: ['L4', 'A1', 'AG-706 4.2'],
    code: 'capsule-faulty',
    plan: () => ({
      ...people(),
      capsule: () => ({ purpose: 'validation', demands: [] }),
      approvals: () => [],
    }),
  }),
  {
    name: 'rollback-of-what-never-ran',
    claim: 'a rollback is asked of something that this runner has not done',
    threats: ['T4', 'I3'],
    requirements: ['X6'],
    run: refusedAs('rollback-refused', (scene) => ({
      last: { kind: 'rollback', capsule: order(scene.world, people()).digest, by: 'nobody' },
    })),
  },
];
