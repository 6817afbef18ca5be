import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SOUND_APP_CONF, stagingEstate, type EstateHost, type EstateLayout } from '../layout.ts';
import { PATCHED_OPENSSL, validatorText } from '../packages.ts';
import { controlTokenFile, hostRoot, writeEstate } from './host-files.ts';
import { HostService, healthOf } from './host-service.ts';

const staging = stagingEstate();
const [first] = staging.hosts as [EstateHost, ...EstateHost[]];
const api = staging.hosts.find(({ id }) => id === staging.checkoutHost)!;
const layout: EstateLayout = { ...staging, hosts: [first, api] };
let state = '';
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'estate-'));
  writeEstate(layout, state);
});
afterEach(() => rmSync(state, { recursive: true }));

const boot = (host = first, nowMs = 1000): HostService => HostService.boot(host, hostRoot(state, host.id), nowMs);
const put = (path: string, content: string | Buffer, host = first): void =>
  writeFileSync(join(hostRoot(state, host.id), path), content);
const errorOf = (service: HostService): string => (service.current.state === 'failed' ? service.current.error : '');
const instanceOf = (service: HostService): string =>
  service.current.state === 'running' ? service.current.instance : '';

test('a host runs what its files say, and health shows the versions it loaded', () => {
  const service = boot();
  const conf = readFileSync(join(hostRoot(state, first.id), 'etc/app.conf'));
  expect(healthOf(service, 2000)).toEqual({
    host: first.id,
    state: 'running',
    instance: instanceOf(service),
    startedAt: '1970-01-01T00:00:01.000Z',
    versions: {
      openssl: first.opensslVersion,
      tlsValidator: first.tlsValidator,
      config: `sha256:${createHash('sha256').update(conf).digest('hex')}`,
    },
    observedAt: '1970-01-01T00:00:02.000Z',
  });
});

test('a changed file changes nothing in the running instance until the restart', () => {
  const service = boot();
  const before = healthOf(service, 2000);
  put('lib/openssl.json', PATCHED_OPENSSL);
  put('etc/app.conf', 'not a configuration');
  expect(healthOf(service, 2000)).toEqual(before);
  put('etc/app.conf', SOUND_APP_CONF);
  service.restart(3000);
  expect(healthOf(service, 3000)).toMatchObject({ state: 'running', versions: { openssl: '3.0.14' } });
  expect(healthOf(service, 3000)).not.toMatchObject({ instance: Reflect.get(before, 'instance') as string });
});

test('scenario A: the conflicting validator does not start on the patched openssl, and does again on the old one', () => {
  put('lib/tls-validator.json', validatorText('2.1'));
  const old = readFileSync(join(hostRoot(state, first.id), 'lib/openssl.json'));
  const service = boot();
  expect(service.current.state).toBe('running');
  put('lib/openssl.json', PATCHED_OPENSSL);
  service.restart(5000);
  expect(healthOf(service, 6000)).toEqual({
    host: first.id,
    state: 'failed',
    error:
      'tls-validator 2.1: symbol lookup error: undefined symbol: X509_cmp_time_ex (libcrypto.so.3, openssl 3.0.14)',
    failedAt: '1970-01-01T00:00:05.000Z',
    observedAt: '1970-01-01T00:00:06.000Z',
  });
  put('lib/openssl.json', old);
  expect(service.current.state).toBe('failed');
  expect(service.restart(7000).state).toBe('running');
});

test.each([
  ['etc/app.conf', '{', 'etc/app.conf: is not JSON'],
  ['etc/app.conf', '', 'etc/app.conf: is not JSON'],
  ['etc/app.conf', Buffer.from([0x7b, 0xff, 0x7d]), 'etc/app.conf: is not JSON'],
  ['etc/app.conf', '[]', 'etc/app.conf: "" must be an object'],
  ['etc/app.conf', SOUND_APP_CONF.replace('2000', '0'), 'etc/app.conf: "/upstreamTimeoutMs" must be an integer from 1'],
  [
    'etc/app.conf',
    SOUND_APP_CONF.replace('"workers"', '"wo\\nrkers"'),
    'etc/app.conf: "/wo\\nrkers" is not a known field',
  ],
  ['lib/openssl.json', '{"name":"openssl"}', 'lib/openssl.json: "/version" is missing'],
  ['lib/tls-validator.json', 'null', 'lib/tls-validator.json: "" must be an object'],
  ['lib/openssl.json', ' '.repeat(65_537), 'lib/openssl.json: cannot open, or larger than 65536 bytes'],
])('a host with a malformed %s fails to start and says why (%#)', (path, content, reason) => {
  put(path, content);
  expect(errorOf(boot())).toContain(reason);
});

