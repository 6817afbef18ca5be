/** The estate over loopback HTTP: health, restart, probes. Every path is matched against known ids, never joined to a folder. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { instantOf } from '@countersign/core';
import { healthOf, type HostService, type Probe } from '../host/host-service.ts';
import type { Estate } from './estate.ts';

const BEARER = /^Bearer ([A-Za-z0-9._-]{1,4096})$/;
/** For people on the host itself. */
export const CONTROL_TOKEN_HEADER = 'x-control-token';
/** No request here needs a body; this much is read and ignored. */
const BODY_BYTES = 1024;
const URL_CHARACTERS = 200;
const FLAW = 'cve-2025-31847';
const FLAW_PROBE = `probe/${FLAW}`;

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly allow?: 'GET' | 'POST';
}

/** A server that is not listening yet; `clock` gives milliseconds since 1970. */
export function estateServer(estate: Estate, clock: () => number): Server {
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000, keepAliveTimeout: 65_000 });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    withBoundedBody(request, (isTooLarge) => {
      if (!isTooLarge) return send(response, answerSafely(estate, request, clock()));
      response.setHeader('connection', 'close');
      return send(response, problem(413, `the body must not exceed ${BODY_BYTES} bytes`));
    });
  });
  return server;
}

/** Reads the body to its end or to the limit, whichever comes first, and then says so once. */
function withBoundedBody(request: IncomingMessage, done: (isTooLarge: boolean) => void): void {
  const { headers } = request;
  const announced = Number(headers['content-length'] ?? 0);
  if (announced > BODY_BYTES) return done(true);
  if (announced === 0 && headers['transfer-encoding'] === undefined) return done(false);
  let read = 0;
  request.on('data', (chunk: Buffer) => {
    const before = read;
    read += chunk.length;
    if (before <= BODY_BYTES && read > BODY_BYTES) done(true);
  });
  request.on('end', () => {
    if (read <= BODY_BYTES) done(false);
  });
}

function answerSafely(estate: Estate, request: IncomingMessage, nowMs: number): Answer {
  try {
    return answer(estate, request, nowMs);
  } catch (error) {
    // A full disk under one host must not take the other hosts down; the reason goes to the operator, not to the caller.
    process.stderr.write(`${JSON.stringify({ event: 'request-failed', error: String(error) })}\n`);
    return problem(500, 'the estate could not carry out the request');
  }
}

function answer(estate: Estate, request: IncomingMessage, nowMs: number): Answer {
  const { url = '', method = '' } = request;
  if (url.length > URL_CHARACTERS) return problem(414, 'the address is too long');
  // Ids are compared as sent; nothing is decoded, so an encoded `..` is just an unknown id.
  const [root, kind = '', id = '', verb = '', ...rest] = url.split('/');
  if (root !== '' || rest.length > 1) return notFound;
  const path = [verb, ...rest].join('/');
  if (kind === 'estate' && verb === '') return asGet(method, () => aboutEstate(estate, id, nowMs));
  if (kind === 'services' && path === 'health') return asGet(method, () => aboutService(estate, id, nowMs));
  const host = kind === 'hosts' ? estate.host(id) : undefined;
  if (host === undefined) return notFound;
  if (path === 'health') return asGet(method, () => aboutHost(host, nowMs));
  if (path === 'probe/checkout')
    return asGet(method, () => probe(host, 'checkout', { found: host.probeCheckout(), nowMs }));
  if (path === FLAW_PROBE) return asGet(method, () => probe(host, FLAW, { found: host.probeFlaw(), nowMs }));
  if (path !== 'restart') return notFound;
  return method === 'POST' ? restart(estate, { host, request, nowMs }) : { ...problem(405, 'use POST'), allow: 'POST' };
}

const asGet = (method: string, get: () => Answer): Answer =>
  method === 'GET' ? get() : { ...problem(405, 'use GET'), allow: 'GET' };

function aboutEstate(estate: Estate, what: string, nowMs: number): Answer {
  const observedAt = instantOf(nowMs);
  if (what === 'summary') return { status: 200, body: { ...estate.summary(nowMs), observedAt } };
  if (what !== 'hosts') return notFound;
  const hosts = estate.hosts.map(({ host, current, counts }) => ({
    id: host.id,
    state: current.state,
    openssl: current.state === 'running' ? current.versions.openssl : undefined,
    ...counts,
  }));
  return { status: 200, body: { hosts, observedAt } };
}

function aboutService(estate: Estate, id: string, nowMs: number): Answer {
  const health = estate.service(id, nowMs);
  if (health === undefined) return notFound;
  return { status: health.state === 'ok' ? 200 : 503, body: { ...health, observedAt: instantOf(nowMs) } };
}

const aboutHost = (host: HostService, nowMs: number): Answer => ({
  status: host.current.state === 'running' ? 200 : 503,
  body: healthOf(host, nowMs),
});

function probe(
  { host: { id } }: HostService,
  name: string,
  { found, nowMs }: { readonly found: Probe; readonly nowMs: number },
): Answer {
  const body = { host: id, probe: name, ...found, observedAt: instantOf(nowMs) };
  return { status: found.state === 'passed' ? 200 : 503, body };
}

interface Asked {
  readonly host: HostService;
  readonly request: IncomingMessage;
  readonly nowMs: number;
}

/** Done when the answer is written. 200 says the restart was carried out; whether the service runs is for health to say. */
function restart(estate: Estate, { host, request, nowMs }: Asked): Answer {
  const token = request.headers[CONTROL_TOKEN_HEADER];
  const credential = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (credential !== undefined) {
    const about = { host: host.host.id, operation: 'service.restart', nowMs };
    if (!estate.door.open(credential, about)) return problem(403, 'the task credential opens nothing here');
  } else if (typeof token !== 'string') return problem(401, `a task credential or ${CONTROL_TOKEN_HEADER} is missing`);
  else if (!host.isControlledBy(token)) return problem(403, 'the control token is not the one of this host');
  host.restart(nowMs);
  return { status: 200, body: healthOf(host, nowMs) };
}

const problem = (status: number, detail: string): Answer => ({ status, body: { status, detail } });
const notFound: Answer = problem(404, 'there is no such host, service or page');

function send(response: ServerResponse, { status, body, allow }: Answer): void {
  const text = Buffer.from(JSON.stringify(body));
  const type = 'detail' in body ? 'application/problem+json' : 'application/json';
  response.writeHead(status, {
    'content-type': type,
    'content-length': text.length,
    'cache-control': 'no-store',
    ...(allow !== undefined && { allow }),
  });
  response.end(text);
}
