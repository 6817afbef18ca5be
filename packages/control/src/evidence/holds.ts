/**
 * Legal hold (V2): one person keeps what retention would take; two different people let go of it. What exists now is held by the
 * database itself, what comes later in its scope by the question retention asks.
 */
import {
  isHeld,
  object,
  ok,
  optional,
  instant,
  id,
  list,
  refuse,
  text,
  type Digest,
  type HoldScope,
  type Id,
  type Person,
  type Result,
  type Shape,
} from '@countersign/core';
import type { Selectable } from 'kysely';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import { parseLeaf } from '../record/entries.ts';
import { holdBodies, liftHold } from '../record/tombstones.ts';
import { knownPerson } from '../signals/known-person.ts';
import type { RetentionTables } from '../store/retention-tables.ts';
import type { Work } from '../store/transact.ts';

type HoldId = Id<'Hold'>;
export interface NewHold extends HoldScope {
  readonly name: HoldId;
  readonly reason: string;
}
export interface LiftBody {
  readonly reason: string;
}

const reason = text({ min: 3, max: 2000 });
export const newHoldShape: Shape<NewHold> = object<NewHold>({
  name: id(),
  proposals: list(id(), { max: 1000 }),
  period: optional(object<NonNullable<HoldScope['period']>>({ from: instant, to: instant })),
  reason,
});
export const liftShape: Shape<LiftBody> = object<LiftBody>({ reason });

export const HOLD_ROLES: readonly string[] = ['auditor', 'legal', 'registrar'];

const holder = (deps: Deps, { principal }: Pick<OwnExchange<unknown, unknown>, 'principal'>): Promise<Result<Person>> =>
  knownPerson(deps, principal, { roles: HOLD_ROLES, clause: 'V2' });

export async function setHold(deps: Deps, exchange: OwnExchange<NewHold, undefined>): Promise<Result<Answer>> {
  const person = await holder(deps, exchange);
  if (!person.ok) return person;
  const { name, proposals, period, reason: why } = exchange.body;
  if (proposals.length === 0 && period === undefined)
    return refuse('malformed', 'a hold names remediations or a period', { clause: 'V2' });
  if (period !== undefined && period.from >= period.to) return refuse('malformed', 'a period begins before it ends');
  return exchange.commit(async (work) => {
    const { organisation, now } = work.context;
    const { numInsertedOrUpdatedRows } = await work.db
      .insertInto('legal_hold')
      .values({
        organisation,
        name,
        proposals,
        period_from: period?.from ?? null,
        period_to: period?.to ?? null,
        reason: why,
        set_by: person.value.id,
        set_at: now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows !== 1n)
      return refuse('conflict', 'a hold has this name already, or had it', { clause: 'V2' });
    const scope = { proposals, ...(period !== undefined && { period }) };
    let bodies = 0;
    for await (const page of bodiesIn(work, scope)) bodies += await holdBodies(work, name, page);
    const body = {
      hold: name,
      proposals,
      ...(period !== undefined && { period }),
      reason: why,
      bodies,
    };
    work.leaf({ event: 'hold.set', subject: `hold:${name}`, correlation: '', body });
    return ok(json({ name, bodies }, 201));
  });
}

/** Leaves read at once: a hold over years is in memory page by page. */
const PAGE = 1000;

/** Bodies of the entries in its scope, in pages; those of remediations by their index, those of a period from the whole record. */
export async function* bodiesIn({ db, context }: Work, scope: HoldScope): AsyncGenerator<readonly Digest[]> {
  for (let after: number | undefined = 0; after !== undefined;) {
    const rows: readonly { id: number; bytes: Uint8Array }[] = await db
      .selectFrom('leaf')
      .select(['id', 'bytes'])
      .where('organisation', '=', context.organisation)
      .where('id', '>', after)
      .$if(scope.period === undefined, (query) => query.where('correlation', 'in', [...scope.proposals]))
      .orderBy('id')
      .limit(PAGE)
      .execute();
    const leaves = rows.flatMap(({ bytes }) => parseLeaf(bytes) ?? []);
    const bodies = leaves.filter((leaf) => isHeld(scope, leaf)).map(({ body }) => body);
    if (bodies.length > 0) yield [...new Set(bodies)];
    after = rows.length < PAGE ? undefined : rows.at(-1)?.id;
  }
}

/** The first person asks, a second and different one confirms; whoever set it may be either. */
export async function liftOf(deps: Deps, exchange: OwnExchange<LiftBody, undefined>): Promise<Result<Answer>> {
  const person = await holder(deps, exchange);
  if (!person.ok) return person;
  const { id: by } = person.value;
  const name = exchange.params['name'] ?? '';
  return exchange.commit(async (work) => {
    const { db, context } = work;
    const { organisation, now } = context;
    const hold = await db
      .selectFrom('legal_hold')
      .selectAll()
      .where('organisation', '=', organisation)
      .where('name', '=', name)
      .where('lifted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    if (hold === undefined) return refuse('not-found', 'there is no such hold in force');
    const subject = `hold:${name}`;
    const row = db.updateTable('legal_hold').where('organisation', '=', organisation).where('name', '=', name);
    if (hold.lift_asked_by === null) {
      const asked = { lift_asked_by: by, lift_reason: exchange.body.reason, lift_asked_at: now };
      await row.set(asked).execute();
      work.leaf({
        event: 'hold.lift-asked',
        subject,
        correlation: '',
        body: { hold: name, by, reason: exchange.body.reason },
      });
      return ok(json({ name, state: 'lift-asked', by }));
    }
    if (hold.lift_asked_by === by)
      return refuse('second-person', `${by} asked for it: another person has to confirm`, { clause: 'V2' });
    await row.set({ lifted_by: by, lifted_at: now }).execute();
    const bodies = await liftHold(work, name);
    const body = { hold: name, askedBy: hold.lift_asked_by, by, reason: exchange.body.reason, bodies };
    work.leaf({ event: 'hold.lifted', subject, correlation: '', body });
    return ok(json({ name, state: 'lifted', by }));
  });
}

export async function listHolds({ store }: Deps, organisation: string): Promise<readonly object[]> {
  const rows = await store
    .selectFrom('legal_hold')
    .selectAll()
    .where('organisation', '=', organisation)
    .orderBy('set_at', 'desc')
    .limit(1000)
    .execute();
  return rows.map(shown);
}

const shown = (row: Selectable<RetentionTables['legal_hold']>): object => ({
  name: row.name,
  proposals: row.proposals,
  ...(row.period_from !== null && { period: { from: row.period_from, to: row.period_to } }),
  reason: row.reason,
  by: row.set_by,
  at: row.set_at.toISOString(),
  state: row.lifted_at !== null ? 'lifted' : row.lift_asked_by !== null ? 'lift-asked' : 'in-force',
  ...(row.lift_asked_by !== null && { liftAskedBy: row.lift_asked_by }),
  ...(row.lifted_by !== null && { liftedBy: row.lifted_by }),
});
