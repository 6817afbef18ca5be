/** Validation specs and coverage over HTTP (W1, W4). */
import {
  ACTION_TYPES,
  coverageOf,
  object,
  ok,
  optional,
  readShape,
  refuse,
  validationSpecShape,
  type ActionType,
  type Envelope,
  type OrganisationId,
  type Result,
  type ValidationSpec,
} from '@countersign/core';
import { digestOfDocument } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import {
  decodeCursor,
  json,
  limitOf,
  pageOf,
  pageQuery,
  route,
  wordText,
  type Answer,
  type OwnExchange,
  type PageQuery,
  type RouteDefinition,
} from '../http/index.ts';
import { demandPerson, knownPerson } from '../signals/known-person.ts';
import { loadRuns } from './runs.ts';

/** Newest versions that are traced; an estate with more modules is asked for one by one. */
const MAX_SPECS = 5000;

export const specRoutes = (deps: Deps): readonly RouteDefinition[] => [
  registerRoute(deps),
  listRoute(deps),
  coverageRoute(deps),
];

const registerRoute = (deps: Deps): RouteDefinition =>
  route<ValidationSpec>({
    method: 'POST',
    url: '/api/v1/specs',
    who: ['person'],
    summary: 'Registers a version of a validation spec; what is registered never changes',
    body: validationSpecShape,
    handle: (exchange) => register(deps, exchange),
  });

async function register(deps: Deps, exchange: OwnExchange<ValidationSpec, undefined>): Promise<Result<Answer>> {
  const { principal, body, now, commit } = exchange;
  const { organisation } = principal;
  const person = await knownPerson(deps, principal, { clause: 'W1' });
  if (!person.ok) return person;
  const owner = await demandPerson(deps, organisation, { id: body.owner, clause: 'W1' });
  if (!owner.ok) return owner;
  const digest = digestOfDocument(body);
  return commit(async ({ db, leaf }) => {
    const { id, version, module } = body;
    const newest = await db
      .selectFrom('validation_spec')
      .select(['version', 'digest'])
      .where('organisation', '=', organisation)
      .where('id', '=', id)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (newest?.version === version && newest.digest === digest) return ok(json({ id, version, digest }));
    if (version !== (newest?.version ?? 0) + 1)
      return refuse('not-newer', `the next version of this spec is ${(newest?.version ?? 0) + 1}`, { clause: 'W1' });
    const document = JSON.stringify(body);
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('validation_spec')
      .values({ organisation, id, version, module, digest, document, registered_by: principal.id, registered_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if ((numInsertedOrUpdatedRows ?? 0n) === 0n) {
      // Somebody was a moment earlier; with the same words that is no conflict, as it would be none a moment later.
      const first = await db
        .selectFrom('validation_spec')
        .select('digest')
        .where('organisation', '=', organisation)
        .where('id', '=', id)
        .where('version', '=', version)
        .executeTakeFirst();
      if (first?.digest === digest) return ok(json({ id, version, digest }));
      return refuse('not-newer', `version ${version} of this spec was registered meanwhile`, { clause: 'W1' });
    }
    leaf({ event: 'spec.registered', subject: `spec:${id}`, correlation: '', body: { digest, spec: body } });
    return ok(json({ id, version, digest }));
  });
}

const listRoute = (deps: Deps): RouteDefinition =>
  route<undefined, PageQuery>({
    method: 'GET',
    url: '/api/v1/specs',
    who: ['person', 'agent', 'enclave'],
    summary: 'All versions of all specs, by id and version',
    query: pageQuery,
    async handle({ principal: { organisation }, query }) {
      const after = decodeCursor(query.cursor, ['string', 'number']);
      if (!after.ok) return after;
      const limit = limitOf(query);
      let select = deps.store
        .selectFrom('validation_spec')
        .select(['id', 'version', 'digest', 'document', 'registered_by', 'registered_at'])
        .where('organisation', '=', organisation);
      if (after.value !== undefined) {
        const [id, version] = after.value;
        select = select.where((where) => where(where.refTuple('id', 'version'), '>', where.tuple(id, version)));
      }
      const rows = await select
        .orderBy('id')
        .orderBy('version')
        .limit(limit + 1)
        .execute();
      const page = pageOf(rows, {
        limit,
        key: ({ id, version }) => [id, version],
        item: ({ digest, document, registered_by, registered_at }) => ({
          digest,
          spec: document,
          registeredBy: registered_by,
          registeredAt: registered_at.toISOString(),
        }),
      });
      return ok(json(page));
    },
  });

interface CoverageQuery {
  readonly module?: string;
}

const coverageRoute = (deps: Deps): RouteDefinition =>
  route<undefined, CoverageQuery>({
    method: 'GET',
    url: '/api/v1/coverage',
    who: ['person', 'agent'],
    summary: 'Spec, check, run and kind of change for each module, and what is missing',
    query: object<CoverageQuery>({ module: optional(wordText(64)) }),
    async handle({ principal: { organisation }, query }) {
      const [specs, runs, envelope, graph] = await Promise.all([
        loadSpecs(deps, organisation),
        loadRuns(deps.store, organisation),
        deps.trust.envelope(organisation),
        deps.trust.graph(organisation),
      ]);
      const services = (graph?.index.snapshot.nodes ?? []).filter(({ kind }) => kind === 'service').map(({ id }) => id);
      const covered = coverageOf(specs, runs, {
        actionClasses: envelope.ok ? actionsOf(envelope.value.envelope) : [],
        modules: services,
      });
      if (query.module === undefined) return ok(json(covered));
      const modules = covered.modules.filter(({ module }) => module === query.module);
      return modules.length > 0
        ? ok(json({ ...covered, modules }))
        : refuse('not-found', 'no such module is known', { clause: 'W4' });
    },
  });

/** Kinds of change that may happen alone here: they rest on what was validated, so somebody has to have validated them. */
const actionsOf = ({ grants }: Envelope): readonly ActionType[] => {
  const granted = new Set(grants.filter(({ isEnabled }) => isEnabled).flatMap(({ actions }) => actions));
  return ACTION_TYPES.filter((action) => granted.has(action));
};

async function loadSpecs(deps: Deps, organisation: OrganisationId): Promise<readonly ValidationSpec[]> {
  const rows = await deps.store
    .selectFrom('validation_spec')
    .select('document')
    .where('organisation', '=', organisation)
    .orderBy('registered_at', 'desc')
    .orderBy('id')
    .limit(MAX_SPECS)
    .execute();
  return rows.flatMap(({ document }) => {
    const spec = readShape(validationSpecShape, document);
    return spec.ok ? [spec.value] : [];
  });
}
