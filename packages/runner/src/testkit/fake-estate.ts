/** Hosts in a folder and one service on them, over loopback HTTP: they fail because of what is in their files. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { instantOf, type Tier } from '@countersign/core';
import { decodePublicKey, verifyTaskCredential } from '@countersign/seal';
import type { InventoryFile } from '../preflight/inventory.ts';
import { inventoryShape } from '../preflight/inventory.ts';
import { good, made } from './made.ts';
import { SERVICE } from './policy.ts';

interface Host {
  readonly root: string;
  instance: number;
  version: string;
  startedAtMs: number;
  restarts: number;
  isRunning: boolean;
}

export type Behaviour = 'normal' | 'breaks-on-2' | 'loses-answer' | 'no-health' | 'never-restarts';

/** `behaviour` says how a host's own software reacts; nothing else makes it fail. */
export class FakeEstate {
  readonly hosts: Map<string, Host> = new Map();
  readonly behaviour: Map<string, Behaviour> = new Map();
  readonly requests: string[] = [];
  /** Where each runner keeps the public half of its task key (X3). */
  readonly taskKeyFiles: Map<string, string> = new Map();
  /** Ids of the credentials that were spent, in order. */
  readonly spent: string[] = [];
  isServiceSilent = false;
  /** Called with each restart before it happens. */
  onRestart: (id: string) => void = () => undefined;
  /** The clock of the hosts. */
  nowMs: () => number = Date.now;
  /** Awaited before a restart is carried out, or health is told. */
  beforeRestart: (id: string) => Promise<void> = async () => undefined;
  beforeHealth: (id: string) => Promise<void> = async () => undefined;
  readonly #folder: string;
  readonly #server: Server;
  #baseUrl = '';

  constructor(folder: string, ids: readonly string[]) {
    this.#folder = folder;
    for (const id of ids) this.#make(id);
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  #make(id: string): void {
    const root = join(this.#folder, 'hosts', id);
    mkdirSync(join(root, 'lib'), { recursive: true });
    writeFileSync(join(root, 'lib', 'app.json'), '{"version":"1"}');
    this.hosts.set(id, { root, instance: 1, version: '1', startedAtMs: 0, restarts: 0, isRunning: true });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the estate does not listen');
    this.#baseUrl = `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }

  get baseUrl(): string {
    return this.#baseUrl;
  }

  content(id: string): string {
    return readFileSync(join(this.#host(id).root, 'lib', 'app.json'), 'utf8');
  }

  write(id: string, content: string): void {
    writeFileSync(join(this.#host(id).root, 'lib', 'app.json'), content);
  }

  #host(id: string): Host {
    const host = this.hosts.get(id);
    if (host === undefined) throw new Error(`no host ${id}`);
    return host;
  }

  inventory(tiers: Readonly<Record<string, Tier>> = {}): InventoryFile {
    const at = (id: string, what: string): string => `${this.#baseUrl}/hosts/${id}/${what}`;
    return made(inventoryShape, {
      targets: [...this.hosts].map(([id, { root }]) => ({
        id,
        root,
        healthUrl: at(id, 'health'),
        restartUrl: at(id, 'restart'),
        tier: tiers[id] ?? 'non-critical',
        labels: {},
      })),
      dependants: [{ id: SERVICE, healthUrl: `${this.#baseUrl}/services/${SERVICE}/health` }],
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    this.requests.push(`${request.method ?? ''} ${url}`);
    const [, kind, id = '', verb] = url.split('/');
    const host = this.hosts.get(id);
    if (kind === 'services') return this.#service(response);
    if (host === undefined) return send(response, 404, {});
    if (verb === 'restart')
      return void this.beforeRestart(id).then(() => this.#restart(id, host, { request, response }));
    if (verb === 'probe') return send(response, host.isRunning && host.version === '2' ? 200 : 503, {});
    if (this.behaviour.get(id) === 'no-health' && host.restarts > 0) return send(response, 500, {});
    return void this.beforeHealth(id).then(() =>
      send(response, host.isRunning ? 200 : 503, healthOf(host, this.nowMs())),
    );
  }

  #service(response: ServerResponse): void {
    if (this.isServiceSilent) return void response.destroy();
    const failed = [...this.hosts.values()].filter(({ isRunning }) => !isRunning).length;
    const state = failed === 0 ? 'ok' : 'degraded';
    return send(response, failed === 0 ? 200 : 503, {
      state,
      observedAt: instantOf(this.nowMs()),
      successRate: 1000 - failed,
      queueDepth: failed,
    });
  }

  #isLetIn(id: string, authorization: string): boolean {
    const keys = new Map(
      [...this.taskKeyFiles].map(([issuer, file]) => [
        issuer,
        good(decodePublicKey(readFileSync(file, 'utf8').trim())),
      ]),
    );
    const nowSeconds = Math.floor(this.nowMs() / 1000);
    const rule = { keys, audience: id, operation: 'service.restart', nowSeconds };
    const read = verifyTaskCredential(authorization.replace('Bearer ', ''), rule);
    if (!read.ok || this.spent.includes(read.value.jti)) return false;
    this.spent.push(read.value.jti);
    return true;
  }

  #restart(
    id: string,
    host: Host,
    { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  ): void {
    if (!this.#isLetIn(id, request.headers.authorization ?? '')) return send(response, 403, {});
    this.onRestart(id);
    const behaviour = this.behaviour.get(id) ?? 'normal';
    host.restarts += 1;
    if (behaviour === 'never-restarts') return send(response, 200, healthOf(host, this.nowMs()));
    host.instance += 1;
    host.startedAtMs = this.nowMs();
    const text = readFileSync(join(host.root, 'lib', 'app.json'), 'utf8');
    host.version = /"version":"(\d+)"/.exec(text)?.[1] ?? 'none';
    host.isRunning = !(behaviour === 'breaks-on-2' && host.version === '2');
    if (behaviour === 'loses-answer') return void response.destroy();
    return send(response, 200, healthOf(host, this.nowMs()));
  }
}

function healthOf({ isRunning, instance, startedAtMs, version }: Host, nowMs: number): object {
  const observedAt = instantOf(nowMs);
  if (!isRunning) return { state: 'failed', error: 'does not start with version 2', observedAt };
  return {
    state: 'running',
    instance: String(instance),
    startedAt: instantOf(startedAtMs),
    versions: { app: version },
    observedAt,
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
}
