/** Findings over HTTP (G5). */
import { object, ok, oneOf, optional, refuse, text, type Result, type Shape } from '@countersign/core';
import type { JsonValue } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import {
  anyJson,
  json,
  pageFields,
  route,
  wordText,
  type Answer,
  type OwnExchange,
  type RouteDefinition,
} from '../http/index.ts';
import { demandPerson, knownPerson } from '../signals/known-person.ts';
import { TELEMETRY } from '../signals/read-batch.ts';
import { loadSources } from '../signals/registry.ts';
import { basisOf } from './basis.ts';
import {
  ensureRanked,
  findingSummary,
  FINDING_STATES,
  oneFinding,
  pageOfFindings,
  type FindingQuery,
} from './queue.ts';
import { receiveExploited, receiveVex } from './receive-vex.ts';
import { FINDING_COLUMNS, lockRanking, rankSome } from './rerank.ts';

const MAX_VEX_BYTES = 16_777_216;

export const findingRoutes = (deps: Deps): readonly RouteDefinition[] => [
  vexRoute(deps),
  exploitedRoute(deps),
  listRoute(deps),
  summaryRoute(deps),
  oneRoute(deps),
  ownerRoute(deps),
];

const vexRoute = (deps: Deps): RouteDefinition =>
  route<JsonValue>({
    method: 'POST',
    url: '/api/v1/vex',
    who: ['source'],
    summary:
      'Statements on exploitability, OpenVEX or CycloneDX; only those of a source registered for them can hold a finding back',
    body: anyJson,
    bodyLimit: MAX_VEX_BYTES,
    limits: TELEMETRY,
    handle: (exchange) => receiveVex(deps, exchange),
  });

const exploitedRoute = (deps: Deps): RouteDefinition =>
  route<JsonValue>({
    method: 'POST',
    url: '/api/v1/findings/exploited',
    who: ['source'],
    summary:
      'Vulnerabilities that are exploited in the wild, as `{"vulnerabilities": [{"cveID": …}]}`; the list only grows',
    body: anyJson,
    bodyLimit: MAX_VEX_BYTES,
    limits: TELEMETRY,
    handle: (exchange) => receiveExploited(deps, exchange),
  });

const listRoute = (deps: Deps): RouteDefinition =>
  route<undefined, FindingQuery>({
    method: 'GET',
    url: '/api/v1/findings',
    who: ['person', 'agent'],
    summary: 'Findings in the order of the queue: by what can be reached and exploited',
    query: object<FindingQuery>({
      ...pageFields,
      state: optional(oneOf(...FINDING_STATES)),
      answerable: optional(wordText(120)),
    }),
    async handle({ principal: { organisation }, query, now }) {
      await ensureRanked(deps, organisation, now);
      const page = await pageOfFindings(deps, organisation, query);
      return page.ok ? ok(json(page.value)) : page;
    },
  });

const summaryRoute = (deps: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: '/api/v1/findings/summary',
    who: ['person', 'agent'],
    summary: 'How many findings are open, which share is held back, and why',
    async handle({ principal: { organisation }, now }) {
      await ensureRanked(deps, organisation, now);
      return ok(json(await findingSummary(deps, organisation)));
    },
  });

const oneRoute = (deps: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: '/api/v1/findings/:id',
    who: ['person', 'agent'],
    summary: 'One finding with all its evidence',
    async handle({ principal: { organisation }, params, now }) {
      await ensureRanked(deps, organisation, now);
      const found = await oneFinding(deps, organisation, params['id'] ?? '');
      return found.ok ? ok(json(found.value)) : found;
    },
  });

interface Owning {
  readonly owner: string;
  readonly reason: string;
}
const owningShape: Shape<Owning> = object<Owning>({
  owner: text({ min: 1, max: 64 }),
  reason: text({ min: 3, max: 500 }),
});

const ownerRoute = (deps: Deps): RouteDefinition =>
  route<Owning>({
    method: 'POST',
    url: '/api/v1/findings/:id/owner',
    who: ['person'],
    summary: 'Names who answers for a finding',
    body: owningShape,
    handle: (exchange) => own(deps, exchange),
  });

async function own(deps: Deps, exchange: OwnExchange<Owning, undefined>): Promise<Result<Answer>> {
  const { principal, params, body, now, commit } = exchange;
  const { organisation } = principal;
  const roles = ['operator', 'policy-admin', 'service-owner'];
  const person = await knownPerson(deps, principal, { roles, clause: 'G5' });
  if (!person.ok) return person;
  const owner = await demandPerson(deps, organisation, { id: body.owner, clause: 'G5' });
  if (!owner.ok) return owner;
  const sources = await loadSources(deps.store, organisation, await deps.trust.lineages(organisation));
  const basis = await basisOf(deps, organisation, now);
  return commit(async (work) => {
    await lockRanking(work);
    const rows = await work.db
      .updateTable('finding')
      .set({ owner: body.owner })
      .where('organisation', '=', organisation)
      .where('id', '=', params['id'] ?? '')
      .where('is_open', '=', true)
      .returning(FINDING_COLUMNS)
      .execute();
    const [row] = rows;
    if (row === undefined) return refuse('not-found', 'there is no such open finding');
    work.leaf({
      event: 'finding.owned',
      subject: `finding:${row.id}`,
      correlation: '',
      body: { finding: row.id, rule: row.rule, target: row.target, ...body },
    });
    await rankSome(work, rows, { basis, sources, because: 'owner' });
    return ok(json({ id: row.id, owner: body.owner }));
  });
}
