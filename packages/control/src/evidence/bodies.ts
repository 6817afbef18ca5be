/** Bodies of leaves: what the record names by digest and keeps beside it until its time is over (V2, V3). */
import type { OrganisationId } from '@countersign/core';
import type { Store } from '../store/schema.ts';
import { storedLeaf } from '../store/stored.parse.ts';

/** Absent: its time was over, or it never was here. */
export async function bodyOf(
  store: Store,
  organisation: OrganisationId,
  leaf: { readonly bytes: Uint8Array; readonly body: Buffer | null },
): Promise<Buffer | undefined> {
  if (leaf.body !== null) return leaf.body;
  // INVARIANT: the leaf's bytes were made here and lead to the signed root, so they are a leaf.
  const { body } = storedLeaf(JSON.parse(Buffer.from(leaf.bytes).toString('utf8')));
  const row = await store
    .selectFrom('document')
    .select('bytes')
    .where('organisation', '=', organisation)
    .where('digest', '=', body)
    .executeTakeFirst();
  return row?.bytes;
}
