import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { controlTokenFile, hostRoot } from '../host/host-files.ts';
import { SOUND_APP_CONF, stagingEstate } from '../layout.ts';
import { Estate } from './estate.ts';
import { CONTROL_TOKEN_HEADER, estateServer } from './server.ts';

const layout = stagingEstate();
const NOW_MS = Date.parse('2026-04-14T02:14:00.000Z');
let state = '';
let port = 0;
let server: ReturnType<typeof estateServer>;
beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'estate-'));
  server = estateServer(Estate.boot(layout, state, NOW_MS), () => NOW_MS);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(state, { recursive: true });
});

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Record<string, unknown>;
}

/** Sends the path exactly as given: `fetch` would tidy `..` away. */
function call(
  method: string,
  path: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  return new Promise((done, failed) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const read = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
        done({ status: response.statusCode ?? 0, headers: response.headers, body: read });
      });
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

const [host, other] = layout.hosts.map(({ id }) => id) as [string, string];
const tokenOf = (id: string): Record<string, string> => ({
  [CONTROL_TOKEN_HEADER]: readFileSync(controlTokenFile(hostRoot(state, id)), 'utf8'),
});

test('health of a running host is 200 with its instance and versions', async () => {
  const { status, body, headers } = await call('GET', `/hosts/${host}/health`);
  expect([status, headers['content-type']]).toEqual([200, 'application/json']);
  expect(body).toMatchObject({ host, state: 'running', observedAt: '2026-04-14T02:14:00.000Z' });
  expect(Object.keys(body['versions'] as object)).toEqual(['openssl', 'tlsValidator', 'config']);
});

test('a restart with the token of the host gives a new instance', async () => {
  const before = await call('GET', `/hosts/${host}/health`);
  const restarted = await call('POST', `/hosts/${host}/restart`, { headers: tokenOf(host) });
  const after = await call('GET', `/hosts/${host}/health`);
  expect([restarted.status, restarted.body['instance']]).toEqual([200, after.body['instance']]);
  expect(after.body['instance']).not.toBe(before.body['instance']);
});

test('a restart without the token, or with that of another host, is refused and does nothing', async () => {
  const before = await call('GET', `/hosts/${host}/health`);
  const none = await call('POST', `/hosts/${host}/restart`);
  const wrong = await call('POST', `/hosts/${host}/restart`, { headers: tokenOf(other) });
  const empty = await call('POST', `/hosts/${host}/restart`, { headers: { [CONTROL_TOKEN_HEADER]: '' } });
  expect([none.status, wrong.status, empty.status]).toEqual([401, 403, 403]);
  expect(wrong.headers['content-type']).toBe('application/problem+json');
  expect((await call('GET', `/hosts/${host}/health`)).body).toEqual(before.body);
});

test('a host that failed to start answers 503 with the reason, and so does the service it degrades', async () => {
  const file = join(hostRoot(state, other), 'etc/app.conf');
  const conf = readFileSync(file);
  writeFileSync(file, '{');
  const restarted = await call('POST', `/hosts/${other}/restart`, { headers: tokenOf(other) });
  expect([restarted.status, restarted.body['state']]).toEqual([200, 'failed']);
  const failed = await call('GET', `/hosts/${other}/health`);
  expect([failed.status, failed.body['error']]).toEqual([503, 'etc/app.conf: is not JSON']);
  const service = layout.hosts.find(({ id }) => id === other)?.services[0] ?? '';
  const degraded = await call('GET', `/services/${service}/health`);
  expect([degraded.status, degraded.body['state']]).toEqual([503, 'degraded']);
  writeFileSync(file, conf);
  await call('POST', `/hosts/${other}/restart`, { headers: tokenOf(other) });
  expect((await call('GET', `/services/${service}/health`)).status).toBe(200);
});

test('W1: the reproduction fails before the fix and passes after fix and restart', async () => {
  const probe = `/hosts/${layout.checkoutHost}/probe/checkout`;
  const before = await call('GET', probe);
  expect([before.status, before.body['error']]).toEqual([503, 'upstream timed out after 500 ms']);
  writeFileSync(join(hostRoot(state, layout.checkoutHost), 'etc/app.conf'), SOUND_APP_CONF);
  expect((await call('GET', probe)).status).toBe(503);
  await call('POST', `/hosts/${layout.checkoutHost}/restart`, { headers: tokenOf(layout.checkoutHost) });
  expect((await call('GET', probe)).status).toBe(200);
});

