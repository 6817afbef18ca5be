/**
 * One way to ask the control plane: bounded answers, problems as errors, and retries only where asking twice cannot act twice:
 * reading, and writing under an idempotency key.
 */
import { readShape, type Shape } from '@countersign/core';
import { TokenRefused, type AgentCredential } from './agent-credential.ts';
import { Problem, problemOf, unreachable } from './problem.ts';

export interface Connection {
  /** Address of the control plane without a path; empty in a page it serves itself. */
  readonly url: string;
  readonly token?: string;
  /** In place of a token: an agent that proves its key at each request. */
  readonly agent?: Pick<AgentCredential, 'fetch'>;
  /** In place of a token: the session of a person who signed in from a program. */
  readonly session?: string;
  /** In place of a token: the page's session cookie goes along, with the header no other site can send. */
  readonly hasSession?: boolean;
  /** Replaced in tests. */
  readonly fetch?: typeof fetch;
  /** Waits between attempts; replaced in tests. */
  readonly pause?: (ms: number) => Promise<void>;
}
type Query = Readonly<Record<string, string | number | undefined>>;
export interface Asking {
  readonly query?: Query;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface Writing {
  /** The same value for a retry of the same intent; made up when it is not given. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

const PREFIX = '/api/v1';
/** Addresses that stand beside the versioned API. */
const UNVERSIONED = /^\/(?:p\/|openapi\.json$)/;
const MAX_ANSWER_BYTES = 67_108_864;
/** Longer than any wait a server offers. */
const PATIENCE_MS = 120_000;
const WAITS_MS = [200, 1000] as const;
/** The server did not act, or says that it may be asked again. */
const RETRIED: ReadonlySet<number> = new Set([502, 503, 504]);

export class Http {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = { ...connection, url: connection.url.replace(/\/+$/, '') };
  }

  async get<T>(shape: Shape<T>, path: string, asking: Asking = {}): Promise<T> {
    return this.#json(shape, path, await this.#send(path, { method: 'GET', ...asking }, true));
  }

  async text(path: string, asking: Asking = {}): Promise<string> {
    return new TextDecoder().decode(await this.bytes(path, asking));
  }

  async bytes(path: string, asking: Asking = {}): Promise<Uint8Array> {
    return readBytes(await this.#send(path, { method: 'GET', ...asking }, true));
  }

  async post<T>(shape: Shape<T>, path: string, body: unknown, writing: Writing = {}): Promise<T> {
    const { idempotencyKey = crypto.randomUUID(), signal } = writing;
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    const asking: Sending = { method: 'POST', headers, body: JSON.stringify(body), ...(signal && { signal }) };
    // Without a token the server knows no caller whose key it could remember.
    return this.#json(shape, path, await this.#send(path, asking, this.#isKnown()));
  }

  /** An open answer to read from while it comes; how long that may take is the caller's business. */
  stream(path: string, asking: Asking & { readonly signal: AbortSignal }): Promise<Response> {
    return this.#send(path, { method: 'GET', isEndless: true, ...asking }, false);
  }

  #isKnown(): boolean {
    const { token, agent, session, hasSession } = this.#connection;
    return token !== undefined || agent !== undefined || session !== undefined || hasSession === true;
  }

  async #json<T>(shape: Shape<T>, path: string, answer: Response): Promise<T> {
    const read = readShape(shape, parse(await readBytes(answer)));
    if (read.ok) return read.value;
    const [first] = read.refusal.complaints ?? [];
    throw unexpected(answer.status, `${path} answered another form: ${first?.at ?? ''} ${first?.problem ?? ''}`);
  }

  async #send(path: string, asking: Sending, isSafe: boolean): Promise<Response> {
    const waits = isSafe ? WAITS_MS : [];
    for (const wait of waits) {
      const answer = await this.#attempt(path, asking);
      if (answer instanceof Response && !RETRIED.has(answer.status)) return checked(answer);
      await (this.#connection.pause ?? pause)(wait);
    }
    const answer = await this.#attempt(path, asking);
    if (answer instanceof Response) return checked(answer);
    throw answer;
  }

  async #attempt(
    path: string,
    { query, headers, signal, isEndless = false, ...init }: Sending,
  ): Promise<Response | Problem> {
    const { url, agent, hasSession } = this.#connection;
    const address = `${url}${UNVERSIONED.test(path) ? '' : PREFIX}${path}${queryOf(query)}`;
    try {
      const all = {
        ...headers,
        ...authorizationOf(this.#connection),
        ...(hasSession === true && { 'x-countersign': 'page' }),
      };
      return await (agent?.fetch ?? this.#connection.fetch ?? fetch)(address, {
        ...init,
        headers: all,
        ...(isEndless ? signal && { signal } : { signal: patience(signal) }),
      });
    } catch (error) {
      // A caller who gave up is told so; everything else means that nobody answered.
      if (signal?.aborted === true) throw error;
      if (error instanceof TokenRefused)
        return problemOf(error.status, { code: error.code, detail: error.message, next: error.next });
      return unreachable(`no answer from ${url === '' ? 'the server of this page' : url}`);
    }
  }
}

function authorizationOf({ token, session }: Connection): Readonly<Record<string, string>> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  return session === undefined ? {} : { authorization: `Session ${session}` };
}

interface Sending extends Asking {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly isEndless?: boolean;
}

function patience(signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  return signal === undefined ? limit : AbortSignal.any([signal, limit]);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function queryOf(query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
}

async function checked(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  throw problemOf(answer.status, parse(await readBytes(answer)));
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Not JSON: the shape that reads it next says so.
    return undefined;
  }
}

async function readBytes(answer: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const chunk: unknown = (await reader?.read())?.value;
    if (!(chunk instanceof Uint8Array)) break;
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      await reader?.cancel();
      throw unexpected(answer.status, `the answer has more than ${MAX_ANSWER_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return joined(chunks, size);
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

const unexpected = (status: number, detail: string): Problem =>
  new Problem({
    status,
    code: 'unexpected-answer',
    title: 'the server answered something this program does not understand',
    detail,
    eligible: [],
    next: ['use a client and a server of the same version'],
    missing: [],
    complaints: [],
  });

/** One part of an address; never more than one. */
export const part = (id: string): string => encodeURIComponent(id);
