/**
 * The authorisation is in the record that outside witnesses have seen (V3, design section 5), and the record has not gone back.
 * Deliveries may overtake each other, so an older view is fine; a smaller tree that a witness signed *later* is a rollback.
 */
import { integer, leafShape, object, ok, readShape, refuse, text, type Result, type Shape } from '@countersign/core';
import {
  decodeBase64,
  encodeBase64,
  parseTlogProof,
  readStrictJson,
  verifyTlogProof,
  type OpenedCheckpoint,
} from '@countersign/seal';
import { readBytes } from '../preflight/read-file.ts';
import type { SignedCapsule } from './capsule.ts';
import type { Trust } from './trust.ts';

/** The largest checkpoint this runner has verified, and when a witness last signed it. */
export interface SeenCheckpoint {
  readonly size: number;
  readonly root: string;
  readonly timeSeconds: number;
}

const seenShape: Shape<SeenCheckpoint> = object<SeenCheckpoint>({
  size: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  root: text({ min: 44, max: 44 }),
  timeSeconds: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});

export function parseSeen(stored: string | undefined): SeenCheckpoint | undefined {
  const read = stored === undefined ? undefined : readBytes(Buffer.from(stored), seenShape);
  return read?.ok === true ? read.value : undefined;
}

export interface Inclusion {
  readonly index: number;
  /** What to remember from now on. */
  readonly seen: SeenCheckpoint;
}

export function checkInclusion(
  delivery: { readonly leaf: string; readonly proof: string },
  about: SignedCapsule & { readonly trust: Trust; readonly seen: SeenCheckpoint | undefined },
): Result<Inclusion> {
  const leafBytes = decodeBase64(delivery.leaf);
  if (leafBytes === undefined) return refuse('malformed', 'the leaf is not base64');
  const objection = checkLeaf(leafBytes, about);
  if (!objection.ok) return objection;
  const proof = parseTlogProof(delivery.proof);
  if (!proof.ok) return refuse('not-included', `the inclusion proof: ${proof.refusal.detail}`, { clause: 'V3' });
  const verified = verifyTlogProof(proof.value, leafBytes, about.trust.log);
  if (!verified.ok) return refuse('not-included', `the inclusion proof: ${verified.refusal.detail}`, { clause: 'V3' });
  const seen = checkMovesOn(verified.value.checkpoint, about.seen);
  return seen.ok ? ok({ index: verified.value.index, seen: seen.value }) : seen;
}

function checkLeaf(bytes: Uint8Array, { capsule, digest }: SignedCapsule): Result<true> {
  const json = readStrictJson(bytes, { maxBytes: 65_536 });
  if (!json.ok) return json;
  const leaf = readShape(leafShape, json.value);
  if (!leaf.ok) return leaf;
  const { event, body, organisation } = leaf.value;
  const isThis = event === 'capsule.dispatched' && body === digest && organisation === capsule.organisation;
  return isThis ? ok(true) : refuse('not-included', 'the leaf is not the dispatch of this capsule', { clause: 'V3' });
}

function checkMovesOn(checkpoint: OpenedCheckpoint, seen: SeenCheckpoint | undefined): Result<SeenCheckpoint> {
  const now: SeenCheckpoint = {
    size: checkpoint.size,
    root: encodeBase64(checkpoint.root),
    timeSeconds: Math.max(0, ...checkpoint.cosignatures.map(({ timeSeconds }) => timeSeconds)),
  };
  if (seen === undefined || now.size > seen.size) return ok(now);
  if (now.size === seen.size && now.root !== seen.root)
    return refuse('record-forked', `two different records of size ${now.size} were signed`, { clause: 'V3' });
  if (now.size < seen.size && now.timeSeconds > seen.timeSeconds)
    return refuse('record-rolled-back', `a record of size ${seen.size} was seen before one of size ${now.size}`, {
      clause: 'V3',
    });
  return ok(seen);
}
