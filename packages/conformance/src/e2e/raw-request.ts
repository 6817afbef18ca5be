/** Requests as a stranger writes them: any bytes, any address; and the problem that comes back, read strictly. */
import { request } from 'node:http';
import { integer, list, object, optional, readShape, text, type Complaint, type Shape } from '@countersign/core';
import { headersOf } from '../system/callers.ts';
import type { System } from '../system/start-system.ts';

export interface RawRequest {
  /** A principal of the demo, e.g. `agent:playbook`; absent: nobody. */
  readonly as?: string;
  readonly path: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export interface ProblemView {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly clause?: string;
  readonly eligible: readonly string[];
  readonly next: readonly string[];
  readonly missing: readonly string[];
  readonly complaints: readonly Complaint[];
  readonly requestId: string;
}

const words = text({ max: 5000 });
const texts = list(words, { max: 1000 });
/** Every field that api users are promised, and no other. */
const problemShape: Shape<ProblemView> = object<ProblemView>({
  type: text({ max: 200, pattern: /^urn:countersign:error:[a-z0-9-]+$/ }),
  title: words,
  status: integer({ min: 400, max: 599 }),
  detail: words,
  code: text({ max: 100 }),
  clause: optional(words),
  eligible: texts,
  next: texts,
  missing: texts,
  complaints: list(object<Complaint>({ at: words, problem: words }), { max: 1000 }),
  requestId: text({ max: 100 }),
});

export async function post(system: System, { as, path, body, headers = {} }: RawRequest): Promise<RawAnswer> {
  const url = `${system.url}/api/v1${path}`;
  const authorization = as === undefined ? {} : await headersOf(system, as, { method: 'POST', url });
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
      ...authorization,
      ...headers,
    },
    signal: AbortSignal.timeout(30_000),
  });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
}

/** Announces so many bytes and sends only the first: a server that goes by the announcement answers at once. */
export async function postAnnounced(
  system: System,
  { as, path }: Pick<RawRequest, 'as' | 'path'>,
  bytes: number,
): Promise<RawAnswer> {
  const url = `${system.url}/api/v1${path}`;
  const headers = {
    'content-type': 'application/json',
    'content-length': bytes,
    'idempotency-key': crypto.randomUUID(),
    ...(as !== undefined && (await headersOf(system, as, { method: 'POST', url }))),
  };
  return new Promise((done, fail) => {
    const asked = request(url, { method: 'POST', headers, timeout: 30_000 }, (answer) => {
      let said = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (said += chunk));
      answer.on('end', () => {
        asked.destroy();
        done({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text: said });
      });
    });
    asked.once('error', fail);
    asked.once('timeout', () => asked.destroy(new Error('no answer')));
    asked.write(' ');
  });
}

/** An answer that is no problem, or one with other fields, is an error. */
export function problemIn({ status, type, text: body }: RawAnswer): ProblemView {
  if (type !== 'application/problem+json; charset=utf-8')
    throw new Error(`${status} came as ${type}: ${body.slice(0, 300)}`);
  const read = readShape(problemShape, JSON.parse(body));
  if (!read.ok) throw new Error(`another problem: ${JSON.stringify(read.refusal.complaints)} in ${body.slice(0, 300)}`);
  if (read.value.status !== status) throw new Error(`status ${status} came with a problem of ${read.value.status}`);
  return read.value;
}
