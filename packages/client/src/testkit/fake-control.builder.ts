/** A control plane of a test's own: answers what it was told to, and remembers what it was asked. Real HTTP on loopback. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}
export type Reply =
  | { readonly status?: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly text: string }
  /** Written at once; `end` closes the connection afterwards. */
  | { readonly stream: readonly string[]; readonly end: boolean };
type Answer = Reply | ((asked: Asked) => Reply);

export class FakeControl {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  readonly #answers: ReadonlyMap<string, Answer>;

  private constructor(answers: Readonly<Record<string, Answer>>) {
    this.#answers = new Map(Object.entries(answers));
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Addresses are `GET /path` below `/api/v1`; what is not named is a 404 problem. */
  static async start(answers: Readonly<Record<string, Answer>>): Promise<FakeControl> {
    const fake = new FakeControl(answers);
    await new Promise<void>((done) => fake.#server.listen(0, '127.0.0.1', done));
    return fake;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  to(path: string): readonly Asked[] {
    return this.asked.filter((one) => `${one.method} ${one.path.split('?')[0] ?? ''}` === path);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await askedIn(request);
    this.asked.push(asked);
    const wanted = this.#answers.get(`${asked.method} ${asked.path.split('?')[0] ?? ''}`);
    const reply: Reply = typeof wanted === 'function' ? wanted(asked) : (wanted ?? NOT_FOUND);
    if ('stream' in reply) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      for (const text of reply.stream) response.write(text);
      if (reply.end) response.end();
      return;
    }
    if ('text' in reply) {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(reply.text);
      return;
    }
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(reply.json));
  }
}

const NOT_FOUND: Reply = {
  status: 404,
  json: { code: 'not-found', title: 'there is no such thing here', detail: 'nothing answers here' },
};

async function askedIn(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const { method = '', url = '', headers } = request;
  const isJson = (headers['content-type'] ?? '').includes('json');
  const body: unknown = isJson && text !== '' ? JSON.parse(text) : text === '' ? undefined : text;
  return { method, path: url.replace(/^\/api\/v1/, ''), headers, body };
}

export const problem = (status: number, code: string, more: object = {}): Reply => ({
  status,
  json: { type: `urn:countersign:error:${code}`, title: code, status, detail: `refused: ${code}`, code, ...more },
});

/** One event of the stream. */
export const event = (seq: number, leaf: object, body?: unknown): string =>
  `id: ${seq}\ndata: ${JSON.stringify({ seq, leaf, ...(body !== undefined && { body }) })}\n\n`;
