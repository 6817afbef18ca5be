/** Work by hand over HTTP: what waits, who did it, how its check went (D1). */
import { object, ok, oneOf, optional, text, type Shape } from '@countersign/core';
import type { Deps } from '../deps.ts';
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
import { closeWork, finishWork, type Closing, type Done } from './manual-work.ts';

const note = text({ min: 3, max: 4000 });
const doneShape: Shape<Done> = object<Done>({ note });
const closingShape: Shape<Closing> = object<Closing>({ result: oneOf('passed', 'failed'), note });

const STATES = ['open', 'done', 'closed'] as const;
interface WorkQuery extends PageQuery {
  readonly state?: (typeof STATES)[number];
}

export const manualRoutes = (deps: Deps): readonly RouteDefinition[] => [
  list(deps),
  route<Done>({
    method: 'POST',
    url: '/api/v1/manual-work/:id/done',
    who: ['person'],
    summary: 'Says that what a proposal asked for was done by hand; its bound check is asked for',
    body: doneShape,
    handle: (exchange) => finishWork(deps, exchange),
  }),
  route<Closing>({
    method: 'POST',
    url: '/api/v1/manual-work/:id/close',
    who: ['person'],
    summary: 'Says how the check after manual work went; a failed one leaves the work open',
    body: closingShape,
    handle: (exchange) => closeWork(deps, exchange),
  }),
];

const list = ({ store }: Deps): RouteDefinition =>
  route<undefined, WorkQuery>({
    method: 'GET',
    url: '/api/v1/manual-work',
    who: ['person', 'agent'],
    summary: 'Work that people do by hand because policy keeps it from running, oldest first',
    query: object<WorkQuery>({ ...pageFields, state: optional(oneOf(...STATES)) }),
    async handle({ principal: { organisation }, query }) {
      const cursor = decodeTimeCursor(query.cursor);
      if (!cursor.ok) return cursor;
      const limit = limitOf(query);
      const after = cursor.value;
      const rows = await store
        .selectFrom('manual_work')
        .innerJoin('proposal', (join) =>
          join
            .onRef('proposal.organisation', '=', 'manual_work.organisation')
            .onRef('proposal.id', '=', 'manual_work.proposal'),
        )
        .selectAll('manual_work')
        .select('proposal.state as proposal_state')
        .where('manual_work.organisation', '=', organisation)
        .$if(query.state === undefined, (select) => select.where('manual_work.state', '<>', 'closed'))
        .$if(query.state !== undefined, (select) => select.where('manual_work.state', '=', query.state ?? 'open'))
        .$if(after !== undefined, (select) =>
          select.where((where) =>
            where(
              where.refTuple('manual_work.opened_at', 'manual_work.proposal'),
              '>',
              where.tuple(after?.at ?? new Date(0), after?.id ?? ''),
            ),
          ),
        )
        .orderBy('manual_work.opened_at')
        .orderBy('manual_work.proposal')
        .limit(limit + 1)
        .execute();
      return ok(
        json(
          pageOf(rows, {
            limit,
            key: ({ opened_at, proposal }) => [opened_at.toISOString(), proposal],
            item: shown,
          }),
        ),
      );
    },
  });

interface Row {
  readonly proposal: string;
  readonly revision: number;
  readonly title: string;
  readonly why: string;
  readonly missing: readonly string[];
  readonly state: string;
  readonly proposal_state: string;
  readonly opened_at: Date;
  readonly note: string | null;
  readonly done_by: string | null;
  readonly post_check: unknown;
  readonly result: string | null;
  readonly closed_by: string | null;
}

const shown = (row: Row): object => ({
  proposal: row.proposal,
  revision: row.revision,
  title: row.title,
  why: row.why,
  missing: row.missing,
  state: row.state,
  // Mended meanwhile: then it may run after all, and nobody has to do it by hand.
  proposalState: row.proposal_state,
  openedAt: row.opened_at.toISOString(),
  ...(row.note !== null && { note: row.note, doneBy: row.done_by }),
  ...(row.post_check !== null && { postCheck: row.post_check }),
  ...(row.result !== null && { result: row.result }),
  ...(row.closed_by !== null && { closedBy: row.closed_by }),
});
