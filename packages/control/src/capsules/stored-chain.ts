/** The versions of one capsule as they lie in the table, as far back as signatures over them can still stand (C1, D6). */
import { MAX_CARRY_DEPTH, wideningOf, type Digest, type Envelope } from '@countersign/core';
import {
  capsuleChain,
  NOTHING_PROVED,
  readPolicy,
  type CapsuleChain,
  type NarrowsEnvelope,
  type ReadCapsule,
} from '@countersign/seal';
import { storedDsse } from '../store/stored.parse.ts';
import { openStoredCapsule, type StoredCapsule } from './stored-capsule.ts';

export interface StoredVersion {
  readonly digest: string;
  readonly dsse: unknown;
}

/**
 * `versions`: those that were replaced before anybody sent them; over one that a runner refused nothing carries, or it would be sent
 * again without a person looking at it. Ends before the first version that was wider: what is older is history, not authority.
 */
export function storedChain(
  newest: StoredCapsule,
  versions: readonly StoredVersion[],
  narrows: NarrowsEnvelope,
): CapsuleChain {
  const stored = new Map(versions.map(({ digest, dsse }) => [digest, dsse]));
  const parents: ReadCapsule[] = [];
  let chain = chainOf(newest, parents, narrows);
  for (let { parent } = newest.capsule; parent !== undefined && parents.length < MAX_CARRY_DEPTH;) {
    const dsse = stored.get(parent);
    if (dsse === undefined) break;
    const before = openStoredCapsule(parent, dsse);
    const longer = chainOf(newest, [...parents, before], narrows);
    if (longer.versions.some(({ since }) => since?.kind === 'void')) break;
    parents.push(before);
    chain = longer;
    ({ parent } = before.capsule);
  }
  return chain;
}

/** Throws when the table holds versions that do not follow each other: then it was tampered with. */
function chainOf(newest: StoredCapsule, parents: readonly ReadCapsule[], narrows: NarrowsEnvelope): CapsuleChain {
  const chain = capsuleChain(newest, parents, narrows);
  if (chain.ok) return chain.value;
  throw new Error(`the versions of the stored capsule ${newest.digest}: ${chain.refusal.detail}`);
}

/** Envelopes that are compared; an older one proves little about the one that rules now. */
export const MAX_POLICIES = 8;

/** Proved from the signed documents that were in force here; without them nothing is. */
export function narrowsAmong(policies: readonly unknown[]): NarrowsEnvelope {
  if (policies.length === 0) return NOTHING_PROVED;
  const known = new Map<Digest, Envelope>();
  for (const policy of policies) {
    const read = readPolicy(storedDsse(policy));
    if (read.ok) known.set(read.value.digest, read.value.envelope);
  }
  return (before, after) => {
    const [was, is] = [known.get(before), known.get(after)];
    return was !== undefined && is !== undefined && !wideningOf(was, is).isWidening;
  };
}
