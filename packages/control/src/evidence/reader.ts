/** Who may read evidence: people whom the trust bundle names, in the roles it gives them (V6). */
import { refuse, type OrganisationId, type PersonId, type Result } from '@countersign/core';
import type { Deps } from '../deps.ts';

export interface EvidenceReader {
  readonly id: PersonId;
  readonly roles: readonly string[];
}

export async function readerOf(
  { trust }: Pick<Deps, 'trust'>,
  { organisation, id }: { readonly organisation: OrganisationId; readonly id: string },
): Promise<Result<EvidenceReader>> {
  const reader = (await trust.bundle(organisation))?.people.get(id);
  if (reader === undefined)
    return refuse('forbidden', 'evidence is read by people whom the trust bundle names', { clause: 'V6' });
  return { ok: true, value: { id: reader.id, roles: reader.roles } };
}
