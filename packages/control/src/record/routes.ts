/** The record over HTTP: checkpoints, entries and proofs for anyone of the organisation; cosignatures and status from witnesses. */
import { integer, object, ok, optional, refuse, text, type OrganisationId, type Result } from '@countersign/core';
import { dsseShape, encodeBase64, type DsseEnvelope } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { readerOf } from '../evidence/reader.ts';
import {
  json,
  plainText,
  PRINCIPAL_KINDS,
  route,
  wholeText,
  wordText,
  type OwnExchange,
  type RouteDefinition,
} from '../http/index.ts';
import { checkpointsAround, cosignedNote } from './checkpoints.ts';
import { readEntries } from './entries.ts';
import { acceptStatus, currentStatus } from './status.ts';
import { tileRoutes } from './tiles.ts';
import { acceptCosignature } from './witnessing.ts';

const MAX_WAIT_MS = 25_000;
const MAX_ENTRIES = 1000;
const MAX_PURPOSE = 200;
const MAX_ID = 64;
const MAX_STATUS_BYTES = 400_000;
const size = wholeText({ min: 0, max: Number.MAX_SAFE_INTEGER });
const everyone = PRINCIPAL_KINDS;

interface Wait {
  readonly after?: number;
  readonly wait?: number;
}

export function recordRoutes(deps: Deps): readonly RouteDefinition[] {
  return [
    checkpoint(deps),
    entries(deps),
    consistency(deps),
    proof(deps),
    around(deps),
    cosignatures(deps),
    ...status(deps),
    ...tileRoutes(deps),
  ];
}

const checkpoint = (deps: Deps): RouteDefinition =>
  route<undefined, Wait>({
    method: 'GET',
    url: '/api/v1/record/checkpoint',
    who: everyone,
    summary: 'The newest signed checkpoint with its cosignatures; waits up to `wait` ms for one larger than `after`',
    query: object<Wait>({ after: optional(size), wait: optional(wholeText({ min: 0, max: MAX_WAIT_MS })) }),
    async handle({ principal: { organisation }, query, closed }) {
      const { after, wait = 0 } = query;
      const newest = await deps.bus.lookOrWait(
        () => deps.newest.checkpoint(organisation, after),
        (found) => after === undefined || (found?.size ?? 0) > after,
        { topic: 'checkpoint', organisation, timeoutMs: wait, closed: closed() },
      );
      if (newest === undefined) return ok(json({ size: 0 }));
      return ok(json({ size: newest.size, note: cosignedNote(newest) }));
    },
  });

interface EntriesQuery {
  readonly from: number;
  readonly limit?: number;
  readonly purpose?: string;
  readonly proposal?: string;
}

const entries = (deps: Deps): RouteDefinition =>
  route<undefined, EntriesQuery>({
    method: 'GET',
    url: '/api/v1/record/entries',
    // A token that only sends signals or carries deliveries reads nothing of others.
    who: ['person', 'agent', 'witness'],
    summary:
      'Leaves in the order of the tree, or those of one proposal; with the bodies that are kept for a witness, and for a person who says what for',
    query: object<EntriesQuery>({
      from: size,
      limit: optional(wholeText({ min: 1, max: MAX_ENTRIES })),
      purpose: optional(wordText(MAX_PURPOSE)),
      proposal: optional(wordText(MAX_ID)),
    }),
    async handle(exchange) {
      const { organisation, kind } = exchange.principal;
      const { from, limit = 100, purpose, proposal: of } = exchange.query;
      const read =
        purpose === undefined
          ? ok(true)
          : await recordReading(deps, exchange, { from, limit, purpose, ...(of !== undefined && { proposal: of }) });
      if (!read.ok) return read;
      const withBodies = kind === 'witness' || purpose !== undefined;
      const found =
        of === undefined
          ? await deps.newest.entries(organisation, { from, limit })
          : await readEntries(deps.store, organisation, { from, limit, of });
      return ok(
        json({
          entries: found.map(({ seq, leaf, body }) => ({
            seq,
            leaf: encodeBase64(leaf),
            ...(withBodies && body && { body: encodeBase64(body) }),
          })),
        }),
      );
    },
  });

