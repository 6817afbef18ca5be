/** GET /events: the record as it grows, one event a leaf. */
import { object, ok, optional, refuse, type OrganisationId } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { actorOf, route, wholeText, type RouteDefinition } from '../http/index.ts';
import { EventStream } from './event-stream.ts';

const HEARTBEAT_MS = 15_000;
const STALLED_MS = 30_000;
const MAX_STREAMS = 200;
const MAX_OF_ONE_CALLER = 16;
/** Nobody takes the streams of another organisation (O3). */
const MAX_OF_ONE_ORGANISATION = 100;

interface Open {
  readonly organisation: OrganisationId;
  readonly caller: string;
  /** Absent between admission and the first byte. */
  stream: EventStream | undefined;
}
interface EventsQuery {
  /** Last event that was seen; the header `Last-Event-ID` outranks it. */
  readonly after?: number;
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
      'The record as server-sent events; the event id is the place in the record, `Last-Event-ID` resumes after it',
    query: object<EventsQuery>({ after: optional(wholeText({ min: 0, max: Number.MAX_SAFE_INTEGER })) }),
    async handle({ principal, query, headers }) {
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
      return ok({
        kind: 'stream',
        start(response) {
          entry.stream = new EventStream({
            response,
            from,
            read: (first, limit) => deps.newest.entries(organisation, { from: first, limit }),
            ended: () => open.delete(entry),
            heartbeatMs: HEARTBEAT_MS,
            stalledMs: STALLED_MS,
          });
          entry.stream.wake();
        },
      });
    },
  });

/** First event to send. An id from the future is of another record: start at the end of this one. */
async function startOf(deps: Deps, organisation: OrganisationId, seen: number | undefined): Promise<number> {
  const size = (await deps.newest.checkpoint(organisation))?.size ?? 0;
  return seen === undefined || seen >= size ? size : seen + 1;
}

const lastSeen = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
