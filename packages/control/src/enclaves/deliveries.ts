/**
 * What waits for a gateway. `seq` is the gateway's cursor, so numbers must become visible in order: they are given under a lock
 * of the enclave that is held until the commit. A capsule gets its number only when its inclusion proof is there; a halt
 * that comes later does not wait for it.
 */
import type { EnclaveId, OrganisationId } from '@countersign/core';
import {
  MAX_RECORD_LINKS,
  parseTlogProof,
  readCheckpoint,
  type CampaignDelivery,
  type Delivery,
  type RecordLink,
  type DsseEnvelope,
} from '@countersign/seal';
import { sql, type Kysely } from 'kysely';
import type { Schema, Store } from '../store/schema.ts';
import type { Work } from '../store/transact.ts';

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

/** What many capsules name by its digest goes once to every enclave; an older one of its kind that still waits is not needed. */
export async function deliverDocument(
  { db, context }: Work,
  enclaves: readonly EnclaveId[],
  delivery: Extract<Delivery, { readonly kind: 'envelope' | 'graph' }>,
): Promise<void> {
  const { organisation } = context;
  // In a fixed order, so that two installers cannot wait for each other.
  for (const enclave of enclaves.toSorted()) {
    await db
      .deleteFrom('delivery')
      .where('organisation', '=', organisation)
      .where('enclave', '=', enclave)
      .where('kind', '=', delivery.kind)
      .execute();
    await deliver(db, { organisation, enclave }, delivery);
  }
}

/** Envelope and graph in force to enclaves that were never sent any. */
export async function deliverInForce({ db, context }: Work, enclaves: readonly EnclaveId[]): Promise<void> {
  const { organisation } = context;
  for (const enclave of enclaves.toSorted())
    await sql`
      with envelope as (
        select dsse, (select jsonb_agg(chain.dsse order by chain.version desc) from (
            select dsse, version from envelope_version as older
            where older.organisation = ${organisation} and older.version < v.version
            order by older.version desc limit v.narrowings) as chain) as since
        from envelope_version as v where organisation = ${organisation} and state = 'active'),
      graph as (
        select dsse from graph_version where organisation = ${organisation} order by version desc limit 1),
      document as (
        select 'envelope' as kind, jsonb_strip_nulls(jsonb_build_object('kind', 'envelope', 'envelope', dsse, 'since', since)) as body
          from envelope
        union all select 'graph', jsonb_build_object('kind', 'graph', 'graph', dsse) from graph)
      insert into delivery (organisation, enclave, kind, capsule, body)
      select ${organisation}::text, ${enclave}::text, kind, null, body from document
      where ${inOrder({ organisation, enclave })}
        and not exists (select from delivery as sent
          where sent.organisation = ${organisation} and sent.enclave = ${enclave} and sent.kind = document.kind)`.execute(
      db,
    );
}

/** Sends a capsule once more, with envelope and graph; false when that was done before. */
export async function deliverInline({ db }: Work, address: Address, capsule: string): Promise<boolean> {
  const done = await sql`
    update delivery set body = body || '{"isInline": true}'::jsonb, seq = default
    where organisation = ${address.organisation} and enclave = ${address.enclave} and capsule = ${capsule}
      and kind = 'capsule' and body is not null and not body ? 'isInline' and ${inOrder(address)}`.execute(db);
  return (done.numAffectedRows ?? 0n) > 0n;
}

/** Sends a capsule once more with this link beside those it had; false when that was done before. */
export async function deliverLinked(
  { db }: Work,
  address: Address,
  { capsule, link }: { readonly capsule: string; readonly link: RecordLink },
): Promise<boolean> {
  const done = await sql`
    update delivery set seq = default, body = body || jsonb_build_object('isRelinked', true, 'links',
      ${JSON.stringify([link])}::jsonb || jsonb_path_query_array(body, ${LINKS_KEPT}::jsonpath))
    where organisation = ${address.organisation} and enclave = ${address.enclave} and capsule = ${capsule}
      and kind = 'capsule' and body is not null and not body ? 'isRelinked' and ${inOrder(address)}`.execute(db);
  return (done.numAffectedRows ?? 0n) > 0n;
}

/** The newest, so that with one more no receiver finds too many. */
const LINKS_KEPT = `$.links[0 to ${MAX_RECORD_LINKS - 2}]`;

/** The part of a capsule's delivery that is stored with it; capsule, envelope and graph are found by their digests. */
export interface StoredCapsuleDelivery {
  readonly approvals: readonly unknown[];
  /** Versions that some of the approvals are over (D6). */
  readonly parents?: readonly unknown[];
  readonly facts: readonly unknown[];
  readonly decision: string;
  readonly riskAssessment: string;
  readonly leaf: string;
  readonly proof: string;
  /** From the records of earlier deliveries of this enclave to the one of the proof. */
  readonly links?: readonly RecordLink[];
  /** Where it stands in a campaign (C4). */
  readonly campaign?: CampaignDelivery;
  /** The witness's statement that counts it (I14). */
  readonly status?: DsseEnvelope;
  /** Envelope and graph go along: the runner said that it has not got them. */
  readonly isInline?: boolean;
  /** A link was added from where the runner said it stands. */
  readonly isRelinked?: boolean;
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

/** Sizes of the records that went along with the newest deliveries of an enclave: its runner verified one of them last. */
export async function shownSizes(store: Store, { organisation, enclave }: Address): Promise<readonly number[]> {
  const { rows } = await sql<{ proof: string | null }>`
    select body->>'proof' as proof from delivery
    where organisation = ${organisation} and enclave = ${enclave} and kind = 'capsule' and body is not null
    order by seq desc limit ${2 * MAX_RECORD_LINKS}`.execute(store);
  const sizes = rows.flatMap(({ proof }) => sizeOfProof(proof ?? '') ?? []);
  return [...new Set(sizes)].toSorted((a, b) => b - a).slice(0, MAX_RECORD_LINKS);
}

/** INVARIANT: only this folder writes proofs, each with the checkpoint it leads to. */
export function sizeOfProof(text: string): number | undefined {
  const proof = parseTlogProof(text);
  const end = proof.ok ? proof.value.checkpoint.indexOf('\n\n') : -1;
  const checkpoint = proof.ok && end >= 0 ? readCheckpoint(proof.value.checkpoint.slice(0, end + 1)) : undefined;
  return checkpoint?.ok === true ? checkpoint.value.size : undefined;
}

/** Deletes the delivery of a capsule that still waits for its proof; false when it has left, or may have. */
export async function takeBack({ db, context }: Work, capsule: string): Promise<boolean> {
  const deleted = await db
    .deleteFrom('delivery')
    .where('organisation', '=', context.organisation)
    .where('capsule', '=', capsule)
    .where('kind', '=', 'capsule')
    .where('body', 'is', null)
    .executeTakeFirst();
  return deleted.numDeletedRows > 0n;
}

export interface WaitingDelivery {
  readonly seq: number;
  readonly kind: string;
  readonly capsule: string | null;
  readonly body: unknown;
  /** DSSE of the capsule, for capsules. */
  readonly dsse: unknown;
}

export const MAX_DELIVERIES = 20;

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

/** The highest number that was given to this enclave and is still here; 0 without any. */
export async function lastNumber(store: Store, { organisation, enclave }: Address): Promise<number> {
  const row = await store
    .selectFrom('delivery')
    .select('seq')
    .where('organisation', '=', organisation)
    .where('enclave', '=', enclave)
    .where('body', 'is not', null)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.seq ?? 0;
}
