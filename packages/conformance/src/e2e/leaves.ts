/** The record as anyone may read it, entry by entry. */
import type { Client } from '@countersign/client';
import { leafShape, readShape, type Leaf } from '@countersign/core';
import { decodeBase64, readStrictJson } from '@countersign/seal';

export interface Entry {
  readonly seq: number;
  readonly leaf: Leaf;
  /** What the leaf names by digest. */
  readonly body: unknown;
}

const PAGE = 100;

export const recordSize = async (client: Client): Promise<number> => (await client.checkpoint()).size;

/** Entries from number `from` on, all that are there now, but not that they were read. */
export async function entriesSince(client: Client, from: number): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  // Each reading is an entry of its own, so the end is asked for once.
  const size = await recordSize(client);
  while (from + all.length < size) {
    const { entries } = await client.entries(from + all.length, PAGE, 'e2e');
    for (const { seq, leaf, body } of entries) {
      const read = readShape(leafShape, documentIn(leaf));
      if (!read.ok) throw new Error(`entry ${seq} is no leaf: ${read.refusal.detail}`);
      all.push({ seq, leaf: read.value, body: body === undefined ? undefined : documentIn(body) });
    }
  }
  return all.filter(({ leaf }) => leaf.subject !== 'evidence:entries');
}

function documentIn(encoded: string): unknown {
  const bytes = decodeBase64(encoded);
  const json =
    bytes === undefined
      ? undefined
      : readStrictJson(bytes, { maxBytes: 8_000_000, allowFloats: true, allowInvisible: true });
  if (json?.ok !== true) throw new Error('an entry of the record is not JSON');
  return json.value;
}
