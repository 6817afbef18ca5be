import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Inventory } from './documents/inventory.ts';
import { controlTokenFile } from './host/host-files.ts';
import type { EstateUp } from './main.ts';

const PROGRAM = join(import.meta.dirname, 'main.ts');
let state = '';
let children: ChildProcess[] = [];
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'estate-'));
});
afterEach(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  children = [];
  rmSync(state, { recursive: true });
});

function start(...args: readonly string[]): ChildProcess {
  const child = fork(PROGRAM, ['--state', state, '--profile', 'staging', ...args], { silent: true });
  children.push(child);
  return child;
}
const upOf = (child: ChildProcess): Promise<EstateUp> =>
  new Promise((done, failed) => {
    child.once('message', (message) => done((message as { up: EstateUp }).up));
    child.once('exit', (code) => failed(new Error(`ended with ${code} before it was up`)));
  });
const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((done) => void child.once('exit', (code) => done(code)));
const errorsOf = async (child: ChildProcess): Promise<string> => {
  const lines: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  await new Promise((done) => void child.once('close', done));
  return lines.join('');
};

test('the estate announces itself, leaves its papers, ends on SIGTERM, and keeps its state for the next start', async () => {
  const child = start();
  const up = await upOf(child);
  expect(up).toMatchObject({ profile: 'staging', hosts: 40, running: 40, checkoutHost: 'staging-api-01' });
  const { targets } = JSON.parse(readFileSync(up.documents.inventory, 'utf8')) as Inventory;
  const [target] = targets;
  expect((await fetch(target?.healthUrl ?? '')).status).toBe(200);
  const token = readFileSync(controlTokenFile(target?.root ?? ''), 'utf8');
  await fetch(target?.restartUrl ?? '', { method: 'POST', headers: { 'x-control-token': token } });
  const ended = exitOf(child);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);

  const again = await upOf(start());
  const summary = (await (await fetch(`${again.baseUrl}/estate/summary`)).json()) as { restarts: number };
  expect(summary.restarts).toBe(1);
  expect(readFileSync(controlTokenFile(target?.root ?? ''), 'utf8')).toBe(token);
});

test('the estate ends when its parent goes away', async () => {
  const child = start();
  await upOf(child);
  const ended = exitOf(child);
  child.disconnect();
  expect(await ended).toBe(0);
});

test('a port in use is a clear message and a bad exit status', async () => {
  const holder = createServer();
  await new Promise<void>((done) => holder.listen(0, '127.0.0.1', done));
  const { port } = holder.address() as AddressInfo;
  const child = start('--port', String(port));
  const ended = exitOf(child);
  expect(await errorsOf(child)).toBe(`the demo estate cannot start: port ${port} is in use\n`);
  expect(await ended).toBe(1);
  holder.close();
});

test('wrong settings are a clear message and a bad exit status', async () => {
  const child = start('--port', 'http');
  const ended = exitOf(child);
  expect(await errorsOf(child)).toContain('/port must be an integer from 0 to 65535');
  expect(await ended).toBe(1);
});
