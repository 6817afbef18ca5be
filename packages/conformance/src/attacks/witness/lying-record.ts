/** A control plane that shows a witness whatever the attacker wants: the record's part of the HTTP API and nothing else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { encodeBase64, parseEnvelope, type DsseEnvelope } from '@countersign/seal';
import { good } from '../world/made.ts';

/** What is claimed: one checkpoint, and the entries that are said to stand under it. */
export interface Claim {
  readonly size: number;
  readonly note: string;
  readonly leaves: readonly Uint8Array[];
  /** Entries that are not shown. */
  readonly hidden?: readonly number[];
  /** Documents behind the entries, by the place of the entry. */
  readonly bodies?: ReadonlyMap<number, Uint8Array>;
}

export class LyingRecord {
  readonly #server: Server;
  readonly #waiting: Set<() => void> = new Set();
  readonly cosigned: number[] = [];
  /** Status statements as they were signed. */
  readonly said: DsseEnvelope[] = [];
  #claim: Claim | undefined;
  #isNew = false;

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  claim(claim: Claim): void {
    this.#claim = claim;
    // Whoever is told nothing new waits again.
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://record');
    const number = (name: string): number => Number(url.searchParams.get(name) ?? '0');
    const path = url.pathname.replace('/api/v1/record', '');
    if (request.method === 'POST') return this.#take(path, request, response);
    if (path === '/checkpoint') return this.#checkpoint(number('after'), response);
    if (path === '/entries') return send(response, { entries: this.#entries(number('from'), number('limit')) });
    response.writeHead(404).end();
  }

  /** Held while there is nothing else to claim than what was claimed before, as a real server does. */
  #checkpoint(after: number, response: ServerResponse): void {
    const claim = this.#claim;
    if (claim === undefined || (claim.size === after && this.cosigned.includes(after) && !this.#isNew)) {
      this.#waiting.add(() => this.#checkpoint(after, response));
      return;
    }
    this.#isNew = false;
    send(response, { size: claim.size, note: claim.note });
  }

  /** Says the same size again, for a claim that is another record of that size. */
  repeat(claim: Claim): void {
    this.#isNew = true;
    this.claim(claim);
  }

  #entries(from: number, limit: number): readonly object[] {
    const { leaves = [], hidden = [], bodies } = this.#claim ?? {};
    const all = leaves.map((bytes, seq) => {
      const body = bodies?.get(seq);
      return { seq, leaf: encodeBase64(bytes), ...(body !== undefined && { body: encodeBase64(body) }) };
    });
    return all.slice(from, from + limit).filter(({ seq }) => !hidden.includes(seq));
  }

  #take(path: string, request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const of = (name: string): unknown =>
        typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
      const size = of('size');
      if (path === '/cosignatures' && typeof size === 'number') this.cosigned.push(size);
      if (path === '/status') this.said.push(good(parseEnvelope(of('status'))));
      send(response, {});
    });
  }
}

const send = (response: ServerResponse, body: object): void => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
};
