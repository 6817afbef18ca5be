/** Attacks on the human signature: whose it is, over what, since when, and how many people it is (A2, A4, I1). */
import { plusMs } from '@countersign/core';
import { PAYLOAD } from '@countersign/seal';
import type { Attack, Scene } from '../attack.ts';
import { attemptOf, refusedAs } from '../trials.ts';
import { approval, signedByMachine, type ApprovalPlan } from '../world/approval.ts';
import { order } from '../world/order.ts';
import { ANA, approvedBy, BEN, ELSEWHERE, people, row, type Planner, type Row } from '../world/shorthand.ts';

/** An order for people, signed as planned. */
const signed =
  (...plans: readonly ApprovalPlan[]): Planner =>
  (scene) => ({ ...people(), approvals: approvedBy(scene, plans) });

const ana = (change: object): ApprovalPlan => ({ ...ANA, change });
const binding = (name: string, claim: string, change: object, twin?: Row['twin']): Attack =>
  row({
    name,
    claim,
    threats: ['T14', 'I3'],
    requirements: ['A2', 'C3'],
    code: 'approval-not-bound',
    plan: signed(ana(change)),
    ...(twin && { twin }),
  });

const bothRoles = {
  demands: [
    { role: 'release-approver', count: 1 },
    { role: 'service-owner', count: 1 },
  ],
};
const dated = ({ world }: Scene, fromMs: number, toMs: number): object => ({
  signedAt: plusMs(world.now(), fromMs),
  expiresAt: plusMs(world.now(), toMs),
});

