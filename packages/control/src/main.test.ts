import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signerPem } from '@countersign/seal';
import { instantOf } from '@countersign/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { migrate, openStore } from './store/open-store.ts';
import { provision } from './store/provision.ts';
import { openTestDatabase, type TestDatabase } from './testkit/database.ts';
import { makeWorld, NOON_MS } from './testkit/world.ts';

const world = makeWorld();
const folder = mkdtempSync(join(tmpdir(), 'countersign-main-'));
const children: ChildProcess[] = [];
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  for (const key of ['log', 'capsule'] as const)
    writeFileSync(join(folder, `${key}.pem`), signerPem(world.keys[key]), { mode: 0o600 });
  const organisation = {
    id: world.organisation,
    root: '1.root.json',
    logKey: 'log.pem',
    capsuleSigner: 'capsule.pem',
  };
  writeFileSync(join(folder, '1.root.json'), world.config.root);
  writeFileSync(join(folder, 'control.json'), JSON.stringify({ organisations: [organisation] }));
  const store = openStore(database.url, 1);
  await migrate(store);
  await provision(store, {
    organisation: world.organisation,
    principals: world.principals,
    sources: [],
    now: instantOf(NOON_MS),
  });
  await store.destroy();
});
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

interface Program {
  readonly child: ChildProcess;
  readonly url: string;
}
function launch(environment: Readonly<Record<string, string>>): ChildProcess {
  const child = fork(new URL('./main.ts', import.meta.url).pathname, [], {
    env: { PATH: process.env['PATH'], STATE_DIR: folder, PORT: '0', DATABASE_URL: database.url, ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  children.push(child);
  return child;
}
async function start(instance: string): Promise<Program> {
  const child = launch({ INSTANCE: instance });
  const text: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => text.push(chunk));
  const up = await Promise.race([
    once(child, 'message').then(([message]) => message as { up: string; url: string }),
    once(child, 'exit').then(() => {
      throw new Error(`control ended: ${text.join('')}`);
    }),
  ]);
  expect(up.up).toBe('control');
  return { child, url: up.url };
}
const get = async (url: string): Promise<unknown> =>
  (await fetch(url, { headers: { authorization: `Bearer ${world.tokens['person:kim']}` } })).json();

describe('the control program', () => {
  test('three on one database are up, answer and share the record; each ends in order', async () => {
    const programs = await Promise.all(['one', 'two', 'three'].map(start));
    const healths = await Promise.all(programs.map(({ url }) => get(`${url}/api/v1/health`)));
    expect(healths.map((health) => (health as { ready: boolean; instance: string }).instance)).toEqual([
      'one',
      'two',
      'three',
    ]);
    const [first, second, third] = programs;
    const sizes = await Promise.all(
      programs.map(({ url }) => get(`${url}/api/v1/record/checkpoint?after=0&wait=10000`)),
    );
    expect(sizes.map((answer) => (answer as { size: number }).size)).toEqual([1, 1, 1]);
    const ends = programs.map(({ child }) => once(child, 'exit'));
    first?.child.kill('SIGTERM');
    second?.child.disconnect();
    third?.child.kill('SIGINT');
    expect((await Promise.all(ends)).map(([code]) => code as number)).toEqual([0, 0, 0]);
  });

  test('a wrong setting ends it with status 2 and every complaint', async () => {
    const child = launch({ PORT: 'x', PUBLIC_ORIGIN: 'http://example.com' });
    const text: string[] = [];
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => text.push(chunk));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(2);
    expect(
      text
        .join('')
        .trim()
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(['PORT', 'PUBLIC_ORIGIN']);
  });
});
