/**
 * A runner that missed more deliveries than links go back to refuses `record-unlinked` and says where it stands. It is shown, in
 * O(log n) hashes, that the record grew from there; it verifies that by itself, so an answer that lies is one more refusal (V3).
 */
import type { RecordLink } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { storedCapsuleDelivery } from '../store/stored.parse.ts';
import { sizeOfProof, type Address } from './deliveries.ts';
import type { VerifiedReport } from './verify-report.ts';

/** From the record the runner verified last to the one of the delivery it refused; undefined where no such proof can help. */
export async function linkAsked(
  { store, proofs }: Pick<Deps, 'store' | 'proofs'>,
  { organisation, enclave }: Address,
  report: VerifiedReport,
): Promise<RecordLink | undefined> {
  if (report.kind !== 'refusal' || report.refusal.code !== 'record-unlinked') return undefined;
  const { seen, subject } = report.refusal;
  if (seen === undefined) return undefined;
  const sent = await store
    .selectFrom('delivery')
    .select('body')
    .where('organisation', '=', organisation)
    .where('enclave', '=', enclave)
    .where('kind', '=', 'capsule')
    .where('capsule', '=', subject)
    .where('body', 'is not', null)
    .executeTakeFirst();
  const size = sent === undefined ? undefined : sizeOfProof(storedCapsuleDelivery(sent.body).proof);
  const link = size === undefined ? undefined : await proofs.link(organisation, { from: seen, to: size });
  return link?.ok === true ? link.value : undefined;
}
