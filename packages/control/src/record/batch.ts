/**
 * One batch of the record: leaves that wait in the table get their place, entries without other state are written with theirs, the tree
 * grows and its checkpoint is signed. One statement, hence one transaction and one wait for the disk.
 */
import type { OrganisationId } from '@countersign/core';
import { leafHash, type CompactRange, type MerkleNode } from '@countersign/seal';
import type pg from 'pg';
import type { CommittedLeaf, PreparedLeaf } from '../store/transact.ts';

/** A leaf that has no place yet; its body is known when this process wrote it. */
export type Waiting = Pick<CommittedLeaf, 'id' | 'bytes'> & { readonly body?: Uint8Array };

export interface Batch {
  readonly waiting: readonly Waiting[];
  readonly entered: readonly PreparedLeaf[];
}

interface Grown {
  readonly range: CompactRange;
  readonly nodes: readonly MerkleNode[];
}

/** A leaf that has its place already fails all of it. */
const place = (others: string): string => `
  with placed as (
    update leaf set seq = given.seq from unnest($2::bigint[], $3::bigint[]) as given (id, seq)
    where leaf.organisation = $1 and leaf.id = given.id and leaf.seq is null
    returning 1),
  grown as (
    insert into tree_node (organisation, level, index, hash)
    select $1, level, index, substring($6::bytea from 32 * nth::int - 31 for 32)
    from unnest($4::int[], $5::bigint[]) with ordinality as node (level, index, nth))${others}
  insert into checkpoint (organisation, size, note)
  select $1, $7::bigint / case when (select count(*) from placed) = cardinality($2::bigint[]) then 1 else 0 end, $8`;

const PLACE = place('');
const PLACE_AND_ENTER = place(`,
  kept as (
    insert into document (organisation, digest, kind, bytes)
    select $1, digest, 'leaf-body', substring($9::bytea from start for size)
    from unnest($10::text[], $11::int[], $12::int[]) as body (digest, start, size)
    on conflict do nothing),
  entered as (
    insert into leaf (organisation, seq, event, subject, correlation, bytes)
    select $1, seq, event, subject, correlation, substring($13::bytea from start for size)
    from unnest($14::bigint[], $15::text[], $16::text[], $17::text[], $18::int[], $19::int[])
      as row (seq, event, subject, correlation, start, size))`);

/** The tree with this batch at its end: first what waited, then what was entered. */
export function growBy(range: CompactRange, { waiting, entered }: Batch): Grown {
  const nodes: MerkleNode[] = [];
  let grown = range;
  for (const { bytes } of [...waiting, ...entered]) {
    const appended = grown.append(leafHash(bytes));
    nodes.push(...appended.nodes);
    grown = appended.range;
  }
  return { range: grown, nodes };
}

/** Where each part begins, counted from 1, when all stand in one value: that goes as it is, a list of values would go as hexadecimal text. */
function startsOf(parts: readonly Uint8Array[]): readonly number[] {
  let end = 1;
  return parts.map(({ length }) => (end += length) - length);
}

export async function writeBatch(
  client: pg.Client,
  organisation: OrganisationId,
  { waiting, entered }: Batch,
  { range, nodes, note }: Grown & { readonly note: string },
): Promise<void> {
  const from = range.size - waiting.length - entered.length;
  const values: unknown[] = [
    organisation,
    waiting.map(({ id }) => id),
    waiting.map((_leaf, index) => from + index),
    nodes.map(({ level }) => level),
    nodes.map(({ index }) => index),
    Buffer.concat(nodes.map(({ hash }) => hash)),
    range.size,
    note,
  ];
  if (entered.length === 0) {
    await client.query({ name: 'integrate', text: PLACE, values });
    return;
  }
  const bodies = entered.map(({ body }) => body);
  const leaves = entered.map(({ bytes }) => bytes);
  values.push(
    Buffer.concat(bodies),
    entered.map(({ digest }) => digest),
    startsOf(bodies),
    bodies.map(({ length }) => length),
    Buffer.concat(leaves),
    entered.map((_leaf, index) => from + waiting.length + index),
    entered.map(({ event }) => event),
    entered.map(({ subject }) => subject),
    entered.map(({ correlation }) => correlation),
    startsOf(leaves),
    leaves.map(({ length }) => length),
  );
  await client.query({ name: 'integrate-entered', text: PLACE_AND_ENTER, values });
}
