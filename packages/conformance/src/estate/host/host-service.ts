/** One host's service: what the running instance loaded, and how it comes to a new instance. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { integer, instantOf } from '@countersign/core';
import type { EstateHost } from '../layout.ts';
import type { AppConf } from '../manifests.ts';
import { PATCHED_VERSION } from '../packages.ts';
import { controlTokenFile, replaceFile } from './host-files.ts';
import { loadHost, readUpstreamLatencyMs, type Loaded } from './load-host.ts';

export type Instance =
  | {
      readonly state: 'running';
      /** New at every start: proves that a restart happened. */
      readonly instance: string;
      readonly startedAtMs: number;
      readonly versions: Loaded['versions'];
      readonly conf: AppConf;
    }
  | { readonly state: 'failed'; readonly error: string; readonly failedAtMs: number };

/** Kept over restarts of the whole estate, so that "how many were ever broken" and "touched twice" have an answer. */
export interface StartCounts {
  /** Restarts asked for through the init system; boots of the estate do not count. */
  readonly restarts: number;
  /** Starts that ended in `failed`. */
  readonly failedStarts: number;
}

export type Probe =
  | { readonly state: 'passed'; readonly upstreamLatencyMs?: number; readonly timeoutMs?: number }
  | { readonly state: 'failed'; readonly error: string };

export class HostService {
  readonly host: EstateHost;
  readonly #root: string;
  #current: Instance;
  #counts: StartCounts;

  private constructor(host: EstateHost, root: string, nowMs: number) {
    this.host = host;
    this.#root = root;
    this.#counts = readCounts(root);
    this.#current = this.#start(nowMs);
  }

  /** The machine boots: its service starts from the files that are there. */
  static boot(host: EstateHost, root: string, nowMs: number): HostService {
    return new HostService(host, root, nowMs);
  }

  get current(): Instance {
    return this.#current;
  }

  get counts(): StartCounts {
    return this.#counts;
  }

  /** Ends the instance and starts from the files; synchronous, so nobody sees the time between. */
  restart(nowMs: number): Instance {
    this.#counts = { ...this.#counts, restarts: this.#counts.restarts + 1 };
    this.#current = this.#start(nowMs);
    return this.#current;
  }

  /** The token is read at each use: a host that lost its file, or was given a new one, obeys at once. */
  isControlledBy(presented: string): boolean {
    const expected = readToken(controlTokenFile(this.#root));
    if (expected === undefined) return false;
    const [left, right] = [Buffer.from(presented, 'utf8'), Buffer.from(expected, 'utf8')];
    return left.length === right.length && timingSafeEqual(left, right);
  }

  /** Asks the running instance for a checkout: it waits for its upstream as long as the configuration it loaded says. */
  probeCheckout(): Probe {
    const instance = this.#current;
    if (instance.state === 'failed') return { state: 'failed', error: instance.error };
    const latency = readUpstreamLatencyMs(this.#root);
    if (!latency.ok) return { state: 'failed', error: latency.refusal.detail };
    const timeoutMs = instance.conf.upstreamTimeoutMs;
    if (latency.value > timeoutMs) return { state: 'failed', error: `upstream timed out after ${timeoutMs} ms` };
    return { state: 'passed', upstreamLatencyMs: latency.value, timeoutMs };
  }

  /** Asks whether the library that the running instance loaded still has the flaw; files on disk do not answer for it. */
  probeFlaw(): Probe {
    const instance = this.#current;
    if (instance.state === 'failed') return { state: 'failed', error: instance.error };
    const { openssl } = instance.versions;
    if (openssl !== PATCHED_VERSION)
      return { state: 'failed', error: `openssl ${openssl} is loaded, mended in ${PATCHED_VERSION}` };
    return { state: 'passed' };
  }

  #start(nowMs: number): Instance {
    const loaded = loadHost(this.#root);
    const next: Instance = loaded.ok
      ? { state: 'running', instance: randomBytes(12).toString('hex'), startedAtMs: nowMs, ...loaded.value }
      : { state: 'failed', error: loaded.refusal.detail, failedAtMs: nowMs };
    if (next.state === 'failed') this.#counts = { ...this.#counts, failedStarts: this.#counts.failedStarts + 1 };
    replaceFile(serviceRecord(this.#root), `${JSON.stringify({ host: this.host.id, ...next, ...this.#counts })}\n`);
    return next;
  }
}

/** What `GET /hosts/:id/health` says; the status is 200 only for a running instance. */
export function healthOf({ host, current }: HostService, nowMs: number): object {
  const observedAt = instantOf(nowMs);
  if (current.state === 'failed') {
    const { state, error, failedAtMs } = current;
    return { host: host.id, state, error, failedAt: instantOf(failedAtMs), observedAt };
  }
  const { state, instance, startedAtMs, versions } = current;
  return { host: host.id, state, instance, startedAt: instantOf(startedAtMs), versions, observedAt };
}

const serviceRecord = (root: string): string => join(root, 'run', 'service.json');
const TOKEN = /^[0-9a-f]{64}$/;

function readToken(path: string): string | undefined {
  try {
    const token = readFileSync(path, 'utf8').trim();
    return TOKEN.test(token) ? token : undefined;
  } catch {
    // Without its token file a host cannot be controlled: fail closed.
    return undefined;
  }
}

const count = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

function readCounts(root: string): StartCounts {
  let record: unknown;
  try {
    record = JSON.parse(readFileSync(serviceRecord(root), 'utf8'));
  } catch {
    // First boot of this host, or a record someone spoilt: counting begins anew.
    return { restarts: 0, failedStarts: 0 };
  }
  const field = (name: string): number => {
    const value: unknown = typeof record === 'object' && record !== null ? Reflect.get(record, name) : undefined;
    return count.read(value, '', []) ?? 0;
  };
  return { restarts: field('restarts'), failedStarts: field('failedStarts') };
}
