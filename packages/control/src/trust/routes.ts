/** Trust documents over HTTP. Whoever carries them here proves nothing: the signatures inside decide. */
import { object, ok, refuse } from '@countersign/core';
import { dsseShape, MAX_ENVELOPE_BYTES, type DsseEnvelope } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { json, PRINCIPAL_KINDS, route, type RouteDefinition } from '../http/index.ts';
import { enrolmentRoutes } from './enrolment-routes.ts';
import { installBundle, installEnvelope, installGraph, suspendEnvelope } from './install.ts';

const everyone = PRINCIPAL_KINDS;
const bodyLimit = MAX_ENVELOPE_BYTES;

export function trustRoutes(deps: Deps): readonly RouteDefinition[] {
  return [...bundleRoutes(deps), ...envelopeRoutes(deps), ...graphRoutes(deps), ...enrolmentRoutes(deps)];
}

const bundleRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route<{ readonly bundle: DsseEnvelope }>({
    method: 'POST',
    url: '/api/v1/trust',
    who: ['person'],
    summary: 'Installs a trust bundle that the root keys signed; its version must be newer',
    body: object<{ readonly bundle: DsseEnvelope }>({ bundle: dsseShape }),
    bodyLimit,
    handle: (exchange) => installBundle(deps, exchange, exchange.body.bundle),
  }),
  route({
    method: 'GET',
    url: '/api/v1/trust',
    who: everyone,
    summary: 'The trust bundle in force',
    async handle({ principal: { organisation } }) {
      const found = await deps.trust.bundle(organisation);
      if (found === undefined) return refuse('no-trust', 'no trust bundle is installed');
      return ok(
        json({
          version: found.bundle.version,
          digest: found.digest,
          expiresAt: found.bundle.expiresAt,
          bundle: found.dsse,
        }),
      );
    },
  }),
];

const envelopeRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route<{ readonly envelope: DsseEnvelope }>({
    method: 'POST',
    url: '/api/v1/envelope',
    who: ['person'],
    summary: 'Activates an envelope version that two policy administrators signed',
    body: object<{ readonly envelope: DsseEnvelope }>({ envelope: dsseShape }),
    bodyLimit,
    handle: (exchange) => installEnvelope(deps, exchange, exchange.body.envelope),
  }),
  route({
    method: 'POST',
    url: '/api/v1/envelope/suspend',
    who: ['person'],
    summary: 'Suspends the active envelope at once; nothing runs alone until two people sign a new version',
    handle: (exchange) => suspendEnvelope(deps, exchange),
  }),
  route({
    method: 'GET',
    url: '/api/v1/envelope',
    who: everyone,
    summary: 'The active envelope; the ETag is its digest',
    async handle({ principal: { organisation }, headers }) {
      const found = await deps.trust.envelope(organisation);
      if (!found.ok) return found;
      const { envelope, digest, dsse } = found.value;
      const etag = `"${digest}"`;
      if (headers['if-none-match'] === etag) return ok(json(undefined, 304, { etag }));
      return ok(json({ version: envelope.version, digest, envelope: dsse, document: envelope }, 200, { etag }));
    },
  }),
];

const graphRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route<{ readonly graph: DsseEnvelope }>({
    method: 'POST',
    url: '/api/v1/graph',
    who: ['person'],
    summary: 'Installs a system graph that its owner signed; its version must be newer',
    body: object<{ readonly graph: DsseEnvelope }>({ graph: dsseShape }),
    bodyLimit,
    handle: (exchange) => installGraph(deps, exchange, exchange.body.graph),
  }),
  route({
    method: 'GET',
    url: '/api/v1/graph',
    who: everyone,
    summary: 'The system graph in force',
    async handle({ principal: { organisation } }) {
      const found = await deps.trust.graph(organisation);
      if (found === undefined) return refuse('no-graph', 'no system graph is installed');
      return ok(
        json({
          version: found.index.snapshot.version,
          digest: found.digest,
          graph: found.dsse,
          lowered: found.index.lowered,
        }),
      );
    },
  }),
];
