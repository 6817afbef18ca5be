/** Documents that people and the witness sign about a capsule. */
import {
  approvalFor,
  approvalShape,
  id,
  plusMs,
  renderCapsule,
  resumeShape,
  statusShape,
  type Capsule,
  type Digest,
  type Instant,
} from '@countersign/core';
import {
  canonicalBytes,
  digestOf,
  digestWords,
  encodeBase64,
  PAYLOAD,
  signEnvelope,
  type DsseEnvelope,
  type SignerKey,
} from '@countersign/seal';
import { ORGANISATION, personKey, type HouseKeys } from './house.ts';
import { made } from './made.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
const RELEASE_APPROVER = made(id<'Role'>(), 'release-approver');

export interface ApprovalPlan {
  readonly capsule: Capsule;
  readonly digest: Digest;
  readonly name: string;
  readonly now: Instant;
  /** Signs in the place of the person's own key. */
  readonly key?: SignerKey;
  readonly change?: object;
}

export function signApproval(keys: HouseKeys, { capsule, digest, name, now, key, change }: ApprovalPlan): DsseEnvelope {
  const shown = digestOf(new TextEncoder().encode(renderCapsule(capsule, digest, digestWords(digest))));
  const person = made(approvalShape, {
    ...approvalFor(capsule, {
      capsuleDigest: digest,
      person: capsule.proposal.owner,
      role: RELEASE_APPROVER,
      surface: 'cli',
      shown,
      signedAt: plusMs(now, -1000),
      expiresAt: plusMs(now, HOUR_MS),
      nonce: 'f'.repeat(32),
    }),
    person: name,
    ...change,
  });
  return signEnvelope(PAYLOAD.approval, canonicalBytes(person), [key ?? personKey(keys, name)]);
}

/** A field that is told to be undefined is left out. */
const present = (document: object): object =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));

export function signStatus(
  world: World,
  now: Instant,
  change: object = {},
  signer: SignerKey = world.keys.status,
): DsseEnvelope {
  const status = made(
    statusShape,
    present({
      type: 'status',
      organisation: ORGANISATION,
      issuedAt: now,
      expiresAt: plusMs(now, 300_000),
      checkpoint: { size: world.record.size, root: encodeBase64(world.record.root) },
      envelope: { digest: world.envelopeDigest, version: 7 },
      trustVersion: 3,
      halts: [],
      suspendedActions: [],
      quota: { used: 0, limit: 100, from: 0 },
      ...change,
    }),
  );
  return signEnvelope(PAYLOAD.status, canonicalBytes(status), [signer]);
}

export function signResume(
  world: World,
  about: {
    readonly trip: number;
    readonly now: Instant;
    readonly name?: string;
    readonly nonce?: string;
    readonly key?: SignerKey;
  },
): DsseEnvelope {
  const { trip, now, name = 'oz', nonce = 'e'.repeat(32), key } = about;
  const resume = made(resumeShape, {
    type: 'resume',
    organisation: ORGANISATION,
    capsule: world.digest,
    trip,
    person: name,
    role: name === 'oz' ? 'operator' : 'release-approver',
    reason: 'looked at it',
    signedAt: plusMs(now, -1000),
    expiresAt: plusMs(now, HOUR_MS),
    nonce,
  });
  return signEnvelope(PAYLOAD.resume, canonicalBytes(resume), [key ?? personKey(world.keys, name)]);
}
