/**
 * One batch of the record: leaves that wait in the table get their place, entries without other state are written with theirs, the tree
 * grows and its checkpoint is signed. One statement, hence one transaction and one wait for the disk.
 */
import type { OrganisationId } from '@countersign/core';
import { HASH_BYTES, leafHash, type CompactRange, type MerkleNode } from '@countersign/seal';
import type pg from 'pg';
import { startsOf } from '../store/packed.ts';
import type { CommittedLeaf, PreparedLeaf } from '../store/transact.ts';
import { tileRuns } from './tree.ts';

/** A leaf that has no place yet; its body is known when this process wrote it. */
export type Waiting = Pick<CommittedLeaf, 'id' | 'bytes'> & { readonly body?: Uint8Array };

export interface Batch {
  readonly waiting: readonly Waiting[];
  readonly entered: readonly PreparedLeaf[];
}

/** A batch as it will stand in the record, hashed and signed. */
export interface Sealed extends Batch {
  readonly range: CompactRange;
  readonly nodes: readonly MerkleNode[];
  readonly note: string;
}

/** A leaf that has its place already fails all of it. */
const place = (others: string): string => `
  with placed as (
    update leaf set seq = given.seq from unnest($2::bigint[], $3::bigint[]) as given (id, seq)
    where leaf.organisation = $1 and leaf.id = given.id and leaf.seq is null
    returning 1),
  grown as (
    insert into tree_node (organisation, level, index, hashes)
    select $1, level, index, substring($4::bytea from start for size)
    from unnest($5::int[], $6::bigint[], $7::int[], $8::int[]) as run (level, index, start, size))${others}
  insert into checkpoint (organisation, size, note)
  select $1, $9::bigint / case when (select count(*) from placed) = cardinality($2::bigint[]) then 1 else 0 end, $10`;

const PLACE = place('');
const PLACE_AND_ENTER = place(`,
  entered as (
    insert into leaf (organisation, seq, event, subject, correlation, bytes, body)
    select $1, $11::bigint + nth, event, subject, correlation,
      substring($12::bytea from start for size), substring($12::bytea from start + size for body_size)
    from unnest($13::text[], $14::text[], $15::text[], $16::int[], $17::int[], $18::int[])
      with ordinality as row (event, subject, correlation, start, size, body_size, nth))`);

/** The tree with this batch at its end: first what waited, then what was entered. */
export function sealBatch(
  batch: Batch,
  { range, sign }: { readonly range: CompactRange; readonly sign: (grown: CompactRange) => string },
): Sealed {
  const nodes: MerkleNode[] = [];
  let grown = range;
  for (const { bytes } of [...batch.waiting, ...batch.entered]) {
    const appended = grown.append(leafHash(bytes));
    nodes.push(...appended.nodes);
    grown = appended.range;
  }
  return { ...batch, range: grown, nodes, note: sign(grown) };
}

export async function writeBatch(client: pg.Client, organisation: OrganisationId, sealed: Sealed): Promise<void> {
  const { waiting, entered, range, nodes, note } = sealed;
  const from = range.size - waiting.length - entered.length;
  const runs = tileRuns(nodes);
  const runSizes = runs.map(({ hashes }) => hashes.length * HASH_BYTES);
  const values: unknown[] = [
    organisation,
    waiting.map(({ id }) => id),
    waiting.map((_leaf, index) => from + index),
    Buffer.concat(runs.flatMap(({ hashes }) => hashes)),
    runs.map(({ level }) => level),
    runs.map(({ index }) => index),
    startsOf(runSizes),
    runSizes,
    range.size,
    note,
  ];
  if (entered.length === 0) {
    await client.query({ name: 'integrate', text: PLACE, values });
    return;
  }
  values.push(
    // Ordinality counts from 1.
    from + waiting.length - 1,
    Buffer.concat(entered.flatMap(({ bytes, body }) => [bytes, body])),
    entered.map(({ event }) => event),
    entered.map(({ subject }) => subject),
    entered.map(({ correlation }) => correlation),
    startsOf(entered.map(({ bytes, body }) => bytes.length + body.length)),
    entered.map(({ bytes }) => bytes.length),
    entered.map(({ body }) => body.length),
  );
  await client.query({ name: 'integrate-entered', text: PLACE_AND_ENTER, values });
}
