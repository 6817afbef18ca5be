/** Proposals over HTTP: agents put them forward, everyone of the organisation reads them, people and agents end them. */
import {
  explainDecision,
  object,
  oneOf,
  optional,
  PROPOSAL_STATES,
  refuse,
  type ProposalState,
  type Result,
  type Shape,
} from '@countersign/core';
import type { JsonValue } from '@countersign/seal';
import {
  anyJson,
  decodeTimeCursor,
  json,
  limitOf,
  openRoute,
  pageFields,
  pageOf,
  plainText,
  route,
  shownText,
  type Answer,
  type PageQuery,
  type RouteDefinition,
} from '../http/index.ts';
import { pageOf as capsulePage } from '../approvals/verify-approval.ts';
import type { Deps } from '../deps.ts';
import { rejectionShape, rejectProposal, withdrawProposal, type Acting, type Rejection } from './act-on-proposal.ts';
import { findProposal, PROPOSAL_COLUMNS, rowOf, type ProposalRow } from './proposal-row.ts';
import { receiveProposal } from './receive-proposal.ts';
import { capsulesOf, decisionsOf, detailOf, summaryOf } from './show-proposal.ts';

interface ListQuery extends PageQuery {
  readonly state?: ProposalState;
}
const listQuery: Shape<ListQuery> = object<ListQuery>({ ...pageFields, state: optional(oneOf(...PROPOSAL_STATES)) });

/** 20,000 target ids and sixteen files of 64 KiB. */
const MAX_PROPOSAL_BYTES = 4_194_304;
const READERS = ['person', 'agent'] as const;
const MAX_REASON = 5000;

export const proposalRoutes = (acting: Acting): readonly RouteDefinition[] => {
  const { deps } = acting;
  return [
    route<JsonValue>({
      method: 'POST',
      url: '/api/v1/proposals',
      summary: 'Put a proposal forward; refused with everything that is missing, or decided at once',
      who: ['agent'],
      idempotency: 'required',
      repeats: 'in-transaction',
      body: anyJson,
      bodyLimit: MAX_PROPOSAL_BYTES,
      handle: (exchange) => receiveProposal(acting, exchange),
    }),
    list(deps),
    route({
      method: 'GET',
      url: '/api/v1/proposals/:id',
      summary: 'A proposal with its decisions, capsules and approvals',
      who: READERS,
      handle: ({ principal, params }) =>
        withRow(deps, principal.organisation, params['id'], async (row) => json(await detailOf(deps, row))),
    }),
    route({
      method: 'GET',
      url: '/api/v1/proposals/:id/text',
      summary: 'The plain text of a capsule of a proposal, the same on every channel',
      who: READERS,
      handle: ({ principal, params }) =>
        withRow(deps, principal.organisation, params['id'], async (row) => plainText(await textOf(deps, row))),
    }),
    demoText(deps),
    route({
      method: 'GET',
      url: '/api/v1/proposals/:id/explanation',
      summary: 'Why the newest decision is what it is, on one page of plain text',
      who: READERS,
      handle: ({ principal, params }) =>
        withRow(deps, principal.organisation, params['id'], async (row) => plainText(await explanationOf(deps, row))),
    }),
    route<Rejection>({
      method: 'POST',
      url: '/api/v1/proposals/:id/reject',
      summary: 'Reject a proposal; its intent is locked until there is new evidence',
      who: ['person'],
      body: rejectionShape,
      handle: (exchange) => rejectProposal(acting, exchange),
    }),
    route({
      method: 'POST',
      url: '/api/v1/proposals/:id/withdraw',
      summary: 'Take a proposal back',
      who: READERS,
      handle: (exchange) => withdrawProposal(acting, exchange),
    }),
  ];
};

const list = ({ store }: Deps): RouteDefinition =>
  route<undefined, ListQuery>({
    method: 'GET',
    url: '/api/v1/proposals',
    summary: 'Proposals, newest first',
    who: READERS,
    query: listQuery,
    async handle({ principal, query }) {
      const cursor = decodeTimeCursor(query.cursor);
      if (!cursor.ok) return cursor;
      const limit = limitOf(query);
      const after = cursor.value;
      const rows = await store
        .selectFrom('proposal')
        .select(PROPOSAL_COLUMNS)
        .where('organisation', '=', principal.organisation)
        .$if(query.state !== undefined, (select) => select.where('state', '=', query.state ?? ''))
        .$if(after !== undefined, (select) =>
          select.where((where) =>
            where(where.refTuple('created_at', 'id'), '<', where.tuple(after?.at ?? new Date(0), after?.id ?? '')),
          ),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const page = pageOf(rows, {
        limit,
        key: ({ created_at, id }) => [created_at.toISOString(), id],
        item: (columns) => summaryOf(rowOf(principal.organisation, columns)),
      });
      return { ok: true, value: json(page) };
    },
  });

async function withRow(
  { store }: Deps,
  organisation: Parameters<typeof findProposal>[1],
  id: string | undefined,
  answer: (row: ProposalRow) => Promise<Answer>,
): Promise<Result<Answer>> {
  const row = await findProposal(store, organisation, id ?? '');
  return row === undefined ? refuse('not-found', 'there is no such proposal') : { ok: true, value: await answer(row) };
}

/** The capsule that rules; before there is one, what is known. */
async function textOf(deps: Deps, row: ProposalRow): Promise<string> {
  const capsules = await capsulesOf(deps, row);
  const current = capsules.find(({ digest }) => digest === row.rolloutCapsule) ?? capsules.at(-1);
  if (current !== undefined) return capsulePage(current);
  return `${row.id} is ${row.state}: ${shownText(row.reason, MAX_REASON)}\nthere is no capsule yet\n\n${await explanationOf(deps, row)}`;
}

/** The page of the newest decision; the record has those before it. */
async function explanationOf(deps: Deps, row: ProposalRow): Promise<string> {
  const newest = (await decisionsOf(deps, row)).at(-1);
  return newest === undefined ? 'nothing was decided yet\n' : explainDecision(newest.decision);
}

/** `/p/:id.txt` without a token, on a demo installation only: everything it shows was made for showing. */
const demoText = (deps: Deps): RouteDefinition =>
  openRoute({
    method: 'GET',
    url: '/p/:file',
    summary: 'The plain text of a proposal on a demo installation',
    async handle({ params }) {
      const id = (params['file'] ?? '').replace(/\.txt$/, '');
      for (const organisation of deps.config.organisations.keys()) {
        const installed = await deps.trust.bundle(organisation);
        const row = installed?.bundle.isDemo === true ? await findProposal(deps.store, organisation, id) : undefined;
        if (row !== undefined) return { ok: true, value: plainText(await textOf(deps, row)) };
      }
      return refuse('not-found', 'there is no such proposal');
    },
  });
