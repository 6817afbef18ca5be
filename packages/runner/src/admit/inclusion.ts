/**
 * The authorisation is in the record that outside witnesses have seen (V3, design section 5), and that record continues the one this
 * runner verified last: a longer fork is refused even when every key of the record and a witness sign it. Deliveries may overtake each
 * other, so an older view is fine where a link shows that it is the beginning of the newest one.
 */
import {
  integer,
  leafShape,
  object,
  ok,
  optional,
  readShape,
  refuse,
  text,
  type Result,
  type Shape,
} from '@countersign/core';
import {
  checkLinked,
  decodeBase64,
  encodeBase64,
  parseTlogProof,
  readStrictJson,
  recordLinksShape,
  verifyTlogProof,
  type CapsuleDelivery,
  type OpenedCheckpoint,
  type RecordLink,
} from '@countersign/seal';
import { readBytes } from '../preflight/read-file.ts';
import type { SignedCapsule } from './capsule.ts';
import type { Trust } from './trust.ts';

/** The largest checkpoint this runner has verified, and when a witness last signed it. */
export interface SeenCheckpoint {
  readonly size: number;
  readonly root: string;
  readonly timeSeconds: number;
  /** As it was signed: what is held against the views of others (`cs witness compare`). */
  readonly note?: string;
  /** From smaller records to this one, as they came with it. */
  readonly links?: readonly RecordLink[];
}

const MAX_NOTE = 65_536;
const seenShape: Shape<SeenCheckpoint> = object<SeenCheckpoint>({
  size: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  root: text({ min: 44, max: 44 }),
  timeSeconds: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  note: optional(text({ max: MAX_NOTE })),
  links: optional(recordLinksShape),
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

type Shown = Pick<CapsuleDelivery, 'leaf' | 'proof' | 'links'>;
interface Known {
  readonly trust: Trust;
  readonly seen: SeenCheckpoint | undefined;
  /** Admitted before, under an older view: the record may have grown since, and was held against that view then. */
  readonly isKnown?: boolean;
}

export function checkInclusion(delivery: Shown, about: SignedCapsule & Known): Result<Inclusion> {
  const leafBytes = decodeBase64(delivery.leaf);
  if (leafBytes === undefined) return refuse('malformed', 'the leaf is not base64');
  const objection = checkLeaf(leafBytes, about);
  if (!objection.ok) return objection;
  return checkView(delivery, leafBytes, about);
}

/** The view that a delivery shows, whatever becomes of its capsule; undefined when it shows none that can be believed. */
export function viewOf(delivery: Shown, known: Known): SeenCheckpoint | undefined {
  const leafBytes = decodeBase64(delivery.leaf);
  const view = leafBytes === undefined ? undefined : checkView(delivery, leafBytes, known);
  return view?.ok === true ? view.value.seen : undefined;
}

function checkView({ proof: shownProof, links = [] }: Shown, leafBytes: Uint8Array, known: Known): Result<Inclusion> {
  const proof = parseTlogProof(shownProof);
  if (!proof.ok) return refuse('not-included', `the inclusion proof: ${proof.refusal.detail}`, { clause: 'V3' });
  const verified = verifyTlogProof(proof.value, leafBytes, known.trust.log);
  if (!verified.ok) return refuse('not-included', `the inclusion proof: ${verified.refusal.detail}`, { clause: 'V3' });
  const { checkpoint, index } = verified.value;
  const shown = { ...viewIn(checkpoint), note: proof.value.checkpoint, links };
  if (known.isKnown === true) return ok({ index, seen: newer(shown, known.seen) });
  const seen = checkMovesOn(shown, known.seen);
  return seen.ok ? ok({ index, seen: seen.value }) : seen;
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

const viewIn = (checkpoint: OpenedCheckpoint): SeenCheckpoint => ({
  size: checkpoint.size,
  root: encodeBase64(checkpoint.root),
  timeSeconds: Math.max(0, ...checkpoint.cosignatures.map(({ timeSeconds }) => timeSeconds)),
});

const newer = (shown: SeenCheckpoint, seen: SeenCheckpoint | undefined): SeenCheckpoint =>
  seen === undefined || shown.size > seen.size ? shown : seen;

/** The first view is believed: there is nothing to hold it against. Each later one has to be shown to be of the same record. */
function checkMovesOn(shown: SeenCheckpoint, seen: SeenCheckpoint | undefined): Result<SeenCheckpoint> {
  if (seen === undefined || seen.size === 0) return ok(shown);
  if (shown.size === seen.size && shown.root !== seen.root)
    return refuse('record-forked', `two different records of size ${shown.size} were signed`, { clause: 'V3' });
  if (shown.size < seen.size && shown.timeSeconds > seen.timeSeconds)
    return refuse('record-rolled-back', `a record of size ${seen.size} was seen before one of size ${shown.size}`, {
      clause: 'V3',
    });
  const [older, later] = shown.size < seen.size ? [shown, seen] : [seen, shown];
  const linked = checkLinked(older, later, later.links ?? []);
  if (!linked.ok) return refuse(linked.refusal.code, linked.refusal.detail, { clause: 'V3' });
  return ok(newer(shown, seen));
}
