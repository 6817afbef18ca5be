/** Agents and sources that are held back, over HTTP (D7). */
import { object, ok, text, type Shape } from '@countersign/core';
import { dsseShape } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import {
  decodeCursor,
  json,
  limitOf,
  pageFields,
  pageOf,
  route,
  type PageQuery,
  type RouteDefinition,
} from '../http/index.ts';
import { lift, suspend, type LiftBody, type Suspension } from './restraints.ts';

const suspensionShape: Shape<Suspension> = object<Suspension>({ reason: text({ min: 3, max: 2000 }) });

export const restraintRoutes = (deps: Deps): readonly RouteDefinition[] => [
  suspending(deps, 'agent', '/api/v1/agents/:id/suspend'),
  suspending(deps, 'source', '/api/v1/sources/:id/suspend'),
  route<LiftBody>({
    method: 'POST',
    url: '/api/v1/restraints/:id/lift',
    who: ['person'],
    summary: 'Lets an agent or a source go on; signed by a policy admin who does not answer for the agent',
    body: object<LiftBody>({ lift: dsseShape }),
    handle: (exchange) => lift(deps, exchange),
  }),
  list(deps),
];

const suspending = (deps: Deps, kind: 'agent' | 'source', url: string): RouteDefinition =>
  route<Suspension>({
    method: 'POST',
    url,
    who: ['person'],
    summary:
      kind === 'agent'
        ? 'Stops an agent at once, by one person: people are asked for all it proposes'
        : 'Stops a source at once, by one person: its signals count nothing',
    body: suspensionShape,
    handle: (exchange) => suspend(deps, exchange, kind),
  });

const list = ({ store }: Deps): RouteDefinition =>
  route<undefined, PageQuery>({
    method: 'GET',
    url: '/api/v1/restraints',
    who: ['person', 'agent'],
    summary: 'Who is held back now, since when and why, by id',
    query: object<PageQuery>(pageFields),
    async handle({ principal: { organisation }, query }) {
      const after = decodeCursor(query.cursor, ['string']);
      if (!after.ok) return after;
      const limit = limitOf(query);
      const rows = await store
        .selectFrom('restraint')
        .select(['id', 'subject_kind', 'subject', 'kind', 'reasons', 'set_by', 'since'])
        .where('organisation', '=', organisation)
        .where('lifted_at', 'is', null)
        .where('id', '>', after.value?.[0] ?? '')
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return ok(
        json(
          pageOf(rows, {
            limit,
            key: ({ id }) => [id],
            item: ({ id, subject_kind, subject, kind, reasons, set_by, since }) => ({
              id,
              subjectKind: subject_kind,
              subject,
              kind,
              reasons,
              by: set_by,
              since: since.toISOString(),
            }),
          }),
        ),
      );
    },
  });
