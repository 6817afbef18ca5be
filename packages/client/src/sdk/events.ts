/**
 * What is recorded, as it is recorded. A lost connection is taken up again after the last event that was seen, so nobody misses
 * or sees one twice; whoever watches is told while it is lost, because what they show may then be old.
 */
import { optional, readShape, type Shape } from '@countersign/core';
import type { Http } from './http.ts';
import { entriesView } from './record.ts';
import { Problem } from './problem.ts';
import { SseParser, type SseMessage } from './sse.ts';
import { anyText, anything, view } from './view-shape.ts';

/** The fields of a leaf; texts are the server's. */
export interface RecordedLeaf {
  readonly event: string;
  readonly at: string;
  readonly actor: string;
  readonly subject: string;
  readonly correlation: string;
}
export interface Recorded {
  /** Number in the record. */
  readonly seq: number;
  readonly leaf: RecordedLeaf;
  /** What the leaf names by digest; only for a purpose, and absent when it is not kept. */
  readonly body?: unknown;
}
export interface Following {
  /** Last number that was seen; -1 begins with the first. Absent: what comes from now on. */
  readonly after?: number;
  /** With it bodies come along; who reads them and what for is recorded each time the stream is opened. */
  readonly purpose?: string;
  readonly signal?: AbortSignal;
  readonly onState?: (state: 'live' | 'lost') => void;
  /** Replaced in tests. */
  readonly pause?: (ms: number) => Promise<void>;
}
export interface EventCalls {
  readonly events: (following?: Following) => AsyncGenerator<Recorded, void, void>;
}

/** Three missed heartbeats of 15 s. */
const SILENCE_MS = 45_000;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 8000;

const leafView: Shape<RecordedLeaf> = view<RecordedLeaf>({
  event: anyText,
  at: anyText,
  actor: anyText,
  subject: anyText,
  correlation: anyText,
});
const dataView = view<{ readonly leaf: RecordedLeaf; readonly body?: unknown }>({
  leaf: leafView,
  body: optional(anything),
});

export const eventCalls = (http: Http): EventCalls => ({ events: (following = {}) => follow(http, following) });

async function* follow(http: Http, following: Following): AsyncGenerator<Recorded, void, void> {
  const { signal, onState, pause = defaultPause } = following;
  let { after } = following;
  let waitMs = FIRST_WAIT_MS;
  const isOver = (): boolean => signal?.aborted === true;
  while (!isOver()) {
    try {
      if (after !== undefined && after < 0) {
        const first = await firstEntry(http, following);
        if (first !== undefined) yield first;
        after = 0;
      }
      for await (const recorded of connection(http, after, following)) {
        after = recorded.seq;
        waitMs = FIRST_WAIT_MS;
        yield recorded;
      }
    } catch (error) {
      // A refusal stays one however often it is asked for; a connection may come back.
      if (error instanceof Problem && error.status >= 400 && error.status < 500) throw error;
    }
    if (isOver()) return;
    onState?.('lost');
    await pause(waitMs);
    waitMs = Math.min(waitMs * 2, MAX_WAIT_MS);
  }
}

/** Following resumes after an event, so the very first one is read from the record itself. */
async function firstEntry(http: Http, { signal, purpose }: Following): Promise<Recorded | undefined> {
  const { entries } = await http.get(entriesView, '/record/entries', {
    query: { from: 0, limit: 1, purpose },
    ...(signal && { signal }),
  });
  const [entry] = entries;
  if (entry === undefined || entry.seq !== 0) return undefined;
  return recordedOf(0, { leaf: parse(fromBase64(entry.leaf)), body: parse(fromBase64(entry.body ?? '')) });
}

const fromBase64 = (text: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0)));

const defaultPause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function* connection(
  http: Http,
  after: number | undefined,
  { signal, onState, purpose }: Following,
): AsyncGenerator<Recorded, void, void> {
  const silence = new AbortController();
  const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  const headers = {
    accept: 'text/event-stream',
    ...(after !== undefined && { 'last-event-id': String(after) }),
  };
  const parser = new SseParser();
  const decoder = new TextDecoder();
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const answer = await http.stream('/events', { headers, signal: either, query: { purpose } });
    reader = answer.body?.getReader();
    onState?.('live');
    for (;;) {
      const chunk: unknown = (await reader?.read())?.value;
      if (!(chunk instanceof Uint8Array)) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      for (const message of parser.push(decoder.decode(chunk, { stream: true }))) {
        const recorded = readRecorded(message);
        if (recorded !== undefined) yield recorded;
      }
    }
  } finally {
    clearTimeout(timer);
    await reader?.cancel().catch(() => undefined);
  }
}

/** Undefined for messages of another kind; a form nobody knows must not end the stream. */
export function readRecorded({ id, data }: SseMessage): Recorded | undefined {
  if (id === undefined || !/^\d{1,15}$/.test(id)) return undefined;
  return recordedOf(Number(id), parse(data));
}

function recordedOf(seq: number, document: unknown): Recorded | undefined {
  const read = readShape(dataView, document);
  if (!read.ok) return undefined;
  const { leaf, body } = read.value;
  return { seq, leaf, ...(body !== undefined && body !== null && { body }) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not a document: the shape refuses it.
    return undefined;
  }
}
