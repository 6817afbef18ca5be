/** The tree as it is stored: perfect subtrees by level and index. Proofs read exactly the nodes they need, in one query. */
import type { OrganisationId, Result } from '@countersign/core';
import { CompactRange, encodeBase64, type NodeAddress, type NodeReader, rootNodes } from '@countersign/seal';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';

const keyOf = (level: number, index: number): string => `${level}/${index}`;

/** One query for all nodes of a plan. */
export async function readNodes(
  store: Store,
  organisation: OrganisationId,
  plan: readonly NodeAddress[],
): Promise<NodeReader> {
  if (plan.length === 0) return () => undefined;
  const found = await sql<{ level: number; index: number; hash: Buffer }>`
    select node.level, node.index, node.hash
    from unnest(${plan.map(({ level }) => level)}::int[], ${plan.map(({ index }) => index)}::bigint[]) as wanted (level, index)
    join tree_node node on node.organisation = ${organisation} and node.level = wanted.level and node.index = wanted.index`.execute(
    store,
  );
  const nodes = new Map(found.rows.map(({ level, index, hash }) => [keyOf(level, index), Uint8Array.from(hash)]));
  return (level, index) => nodes.get(keyOf(level, index));
}

/** The growing edge of the tree at a size. */
export async function readRange(
  store: Store,
  organisation: OrganisationId,
  size: number,
): Promise<Result<CompactRange>> {
  const plan = rootNodes(size);
  const node = await readNodes(store, organisation, plan);
  const peaks = plan.map(({ level, index }) => encodeBase64(node(level, index) ?? new Uint8Array()));
  return CompactRange.parse({ size, peaks });
}
