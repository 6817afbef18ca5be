/** Who may read evidence: people to whom the trust bundle gives a duty; which ones they held is recorded with each reading (V6). */
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
  if (reader.roles.length === 0)
    return refuse('forbidden', `\`${reader.id}\` holds no role, and evidence is read in a role`, {
      clause: 'V6',
      next: ['ask a registrar which role is meant'],
    });
  return { ok: true, value: { id: reader.id, roles: reader.roles } };
}
