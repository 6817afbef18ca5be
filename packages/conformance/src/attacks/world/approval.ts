/** Approvals as honest people sign them, and as those who are not honest do. */
import { randomBytes } from 'node:crypto';
import { approvalFor, plusMs, renderCapsule, resumeShape, type Digest } from '@countersign/core';
import {
  canonicalBytes,
  digestOf,
  digestWords,
  PAYLOAD,
  signEnvelope,
  type DsseEnvelope,
  type SignerKey,
} from '@countersign/seal';
import { DEMO_ORGANISATION } from '../../demo/people.ts';
import type { OpenedCapsule } from '../../demo/sign.ts';
import { signByPeople } from '../../demo/trust.ts';
import { idOf, made } from './made.ts';
import type { World } from './world.ts';

export interface ApprovalPlan {
  readonly person: string;
  readonly role: string;
  /** Whose key signs it; the person's own unless said otherwise. */
  readonly signedBy?: string;
  /** Fields as the attacker would have them. */
  readonly change?: object;
  readonly payloadType?: string;
}

const HOUR_MS = 3_600_000;

export function approval(world: World, { capsule, digest }: OpenedCapsule, plan: ApprovalPlan): DsseEnvelope {
  const now = world.now();
  const page = renderCapsule(capsule, digest, digestWords(digest));
  const honest = approvalFor(capsule, {
    capsuleDigest: digest,
    person: idOf<'Person'>(plan.person),
    role: idOf<'Role'>(plan.role),
    surface: 'cli',
    shown: digestOf(new TextEncoder().encode(page)),
    signedAt: now,
    expiresAt: plusMs(now, HOUR_MS),
    nonce: randomBytes(16).toString('hex'),
  });
  const value = { ...honest, ...plan.change };
  return signByPeople(world.keys, { payloadType: plan.payloadType ?? PAYLOAD.approval, value }, [
    plan.signedBy ?? plan.person,
  ]);
}

export interface ResumePlan {
  readonly capsule: Digest;
  readonly trip: number;
  readonly person: string;
  readonly role: string;
  readonly signedBy?: string;
  readonly change?: object;
}

export function resume(world: World, { capsule, trip, person, role, signedBy, change }: ResumePlan): DsseEnvelope {
  const now = world.now();
  const value = made(resumeShape, {
    type: 'resume',
    organisation: DEMO_ORGANISATION,
    capsule,
    trip,
    person,
    role,
    reason: 'looked at the host',
    signedAt: now,
    expiresAt: plusMs(now, HOUR_MS),
    nonce: randomBytes(16).toString('hex'),
    ...change,
  });
  return signByPeople(world.keys, { payloadType: PAYLOAD.resume, value }, [signedBy ?? person]);
}

/** Signed with a key of a machine, as a control plane would have to. */
export const signedByMachine = (payloadType: string, value: unknown, key: SignerKey): DsseEnvelope =>
  signEnvelope(payloadType, canonicalBytes(value), [key]);
