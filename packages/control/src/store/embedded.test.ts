import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEmbedded, type Database } from './embedded.ts';
import { allWorkingIn, isAlive, until, worksIn } from './embedded/processes.ts';

const WAIT_MS = 30_000;
const children: ChildProcess[] = [];
const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'countersign-pg-'));
  folders.push(made);
  return made;
}

/** Whatever a failed test left running ends here: the servers by the folder they work in, never by name. */
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const made of folders) {
    const data = join(made, 'pg');
    if (existsSync(data)) for (const pid of allWorkingIn(data)) process.kill(pid, 'SIGKILL');
    await until(() => !existsSync(data) || allWorkingIn(data).length === 0, WAIT_MS);
    rmSync(made, { recursive: true, force: true });
  }
});

async function ask(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: statement, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

async function killServer(database: Database, state: string): Promise<void> {
  process.kill(database.pid, 'SIGKILL');
  expect(await until(() => !isAlive(database.pid), WAIT_MS), 'the killed server is dead').toBe(true);
  expect(existsSync(join(state, 'pg', 'postmaster.pid')), 'it left its pid file').toBe(true);
}

/** Another program that opens the same database, says what it got and then stays until it is killed. */
async function otherProgram(state: string): Promise<{ child: ChildProcess; pid: number; adopted: boolean }> {
  const module = join(import.meta.dirname, 'embedded.ts');
  const program = `import { openEmbedded } from ${JSON.stringify(module)};
    const { pid, adopted } = await openEmbedded(process.argv[1]);
    process.stdout.write(JSON.stringify({ pid, adopted }) + '\\n');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, state], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, ...(JSON.parse(line.toString()) as { pid: number; adopted: boolean }) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describe('one state folder through its life', () => {
  let state: string;
  let first: Database;
  beforeAll(async () => {
    state = folder();
    first = await openEmbedded(state);
    await ask(first.url, 'create table kept (n integer primary key)');
  });
  afterAll(() => first.stop());

  test('the server listens on loopback only, opens no socket file, and trades no durability', async () => {
    const asked = ['listen_addresses', 'fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums'];
    const found = await Promise.all(asked.map((name) => ask(first.url, `select current_setting('${name}')`)));
    expect(found.flat()).toEqual(['127.0.0.1', 'on', 'on', 'on', 'on']);
    const socketFolder = readFileSync(join(state, 'pg', 'postmaster.pid'), 'utf8').split('\n')[4];
    expect(socketFolder).toBe('');
  });

  test('tables that grow are counted again within seconds, so that no plan of an empty table is kept', async () => {
    const asked = ['autovacuum', 'autovacuum_naptime', 'autovacuum_analyze_threshold'];
    const found = await Promise.all(asked.map((name) => ask(first.url, `select current_setting('${name}')`)));
    expect(found.flat()).toEqual(['on', '5s', '10']);
  });

  test('the product connects as a role that row-level security binds', async () => {
    expect(await ask(first.url, 'select rolsuper or rolbypassrls from pg_roles where rolname = current_user')).toEqual([
      false,
    ]);
    expect(await ask(first.url, 'select current_user || current_database()')).toEqual(['countersigncountersign']);
  });

  test('the secrets are random, readable by their owner alone, and asked for', async () => {
    for (const name of ['pg.secret', 'pg.superuser.secret']) {
      expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(state, name), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
    }
    const wrong = new URL(first.url);
    wrong.password = '0'.repeat(64);
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  test('a failed statement leaves neither its text nor its values in the log', async () => {
    await ask(first.url, 'insert into kept values (77)');
    await expect(ask(first.url, `insert into kept values (77) /* hostile-text */`)).rejects.toThrow(/duplicate key/);
    const log = readFileSync(join(state, 'pg.log'), 'utf8');
    expect(log).toContain('duplicate key');
    expect(log).not.toMatch(/hostile-text|\(77\)/);
  });

  test('a second open adopts the running server', async () => {
    const second = await openEmbedded(state);
    expect(second).toMatchObject({ pid: first.pid, adopted: true, url: first.url });
  });

  test('committed rows survive kill -9 of the server, and its address stays', async () => {
    for (const round of [1, 2, 3]) {
      await ask(first.url, `insert into kept values (${round})`);
      await killServer(first, state);
      const again = await openEmbedded(state);
      expect(again).toMatchObject({ adopted: false, url: first.url });
      expect(again.pid).not.toBe(first.pid);
      first = again;
    }
    expect(await ask(first.url, 'select n from kept where n < 10 order by n')).toEqual([1, 2, 3]);
  });

  test('a stale pid file that names a live stranger, a dead process or nothing does not forbid the start', async () => {
    for (const line of [String(process.pid), '4194304', '', 'not a number', `-${process.pid}`]) {
      await first.stop();
      writeFileSync(join(state, 'pg', 'postmaster.pid'), `${line}\n${state}/pg\n0\n1\n`);
      first = await openEmbedded(state);
      expect(first.adopted).toBe(false);
    }
  });

  test('a port that somebody else took meanwhile is replaced by a free one, which is kept', async () => {
    await first.stop();
    const port = Number(readFileSync(join(state, 'pg.port'), 'utf8'));
    const squatter = createServer().listen(port, '127.0.0.1');
    await once(squatter, 'listening');
    first = await openEmbedded(state);
    expect(Number(readFileSync(join(state, 'pg.port'), 'utf8'))).toBe(Number(new URL(first.url).port));
    expect(Number(new URL(first.url).port)).not.toBe(port);
    squatter.close();
  });

  test('a damaged port file is replaced', async () => {
    await first.stop();
    writeFileSync(join(state, 'pg.port'), '99999999');
    first = await openEmbedded(state);
    expect(await ask(first.url, 'select 1')).toEqual([1]);
  });

  test('the server outlives a killed program and is adopted by the next one', async () => {
    await first.stop();
    const other = await otherProgram(state);
    expect(other.adopted).toBe(false);
    await kill(other.child);
    first = await openEmbedded(state);
    expect(first).toMatchObject({ pid: other.pid, adopted: true });
  });

  test('a killed server whose program died too (a zombie until somebody reaps it) does not forbid the start', async () => {
    await first.stop();
    const other = await otherProgram(state);
    await kill(other.child);
    process.kill(other.pid, 'SIGKILL');
    first = await openEmbedded(state);
    expect(first.adopted).toBe(false);
    expect(await ask(first.url, 'select count(*)::int from kept where n < 10')).toEqual([3]);
  });

  test('stop ends the server with all its backends, an adopted one too, and may be repeated', async () => {
    const idle = new pg.Client({ connectionString: first.url });
    idle.on('error', () => undefined);
    await idle.connect();
    const adopted = await openEmbedded(state);
    await adopted.stop();
    await adopted.stop();
    expect(allWorkingIn(join(state, 'pg'))).toEqual([]);
    expect(existsSync(join(state, 'pg', 'postmaster.pid'))).toBe(false);
    await idle.end().catch(() => undefined);
    first = await openEmbedded(state);
  });
});

test('two programs that open a new folder at the same moment share one server', async () => {
  const state = folder();
  const [a, b] = await Promise.all([otherProgram(state), otherProgram(state)]);
  expect(a.pid).toBe(b.pid);
  expect(a.adopted, 'one started it, the other adopted it').toBe(!b.adopted);
  const database = await openEmbedded(state);
  expect(database.pid).toBe(a.pid);
  await database.stop();
});

test('many programs that find the server without its database make it once, and none of them fails', async () => {
  const state = folder();
  const database = await openEmbedded(state);
  const { url } = database;
  const beside = new URL(url);
  beside.pathname = '/template1';
  for (let round = 0; round < 5; round += 1) {
    await ask(beside.href, 'drop database countersign');
    const opened = await Promise.all(Array.from({ length: 8 }, () => openEmbedded(state)));
    expect(new Set(opened.map((one) => one.url))).toEqual(new Set([url]));
  }
  expect(await ask(url, 'select 1')).toEqual([1]);
  await database.stop();
});

test('where user namespaces are forbidden the server runs as another user, and either way reads what the other left', async () => {
  const state = folder();
  mkdirSync(join(state, 'pg.init-4194304')); // an initialisation that was killed
  const dropped = await openEmbedded(state, () => false);
  expect(readdirSync(state)).not.toContain('pg.init-4194304');
  const owner = process.getuid?.() === 0 ? 65_534 : process.getuid?.();
  expect(statSync(`/proc/${dropped.pid}`).uid).toBe(owner);
  await ask(dropped.url, 'create table kept (n integer)');
  await dropped.stop();
  for (const canMapUsers of [undefined, () => false]) {
    const again = await openEmbedded(state, canMapUsers);
    expect(await ask(again.url, 'select count(*)::int from kept')).toEqual([0]);
    await again.stop();
  }
});

test('a process is alive only while it runs, and works only where it works', async () => {
  const here = folder();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { cwd: here });
  children.push(child);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  expect([isAlive(pid), worksIn(pid, here), worksIn(pid, tmpdir())]).toEqual([true, true, false]);
  expect(allWorkingIn(here)).toEqual([pid]);
  await kill(child);
  expect([isAlive(pid), worksIn(pid, here)]).toEqual([false, false]);
  expect([0, -1, NaN, 1.5].map(isAlive)).toEqual([false, false, false, false]);
});
