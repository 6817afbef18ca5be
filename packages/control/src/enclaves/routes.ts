/** What a gateway calls: one long poll out, one delivery of reports in. Its token is for its own enclave and nothing else. */
import { object, optional, parseId, refuse, type Result, type Shape } from '@countersign/core';
import { json, route, wholeText, type Principal, type RouteDefinition } from '../http/index.ts';
import type { Address } from './deliveries.ts';
import { poll } from './poll.ts';
import { receiveReports, type Receiving } from './receive-reports.ts';
import { reportBatchShape, type ReportBatch } from './report-shape.ts';

interface PollQuery {
  readonly after?: number;
  readonly wait?: number;
}
const pollQuery: Shape<PollQuery> = object<PollQuery>({
  after: optional(wholeText({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  wait: optional(wholeText({ min: 0, max: 50_000 })),
});

/** Below the gateway's own patience. */
const DEFAULT_WAIT_MS = 25_000;
const MAX_BATCH_BYTES = 67_108_864;

export const enclaveRoutes = (parts: Receiving): readonly RouteDefinition[] => [
  route<undefined, PollQuery>({
    method: 'GET',
    url: '/api/v1/enclaves/:id/poll',
    summary: 'Deliveries after a cursor, waiting until there is one',
    who: ['enclave'],
    query: pollQuery,
    async handle({ principal, params, query, closed }) {
      const address = addressOf(principal, params['id']);
      if (!address.ok) return address;
      const { after = 0, wait = DEFAULT_WAIT_MS } = query;
      return {
        ok: true,
        value: json(await poll(parts.deps, { address: address.value, after, waitMs: wait, closed: closed() })),
      };
    },
  }),
  route<ReportBatch>({
    method: 'POST',
    url: '/api/v1/enclaves/:id/reports',
    summary: 'Signed reports of the runner; a name that was sent before has no further effect',
    who: ['enclave'],
    body: reportBatchShape,
    bodyLimit: MAX_BATCH_BYTES,
    // Texts of targets are hostile and stay what they are: they are inside signed bytes.
    limits: { maxDepth: 64 },
    async handle({ principal, params, body }) {
      const address = addressOf(principal, params['id']);
      if (!address.ok) return address;
      const accepted = await receiveReports(parts, address.value, body.reports);
      return accepted.ok ? { ok: true, value: json({ accepted: accepted.value }) } : accepted;
    },
  }),
];

/** The id in the address must be the one the token was made for. */
function addressOf(principal: Principal, id: string | undefined): Result<Address> {
  const enclave = parseId<'Enclave'>(principal.id);
  if (enclave === undefined || id !== principal.id)
    return refuse('forbidden', 'this token is for another enclave', {
      clause: 'X1',
      eligible: ['the gateway of this enclave'],
    });
  return { ok: true, value: { organisation: principal.organisation, enclave } };
}
