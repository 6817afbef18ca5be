/** What a file says of the times of its entries (V3): cosigned checkpoints around them that its own reader can open and link. */
import type { OrganisationId } from '@countersign/core';
import { MAX_BUNDLED_CHECKPOINTS, MAX_EXPORTED_CHECKPOINTS, type BundledCheckpoint } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { checkpointsAlong, checkpointsAround, cosignedNote } from '../record/checkpoints.ts';

/** For entries proved in the tree of size `head`. */
export async function bundledCheckpoints(
  { store, proofs }: Deps,
  organisation: OrganisationId,
  { seqs, head }: { readonly seqs: readonly number[]; readonly head: number },
): Promise<readonly BundledCheckpoint[]> {
  const around = await proofs.opened(organisation, await checkpointsAround(store, organisation, seqs));
  const notes = new Map(around.filter(({ size }) => size < head).map((one) => [one.size, cosignedNote(one)]));
  const from = evenly([...notes.keys()], MAX_BUNDLED_CHECKPOINTS);
  const links = await proofs.links(organisation, { from, to: head });
  return links.flatMap(({ from: size, hashes }) => {
    const note = notes.get(size);
    return note === undefined ? [] : [{ note, hashes }];
  });
}

/** For an export whose tree begins with `from` leaves and ends with `head`. */
export async function exportedCheckpoints(
  { store, proofs }: Deps,
  organisation: OrganisationId,
  { from, head }: { readonly from: number; readonly head: number },
): Promise<readonly string[]> {
  const along = { from: Math.max(1, from), below: head, most: MAX_EXPORTED_CHECKPOINTS };
  const found = await checkpointsAlong(store, organisation, along);
  return (await proofs.opened(organisation, found)).map(cosignedNote);
}

/** At most so many, the first and the last among them. */
function evenly(sizes: readonly number[], most: number): readonly number[] {
  if (sizes.length <= most) return sizes;
  const step = (sizes.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, place) => sizes[Math.round(place * step)] ?? 0);
}
