/** Attacks that other systems of this kind let through when they were tried on them: names in bodies, look-alikes, policies swapped. */
import type { Attack, Scene } from '../attack.ts';
import { attemptOf, refusedAs } from '../trials.ts';
import { signedEnvelope } from '../world/house.ts';
import { order } from '../world/order.ts';
import { ANA, approvedBy, ELSEWHERE, people, row, type Planner } from '../world/shorthand.ts';
import { status } from '../world/status.ts';

const CYRILLIC_A = '\u0430';
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The capsule names somebody else as owner of the agent, and the owner approves. */
const ownedBy =
  (owner: string): Planner =>
  (scene) => ({
    ...people(),
    capsule: ({ proposal }) => ({ proposal: { ...proposal, owner } }),
    approvals: approvedBy(scene, [{ person: 'park', role: 'release-approver' }]),
  });

export const PEER_ATTACKS: readonly Attack[] = [
  row({
    name: 'approver-named-without-a-signature',
    claim: 'the server writes down who approved, and nobody has signed',
    threats: ['T4', 'I1'],
    requirements: ['A1', 'A2'],
    code: 'malformed',
    plan: (scene) => ({
      ...people(),
      approvals: (opened) => approvedBy(scene, [ANA])(opened).map((one) => ({ ...one, signatures: [] })),
    }),
    twin: people,
  }),
  {
    name: 'approver-named-in-the-delivery',
    claim: 'the name of an approver stands in the message instead of a signature',
    threats: ['T4', 'I1'],
    requirements: ['A1', 'A2'],
    run: refusedAs('malformed', ({ world }) => {
      const { delivery } = order(world, { ...people(), approvals: () => [] });
      return { last: utf8(JSON.stringify({ ...delivery, approvedBy: 'Ana Ruiz' })) };
    }),
  },
  row({
    name: 'approver-in-look-alike-letters',
    claim: 'the name of an approver is written with a letter that looks the same',
    threats: ['T19', 'T3', 'I1'],
    requirements: ['A2', 'A4'],
    code: 'malformed',
    plan: (scene) => ({
      ...people(),
      approvals: approvedBy(scene, [{ ...ANA, change: { person: `${CYRILLIC_A}na` } }]),
    }),
  }),
  row({
    name: 'owner-written-with-another-letter',
    claim: 'the owner of the agent approves its act because the server spells the owner another way',
    threats: ['T3', 'I18'],
    requirements: ['A4'],
    code: 'quorum-missing',
    plan: ownedBy('parc'),
    twin: (scene) => ({ ...ownedBy('parc')(scene), approvals: approvedBy(scene, [ANA]) }),
  }),
  row({
    name: 'owner-in-look-alike-letters',
    claim: 'the owner of the agent is written with a letter that looks the same',
    threats: ['T3', 'T19', 'I18'],
    requirements: ['A4'],
    code: 'malformed',
    plan: ownedBy(`p${CYRILLIC_A}rk`),
  }),
  {
    name: 'policy-changed-after-approval',
    claim: 'what people approved under one envelope runs after another one was activated',
    threats: ['T14', 'T8', 'I5'],
    requirements: ['E2', 'A2'],
    run: refusedAs('envelope-superseded', ({ world }) => {
      const made = order(world, people());
      const version = world.envelope.document.version + 1;
      const newer = status(world, { change: { envelope: { digest: ELSEWHERE, version } } });
      return { before: [newer], last: made.delivery, subject: made.digest };
    }),
  },
  {
    name: 'policy-swapped-under-an-approval',
    claim: 'the act that people approved is put under another rightly signed envelope',
    threats: ['T14', 'T8', 'I3'],
    requirements: ['E2', 'A2'],
    run: refusedAs('approval-not-bound', (scene) => {
      const { world } = scene;
      const approved = order(world, people());
      const envelope = signedEnvelope(world.keys, { ticket: 'CAB-9' });
      const made = order(world, { ...people(), envelope, approvals: () => approved.delivery.approvals });
      return attemptOf(scene, made);
    }),
  },
  {
    name: 'approved-act-on-other-hosts',
    claim: 'the targets of an approved act are exchanged for others',
    threats: ['T14', 'I3'],
    requirements: ['A2', 'C1'],
    run: refusedAs('approval-not-bound', (scene: Scene) => {
      const approved = order(scene.world, people());
      const { id, nonce } = approved.capsule;
      const made = order(scene.world, {
        ...people(),
        capsule: () => ({ id, nonce }),
        approvals: () => approved.delivery.approvals,
      });
      return attemptOf(scene, made);
    }),
  },
];
