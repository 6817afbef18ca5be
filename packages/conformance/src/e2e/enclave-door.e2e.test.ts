// A gateway of an enclave that holds no token: invited with `cs`, it makes its key, enrols, fetches over mutual TLS, and is shut out.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { start, type Started } from '../attacks/world/programs.ts';
import { demoFiles } from '../demo/files.ts';
import { DEMO_ORGANISATION } from '../demo/people.ts';
import { runCli } from '../scenarios/run-a.ts';
import { startSystem, type System } from '../system/start-system.ts';

let system: System;
let gateway: Started | undefined;
let folder = '';

beforeAll(async () => {
  system = await startSystem();
  folder = join(system.state, 'enrolled');
  for (const name of ['inbox', 'outbox', 'held', 'identity']) mkdirSync(join(folder, name), { recursive: true });
});
afterAll(async () => {
  await gateway?.stop();
  expect(await system.stop()).toBe(0);
});

const at = (name: string): string => join(folder, name);
const cs = (...args: readonly string[]): Promise<number | null> =>
  runCli(['--url', system.url, '--token', system.tokens['person:nils'] ?? '', ...args]);
async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !isTrue(); await new Promise((done) => void setTimeout(done, 20)))
    if (Date.now() > end) throw new Error(`never came: ${what}; the gateway said: ${gateway?.said() ?? ''}`);
}
const kinds = (): readonly string[] => readdirSync(at('inbox')).map((name) => name.replace(/^\d+-|\.json$/g, ''));

test('O4, X1: an invited gateway enrols by itself and is given what is for its enclave', async () => {
  expect(await cs('enclave', 'invite', 'staging', '-o', at('identity/invitation.json'))).toBe(0);
  expect(statSync(at('identity/invitation.json')).mode & 0o777).toBe(0o600);
  const { url } = JSON.parse(readFileSync(at('identity/invitation.json'), 'utf8')) as { url: string };
  expect(url).toMatch(/^https:\/\/localhost:\d+$/);
  const config = {
    organisation: DEMO_ORGANISATION,
    enclave: 'staging',
    egress: 'sanitized',
    inbox: 'inbox',
    outbox: 'outbox',
    held: 'held',
    state: 'state',
    root: demoFiles(system.state).root,
    allowDemo: true,
    link: { kind: 'control', url, shows: { kind: 'certificate', folder: 'identity' } },
  };
  writeFileSync(at('gateway.json'), JSON.stringify(config));
  gateway = await start({ file: 'runner/src/gateway.ts', args: [at('gateway.json')] });
  await until('deliveries', () => kinds().includes('trust') && kinds().includes('status'));
  expect(existsSync(at('identity/invitation.json'))).toBe(false);
  expect(statSync(at('identity/gateway.key')).mode & 0o777).toBe(0o600);
});

test('O4: after a restart it comes in with the certificate it has', async () => {
  await gateway?.stop();
  for (const name of readdirSync(at('inbox'))) writeFileSync(at(`inbox/${name}`), '');
  writeFileSync(at('state/cursor.json'), '{"next":0}');
  const certificate = readFileSync(at('identity/certificate.pem'), 'utf8');
  gateway = await start({ file: 'runner/src/gateway.ts', args: [at('gateway.json')] });
  await until('a delivery', () => readdirSync(at('inbox')).some((name) => statSync(at(`inbox/${name}`)).size > 0));
  expect(readFileSync(at('identity/certificate.pem'), 'utf8')).toBe(certificate);
});

test('O4: shut out by one person it gets no further, and its own log says so', async () => {
  const before = gateway?.said().length ?? 0;
  expect(await cs('enclave', 'shut-out', 'staging')).toBe(0);
  await until('a refusal', () => (gateway?.said().slice(before) ?? '').includes('status 401'));
});
