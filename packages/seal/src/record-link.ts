/** Proof that one tree of the record is the beginning of another, as it travels with a delivery and as it is kept (V3). */
import { integer, list, object, refuse, text, type Result, type Shape } from '@countersign/core';
import { decodeBase64 } from './base64.ts';
import { verifyConsistency } from './merkle.ts';

/** From the tree of size `from` to the tree it is told with; hashes in base64 as RFC 6962 2.1.2 orders them. */
export interface RecordLink {
  readonly from: number;
  readonly hashes: readonly string[];
}

/** A tree as a signed checkpoint names it; the root in base64. */
export interface TreeHead {
  readonly size: number;
  readonly root: string;
}

/** Links of one delivery: one for each size that its receiver may have verified last. */
export const MAX_RECORD_LINKS = 16;
const MAX_HASHES = 64;
const HASH_TEXT = 44;

export const recordLinkShape: Shape<RecordLink> = object<RecordLink>({
  from: integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  hashes: list(text({ min: HASH_TEXT, max: HASH_TEXT }), { max: MAX_HASHES }),
});
export const recordLinksShape: Shape<readonly RecordLink[]> = list(recordLinkShape, { max: MAX_RECORD_LINKS });

/** The older tree is the beginning of the newer one, by one of these links to the newer one. No link is a no. */
export function checkLinked(older: TreeHead, newer: TreeHead, links: readonly RecordLink[]): Result<true> {
  if (older.size === newer.size && older.root === newer.root) return { ok: true, value: true };
  const link = links.find(({ from }) => from === older.size);
  if (link === undefined)
    return refuse(
      'record-unlinked',
      `nothing shows that the record of ${older.size} entries became the one of ${newer.size}`,
    );
  const [oldRoot, newRoot, ...proof] = [older.root, newer.root, ...link.hashes].map(decodeBase64);
  const hashes = proof.flatMap((hash) => hash ?? []);
  if (oldRoot === undefined || newRoot === undefined || hashes.length !== proof.length)
    return refuse('malformed', 'a hash of the link is not base64');
  const verified = verifyConsistency({ oldSize: older.size, newSize: newer.size, oldRoot, newRoot, proof: hashes });
  return verified.ok
    ? verified
    : refuse(
        'record-forked',
        `the record of ${newer.size} entries does not continue the one of ${older.size}: ${verified.refusal.detail}`,
      );
}
