/** Known-benign schedules (D3): any operator says that something is harmless, only a policy admin says that it no longer is. */
import {
  benignScheduleShape,
  instantOf,
  msOf,
  object,
  ok,
  optional,
  readShape,
  refuse,
  text,
  type BenignSchedule,
  type Instant,
  type OrganisationId,
  type RegisteredSchedule,
  type Result,
  type Shape,
} from '@countersign/core';
import { sql, type Kysely } from 'kysely';
import type { Deps } from '../deps.ts';
import {
  json,
  limitOf,
  pageFields,
  pageOf,
  decodeCursor,
  route,
  type Answer,
  type OwnExchange,
  type PageQuery,
  type RouteDefinition,
} from '../http/index.ts';
import type { Schema } from '../store/schema.ts';
import { storedId } from '../store/stored.parse.ts';
import { demandPerson, knownPerson } from './known-person.ts';

/** Whoever says so has to look at it again within a year. */
const MAX_DAYS = 366;
const DAY_MS = 86_400_000;
/** More would make every decision slow; nobody knows so many batch jobs by heart. */
const MAX_LIVE = 1000;

/** Those that may match now, in order of their ids, with who said so and when. */
export async function loadBenign(
  db: Kysely<Schema>,
  organisation: OrganisationId,
  now: Instant,
): Promise<readonly RegisteredSchedule[]> {
  const rows = await db
    .selectFrom('benign_schedule')
    .select(['document', 'registered_by', 'registered_at'])
    .where('organisation', '=', organisation)
    .where('removed_at', 'is', null)
    .where('expires_at', '>', new Date(now))
    .orderBy('id')
    .limit(MAX_LIVE)
    .execute();
  return rows.flatMap(({ document, registered_by, registered_at }) => {
    const schedule = readShape(benignScheduleShape, document);
    if (!schedule.ok) return [];
    const registeredAt = instantOf(registered_at.getTime());
    return [{ ...schedule.value, registeredBy: storedId<'Person'>(registered_by), registeredAt }];
  });
}

export const benignRoutes = (deps: Deps): readonly RouteDefinition[] => [
  addRoute(deps),
  listRoute(deps),
  removeRoute(deps),
];

const addRoute = (deps: Deps): RouteDefinition =>
  route<BenignSchedule>({
    method: 'POST',
    url: '/api/v1/benign-schedules',
    who: ['person'],
    summary:
      'Says that something is known to be harmless at its times; it hands matching acts to people and hides nothing',
    body: benignScheduleShape,
    handle: (exchange) => add(deps, exchange),
  });

async function add(deps: Deps, exchange: OwnExchange<BenignSchedule, undefined>): Promise<Result<Answer>> {
  const { principal, body, now, commit } = exchange;
  const { organisation } = principal;
  const person = await knownPerson(deps, principal, { roles: ['operator', 'policy-admin'], clause: 'D3' });
  if (!person.ok) return person;
  const owner = await demandPerson(deps, organisation, { id: body.owner, clause: 'D3' });
  if (!owner.ok) return owner;
  const days = Math.ceil((msOf(body.expiresAt) - msOf(now)) / DAY_MS);
  if (days <= 0 || days > MAX_DAYS)
    return refuse('malformed', 'a schedule ends within a year', {
      clause: 'D3',
      complaints: [{ at: '/expiresAt', problem: `must be from 1 to ${MAX_DAYS} days ahead` }],
    });
  return commit(async ({ db, leaf }) => {
    const live = await countLive(db, organisation, now);
    if (live >= MAX_LIVE) return refuse('too-many', `there are ${live} schedules already`, { clause: 'D3' });
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('benign_schedule')
      .values({
        organisation,
        id: body.id,
        document: JSON.stringify(body),
        registered_by: person.value.id,
        registered_at: now,
        expires_at: body.expiresAt,
        removed_by: null,
        removed_at: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if ((numInsertedOrUpdatedRows ?? 0n) === 0n)
      return refuse('conflict', 'a schedule of this id exists; its history stays, so the new one needs another id');
    leaf({ event: 'benign-schedule.added', subject: `benign-schedule:${body.id}`, correlation: '', body });
    return ok(json({ ...body, registeredBy: person.value.id, registeredAt: now }));
  });
}

/** Under a lock, so that two who come at once do not both find room. */
async function countLive(db: Kysely<Schema>, organisation: OrganisationId, now: Instant): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`benign_schedule ${organisation}`}, 706))`.execute(db);
  const row = await db
    .selectFrom('benign_schedule')
    .select((select) => select.fn.countAll<number>().as('live'))
    .where('organisation', '=', organisation)
    .where('removed_at', 'is', null)
    .where('expires_at', '>', new Date(now))
    .executeTakeFirst();
  return row?.live ?? 0;
}

const listRoute = (deps: Deps): RouteDefinition =>
  route<undefined, PageQuery>({
    method: 'GET',
    url: '/api/v1/benign-schedules',
    who: ['person', 'agent'],
    summary: 'What is known to be harmless, by id, with who said so; what has ended is shown as ended',
    query: object<PageQuery>(pageFields),
    async handle({ principal: { organisation }, query, now }) {
      const after = decodeCursor(query.cursor, ['string']);
      if (!after.ok) return after;
      const limit = limitOf(query);
      const rows = await deps.store
        .selectFrom('benign_schedule')
        .selectAll()
        .where('organisation', '=', organisation)
        .where('id', '>', after.value?.[0] ?? '')
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return ok(json(pageOf(rows, { limit, key: ({ id }) => [id], item: (row) => shown(row, now) })));
    },
  });

interface Row {
  readonly document: unknown;
  readonly registered_by: string;
  readonly registered_at: Date;
  readonly expires_at: Date;
  readonly removed_by: string | null;
  readonly removed_at: Date | null;
}
const shown = (row: Row, now: Instant): object => ({
  schedule: row.document,
  registeredBy: row.registered_by,
  registeredAt: row.registered_at.toISOString(),
  isEnded: row.removed_at !== null || row.expires_at.toISOString() <= now,
  ...(row.removed_by !== null && { removedBy: row.removed_by, removedAt: row.removed_at?.toISOString() }),
});

interface Removal {
  readonly reason?: string;
}
const removalShape: Shape<Removal> = object<Removal>({ reason: optional(text({ min: 3, max: 500 })) });

const removeRoute = (deps: Deps): RouteDefinition =>
  route<Removal>({
    method: 'POST',
    url: '/api/v1/benign-schedules/:id/remove',
    who: ['person'],
    summary: 'Ends a schedule; a policy admin, because acts it would have handed to people may run alone again',
    body: removalShape,
    async handle({ principal, params, body, now, commit }) {
      const person = await knownPerson(deps, principal, { roles: ['policy-admin'], clause: 'D3' });
      if (!person.ok) return person;
      const id = params['id'] ?? '';
      return commit(async ({ db, leaf }) => {
        const row = await db
          .updateTable('benign_schedule')
          .set({ removed_by: person.value.id, removed_at: now })
          .where('organisation', '=', principal.organisation)
          .where('id', '=', id)
          .where('removed_at', 'is', null)
          .returning('id')
          .executeTakeFirst();
        if (row === undefined) return refuse('not-found', 'there is no such schedule in force');
        const subject = `benign-schedule:${row.id}`;
        leaf({ event: 'benign-schedule.removed', subject, correlation: '', body: { id: row.id, ...body } });
        return ok(json({ id: row.id, removedBy: person.value.id, removedAt: now }));
      });
    },
  });
