/** A demo person countersigns as `cs approve --key` does: from the capsule's own bytes, never from what the server says. */
import { randomBytes } from 'node:crypto';
import {
  approvalFor,
  capsuleShape,
  instantOf,
  parseId,
  plusMs,
  readShape,
  renderCapsule,
  type Capsule,
  type Digest,
  type PersonId,
  type Role,
} from '@countersign/core';
import {
  CAPSULE_PREDICATE,
  digestOf,
  digestWords,
  payloadOf,
  PAYLOAD,
  readStatement,
  type DsseEnvelope,
} from '@countersign/seal';
import type { Client, SignedDocument } from '@countersign/client';
import type { Keyring } from './keyring.ts';
import { signByPeople } from './trust.ts';

const VALID_MS = 4 * 3_600_000;

export interface OpenedCapsule {
  readonly capsule: Capsule;
  readonly digest: Digest;
}

/** Reads a capsule from its envelope without judging its signature: a signer binds the bytes, whoever sent them. */
export function openCapsule(envelope: SignedDocument): OpenedCapsule {
  const payload = payloadOf(envelope);
  if (!payload.ok) throw new Error(payload.refusal.detail);
  const statement = readStatement(payload.value, CAPSULE_PREDICATE);
  const capsule = statement.ok ? readShape(capsuleShape, statement.value.predicate) : statement;
  if (!capsule.ok) throw new Error(`the capsule is malformed: ${capsule.refusal.detail}`);
  return { capsule: capsule.value, digest: digestOf(payload.value) };
}

export interface DemoSigner {
  readonly person: string;
  readonly role: string;
}

/** The signed approval of one person for one proposal's capsule. */
export async function approve(client: Client, keys: Keyring, proposal: string, signer: DemoSigner): Promise<void> {
  const { capsule: envelope } = await client.signing(proposal);
  await client.approve(approvalBy(keys, openCapsule(envelope), signer));
}

export function approvalBy(
  keys: Keyring,
  { capsule, digest }: OpenedCapsule,
  { person, role }: DemoSigner,
): DsseEnvelope {
  const now = instantOf(Date.now());
  const page = renderCapsule(capsule, digest, digestWords(digest));
  const value = approvalFor(capsule, {
    capsuleDigest: digest,
    person: idOf<PersonId>(parseId<'Person'>(person)),
    role: idOf<Role>(parseId<'Role'>(role)),
    surface: 'cli',
    shown: digestOf(new TextEncoder().encode(page)),
    signedAt: now,
    expiresAt: plusMs(now, VALID_MS),
    nonce: randomBytes(16).toString('hex'),
  });
  return signByPeople(keys, { payloadType: PAYLOAD.approval, value }, [person]);
}

function idOf<T extends string>(id: T | undefined): T {
  if (id === undefined) throw new Error('not an id');
  return id;
}