export const APPROVAL_ATTACKS: readonly Attack[] = [
  row({
    name: 'no-approval',
    claim: 'an act that owes a person is dispatched without one',
    threats: ['T4', 'I1'],
    requirements: ['A1', 'A2', 'AG-706 4.2'],
    code: 'quorum-missing',
    plan: signed(),
    twin: people,
  }),
  {
    name: 'approval-of-another-capsule',
    claim: 'a real approval of one capsule is laid beside another',
    threats: ['T14', 'I3'],
    requirements: ['A2'],
    run: refusedAs('approval-not-bound', (scene) => {
      const approved = order(scene.world, people());
      return attemptOf(scene, order(scene.world, { ...people(), approvals: () => approved.delivery.approvals }));
    }),
  },
  row({
    name: 'approval-forged-with-another-key',
    claim: 'a right name is signed with a key that is not that person’s',
    threats: ['T4', 'T13', 'I1'],
    requirements: ['A2', 'X1'],
    code: 'approval-forged',
    plan: signed({ ...ANA, signedBy: 'mallory' }),
    twin: people,
  }),
  row({
    name: 'approval-signed-by-the-server',
    claim: 'the control plane signs an approval with the key it signs capsules with',
    threats: ['T4', 'I18'],
    requirements: ['A2', 'X1'],
    code: 'approval-forged',
    plan: (scene) => ({
      ...people(),
      approvals: (opened) => {
        const honest = approval(scene.world, opened, ANA);
        const value: unknown = JSON.parse(Buffer.from(honest.payload, 'base64').toString('utf8'));
        return [signedByMachine(PAYLOAD.approval, value, scene.world.keys.signer('capsule-signer'))];
      },
    }),
  }),
  row({
    name: 'forged-beside-a-real-one',
    claim: 'a forged approval travels beside one that would be enough',
    threats: ['T4', 'I1'],
    requirements: ['A2'],
    code: 'approval-forged',
    plan: signed(ANA, { ...BEN, signedBy: 'mallory' }),
    twin: signed(ANA, BEN),
  }),
  row({
    name: 'one-person-twice',
    claim: 'one person signs twice where two are owed',
    threats: ['T6', 'T7', 'I1'],
    requirements: ['A2', 'A4'],
    code: 'quorum-missing',
    plan: (scene) => ({
      ...people(),
      capsule: () => ({ demands: [{ role: 'release-approver', count: 2 }] }),
      approvals: approvedBy(scene, [ANA, ANA]),
    }),
  }),
  row({
    name: 'one-person-in-two-roles',
    claim: 'a person with two roles fills both places alone',
    threats: ['T3', 'T7', 'I1'],
    requirements: ['A4'],
    code: 'quorum-missing',
    plan: (scene) => ({
      ...people(),
      capsule: () => bothRoles,
      approvals: approvedBy(scene, [BEN, { ...BEN, role: 'service-owner' }]),
    }),
    twin: (scene) => ({
      ...people(),
      capsule: () => bothRoles,
      approvals: approvedBy(scene, [ANA, { ...BEN, role: 'service-owner' }]),
    }),
  }),
  row({
    name: 'owner-of-the-agent-approves',
    claim: 'the person who answers for the agent approves its own proposal',
    threats: ['T3', 'I18'],
    requirements: ['A4'],
    code: 'quorum-missing',
    plan: signed({ person: 'park', role: 'release-approver' }),
  }),
  row({
    name: 'person-not-on-the-roster',
    claim: 'somebody signs whom no registrar enrolled',
    threats: ['T7', 'I1'],
    requirements: ['A2', 'O2'],
    code: 'approver-unknown',
    plan: signed({ person: 'mallory', role: 'release-approver' }),
  }),
  row({
    name: 'agent-approves',
    claim: 'an agent signs as if it were a person',
    threats: ['T1', 'I18'],
    requirements: ['A2', 'L8'],
    code: 'approver-unknown',
    plan: signed({ person: 'playbook', role: 'release-approver' }),
  }),
  row({
    name: 'role-not-held',
    claim: 'a person signs in a role that is not theirs',
    threats: ['T6', 'I1'],
    requirements: ['A2', 'A4'],
    code: 'quorum-missing',
    plan: signed({ person: 'sam', role: 'release-approver' }),
  }),
  row({
    name: 'operator-approves-production',
    claim: 'somebody who runs the fleet approves a change of it',
    threats: ['T3'],
    requirements: ['A4'],
    code: 'quorum-missing',
    plan: signed({ person: 'nils', role: 'operator' }),
  }),
  row({
    name: 'rejection-as-approval',
    claim: 'a signed rejection is delivered as an approval',
    threats: ['T14', 'I1'],
    requirements: ['A2'],
    code: 'malformed',
    plan: signed(ana({ verdict: 'reject' })),
  }),
  row({
    name: 'signature-of-another-document',
    claim: 'a signature over a document of another type is delivered as an approval',
    threats: ['T14', 'I3'],
    requirements: ['A2'],
    code: 'approval-type',
    plan: signed({ ...ANA, payloadType: PAYLOAD.resume }),
  }),
  binding(
    'approval-of-another-risk',
    'the approval rests on another risk assessment',
    { riskAssessment: ELSEWHERE },
    people,
  ),
  binding(
    'approval-of-another-page',
    'the approver was shown another page than the capsule makes',
    { shown: ELSEWHERE },
    people,
  ),
  binding('approval-of-an-older-revision', 'the approval is of a revision that was replaced', { revision: 7 }),
  binding('approval-for-another-enclave', 'the approval was given for another enclave', { enclave: 'staging' }),
  binding('approval-of-another-change', 'the approval names another change digest', { changeDigest: ELSEWHERE }),
  row({
    name: 'approval-expired',
    claim: 'the approval has ended',
    threats: ['T15', 'I5'],
    requirements: ['A2'],
    code: 'approval-not-bound',
    plan: (scene) => signed(ana(dated(scene, -7_200_000, -3_600_000)))(scene),
    twin: people,
  }),
  row({
    name: 'approval-about-to-expire',
    claim: 'the approval ends within the clock margin',
    threats: ['T15', 'I5'],
    requirements: ['A2'],
    code: 'approval-not-bound',
    plan: (scene) => signed(ana(dated(scene, -1000, 3000)))(scene),
  }),
  row({
    name: 'approval-from-the-future',
    claim: 'the approval was signed tomorrow',
    threats: ['T15', 'I5'],
    requirements: ['A2'],
    code: 'approval-not-bound',
    plan: (scene) => signed(ana(dated(scene, 86_400_000, 90_000_000)))(scene),
  }),
  {
    name: 'risk-assessment-swapped',
    claim: 'another risk assessment is delivered than the one people signed for',
    threats: ['T4', 'I3'],
    requirements: ['L2', 'AG-706 4.2'],
    run: refusedAs('risk-other', (scene) => {
      const made = order(scene.world, people());
      const other = order(scene.world, people());
      return { ...attemptOf(scene, made), last: { ...made.delivery, riskAssessment: other.delivery.riskAssessment } };
    }),
  },
];
