/** Outcome labels and rates over HTTP (D3): a named person says what became of a signal; nothing is overwritten, the last word counts. */
import {
  object,
  ok,
  oneOf,
  OUTCOME_LABELS,
  ratesOf,
  refuse,
  text,
  type LabelTally,
  type OutcomeLabel,
  type Result,
  type Shape,
} from '@countersign/core';
import { contractIn } from '../authority/contractions.ts';
import type { Deps } from '../deps.ts';
import { json, route, type Answer, type OwnExchange, type RouteDefinition } from '../http/index.ts';
import type { Work } from '../store/transact.ts';
import { knownPerson } from './known-person.ts';
import { loadAllLabels } from './labels.ts';
import { loadSources } from './registry.ts';

interface Labelling {
  readonly label: OutcomeLabel;
  readonly rationale: string;
}
const labellingShape: Shape<Labelling> = object<Labelling>({
  label: oneOf(...OUTCOME_LABELS),
  rationale: text({ min: 3, max: 2000 }),
});
const MAX_HISTORY = 200;
const NO_SIGNAL = 'there is no such signal';

export const labelRoutes = (deps: Deps): readonly RouteDefinition[] => [
  labelRoute(deps),
  historyRoute(deps),
  ratesRoute(deps),
];

const labelRoute = (deps: Deps): RouteDefinition =>
  route<Labelling>({
    method: 'POST',
    url: '/api/v1/signals/:id/label',
    who: ['person'],
    summary: 'Says what became of a signal: true, false, benign-known or unclear, and why',
    body: labellingShape,
    async handle(exchange) {
      const person = await knownPerson(deps, exchange.principal, { clause: 'D3' });
      if (!person.ok) return person;
      const inForce = await deps.trust.envelope(exchange.principal.organisation);
      return exchange.commit(async (work) => {
        const labelled = await label(work, exchange);
        // E6: the false alarm that is one too many takes the class's autonomy away in the same transaction.
        if (labelled.ok && inForce.ok) await contractIn(work, inForce.value.envelope);
        return labelled;
      });
    },
  });

async function label(
  { db, leaf }: Work,
  { principal, params, body, now }: OwnExchange<Labelling, undefined>,
): Promise<Result<Answer>> {
  const { organisation } = principal;
  // The lock makes two people who speak at once come one after the other: the last word is one of them, and both are kept.
  const signal = await db
    .selectFrom('signal')
    .select(['id', 'source', 'rule', 'is_authenticated'])
    .where('organisation', '=', organisation)
    .where('id', '=', params['id'] ?? '')
    .forUpdate()
    .executeTakeFirst();
  if (signal === undefined) return refuse('not-found', NO_SIGNAL);
  const { id, source, rule, is_authenticated: isAuthenticated } = signal;
  await db
    .insertInto('signal_label')
    .values({ organisation, signal: id, person: principal.id, at: now, ...body })
    .execute();
  // Of a signal nobody vouches for the label is kept, and no rate is counted from it: its source is not who it says (D8).
  if (isAuthenticated)
    await db
      .insertInto('signal_outcome')
      .values({ organisation, signal: id, source, rule, label: body.label })
      .onConflict((conflict) => conflict.columns(['organisation', 'signal']).doUpdateSet({ label: body.label }))
      .execute();
  leaf({
    event: 'signal.labelled',
    subject: `signal:${id}`,
    correlation: '',
    body: { signal: id, source, rule, ...body },
  });
  return ok(json({ signal: id, by: principal.id, at: now, countsForRates: isAuthenticated, ...body }));
}

const historyRoute = (deps: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: '/api/v1/signals/:id/labels',
    who: ['person', 'agent'],
    summary: 'Everything people said of a signal, last word first',
    async handle({ principal: { organisation }, params }) {
      const signal = await deps.store
        .selectFrom('signal')
        .select('id')
        .where('organisation', '=', organisation)
        .where('id', '=', params['id'] ?? '')
        .executeTakeFirst();
      if (signal === undefined) return refuse('not-found', NO_SIGNAL);
      const rows = await deps.store
        .selectFrom('signal_label')
        .select(['label', 'person', 'at', 'rationale'])
        .where('organisation', '=', organisation)
        .where('signal', '=', signal.id)
        .orderBy('seq', 'desc')
        .limit(MAX_HISTORY)
        .execute();
      const items = rows.map(({ label: said, person, at, rationale }) => ({
        label: said,
        by: person,
        at: at.toISOString(),
        rationale,
      }));
      return ok(json({ items }));
    },
  });

const ratesRoute = (deps: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: '/api/v1/signals/rates',
    who: ['person', 'agent'],
    summary:
      'What became of the signals of each source and category, with false-positive rate and confidence in per cent',
    async handle({ principal: { organisation } }) {
      const lineages = await deps.trust.lineages(organisation);
      const sources = await loadSources(deps.store, organisation, lineages);
      const labels = await loadAllLabels(deps.store, organisation, sources);
      return ok(json({ items: rates(labels) }));
    },
  });

function rates(labels: readonly LabelTally[]): readonly object[] {
  const groups = Map.groupBy(labels, ({ source, category }) => JSON.stringify([source, category]));
  return [...groups.values()].flatMap(([first]) =>
    first === undefined ? [] : [{ source: first.source, category: first.category, ...ratesOf(labels, first) }],
  );
}
