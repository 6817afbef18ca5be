/** Trust documents over HTTP. Whoever carries them here proves nothing: the signatures inside decide. */
import {
  EXPIRY_WARNING_DAYS,
  object,
  ok,
  optional,
  refuse,
  type Envelope,
  type Instant,
  type Result,
} from '@countersign/core';
import {
  dsseShape,
  MAX_ENVELOPE_BYTES,
  MAX_GRAPH_ENVELOPE_BYTES,
  readPolicy,
  trustDates,
  trustEnds,
  trustMetadataShape,
  type DsseEnvelope,
  type TrustEnd,
  type TrustMetadata,
} from '@countersign/seal';
import type { Deps } from '../deps.ts';
import {
  json,
  plainText,
  PRINCIPAL_KINDS,
  route,
  wholeText,
  type Answer,
  type RouteDefinition,
} from '../http/index.ts';
import { enrolmentRoutes } from './enrolment-routes.ts';
import type { InstalledBundle } from './open-bundle.ts';
import { trustMetrics } from './trust-metrics.ts';
import { versionsBelow } from './versions.ts';
import { installBundle, installEnvelope, installGraph, suspendEnvelope } from './install.ts';

const everyone = PRINCIPAL_KINDS;
const bodyLimit = MAX_ENVELOPE_BYTES;
/** The largest bundle in base64, and every root there ever was. */
const MAX_TRUST_BYTES = 8_388_608;

export function trustRoutes(deps: Deps): readonly RouteDefinition[] {
  return [...bundleRoutes(deps), ...envelopeRoutes(deps), ...graphRoutes(deps), ...enrolmentRoutes(deps)];
}

const bundleRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route<{ readonly trust: TrustMetadata }>({
    method: 'POST',
    url: '/api/v1/trust',
    who: ['person'],
    summary: 'Installs a trust bundle with its metadata, which the pinned root must lead to; one part must be newer',
    body: object<{ readonly trust: TrustMetadata }>({ trust: trustMetadataShape }),
    bodyLimit: MAX_TRUST_BYTES,
    handle: (exchange) => installBundle(deps, exchange, exchange.body.trust),
  }),
  route({
    method: 'GET',
    url: '/api/v1/trust',
    who: everyone,
    summary: 'The trust bundle in force',
    async handle({ principal: { organisation }, now }) {
      const found = await deps.trust.bundle(organisation);
      if (found === undefined) return refuse('no-trust', 'no trust bundle is installed');
      const ends = endsOf(found, now);
      return ok(
        json({
          version: found.bundle.version,
          digest: found.digest,
          expiresAt: found.expiresAt,
          versions: found.versions,
          ends,
          warnings: ends.flatMap(({ state, text: said, next }) => (state === 'fine' ? [] : [`${said}; next: ${next}`])),
          trust: found.metadata,
        }),
      );
    },
  }),
  route({
    method: 'GET',
    url: '/api/v1/metrics',
    who: everyone,
    summary: 'Numbers to watch, as Prometheus reads them: when the parts of the trust bundle end',
    async handle({ principal: { organisation }, now }) {
      const found = await deps.trust.bundle(organisation);
      return ok(plainText(trustMetrics(found === undefined ? [] : endsOf(found, now)), PROMETHEUS));
    },
  }),
];

const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

const endsOf = ({ metadata, signed }: InstalledBundle, now: Instant): readonly TrustEnd[] =>
  trustEnds(trustDates(metadata, signed), now);

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
  route<undefined, { readonly version?: number }>({
    method: 'GET',
    url: '/api/v1/envelope',
    who: everyone,
    summary: 'The active envelope, or any version that ever was; the ETag is its digest',
    query: object<{ readonly version?: number }>({ version: optional(wholeText({ min: 1, max: 1_000_000 })) }),
    async handle({ principal: { organisation }, headers, query: { version: wanted }, now }) {
      if (wanted !== undefined) return oneVersion(deps, organisation, wanted);
      const found = await deps.trust.envelope(organisation);
      if (!found.ok) return found;
      const { envelope, digest, dsse } = found.value;
      const etag = `"${digest}"`;
      if (headers['if-none-match'] === etag) return ok(json(undefined, 304, { etag }));
      return ok(
        json(
          {
            version: envelope.version,
            digest,
            envelope: dsse,
            document: envelope,
            warnings: warningsOf(envelope, now),
          },
          200,
          { etag },
        ),
      );
    },
  }),
];

/** Whatever became of it: whoever reads an old decision has to find what it was decided under. It authorises nothing. */
async function oneVersion({ store }: Deps, organisation: string, wanted: number): Promise<Result<Answer>> {
  const [found] = await versionsBelow(store, organisation, { below: wanted + 1, limit: 1 });
  if (found?.version !== wanted) return refuse('not-found', `there is no version ${wanted}`);
  const { version, digest, state, dsse } = found;
  const read = readPolicy(dsse);
  if (!read.ok) return read;
  const etag = `"${digest}"`;
  return ok(json({ version, digest, state, envelope: dsse, document: read.value.envelope }, 200, { etag }));
}

const DAY_MS = 86_400_000;

/** People need time to read and sign the next one (E2). */
function warningsOf({ validUntil }: Envelope, now: Instant): readonly string[] {
  const days = Math.floor((Date.parse(validUntil) - Date.parse(now)) / DAY_MS);
  return days < EXPIRY_WARNING_DAYS ? [`authority ends at ${validUntil}, in ${days} days: re-authorise it before`] : [];
}

const graphRoutes = (deps: Deps): readonly RouteDefinition[] => [
  route<{ readonly graph: DsseEnvelope }>({
    method: 'POST',
    url: '/api/v1/graph',
    who: ['person'],
    summary: 'Installs a system graph that its owner signed; its version must be newer',
    body: object<{ readonly graph: DsseEnvelope }>({ graph: dsseShape }),
    bodyLimit: MAX_GRAPH_ENVELOPE_BYTES,
    handle: (exchange) => installGraph(deps, exchange, exchange.body.graph),
  }),
  route({
    method: 'GET',
    url: '/api/v1/graph',
    // Programs get what they need of it with their deliveries.
    who: ['person', 'agent'],
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
