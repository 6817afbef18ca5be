/** Entries of the record in tree order, each with the body its leaf names. */
import type { OrganisationId } from '@countersign/core';
import { leafShape, readShape, type Digest, type Leaf } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import type { Store } from '../store/schema.ts';

export interface Entry {
  readonly seq: number;
  /** Canonical bytes as they were hashed. */
  readonly leaf: Uint8Array;
  readonly body: Uint8Array | undefined;
}

/** Two queries whatever the number of entries; with `of` only those of one remediation, found by their index. */
export async function readEntries(
  store: Store,
  organisation: OrganisationId,
  page: { readonly from: number; readonly limit: number; readonly of?: string },
): Promise<readonly Entry[]> {
  const rows = await store
    .selectFrom('leaf')
    .select(['seq', 'bytes', 'body'])
    .where('organisation', '=', organisation)
    .where('seq', '>=', page.from)
    .$if(page.of !== undefined, (query) => query.where('correlation', '=', page.of ?? ''))
    .orderBy('seq')
    .limit(page.limit)
    .execute();
  const digests = rows.map(({ bytes, body }) => (body === null ? parseLeaf(bytes)?.body : undefined));
  const bodies = await readBodies(store, organisation, [...new Set(digests.filter((digest) => digest !== undefined))]);
  return rows.map(({ seq, bytes, body }, index) => ({
    seq: seq ?? 0,
    leaf: bytes,
    body: body ?? bodies.get(digests[index] ?? ''),
  }));
}

async function readBodies(
  store: Store,
  organisation: OrganisationId,
  digests: readonly Digest[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  if (digests.length === 0) return new Map();
  const rows = await store
    .selectFrom('document')
    .select(['digest', 'bytes'])
    .where('organisation', '=', organisation)
    .where('digest', 'in', digests)
    .execute();
  return new Map(rows.map(({ digest, bytes }) => [digest, bytes]));
}

/** A leaf back from its bytes; undefined when somebody damaged it. */
export function parseLeaf(bytes: Uint8Array): Leaf | undefined {
  const document = readStrictJson(bytes);
  const leaf = document.ok ? readShape(leafShape, document.value) : document;
  return leaf.ok ? leaf.value : undefined;
}
