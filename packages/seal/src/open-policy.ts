/**
 * An authority envelope from the bytes people signed (E2, E3), the same at the control plane and, offline, at the runner. A version that
 * one person signed is opened together with the ones before it, back to one that two people signed: that it only narrows is proved
 * here again and never believed.
 */
import {
  checkPolicySigners,
  checkSigned,
  envelopeShape,
  ok,
  POLICY_ADMIN_ROLE,
  proveNarrowing,
  readShape,
  refuse,
  type Digest,
  type Envelope,
  type Person,
  type PersonId,
  type ProvedNarrowing,
  type Result,
  type SignedEnvelope,
} from '@countersign/core';
import { digestOf } from './digest.ts';
import { payloadOf, type DsseEnvelope } from './dsse.ts';
import { checkPolicies } from './policies.ts';
import { readStrictJson } from './strict-json.ts';
import { PAYLOAD } from './wire.ts';

export const MAX_POLICY_BYTES = 1_048_576;

export interface ReadPolicy {
  readonly envelope: Envelope;
  /** Of the bytes as received. */
  readonly digest: Digest;
}

export interface OpenedPolicy extends ReadPolicy {
  readonly signed: SignedEnvelope;
  /** Everyone of the roster whose signature verifies, whatever their role. */
  readonly signers: readonly Person[];
  /** With it one signature was enough. */
  readonly narrowing?: ProvedNarrowing;
  /** This version and those its proof rests on, newest first; the last one was signed by two people. */
  readonly restsOn: readonly PolicyVersion[];
}

export interface PolicyVersion {
  readonly version: number;
  readonly digest: Digest;
}

export interface PolicyChain {
  readonly policy: DsseEnvelope;
  /** The versions before it, newest first; looked at only when two people did not sign. */
  readonly since: readonly DsseEnvelope[];
}

export interface PolicyRule {
  /** People of the roster of whose credentials one verifies over this document. */
  readonly signersOf: (policy: DsseEnvelope) => readonly Person[];
  /** Who wrote it, when that is known: authors do not count for a widening. */
  readonly authors?: readonly PersonId[];
}

/** Type and form only; nothing about signatures. */
export function readPolicy(policy: DsseEnvelope): Result<ReadPolicy> {
  if (policy.payloadType !== PAYLOAD.envelope) return refuse('wrong-type', 'the document is not an authority envelope');
  const payload = payloadOf(policy);
  if (!payload.ok) return payload;
  const document = readStrictJson(payload.value, { maxBytes: MAX_POLICY_BYTES });
  const envelope = document.ok ? readShape(envelopeShape, document.value) : document;
  return envelope.ok ? ok({ envelope: envelope.value, digest: digestOf(payload.value) }) : envelope;
}

/** Signed by two policy admins, or by one and proved to narrow what is before it. Dates are not looked at. */
export function openPolicy({ policy, since }: PolicyChain, rule: PolicyRule): Result<OpenedPolicy> {
  const read = readPolicy(policy);
  if (!read.ok) return read;
  const { envelope, digest } = read.value;
  const rules = checkPolicies(envelope);
  if (!rules.ok) return rules;
  const own: PolicyVersion = { version: envelope.version, digest };
  const signers = rule.signersOf(policy);
  const signatures = signers.map(({ id, roles }) => ({ person: id, roles, digest }));
  const signing = { envelope, digest, signatures, authors: rule.authors ?? [] };
  const byTwo = checkSigned(signing);
  if (byTwo.ok) {
    const duties = checkPolicySigners(adminsOf(signers).filter(({ id }) => id !== envelope.owner));
    return duties.ok ? ok({ ...read.value, signers, signed: byTwo.value, restsOn: [own] }) : duties;
  }
  const [before, ...earlier] = since;
  if (before === undefined || adminsOf(signers).length === 0) return byTwo;
  const standing = openPolicy({ policy: before, since: earlier }, { signersOf: rule.signersOf });
  if (!standing.ok) return standing;
  const narrowing = proveNarrowing(standing.value.signed, { envelope, digest });
  if (!narrowing.ok) return narrowing;
  const byOne = checkSigned({ ...signing, narrowing: narrowing.value });
  if (!byOne.ok) return byOne;
  const restsOn = [own, ...standing.value.restsOn];
  return ok({ ...read.value, signers, signed: byOne.value, narrowing: narrowing.value, restsOn });
}

const adminsOf = (people: readonly Person[]): readonly Person[] =>
  people.filter(({ roles }) => roles.some((role) => role === POLICY_ADMIN_ROLE));
