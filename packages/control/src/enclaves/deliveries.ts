/**
 * What waits for a gateway. `seq` is the gateway's cursor, so numbers must become visible in order: they are given under a lock
 * of the enclave that is held until the commit. A capsule gets its number only when its inclusion proof is there; a halt
 * that comes later does not wait for it.
 */
import type { EnclaveId, OrganisationId } from '@countersign/core';
import type { Delivery } from '@countersign/seal';
import { sql, type Kysely } from 'kysely';
import type { Schema, Store } from '../store/schema.ts';

export interface Address {
  readonly organisation: OrganisationId;
  readonly enclave: EnclaveId;
}

/** Takes the enclave's lock until the commit; a condition that is always true. */
const inOrder = ({ organisation, enclave }: Address): ReturnType<typeof sql<boolean>> =>
  sql<boolean>`pg_advisory_xact_lock(hashtextextended(${`delivery ${organisation}/${enclave}`}, 706))::text is not null`;

/** Everything but a capsule: visible at the commit, without waiting for the record. */
export async function deliver(
  db: Kysely<Schema>,
  address: Address,
  delivery: Exclude<Delivery, { readonly kind: 'capsule' }>,
): Promise<void> {
  const names = delivery.kind === 'rollback' || (delivery.kind === 'halt' && delivery.capsule !== 'all');
  const capsule = names ? delivery.capsule : null;
  await sql`
    insert into delivery (organisation, enclave, kind, capsule, body)
    select ${address.organisation}::text, ${address.enclave}::text, ${delivery.kind}::text, ${capsule}::text,
           ${JSON.stringify(delivery)}::jsonb
    where ${inOrder(address)}`.execute(db);
}

/** The part of a capsule's delivery that is stored with it; capsule, envelope and graph are found by their digests. */
export interface StoredCapsuleDelivery {
  readonly approvals: readonly unknown[];
  readonly facts: readonly unknown[];
  readonly decision: string;
  readonly riskAssessment: string;
  readonly leaf: string;
  readonly proof: string;
}

/** Gives a capsule's delivery its number, with the proof that its dispatch is in the witnessed record. */
export async function completeDelivery(
  db: Store,
  address: Address,
  { capsule, body }: { readonly capsule: string; readonly body: StoredCapsuleDelivery },
): Promise<boolean> {
  const done = await sql`
    update delivery set body = ${JSON.stringify(body)}::jsonb, seq = default
    where organisation = ${address.organisation} and enclave = ${address.enclave} and capsule = ${capsule}
      and kind = 'capsule' and body is null and ${inOrder(address)}`.execute(db);
  return (done.numAffectedRows ?? 0n) > 0n;
}

export interface WaitingDelivery {
  readonly seq: number;
  readonly kind: string;
  readonly capsule: string | null;
  readonly body: unknown;
  /** DSSE of the capsule, for capsules. */
  readonly dsse: unknown;
}

const MAX_DELIVERIES = 20;

export async function deliveriesAfter(
  store: Store,
  address: Address,
  after: number,
): Promise<readonly WaitingDelivery[]> {
  return store
    .selectFrom('delivery as d')
    .leftJoin('capsule as c', (join) =>
      join
        .onRef('c.organisation', '=', 'd.organisation')
        .onRef('c.digest', '=', 'd.capsule')
        .on('d.kind', '=', 'capsule'),
    )
    .select(['d.seq', 'd.kind', 'd.capsule', 'd.body', 'c.dsse'])
    .where('d.organisation', '=', address.organisation)
    .where('d.enclave', '=', address.enclave)
    .where('d.seq', '>', after)
    .where('d.body', 'is not', null)
    .orderBy('d.seq')
    .limit(MAX_DELIVERIES)
    .execute();
}
