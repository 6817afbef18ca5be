/**
 * The witness's newest status to every enclave (X1): without a fresh one nothing runs alone. Only the newest waits; several processes
 * that hear of the same one send it once.
 */
import type { OrganisationId } from '@countersign/core';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';

/**
 * How long a status may wait that says nothing new but the time and the used quota: every dispatch makes one, and a runner adds
 * its own dispatches to the quota it was told of.
 */
const SETTLE_MS = 1000;

interface Told {
  /** What ruled in the status that was sent last. */
  ruling: string;
  timer: NodeJS.Timeout | undefined;
}

export class StatusForwarder {
  readonly #deps: Deps;
  readonly #told = new Map<OrganisationId, Told>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A newer status is stored; `ruling` names what it says beside time and quota. At once when that is new. Returns at once. */
  tick(organisation: OrganisationId, ruling: string): void {
    const told = this.#told.get(organisation) ?? { ruling: '', timer: undefined };
    this.#told.set(organisation, told);
    const isNew = ruling === '' || told.ruling !== ruling;
    told.ruling = ruling;
    if (isNew) this.#send(organisation, told);
    else told.timer ??= setTimeout(() => this.#send(organisation, told), SETTLE_MS);
  }

  stop(): void {
    for (const { timer } of this.#told.values()) clearTimeout(timer);
  }

  #send(organisation: OrganisationId, told: Told): void {
    clearTimeout(told.timer);
    told.timer = undefined;
    forwardStatus(this.#deps, organisation).catch((error: unknown) => {
      // The next one goes at once, whatever it says.
      told.ruling = '';
      this.#deps.report({ where: 'status', error: String(error) });
    });
  }
}

async function forwardStatus(deps: Deps, organisation: OrganisationId): Promise<void> {
  const installed = await deps.trust.bundle(organisation);
  // In a fixed order: their locks are taken one after the other.
  const enclaves = [...new Set((installed?.bundle.keys.runners ?? []).map(({ enclave }) => enclave))].toSorted();
  if (enclaves.length === 0) return;
  const { rows } = await sql<{ enclave: string }>`
    with address as materialized (
      select enclave, pg_advisory_xact_lock(hashtextextended('delivery ' || ${organisation} || '/' || enclave, 706))::text as lock
      from unnest(${enclaves}::text[]) as enclave),
    newest as (
      select jsonb_build_object('kind', 'status', 'status', dsse) as body from status
      where organisation = ${organisation} and (select count(lock) from address) >= 0),
    gone as (
      delete from delivery using newest
      where delivery.organisation = ${organisation} and delivery.enclave = any(${enclaves}::text[]) and delivery.kind = 'status'
        and delivery.body <> newest.body)
    insert into delivery (organisation, enclave, kind, capsule, body)
    select ${organisation}, address.enclave, 'status', null, newest.body from newest, address
    where address.lock is not null and not exists (
      select from delivery as sent where sent.organisation = ${organisation} and sent.enclave = address.enclave
        and sent.kind = 'status' and sent.body = newest.body)
    returning enclave`.execute(deps.store);
  for (const { enclave } of rows) deps.bus.publish('delivery', organisation, enclave);
}
