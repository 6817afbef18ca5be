/** Signals come in from sources and relays; triages go out to agents. */
import {
  object,
  ok,
  oneOf,
  optional,
  parseId,
  refuse,
  type OrganisationId,
  type Result,
  type SignalFormat,
  type SourceId,
} from '@countersign/core';
import type { JsonValue } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import {
  actorOf,
  anyJson,
  decodeTimeCursor,
  json,
  limitOf,
  openRoute,
  pageFields,
  pageOf,
  pageQuery,
  route,
  wholeText,
  wordText,
  type Answer,
  type Exchange,
  type PageQuery,
  type Principal,
  type RouteDefinition,
} from '../http/index.ts';
import { committer } from '../http/idempotency.ts';
import { RateLimit } from '../http/rate-limit.ts';
import { benignRoutes } from './benign.ts';
import { labelRoutes } from './label-routes.ts';
import { MAX_DOCUMENT_BYTES, readBatch, TELEMETRY } from './read-batch.ts';
import { receiveSignals, receiveUnauthenticated } from './receive.ts';
import { sourceRoutes } from './source-routes.ts';

/** A stranger may not make this server read much. */
const MAX_UNAUTHENTICATED_BYTES = 262_144;
/** Of all addresses together: what opens triages for people may not be much. */
const UNAUTHENTICATED_A_MINUTE = 30;
/** Of one address, so that one alone does not use up what there is for strangers. */
const OF_ONE_ADDRESS_A_MINUTE = 10;
const MAX_WAIT_MS = 25_000;
const MAX_SIGNALS_SHOWN = 500;

interface IntakeQuery {
  readonly organisation?: string;
}
type Intake = Exchange<JsonValue, IntakeQuery, Principal | undefined>;

export function signalRoutes(deps: Deps): readonly RouteDefinition[] {
  const strangers = new RateLimit(UNAUTHENTICATED_A_MINUTE, 60_000);
  return [
    intake(deps, 'alertmanager', strangers),
    intake(deps, 'sarif', strangers),
    signals(deps),
    triages(deps),
    triage(deps),
    ...sourceRoutes(deps),
    ...benignRoutes(deps),
    ...labelRoutes(deps),
  ];
}

const intake = (deps: Deps, format: SignalFormat, strangers: RateLimit): RouteDefinition =>
  openRoute<JsonValue, IntakeQuery>({
    method: 'POST',
    url: `/api/v1/signals/${format}`,
    summary: `A document of a source (${format}), raw or forwarded by a relay with signed statements; without token it opens at most a triage`,
    body: anyJson,
    query: object<IntakeQuery>({ organisation: optional(wordText(64)) }),
    bodyLimit: MAX_DOCUMENT_BYTES,
    strangerLimit: MAX_UNAUTHENTICATED_BYTES,
    strangersAMinute: OF_ONE_ADDRESS_A_MINUTE,
    limits: TELEMETRY,
    handle: (exchange) =>
      exchange.principal === undefined
        ? fromStranger(deps, { format, exchange, strangers })
        : fromSource(deps, { format, exchange, principal: exchange.principal }),
  });

async function fromSource(
  deps: Deps,
  from: { readonly format: SignalFormat; readonly exchange: Intake; readonly principal: Principal },
): Promise<Result<Answer>> {
  const { format, exchange, principal } = from;
  const source = parseId<'Source'>(principal.id);
  if (principal.kind !== 'source' || source === undefined)
    return refuse('forbidden', 'only a token of a source may send signals', {
      eligible: ['a token of kind source'],
      clause: 'D8',
    });
  const { organisation } = principal;
  const { now, bytes, body } = exchange;
  const relay = (await deps.trust.bundle(organisation))?.relays.get(source)?.key;
  const batch = readBatch({ format, source, now, bytes, body, relay });
  if (!batch.ok) return batch;
  const actor = { organisation, actor: actorOf(principal), now };
  const commit = committer(deps.transactor, undefined);
  return receiveSignals(deps, { actor, batch: batch.value, commit: (work) => commit(actor, work) });
}

const UNAUTHENTICATED: SourceId | undefined = parseId<'Source'>('unauthenticated');

async function fromStranger(
  deps: Deps,
  from: { readonly format: SignalFormat; readonly exchange: Intake; readonly strangers: RateLimit },
): Promise<Result<Answer>> {
  const { format, exchange, strangers } = from;
  const organisation = organisationOf(deps, exchange.query.organisation);
  if (organisation === undefined || UNAUTHENTICATED === undefined)
    return refuse('unauthenticated', 'a token of a source is needed');
  const { now, bytes, body } = exchange;
  if (!strangers.allows(Date.parse(now))) return refuse('too-many', 'too many signals without a token in this minute');
  const batch = readBatch({ format, source: UNAUTHENTICATED, now, bytes, body, relay: undefined });
  return batch.ok ? receiveUnauthenticated(deps, { organisation, now, batch: batch.value }) : batch;
}

/** The named organisation, or the only one there is. */
function organisationOf(deps: Deps, named: string | undefined): OrganisationId | undefined {
  const all = [...deps.config.organisations.keys()];
  if (named !== undefined) return all.find((id) => id === named);
  return all.length === 1 ? all[0] : undefined;
}

