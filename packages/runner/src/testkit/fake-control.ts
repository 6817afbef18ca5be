/** A control plane over loopback HTTP that answers as told: for gateway, witness and relay. */
import { createServer, type Server, type ServerResponse } from 'node:http';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: unknown;
}
export interface Told {
  readonly status: number;
  readonly body?: unknown;
}

export class FakeControl {
  readonly asked: Asked[] = [];
  #tell: (asked: Asked) => Told | Promise<Told>;
  readonly #server: Server;
  #url = '';

  constructor(tell: (asked: Asked) => Told | Promise<Told>) {
    this.#tell = tell;
    this.#server = createServer((request, response) => {
      const chunks: Uint8Array[] = [];
      request.on('data', (chunk: Uint8Array) => void chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        const asked = {
          method: request.method ?? '',
          path: request.url ?? '',
          authorization: request.headers.authorization ?? '',
          body,
        };
        this.asked.push(asked);
        void this.#reply(asked, response);
      });
    });
  }

  answer(tell: (asked: Asked) => Told | Promise<Told>): void {
    this.#tell = tell;
  }

  async #reply(asked: Asked, response: ServerResponse): Promise<void> {
    const told = await this.#tell(asked);
    response.writeHead(told.status, { 'content-type': 'application/json' });
    response.end(told.body === undefined ? '' : JSON.stringify(told.body));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('control does not listen');
    this.#url = `http://127.0.0.1:${address.port}`;
  }

  get url(): string {
    return this.#url;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}