test('the summary counts hosts, and the list shows how often each was restarted', async () => {
  const summary = await call('GET', '/estate/summary');
  expect(summary.body).toMatchObject({ profile: 'staging', hosts: 40, running: 40, failed: 0 });
  const { body } = await call('GET', '/estate/hosts');
  const hosts = body['hosts'] as { id: string; restarts: number }[];
  expect(hosts).toHaveLength(40);
  expect(hosts.reduce((sum, { restarts }) => sum + restarts, 0)).toBe(summary.body['restarts']);
});

test.each([
  '/',
  '/hosts',
  '/hosts/',
  '/hosts/host-9999/health',
  '/hosts/../estate.json/health',
  `/hosts/${encodeURIComponent('../../etc/passwd')}/health`,
  '/hosts/%2e%2e/health',
  '/hosts/__proto__/health',
  `/hosts/${layout.checkoutHost}`,
  `/hosts/${layout.checkoutHost}/health/`,
  `/hosts/${layout.checkoutHost}/health?verbose=1`,
  `/hosts/${layout.checkoutHost}/probe/other`,
  `/hosts/${layout.checkoutHost}/probe/checkout/more`,
  '/services/none/health',
  '/services/constructor/health',
  '/services/staging-portal',
  '/estate',
  '/estate/secrets',
  '/estate/summary/more',
  '//hosts',
])('an unknown path is 404: %s', async (path) => {
  expect((await call('GET', path)).status).toBe(404);
});

test.each([
  ['DELETE', `/hosts/${layout.checkoutHost}/health`, 'GET'],
  ['POST', '/estate/summary', 'GET'],
  ['PUT', '/services/staging-portal/health', 'GET'],
  ['GET', `/hosts/${layout.checkoutHost}/restart`, 'POST'],
])('%s %s is 405 and says that %s is allowed', async (method, path, allowed) => {
  const { status, headers } = await call(method, path);
  expect([status, headers['allow']]).toEqual([405, allowed]);
});

test('a long address is 414', async () => {
  expect((await call('GET', `/hosts/${'a'.repeat(300)}/health`)).status).toBe(414);
});

test('an oversized body is 413 and restarts nothing, announced or chunked', async () => {
  const before = await call('GET', `/hosts/${host}/health`);
  const path = `/hosts/${host}/restart`;
  const headers = tokenOf(host);
  const announced = await call('POST', path, { headers, body: 'x'.repeat(2000) });
  const chunked = await call('POST', path, {
    headers: { ...headers, 'transfer-encoding': 'chunked' },
    body: 'x'.repeat(2000),
  });
  expect([announced.status, chunked.status]).toEqual([413, 413]);
  expect(announced.headers['connection']).toBe('close');
  expect((await call('GET', `/hosts/${host}/health`)).body).toEqual(before.body);
});

test('a small body is read and ignored', async () => {
  const headers = tokenOf(host);
  expect((await call('POST', `/hosts/${host}/restart`, { headers, body: '{}' })).status).toBe(200);
});

test('bytes that are not HTTP end the connection and not the estate', async () => {
  const socket = connect(port, '127.0.0.1');
  const ended = new Promise((done) => socket.on('close', done));
  socket.end('\u0000\u0001 not http\r\n\r\n');
  socket.resume();
  await ended;
  expect((await call('GET', '/estate/summary')).status).toBe(200);
});

test('a host that cannot write its record answers 500 to a restart, and the others go on', async () => {
  const gone = layout.hosts[5]!.id;
  const headers = tokenOf(gone);
  const run = join(hostRoot(state, gone), 'run');
  // A folder where the new record should go makes the write fail, as a full disk would.
  rmSync(join(run, 'service.json'));
  mkdirSync(join(run, 'service.json', 'x'), { recursive: true });
  expect((await call('POST', `/hosts/${gone}/restart`, { headers })).status).toBe(500);
  expect((await call('GET', `/hosts/${host}/health`)).status).toBe(200);
});
