/**
 * The witness's newest status to every enclave (X1): without a fresh one nothing runs alone. Only the newest waits; several processes
 * that hear of the same one send it once.
 */
import type { EnclaveId, OrganisationId } from '@countersign/core';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';

export async function forwardStatus(deps: Deps, organisation: OrganisationId): Promise<void> {
  const installed = await deps.trust.bundle(organisation);
  const enclaves = new Set<EnclaveId>((installed?.bundle.keys.runners ?? []).map(({ enclave }) => enclave));
  for (const enclave of enclaves) {
    const sent = await sql`
      with newest as (
        select jsonb_build_object('kind', 'status', 'status', dsse) as body from status
        where organisation = ${organisation}
          and pg_advisory_xact_lock(hashtextextended(${`delivery ${organisation}/${enclave}`}, 706))::text is not null),
      gone as (
        delete from delivery using newest
        where delivery.organisation = ${organisation} and delivery.enclave = ${enclave} and delivery.kind = 'status'
          and delivery.body <> newest.body)
      insert into delivery (organisation, enclave, kind, capsule, body)
      select ${organisation}, ${enclave}, 'status', null, newest.body from newest
      where not exists (select from delivery where organisation = ${organisation} and enclave = ${enclave}
                          and kind = 'status' and body = newest.body)`.execute(deps.store);
    if ((sent.numAffectedRows ?? 0n) > 0n) deps.bus.publish('delivery', organisation, enclave);
  }
}
