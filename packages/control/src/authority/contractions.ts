/**
 * Classes that lost their autonomy (E6): taken in the transaction that records the outcome, given back by a signature. A class whose newest
 * drill failed is contracted until one passes, and then only up to the signed envelope.
 */
import {
  classRecords,
  ok,
  readShape,
  refuse,
  restorationShape,
  type ActionType,
  type Envelope,
  type Restoration,
  type Result,
  type Tier,
} from '@countersign/core';
import { PAYLOAD, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { randomBytes } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import type { Schema } from '../store/schema.ts';
import type { Work } from '../store/transact.ts';
import { peopleWhoSigned } from '../trust/signers.ts';
import { loadOutcomes } from './outcomes.ts';

export interface Contracted {
  readonly action: ActionType;
  /** Absent: every tier. */
  readonly tier?: Tier;
}

/** What may not run alone now, for a decision in the same transaction. */
export async function loadContractions(db: Kysely<Schema>, organisation: string): Promise<readonly Contracted[]> {
  const { rows } = await sql<{ readonly action: ActionType; readonly tier: Tier | null }>`
    select action, null as tier from contraction where organisation = ${organisation} and lifted_at is null
    union all
    select action, tier from (select distinct on (action, tier) action, tier, is_passed from drill
      where organisation = ${organisation} order by action, tier, at desc, is_passed) as newest where not is_passed`.execute(
    db,
  );
  return rows.map(({ action, tier }) => ({ action, ...(tier !== null && { tier }) }));
}

/** Contracts every class whose record exceeds what the envelope allows; a class that is contracted already stays as it is. */
export async function contractIn({ db, context, leaf }: Work, envelope: Envelope): Promise<readonly ActionType[]> {
  const { organisation, now } = context;
  const records = classRecords(await loadOutcomes(db, organisation, envelope, now), envelope.contraction, now);
  const contracted: ActionType[] = [];
  for (const { action, reasons } of records.filter((record) => record.reasons.length > 0)) {
    const id = `K-${randomBytes(9).toString('hex')}`;
    const made = await db
      .insertInto('contraction')
      .values({ organisation, id, action, reasons: JSON.stringify(reasons), since: now })
      .onConflict((conflict) => conflict.columns(['organisation', 'action']).where('lifted_at', 'is', null).doNothing())
      .executeTakeFirst();
    if ((made.numInsertedOrUpdatedRows ?? 0n) === 0n) continue;
    contracted.push(action);
    leaf({ event: 'class.contracted', subject: `class:${action}`, correlation: '', body: { id, action, reasons } });
  }
  return contracted;
}

export interface RestorationBody {
  readonly restoration: DsseEnvelope;
}

const SIGNED_WITHIN_MS = 900_000;

/** Lifts a contraction: a policy admin signed for this one. A drill cannot lift what rates took. */
export async function restoreClass(
  deps: Deps,
  exchange: OwnExchange<RestorationBody, undefined>,
): Promise<Result<Answer>> {
  const trust = await deps.trust.bundle(exchange.principal.organisation);
  if (trust === undefined) return refuse('no-trust', 'no trust bundle names the policy administrators');
  const { restoration: dsse } = exchange.body;
  const read = readRestoration(dsse);
  if (!read.ok) return read;
  const { organisation, action, contraction, person, signedAt } = read.value;
  if (organisation !== exchange.principal.organisation)
    return refuse('wrong-organisation', 'the restoration is of another organisation');
  const admin = trust.people.get(person);
  if (admin?.roles.some((role) => role === 'policy-admin') !== true)
    return refuse('forbidden', 'only a policy administrator gives a class its autonomy back', { clause: 'E6' });
  if (peopleWhoSigned(dsse, [admin]).length === 0)
    return refuse('bad-signature', 'the restoration is not signed by the person it names', { clause: 'E6' });
  if (Math.abs(Date.parse(exchange.now) - Date.parse(signedAt)) > SIGNED_WITHIN_MS)
    return refuse('expired', `the restoration was signed at ${signedAt}`, { clause: 'E6' });
  return exchange.commit(async ({ db, context, leaf }) => {
    const lifted = await db
      .updateTable('contraction')
      .set({ lifted_at: context.now, lifted_by: person, restoration: JSON.stringify(dsse) })
      .where('organisation', '=', organisation)
      .where('id', '=', contraction)
      .where('action', '=', action)
      .where('lifted_at', 'is', null)
      .executeTakeFirst();
    if (lifted.numUpdatedRows === 0n)
      return refuse('not-found', 'there is no such contraction, or it was lifted before');
    leaf({ event: 'class.restored', subject: `class:${action}`, correlation: '', body: read.value });
    return ok(json({ id: contraction, action, liftedBy: person }));
  });
}

function readRestoration(dsse: DsseEnvelope): Result<Restoration> {
  if (dsse.payloadType !== PAYLOAD.restoration) return refuse('wrong-type', 'the document is not a restoration');
  const payload = payloadOf(dsse);
  if (!payload.ok) return payload;
  const document = readStrictJson(payload.value, { maxBytes: 65_536 });
  return document.ok ? readShape(restorationShape, document.value) : document;
}

export async function listContractions(deps: Deps, organisation: string): Promise<Result<Answer>> {
  const rows = await deps.store
    .selectFrom('contraction')
    .select(['id', 'action', 'reasons', 'since', 'lifted_at', 'lifted_by'])
    .where('organisation', '=', organisation)
    .orderBy('since', 'desc')
    .limit(200)
    .execute();
  const items = rows.map(({ id, action, reasons, since, lifted_at, lifted_by }) => ({
    id,
    action,
    reasons,
    since: since.toISOString(),
    ...(lifted_at !== null && { liftedAt: lifted_at.toISOString(), liftedBy: lifted_by }),
  }));
  return ok(json({ items, standing: await loadContractions(deps.store, organisation) }));
}
