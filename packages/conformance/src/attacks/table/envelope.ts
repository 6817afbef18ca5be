/** Attacks on the authority envelope: who signed it, when it rules, and whether it is the one in force (E1-E3). */
import { plusMs } from '@countersign/core';
import { PAYLOAD, signEnvelope } from '@countersign/seal';
import type { Attack, Scene } from '../attack.ts';
import { refusedAs } from '../trials.ts';
import { signedEnvelope } from '../world/house.ts';
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
      const dsse = signEnvelope(PAYLOAD.envelope, world.envelope.bytes, [
        world.keys.signer('capsule-signer'),
        world.keys.signer('log'),
      ]);
      return { ...alone(), envelope: { ...world.envelope, dsse } };
    },
  }),
  envelopeRow({
    name: 'envelope-expired',
    claim: 'an envelope that has ended authorises an act',
    code: 'envelope-expired',
    plan: under(({ world }) => ({
      validFrom: plusMs(world.now(), -2 * DAY_MS),
      validUntil: plusMs(world.now(), -DAY_MS),
    })),
    twin: alone,
  }),
  envelopeRow({
    name: 'envelope-not-yet-valid',
    claim: 'an envelope that begins tomorrow authorises an act',
    code: 'envelope-expired',
    plan: under(({ world }) => ({
      validFrom: plusMs(world.now(), DAY_MS),
      validUntil: plusMs(world.now(), 2 * DAY_MS),
    })),
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
  envelopeRow({
    name: 'envelope-with-other-rules',
    claim: 'an envelope names the digest of other rules than the ones it holds',
    code: 'policies-other',
    plan: under(() => ({ policies: `sha256:${'0'.repeat(64)}` })),
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
