/**
 * What changed since a person signed (D6), from the bytes of both versions. That the person signed the one before is the server's word
 * only: when it is not true, a signature over what changed is nobody's word, and the runner counts it for nothing.
 */
import { ok, refuse, type Digest, type Result } from '@countersign/core';
import { capsuleChain, digestWords, NOTHING_PROVED, type ChainLink } from '@countersign/seal';
import type { SigningData } from '../sdk/views.ts';
import type { Signer } from './choose-role.ts';
import { openCapsule, type OpenCapsule } from './open-capsule.ts';

export interface OpenDelta {
  readonly kind: 'narrower' | 'delta';
  readonly since: Digest;
  readonly version: number;
  readonly words: string;
  readonly page: string;
  readonly pageDigest: Digest;
}

/** Absent: this person signs the whole. */
export function openDelta(data: SigningData, opened: OpenCapsule, signer: Signer): Result<OpenDelta | undefined> {
  const { before } = data;
  const hasSigned =
    before?.signed.some(({ person, role }) => person === signer.person && role === signer.role) ?? false;
  if (before === undefined || !hasSigned) return ok(undefined);
  const earlier = openCapsule(before.capsule);
  if (!earlier.ok) return earlier;
  const chain = capsuleChain(opened, [earlier.value], NOTHING_PROVED);
  const link = chain.ok ? chain.value.versions[0]?.since : undefined;
  if (link === undefined)
    return refuse('bad-proof', 'the version the server shows is not the one before this capsule; do not sign', {
      clause: 'D6',
    });
  return ok(deltaOf(link, earlier.value));
}

function deltaOf(link: ChainLink, { capsule, digest }: OpenCapsule): OpenDelta | undefined {
  const { kind, page, shown } = link;
  if (kind === 'void') return undefined;
  return { kind, since: digest, version: capsule.version, words: digestWords(digest), page, pageDigest: shown };
}
