/** When a document was first relied on: the first decision in the record that names it. It was signed by then, whatever time it claims. */
import type { Digest } from '@countersign/core';
import { decodeBase64 } from './base64.ts';
import type { VerifiedLeaf } from './bundle-envelope.ts';
import { digestOf } from './digest.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';
import type { PlacedLeaf } from './leaf-places.ts';
import { isJsonObject } from './statement.ts';
import { readStrictJson, type JsonObject } from './strict-json.ts';

/** By the digest of an authority envelope or a system graph. */
export type Reliance = ReadonlyMap<string, PlacedLeaf>;

export function firstReliance(leaves: readonly PlacedLeaf[], documents: ReadonlyMap<Digest, JsonObject>): Reliance {
  const found = new Map<string, PlacedLeaf>();
  for (const placed of leaves) {
    const decision = placed.leaf.event === 'decision.made' ? documents.get(placed.leaf.body) : undefined;
    for (const name of ['envelope', 'graph'] as const) {
      const named = decision?.[name] ?? null;
      const digest = isJsonObject(named) ? named['digest'] : undefined;
      if (typeof digest === 'string' && !found.has(digest)) found.set(digest, placed);
    }
  }
  return found;
}

const MAX_DOCUMENT_BYTES = 8_388_608;

/** Of a file whose documents hold: those that are named by digest, and the bodies of its entries. */
export function documentsIn(
  { documents }: Pick<EvidenceBundle, 'documents'>,
  leaves: readonly VerifiedLeaf[],
): ReadonlyMap<Digest, JsonObject> {
  const found = new Map<Digest, JsonObject>();
  for (const bytes of [...documents.map(decodeBase64), ...leaves.map(({ body }) => body)]) {
    const json = bytes === undefined ? undefined : readStrictJson(bytes, { maxBytes: MAX_DOCUMENT_BYTES });
    if (bytes !== undefined && json?.ok === true && isJsonObject(json.value)) found.set(digestOf(bytes), json.value);
  }
  return found;
}
