/** Evidence over HTTP: read by people whom the trust bundle names, each reading on record with role and purpose (V6). */
import { instant, object, oneOf, optional, refuse, type Shape } from '@countersign/core';
import { dsseShape, SIEM_FORMATS } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { plainText, route, wholeText, wordText, type RouteDefinition } from '../http/index.ts';
import { closeEvidence, type ClosureBody } from './close-evidence.ts';
import { openExport, type ExportQuery } from './export.ts';
import { makeBundle, type ReadingQuery } from './make-bundle.ts';
import { openEvents, type EventsQuery } from './events.ts';
import { retentionRoutes } from './retention-routes.ts';
import { openReport, type ReportQuery } from './report.ts';
import { streamed } from './stream.ts';

const PURPOSE = wordText(200);
const period = { from: instant, to: instant };
const exportQuery: Shape<ExportQuery> = object<ExportQuery>({
  ...period,
  purpose: PURPOSE,
  older: optional(wholeText({ min: 0, max: Number.MAX_SAFE_INTEGER })),
});
const reportQuery: Shape<ReportQuery> = object<ReportQuery>({ ...period, purpose: PURPOSE });

const eventsQuery: Shape<EventsQuery> = object<EventsQuery>({
  ...period,
  purpose: PURPOSE,
  format: oneOf(...SIEM_FORMATS),
});

export const evidenceRoutes = (deps: Deps): readonly RouteDefinition[] => [
  bundle(deps),
  exportRoute(deps),
  report(deps),
  events(deps),
  closures(deps),
  ...retentionRoutes(deps),
];

const bundle = (deps: Deps): RouteDefinition =>
  route<undefined, ReadingQuery>({
    method: 'GET',
    url: '/api/v1/proposals/:id/bundle',
    summary: 'The evidence bundle of a remediation as one file; that it was read, by whom and for what, is recorded',
    who: ['person'],
    query: object<ReadingQuery>({ purpose: PURPOSE }),
    async handle(exchange) {
      const made = await makeBundle(deps, exchange);
      if (!made.ok) return made;
      const { file, text } = made.value;
      return {
        ok: true,
        value: plainText(text, 'application/json', { 'content-disposition': `attachment; filename="${file}"` }),
      };
    },
  });

const exportRoute = (deps: Deps): RouteDefinition =>
  route<undefined, ExportQuery>({
    method: 'GET',
    url: '/api/v1/export',
    summary:
      'A period of the organisation as one file that verifies offline; who asked for it and for what is recorded',
    who: ['person'],
    query: exportQuery,
    async handle(exchange) {
      if (exchange.query.from >= exchange.query.to) return refuse('malformed', 'a period begins before it ends');
      const opened = await openExport(deps, exchange);
      if (!opened.ok) return opened;
      const { organisation } = exchange.principal;
      const file = { file: `${organisation}.csx`, type: 'application/x-tar', parts: opened.value };
      return { ok: true, value: streamed(file, (error) => deps.report({ where: 'export', error: String(error) })) };
    },
  });

const report = (deps: Deps): RouteDefinition =>
  route<undefined, ReportQuery>({
    method: 'GET',
    url: '/api/v1/report',
    summary: 'Population, exceptions and controls of a period, as anyone with an export can make it too',
    who: ['person'],
    query: reportQuery,
    async handle(exchange) {
      if (exchange.query.from >= exchange.query.to) return refuse('malformed', 'a period begins before it ends');
      const made = await openReport(deps, exchange);
      return made.ok ? { ok: true, value: plainText(made.value, 'application/json') } : made;
    },
  });

const events = (deps: Deps): RouteDefinition =>
  route<undefined, EventsQuery>({
    method: 'GET',
    url: '/api/v1/export/events',
    summary: 'Entries of the record for other systems, a line each: OCSF, CloudEvents or plain JSON',
    who: ['person'],
    query: eventsQuery,
    async handle(exchange) {
      if (exchange.query.from >= exchange.query.to) return refuse('malformed', 'a period begins before it ends');
      const opened = await openEvents(deps, exchange);
      if (!opened.ok) return opened;
      const { organisation } = exchange.principal;
      const file = {
        file: `${organisation}.${exchange.query.format}.jsonl`,
        type: 'application/x-ndjson',
        parts: opened.value,
      };
      return { ok: true, value: streamed(file, (error) => deps.report({ where: 'export', error: String(error) })) };
    },
  });

const closures = (deps: Deps): RouteDefinition =>
  route<ClosureBody>({
    method: 'POST',
    url: '/api/v1/evidence/closures',
    summary: 'Closes a change whose evidence is held inside: one digest and one verdict, signed by a named person',
    who: ['person'],
    body: object<ClosureBody>({ document: dsseShape }),
    handle: (exchange) => closeEvidence(deps, exchange),
  });
