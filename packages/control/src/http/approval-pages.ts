/**
 * What the organisation's own approval page may ask this server from another origin (A2): just what it takes to read one capsule,
 * sign it and enrol a key. Origins are named one by one; no cookie goes along, only the token that a person typed there.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';

const METHODS_OF: ReadonlyMap<string, 'GET' | 'POST'> = new Map([
  ['/api/v1/proposals/:id/signing', 'GET'],
  ['/api/v1/trust', 'GET'],
  ['/api/v1/approvals', 'POST'],
  ['/api/v1/people/:id/passkeys/options', 'POST'],
  ['/api/v1/people/:id/passkeys', 'POST'],
]);
/** For as long a browser need not ask again. */
const PREFLIGHT_SECONDS = 600;
const REQUEST_HEADERS = 'authorization, content-type, idempotency-key';

export function allowApprovalPages(app: FastifyInstance, origins: readonly string[]): void {
  const isAllowed = ({ headers }: FastifyRequest): boolean => origins.some((origin) => origin === headers.origin);
  for (const [url, method] of METHODS_OF)
    app.options(url, { schema: { hide: true } }, (request, reply) => {
      if (isAllowed(request) && request.headers['access-control-request-method'] === method)
        reply.headers({
          'access-control-allow-methods': method,
          'access-control-allow-headers': REQUEST_HEADERS,
          'access-control-max-age': PREFLIGHT_SECONDS,
        });
      return reply.code(204).send();
    });
  app.addHook('onSend', async (request, reply) => {
    const method = METHODS_OF.get(request.routeOptions.url ?? '');
    if (method === undefined || (request.method !== method && request.method !== 'OPTIONS')) return;
    // Whoever caches answers must not give one origin's to another.
    reply.header('vary', 'origin');
    if (isAllowed(request)) reply.header('access-control-allow-origin', request.headers.origin);
  });
}