const signals = (deps: Deps): RouteDefinition =>
  route<undefined, PageQuery>({
    method: 'GET',
    url: '/api/v1/signals',
    who: ['agent', 'person', 'source'],
    summary: 'Signals, last seen first; a source reads its own',
    query: pageQuery,
    async handle({ principal: { organisation, kind, id: caller }, query }) {
      const after = decodeTimeCursor(query.cursor);
      if (!after.ok) return after;
      const limit = limitOf(query);
      let select = deps.store
        .selectFrom('signal')
        .select(['id', 'document', 'is_authenticated', 'occurrences', 'triage', 'first_seen', 'last_seen'])
        .where('organisation', '=', organisation);
      if (kind === 'source') select = select.where('source', '=', caller);
      if (after.value !== undefined) {
        const { at, id } = after.value;
        select = select.where((where) => where(where.refTuple('last_seen', 'id'), '<', where.tuple(at, id)));
      }
      const rows = await select
        .orderBy('last_seen', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return ok(
        json(pageOf(rows, { limit, key: ({ last_seen, id }) => [last_seen.toISOString(), id], item: shownSignal })),
      );
    },
  });

interface ShownRow {
  readonly document: unknown;
  readonly is_authenticated: boolean;
  readonly occurrences: number;
  readonly triage: string | null;
  readonly first_seen: Date;
  readonly last_seen: Date;
}
const shownSignal = (row: ShownRow): unknown => ({
  signal: row.document,
  isAuthenticated: row.is_authenticated,
  occurrences: row.occurrences,
  ...(row.triage !== null && { triage: row.triage }),
  firstSeen: row.first_seen.toISOString(),
  lastSeen: row.last_seen.toISOString(),
});

interface TriageQuery extends PageQuery {
  readonly state?: 'open' | 'proposed' | 'closed';
  readonly wait?: number;
}

const triages = (deps: Deps): RouteDefinition =>
  route<undefined, TriageQuery>({
    method: 'GET',
    url: '/api/v1/triages',
    who: ['agent', 'person'],
    summary: 'Triages, oldest first; waits up to `wait` ms when there is none',
    query: object<TriageQuery>({
      ...pageFields,
      state: optional(oneOf('open', 'proposed', 'closed')),
      wait: optional(wholeText({ min: 0, max: MAX_WAIT_MS })),
    }),
    async handle({ principal: { organisation }, query, closed }) {
      const page = await deps.bus.lookOrWait(
        () => pageOfTriages(deps, organisation, query),
        (found) => !found.ok || found.value.items.length > 0,
        { topic: 'triage', organisation, timeoutMs: query.wait ?? 0, closed: closed() },
      );
      return page.ok ? ok(json(page.value)) : page;
    },
  });

async function pageOfTriages(
  deps: Deps,
  organisation: OrganisationId,
  query: TriageQuery,
): Promise<Result<ReturnType<typeof pageOf>>> {
  const after = decodeTimeCursor(query.cursor);
  if (!after.ok) return after;
  const limit = limitOf(query);
  let select = deps.store
    .selectFrom('triage')
    .select(['id', 'state', 'title', 'key', 'opened_at'])
    .where('organisation', '=', organisation)
    .where('state', '=', query.state ?? 'open');
  if (after.value !== undefined) {
    const { at, id } = after.value;
    select = select.where((where) => where(where.refTuple('opened_at', 'id'), '>', where.tuple(at, id)));
  }
  const rows = await select
    .orderBy('opened_at')
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return ok(pageOf(rows, { limit, key: ({ opened_at, id }) => [opened_at.toISOString(), id], item: shownTriage }));
}

interface TriageRow {
  readonly id: string;
  readonly state: string;
  readonly title: string;
  readonly key: string;
  readonly opened_at: Date;
}
const shownTriage = ({ id, state, title, key, opened_at }: TriageRow): object => ({
  id,
  state,
  title,
  isAuthenticated: key !== 'unauthenticated',
  openedAt: opened_at.toISOString(),
});

const triage = (deps: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: '/api/v1/triages/:id',
    who: ['agent', 'person'],
    summary: 'One triage with its signals',
    async handle({ principal: { organisation }, params }) {
      const row = await deps.store
        .selectFrom('triage')
        .select(['id', 'state', 'title', 'key', 'opened_at'])
        .where('organisation', '=', organisation)
        .where('id', '=', params['id'] ?? '')
        .executeTakeFirst();
      if (row === undefined) return refuse('not-found', 'there is no such triage');
      const members = await deps.store
        .selectFrom('signal')
        .select(['document', 'is_authenticated', 'occurrences', 'triage', 'first_seen', 'last_seen'])
        .where('organisation', '=', organisation)
        .where('triage', '=', row.id)
        .orderBy('first_seen')
        .orderBy('id')
        .limit(MAX_SIGNALS_SHOWN)
        .execute();
      return ok(json({ ...shownTriage(row), signals: members.map(shownSignal) }));
    },
  });
