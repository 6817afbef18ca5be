/** Rollouts over HTTP: look, stop at once, let go on by signature, take back. */
import { object, refuse, type Shape } from '@countersign/core';
import {
  decodeTimeCursor,
  json,
  limitOf,
  pageFields,
  pageOf,
  route,
  type PageQuery,
  type RouteDefinition,
} from '../http/index.ts';
import type { Deps } from '../deps.ts';
import { haltAll, haltRollout, resumeBodyShape, resumeRollout, rollBack, type ResumeBody } from './control-rollout.ts';
import { storedView } from '../store/stored.parse.ts';

const READERS = ['person', 'agent'] as const;
const pageOnly: Shape<PageQuery> = object<PageQuery>(pageFields);

const COLUMNS = [
  'r.capsule',
  'r.proposal',
  'r.phase',
  'r.counts',
  'r.trip',
  'r.last_event',
  'r.updated_at',
  'c.purpose',
  'c.enclave',
  'c.created_at',
] as const;

export const rolloutRoutes = (deps: Deps): readonly RouteDefinition[] => [
  list(deps),
  show(deps),
  route({
    method: 'POST',
    url: '/api/v1/rollouts/:digest/halt',
    summary: 'Stop a rollout at once; no quorum',
    who: ['person'],
    handle: (exchange) => haltRollout(deps, exchange),
  }),
  route({
    method: 'POST',
    url: '/api/v1/halt',
    summary: 'Stop everything in every enclave at once; no quorum',
    who: ['person'],
    handle: (exchange) => haltAll(deps, exchange),
  }),
  route<ResumeBody>({
    method: 'POST',
    url: '/api/v1/rollouts/:digest/resume',
    summary: 'Let a stopped rollout go on, by a signature over its trip',
    who: ['person'],
    body: resumeBodyShape,
    handle: (exchange) => resumeRollout(deps, exchange),
  }),
  route({
    method: 'POST',
    url: '/api/v1/rollouts/:digest/rollback',
    summary: 'Take a rollout back; the counter-capsule is signed already',
    who: ['person'],
    handle: (exchange) => rollBack(deps, exchange),
  }),
];

const list = ({ store }: Deps): RouteDefinition =>
  route<undefined, PageQuery>({
    method: 'GET',
    url: '/api/v1/rollouts',
    summary: 'Rollouts, newest first',
    who: READERS,
    query: pageOnly,
    async handle({ principal, query }) {
      const cursor = decodeTimeCursor(query.cursor);
      if (!cursor.ok) return cursor;
      const limit = limitOf(query);
      const after = cursor.value;
      const rows = await store
        .selectFrom('rollout as r')
        .innerJoin('capsule as c', (join) =>
          join.onRef('c.organisation', '=', 'r.organisation').onRef('c.digest', '=', 'r.capsule'),
        )
        .select(COLUMNS)
        .where('r.organisation', '=', principal.organisation)
        .where('c.purpose', '=', 'rollout')
        .$if(after !== undefined, (select) =>
          select.where((where) =>
            where(
              where.refTuple('c.created_at', 'c.digest'),
              '<',
              where.tuple(after?.at ?? new Date(0), after?.id ?? ''),
            ),
          ),
        )
        .orderBy('c.created_at', 'desc')
        .orderBy('c.digest', 'desc')
        .limit(limit + 1)
        .execute();
      const page = pageOf(rows, {
        limit,
        key: ({ created_at, capsule }) => [created_at.toISOString(), capsule],
        item: shown,
      });
      return { ok: true, value: json(page) };
    },
  });

const show = ({ store }: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: '/api/v1/rollouts/:digest',
    summary: 'One rollout by the digest of its capsule',
    who: READERS,
    async handle({ principal, params }) {
      const row = await store
        .selectFrom('rollout as r')
        .innerJoin('capsule as c', (join) =>
          join.onRef('c.organisation', '=', 'r.organisation').onRef('c.digest', '=', 'r.capsule'),
        )
        .select(COLUMNS)
        .where('r.organisation', '=', principal.organisation)
        .where('r.capsule', '=', params['digest'] ?? '')
        .executeTakeFirst();
      return row === undefined
        ? refuse('not-found', 'there is no such rollout')
        : { ok: true, value: json(shown(row)) };
    },
  });

interface Row {
  readonly capsule: string;
  readonly proposal: string;
  readonly phase: string;
  readonly counts: unknown;
  readonly trip: number;
  readonly last_event: number;
  readonly updated_at: Date;
  readonly purpose: string;
  readonly enclave: string;
  readonly created_at: Date;
}

/** The stored view beside the counts: phase and breaker with all they carry. */
function shown(row: Row): Record<string, unknown> {
  const { phase, breaker, ...counts } = storedView(row.counts);
  return {
    capsule: row.capsule,
    proposal: row.proposal,
    purpose: row.purpose,
    enclave: row.enclave,
    phase: row.phase,
    detail: phase,
    breaker,
    counts,
    trip: row.trip,
    events: row.last_event,
    startedAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
