/** One bounded HTTP exchange over a kept connection. Answers are hostile: size and time are limited, redirects are not followed. */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { ok, refuse, type Result } from '@countersign/core';
import { codeOf } from '../preflight/read-file.ts';

interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /** Believe only this authority for this one question, PEM. */
  readonly ca?: string;
}

/** What this side shows and whom it believes, PEM. */
export interface Credentials {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Resolves always; a refusal means that no complete answer came, never that nothing happened at the other end. */
export interface Caller {
  readonly ask: (question: Question) => Promise<Result<Answer>>;
  readonly close: () => void;
}

const MAX_BYTES = 65_536;
const SOCKETS = 32;

/** `credentials` is asked at every question; when it says something new, connections made with the old are left to end. */
export function httpCaller(credentials: () => Credentials | undefined = () => undefined): Caller {
  const options = { keepAlive: true, maxSockets: SOCKETS, scheduling: 'lifo' } as const;
  const http = new HttpAgent(options);
  let shown: Credentials | undefined;
  let https = new HttpsAgent({ ...options, minVersion: 'TLSv1.3' });
  const secure = (ca: string | undefined): HttpsAgent => {
    if (ca !== undefined) return new HttpsAgent({ minVersion: 'TLSv1.3', ca });
    const now = credentials();
    if (now?.cert !== shown?.cert) {
      https.destroy();
      https = new HttpsAgent({ ...options, minVersion: 'TLSv1.3', ...now });
      shown = now;
    }
    return https;
  };
  return {
    ask: (question) => exchange(question, question.url.startsWith('https:') ? secure(question.ca) : http),
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
}

function exchange(question: Question, agent: HttpAgent | HttpsAgent): Promise<Result<Answer>> {
  const { promise, resolve } = Promise.withResolvers<Result<Answer>>();
  const { method, url, timeoutMs, headers = {}, body, signal } = question;
  const options: RequestOptions = {
    method,
    agent,
    headers: { ...headers, ...(body !== undefined && { 'content-length': String(body.length) }) },
    ...(signal !== undefined && { signal }),
  };
  const outgoing = open(url, options);
  if (!outgoing.ok) return Promise.resolve(outgoing);
  const request = outgoing.value;
  // The socket's own timeout restarts with every byte; this one bounds the whole exchange.
  const timer = setTimeout(() => request.destroy(new Error('timeout')), timeoutMs);
  const end = (result: Result<Answer>): void => {
    clearTimeout(timer);
    resolve(result);
  };
  request.on('error', (error) => end(refuse('no-answer', `no answer (${reasonOf(error)})`)));
  request.on('response', (response) => collect(response, question.maxBytes ?? MAX_BYTES, end));
  request.end(body);
  return promise;
}

function open(url: string, options: RequestOptions): Result<ClientRequest> {
  try {
    return ok(url.startsWith('https:') ? httpsRequest(url, options) : httpRequest(url, options));
  } catch (error) {
    return refuse('bad-address', `the address cannot be asked (${codeOf(error)})`);
  }
}

function collect(response: IncomingMessage, maxBytes: number, end: (result: Result<Answer>) => void): void {
  const chunks: Uint8Array[] = [];
  let size = 0;
  response.on('data', (chunk: Uint8Array) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else {
      response.destroy();
      end(refuse('too-large', `the answer has more than ${maxBytes} bytes`));
    }
  });
  response.on('error', (error) => end(refuse('no-answer', `the answer broke off (${reasonOf(error)})`)));
  response.on('end', () => end(ok({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) })));
}

const reasonOf = (error: Error): string => (error.message === 'timeout' ? 'timeout' : codeOf(error));
