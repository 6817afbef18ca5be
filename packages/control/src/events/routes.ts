/**
 * GET /events: the record as it grows, one event a leaf. Leaves hold digests; bodies come along only for a person who says what for,
 * and that is on record before the first of them leaves (V6).
 */
import { object, ok, optional, refuse, type OrganisationId, type Result } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { readerOf } from '../evidence/reader.ts';
import { actorOf, route, wholeText, wordText, type OwnExchange, type RouteDefinition } from '../http/index.ts';
import type { Entry } from '../record/entries.ts';
import { EventStream } from './event-stream.ts';

const HEARTBEAT_MS = 15_000;
const STALLED_MS = 30_000;
const MAX_STREAMS = 200;
const MAX_OF_ONE_CALLER = 16;
/** Nobody takes the streams of another organisation (O3). */
const MAX_OF_ONE_ORGANISATION = 100;
const MAX_PURPOSE = 200;

interface Open {
  readonly organisation: OrganisationId;
  readonly caller: string;
  /** Absent between admission and the first byte. */
  stream: EventStream | undefined;
}
interface EventsQuery {
  /** Last event that was seen; the header `Last-Event-ID` outranks it. */
  readonly after?: number;
  readonly purpose?: string;
}

export function eventRoutes(deps: Deps): readonly RouteDefinition[] {
  const open = new Set<Open>();
  deps.bus.subscribe('checkpoint', ({ organisation }) => {
    for (const one of open) if (one.organisation === organisation) one.stream?.wake();
  });
  deps.bus.onGap(() => {
    for (const { stream } of open) stream?.wake();
  });
  return [events(deps, open)];
}

const events = (deps: Deps, open: Set<Open>): RouteDefinition =>
  route<undefined, EventsQuery>({
    method: 'GET',
    url: '/api/v1/events',
    who: ['person', 'agent', 'witness'],
    summary:
      'Leaves of the record as server-sent events; the event id is the place in the record, `Last-Event-ID` resumes after it; with the bodies that are kept for a person who says what for',
    query: object<EventsQuery>({
      after: optional(wholeText({ min: 0, max: Number.MAX_SAFE_INTEGER })),
      purpose: optional(wordText(MAX_PURPOSE)),
    }),
    async handle(exchange) {
      const { principal, query, headers } = exchange;
      const { organisation } = principal;
      const caller = `${organisation}/${actorOf(principal)}`;
      const ofCaller = [...open].filter((one) => one.caller === caller).length;
      const ofOrganisation = [...open].filter((one) => one.organisation === organisation).length;
      const isFull = open.size >= MAX_STREAMS || ofOrganisation >= MAX_OF_ONE_ORGANISATION;
      if (isFull || ofCaller >= MAX_OF_ONE_CALLER)
        return refuse('too-many', 'too many event streams are open', {
          next: ['close a stream or follow with one that resumes'],
        });
      // Counted from here on: many requests at one moment must not all see room.
      const entry: Open = { organisation, caller, stream: undefined };
      open.add(entry);
      const from = await startOf(deps, organisation, lastSeen(headers['last-event-id']) ?? query.after).catch(
        () => undefined,
      );
      if (from === undefined) {
        open.delete(entry);
        return refuse('unavailable', 'the record cannot be read now');
      }
      const { purpose } = query;
      const read = purpose === undefined ? ok(LEAVES) : await recordReading(deps, exchange, { from, purpose });
      if (!read.ok) {
        open.delete(entry);
        return read;
      }
      return ok({
        kind: 'stream',
        start(response) {
          entry.stream = new EventStream({
            response,
            from,
            read: async (first, limit) =>
              (await deps.newest.entries(organisation, { from: first, limit })).map(read.value),
            ended: () => open.delete(entry),
            heartbeatMs: HEARTBEAT_MS,
            stalledMs: STALLED_MS,
          });
          entry.stream.wake();
        },
      });
    },
  });

const LEAVES = ({ seq, leaf }: Entry): Entry => ({ seq, leaf, body: undefined });
const WITH_BODIES = (entry: Entry): Entry => entry;

async function recordReading(
  deps: Deps,
  { principal, actor }: Pick<OwnExchange<undefined, EventsQuery>, 'actor' | 'principal'>,
  about: { readonly from: number; readonly purpose: string },
): Promise<Result<typeof WITH_BODIES>> {
  const reader = await readerOf(deps, principal);
  if (!reader.ok) return reader;
  const body = { ...about, roles: reader.value.roles };
  await deps.transactor.record(actor, [{ event: 'evidence.read', subject: 'evidence:stream', correlation: '', body }]);
  return ok(WITH_BODIES);
}

/** First event to send. An id from the future is of another record: start at the end of this one. */
async function startOf(deps: Deps, organisation: OrganisationId, seen: number | undefined): Promise<number> {
  const size = (await deps.newest.checkpoint(organisation))?.size ?? 0;
  return seen === undefined || seen >= size ? size : seen + 1;
}

const lastSeen = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