test.each(['lib/openssl.json', 'lib/tls-validator.json', 'etc/app.conf'])(
  'a host without %s does not start',
  (path) => {
    rmSync(join(hostRoot(state, first.id), path));
    expect(errorOf(boot())).toContain(`${path}: cannot open`);
  },
);

test('a folder in the place of a file fails the start', () => {
  rmSync(join(hostRoot(state, first.id), 'etc/app.conf'));
  mkdirSync(join(hostRoot(state, first.id), 'etc/app.conf'));
  expect(boot().current.state).toBe('failed');
});

test('each start writes run/service.json, and the counts outlive the process', () => {
  const service = boot();
  put('etc/app.conf', '{');
  service.restart(2000);
  service.restart(3000);
  const record = (): object =>
    JSON.parse(readFileSync(join(hostRoot(state, first.id), 'run/service.json'), 'utf8')) as object;
  expect(record()).toMatchObject({ host: first.id, state: 'failed', failedAtMs: 3000, restarts: 2, failedStarts: 2 });
  put('etc/app.conf', SOUND_APP_CONF);
  const again = boot(first, 4000);
  expect(again.counts).toEqual({ restarts: 2, failedStarts: 2 });
  expect(record()).toMatchObject({ state: 'running', startedAtMs: 4000, instance: instanceOf(again), restarts: 2 });
});

test.each(['', 'null', '{"restarts":-1,"failedStarts":"9"}', '{"restarts":1e99}'])(
  'a spoilt run/service.json (%s) does not keep the host from starting',
  (content) => {
    put('run/service.json', content);
    const service = boot();
    expect([service.current.state, service.counts]).toEqual(['running', { restarts: 0, failedStarts: 0 }]);
  },
);

test('only the token of this host controls it, and a missing or malformed token file controls nothing', () => {
  const service = boot();
  const file = controlTokenFile(hostRoot(state, first.id));
  const token = readFileSync(file, 'utf8');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(service.isControlledBy(token)).toBe(true);
  expect(service.isControlledBy(readFileSync(controlTokenFile(hostRoot(state, api.id)), 'utf8'))).toBe(false);
  for (const wrong of ['', token.slice(1), `${token}0`, token.toUpperCase().replaceAll(/\d/g, 'A')])
    expect(service.isControlledBy(wrong)).toBe(false);
  writeFileSync(file, '');
  expect([service.isControlledBy(''), service.isControlledBy(token)]).toEqual([false, false]);
  rmSync(file);
  expect(service.isControlledBy(token)).toBe(false);
});

test('W1: the checkout probe fails with the short timeout, and passes after the fix and a restart, not before', () => {
  const service = boot(api);
  expect(service.probeCheckout()).toEqual({ state: 'failed', error: 'upstream timed out after 500 ms' });
  put('etc/app.conf', SOUND_APP_CONF, api);
  expect(service.probeCheckout().state).toBe('failed');
  service.restart(2000);
  expect(service.probeCheckout()).toEqual({ state: 'passed', upstreamLatencyMs: 800, timeoutMs: 2000 });
});

test('the checkout probe fails on a failed host and on an unreadable upstream', () => {
  const service = boot();
  expect(service.probeCheckout().state).toBe('passed');
  put('etc/upstream.json', '{"latencyMs":-1}');
  expect(service.probeCheckout()).toMatchObject({ state: 'failed' });
  put('lib/openssl.json', '');
  service.restart(2000);
  expect(service.probeCheckout()).toEqual({ state: 'failed', error: 'lib/openssl.json: is not JSON' });
});

test('files of an estate are written once, finished after an interruption, and never for another plan', () => {
  put('etc/app.conf', 'mine');
  expect(writeEstate(layout, state)).toBe('adopted');
  expect(readFileSync(join(hostRoot(state, first.id), 'etc/app.conf'), 'utf8')).toBe('mine');
  expect(() => writeEstate({ ...layout, seed: 1 }, state)).toThrow('holds another estate');
  rmSync(join(state, 'estate.json'));
  expect(writeEstate(layout, state)).toBe('created');
  expect(readFileSync(join(hostRoot(state, first.id), 'etc/app.conf'), 'utf8')).not.toBe('mine');
});
