/**
 * Bodies of which the record itself says that their time was over (V3): only what an entry `body.expired` of the same remediation names
 * counts as removed. A body that is not there and is named by none was held back from the reader.
 */
import { digest, list, object, readShape, text, type Digest, type Shape } from '@countersign/core';
import type { VerifiedLeaf } from './bundle-envelope.ts';
import { readStrictJson } from './strict-json.ts';

interface ExpiredBody {
  readonly digests: readonly Digest[];
  readonly reason: string;
}
const MAX_BYTES = 1_048_576;
const expiredShape: Shape<ExpiredBody> = object<ExpiredBody>({
  digests: list(digest, { min: 1, max: 1000 }),
  reason: text({ max: 2000 }),
});

export function removedBodies(leaves: readonly VerifiedLeaf[]): ReadonlySet<Digest> {
  const removed = new Set<Digest>();
  for (const { leaf, body } of leaves) {
    if (leaf.event !== 'body.expired' || body === undefined) continue;
    const json = readStrictJson(body, { maxBytes: MAX_BYTES });
    const read = json.ok ? readShape(expiredShape, json.value) : json;
    if (read.ok) for (const one of read.value.digests) removed.add(one);
  }
  return removed;
}

/** Whether the body of this entry went at its time. */
export const isRemoved = ({ leaf, body }: VerifiedLeaf, removed: ReadonlySet<Digest>): boolean =>
  body === undefined && removed.has(leaf.body);
