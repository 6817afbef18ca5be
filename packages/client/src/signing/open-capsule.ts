/**
 * What is about to be signed, opened by this program alone (A2): digest, page and words come from the capsule's bytes, and
 * everything the server says beside them must lead to the digests in the capsule. Anything else is not shown as signable.
 */
import { refuse, type Capsule, type Digest, type Result } from '@countersign/core';
import {
  capsulePageOf,
  digestOf,
  digestWords,
  parseEnvelope,
  readCanonicalBytes,
  readSignedCapsule,
  type DsseEnvelope,
} from '@countersign/seal';
import type { SigningData } from '../sdk/views.ts';

export interface OpenCapsule {
  readonly capsule: Capsule;
  /** Of the payload bytes as received. */
  readonly digest: Digest;
  readonly words: string;
  /** The page that is signed, rendered here. */
  readonly page: string;
  readonly pageDigest: Digest;
}

/** Reads a capsule from its envelope; signatures are not judged here. */
export function openCapsule(document: unknown): Result<OpenCapsule & { readonly envelope: DsseEnvelope }> {
  const envelope = parseEnvelope(document);
  if (!envelope.ok) return envelope;
  const read = readSignedCapsule(envelope.value);
  if (!read.ok) return read;
  const { capsule, digest } = read.value;
  const page = capsulePageOf(read.value);
  const pageDigest = digestOf(new TextEncoder().encode(page));
  return {
    ok: true,
    value: { capsule, digest, words: digestWords(digest), page, pageDigest, envelope: envelope.value },
  };
}

/** The same for what the server offers for signing; every disagreement is named. */
export function openSigning(data: SigningData, proposal: string): Result<OpenCapsule> {
  const opened = openCapsule(data.capsule);
  if (!opened.ok) return opened;
  const { capsule, digest } = opened.value;
  const claims = [
    { at: '/digest', isTrue: data.digest === digest },
    { at: '/capsule', isTrue: capsule.proposal.id === proposal },
    { at: '/decision', isTrue: leadsTo(data.decision, capsule.decision.digest) },
    { at: '/riskAssessment', isTrue: leadsTo(data.riskAssessment, capsule.riskAssessment) },
  ];
  const complaints = claims.flatMap(({ at, isTrue }) =>
    isTrue ? [] : [{ at, problem: 'is not that of the capsule' }],
  );
  if (complaints.length === 0) return opened;
  return refuse('bad-proof', 'what the server shows does not match the capsule; do not sign', {
    clause: 'A2',
    complaints,
  });
}

function leadsTo(document: unknown, digest: Digest): boolean {
  const bytes = readCanonicalBytes(document);
  return bytes.ok && digestOf(bytes.value) === digest;
}