/** Bodies are what evidence is made of: who takes them, in which role and for what, is on record before they leave (V6). */
async function recordReading(
  deps: Deps,
  { principal, actor }: Pick<OwnExchange<undefined, EntriesQuery>, 'actor' | 'principal'>,
  about: EntriesQuery & { readonly limit: number; readonly purpose: string },
): Promise<Result<true>> {
  const reader = await readerOf(deps, principal);
  if (!reader.ok) return reader;
  await deps.transactor.record(actor, [
    {
      event: 'evidence.exported',
      subject: 'evidence:entries',
      correlation: '',
      body: { ...about, roles: reader.value.roles },
    },
  ]);
  return ok(true);
}

const consistency = (deps: Deps): RouteDefinition =>
  route<undefined, { readonly from: number; readonly to: number }>({
    method: 'GET',
    url: '/api/v1/record/consistency',
    who: everyone,
    summary: 'Proof that the tree of size `from` is the beginning of the tree of size `to`',
    query: object<{ readonly from: number; readonly to: number }>({ from: size, to: size }),
    async handle({ principal: { organisation }, query: { from, to } }) {
      const found = await deps.proofs.consistency(organisation, from, to);
      return found.ok ? ok(json({ proof: found.value })) : found;
    },
  });

const proof = (deps: Deps): RouteDefinition =>
  route<undefined, { readonly size?: number }>({
    method: 'GET',
    url: '/api/v1/record/proof/:seq',
    who: everyone,
    summary: 'C2SP .tlog-proof of one entry in the checkpoint of `size`, or in the newest',
    query: object<{ readonly size?: number }>({ size: optional(size) }),
    async handle({ principal: { organisation }, params, query }) {
      const seq = sequenceOf(params['seq']);
      if (seq === undefined) return refuse('not-found', 'an entry is named by its number');
      const found = await deps.proofs.proofFor(organisation, seq, query.size);
      return found.ok ? ok(plainText(found.value)) : found;
    },
  });

const around = (deps: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: '/api/v1/record/around/:seq',
    who: everyone,
    summary:
      'The latest cosigned checkpoint without this entry, and the earliest with it: what witnesses prove of its time',
    async handle({ principal: { organisation }, params }) {
      const seq = sequenceOf(params['seq']);
      if (seq === undefined) return refuse('not-found', 'an entry is named by its number');
      const found = await deps.proofs.opened(organisation, await checkpointsAround(deps.store, organisation, [seq]));
      return ok(json({ checkpoints: found.map((one) => ({ size: one.size, note: cosignedNote(one) })) }));
    },
  });

const sequenceOf = (given: string | undefined): number | undefined =>
  given !== undefined && /^\d{1,15}$/.test(given) ? Number(given) : undefined;

interface GivenCosignature {
  readonly size: number;
  readonly line: string;
}

const cosignatures = (deps: Deps): RouteDefinition =>
  route<GivenCosignature>({
    method: 'POST',
    url: '/api/v1/record/cosignatures',
    who: ['witness'],
    summary: 'Adds the cosignature line of a witness to the checkpoint of this size',
    body: object<GivenCosignature>({
      size: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      line: text({ min: 10, max: 1000 }),
    }),
    async handle({ principal: { organisation }, body }) {
      const accepted = await acceptCosignature(deps, organisation, body);
      return accepted.ok ? ok(json(accepted.value)) : accepted;
    },
  });

const status = (deps: Deps): readonly RouteDefinition[] => [
  route<{ readonly status: DsseEnvelope }>({
    method: 'POST',
    url: '/api/v1/record/status',
    who: ['witness'],
    summary: 'Keeps a signed status statement that is newer than the one known',
    body: object<{ readonly status: DsseEnvelope }>({ status: dsseShape }),
    bodyLimit: MAX_STATUS_BYTES,
    async handle({ principal: { organisation }, body, now }) {
      const accepted = await acceptStatus(deps, organisation, { status: body.status, now });
      return accepted.ok ? ok(json({ issuedAt: accepted.value.issuedAt })) : accepted;
    },
  }),
  route({
    method: 'GET',
    url: '/api/v1/record/status',
    who: everyone,
    summary: 'The newest status statement of a witness',
    handle: ({ principal: { organisation } }) => shownStatus(deps, organisation),
  }),
];

async function shownStatus(deps: Deps, organisation: OrganisationId): ReturnType<RouteDefinition['run']> {
  const found = await currentStatus(deps, organisation);
  return found === undefined ? refuse('not-found', 'no witness has sent a status yet') : ok(json({ status: found }));
}
