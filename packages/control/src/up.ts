// `npm start`: database, console, demo estate, control, witness, both enclaves, agent. Stops all it started.
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsole } from './up/build-console.ts';
import { Children } from './up/children.ts';
import { claim, whoHasPort, type Claim } from './up/port.ts';
import { readProvision } from './up/provision-file.ts';
import { openWatched, type WatchedDatabase } from './up/watch-database.ts';
import { migrate, openStore } from './store/open-store.ts';
import { provision } from './store/provision.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const state = resolve(process.env['STATE_DIR'] ?? join(root, '.state'));
const port = Number(process.env['PORT'] ?? 4600);
/** How many control processes share the database; more than one is for tests of takeover. */
const controls = Number(process.env['CONTROLS'] ?? 1);
/** A program that dies stays dead; for tests of takeover, in which the living have to do its work. */
const isRestarting = process.env['RESTARTS'] !== 'off';
const isPlaying = (process.env['DEMO'] ?? 'on') !== 'off';
const url = `http://127.0.0.1:${port}`;
/** What the other programs call; something else than control itself when several controls stand behind one address. */
const controlUrl = process.env['CONTROL_URL'] ?? url;
/** The approval page listens so far above, unless APPROVAL_PORT says where. */
const APPROVAL_OFFSET = 50;
/** So does the door of the gateways, unless ENCLAVE_PORT says where; one for each control. */
const DOOR_OFFSET = 60;
const doorPort = Number(process.env['ENCLAVE_PORT'] ?? port + DOOR_OFFSET);
const doorUrl = process.env['CONTROL_DOOR_URL'] ?? `https://127.0.0.1:${doorPort}`;
const started = performance.now();
const inPackages = (...parts: readonly string[]): string => join(root, 'packages', ...parts);
const say = (text: string): void => {
  process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}\n`);
};

let database: WatchedDatabase | undefined;
let mark: Claim | undefined;
let isStopping = false;
const changed = (): void =>
  mark?.update({ ...children.pids(), ...(database !== undefined && { database: database.pid() }) });
const children = new Children(join(state, 'logs'), {
  isRestarting,
  said: say,
  changed,
  gaveUp(name) {
    say(`${name} keeps ending; stopping everything (log: ${join(state, 'logs', `${name}.log`)})`);
    void stop(1);
  },
});

async function stop(code: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  say('stopping');
  await children.stop();
  await database?.stop();
  mark?.release();
  say('stopped');
  process.exit(code);
}

/** The demo organisation's hosts: real files and real services on loopback. */
async function startEstate(profile: 'production' | 'staging'): Promise<string> {
  const up = await children.start({
    name: `estate-${profile}`,
    file: inPackages('conformance', 'src', 'estate', 'main.ts'),
    args: ['--state', join(state, 'estate', profile), '--profile', profile],
  });
  if (typeof up !== 'object' || up === null || !('baseUrl' in up) || typeof up.baseUrl !== 'string')
    throw new Error(`the ${profile} estate did not say where it is`);
  return up.baseUrl;
}

/** The organisation's own web server, as far as the demo needs one: the approval page on an origin of its own. */
async function startApprovalPage(): Promise<string> {
  const up = await children.start({
    name: 'approval-page',
    file: demoProgram('approval-host'),
    env: {
      STATE_DIR: state,
      CONTROL_ORIGIN: `http://localhost:${port}`,
      APPROVAL_PORT: process.env['APPROVAL_PORT'] ?? String(port + APPROVAL_OFFSET),
    },
  });
  if (typeof up !== 'object' || up === null || !('url' in up) || typeof up.url !== 'string')
    throw new Error('the approval page did not say where it is');
  return up.url;
}

const demoProgram = (name: string): string => inPackages('conformance', 'src', 'demo', `${name}.ts`);

async function startDatabase(): Promise<string> {
  const external = process.env['DATABASE_URL'];
  if (external !== undefined) {
    say('database: the server named by DATABASE_URL');
    return external;
  }
  database = await openWatched(state, { said: say, changed });
  say(`database ${database.adopted ? 'adopted' : 'started'}, pid ${database.pid()}`);
  return database.url;
}

async function startControl(
  databaseUrl: string,
  pages: { readonly consoleDir: string; readonly approval: string },
): Promise<void> {
  const store = openStore(databaseUrl, 2);
  await migrate(store);
  await provision(store, readProvision(readFileSync(join(state, 'demo', 'provision.json'))));
  await store.destroy();
  for (let number = 0; number < controls; number += 1) {
    const env = {
      DATABASE_URL: databaseUrl,
      PORT: String(port + number),
      ENCLAVE_PORT: String(doorPort + number),
      STATE_DIR: state,
      CONSOLE_DIR: pages.consoleDir,
      APPROVAL_ORIGINS: pages.approval,
    };
    const own = number === 0 ? {} : { PUBLIC_ORIGIN: `http://localhost:${port}` };
    await children.start({
      name: number === 0 ? 'control' : `control-${number + 1}`,
      file: inPackages('control', 'src', 'main.ts'),
      env: { ...env, ...own },
    });
  }
  say(`control is up on ${url}`);
}

async function startEnclave(name: 'staging' | 'production'): Promise<void> {
  const folder = join(state, 'enclaves', name);
  const runner = (program: 'runner' | 'gateway'): Promise<unknown> =>
    children.start({
      name: `${program}-${name}`,
      file: inPackages('runner', 'src', `${program}.ts`),
      args: [join(folder, `${program}.json`)],
    });
  await Promise.all([runner('runner'), runner('gateway')]);
  say(`enclave ${name} is up: gateway and runner`);
}

interface Estates {
  readonly production: string;
  readonly staging: string;
}

async function startAll(): Promise<Estates> {
  const building = buildConsole(root);
  const [databaseUrl, approval, production, staging] = await Promise.all([
    startDatabase(),
    startApprovalPage(),
    startEstate('production'),
    startEstate('staging'),
  ]);
  say('demo estate is up: 1,240 production hosts, 40 staging hosts');
  const demo = {
    STATE_DIR: state,
    CONTROL_URL: controlUrl,
    CONTROL_DOOR_URL: doorUrl,
    ESTATE_PRODUCTION: production,
    ESTATE_STAGING: staging,
  };
  await children.run({ name: 'prepare', file: demoProgram('prepare'), env: demo });
  say('keys, roster, envelope and graph are ready (DEMO keys: a production root refuses them)');
  await startControl(databaseUrl, { consoleDir: await building, approval });
  await children.run({ name: 'install', file: demoProgram('install'), env: demo });
  await Promise.all([
    children.start({
      name: 'witness',
      file: inPackages('runner', 'src', 'witness.ts'),
      args: [join(state, 'witness', 'witness.json')],
    }),
    startEnclave('staging'),
    startEnclave('production'),
  ]);
  say('witness is up');
  await children.start({
    name: 'playbook-agent',
    file: inPackages('client', 'src', 'agents', 'playbook-agent.ts'),
    env: {
      COUNTERSIGN_URL: controlUrl,
      COUNTERSIGN_ORIGIN: `http://localhost:${port}`,
      COUNTERSIGN_AGENT: 'demo/playbook',
      COUNTERSIGN_AGENT_KEY_FILE: join(state, 'demo', 'keys', 'agents', 'playbook.pem'),
      COUNTERSIGN_PLAYBOOKS: inPackages('client', 'src', 'agents', 'demo-playbooks.json'),
    },
  });
  await children.start({
    name: 'director',
    file: demoProgram('director'),
    env: { ...demo, PLAY: isPlaying ? 'a' : '' },
  });
  return { production, staging };
}

function announce(estates: Estates): void {
  const ready = ((performance.now() - started) / 1000).toFixed(1);
  say(`ready in ${ready} s: http://localhost:${port}`);
  if (isPlaying) say('scenario A plays, once in the life of a state folder: npm run -s cs -- watch --all');
  say('stop with Ctrl-C');
  process.send?.({ up: { url: `http://localhost:${port}`, state, estates } });
}

const holder = await whoHasPort(port, state);
if (holder === 'ours') {
  say(`already running: http://localhost:${port}`);
  process.exit(0);
}
if (holder === 'other') {
  process.stderr.write(
    `port ${port} is used by another program\nNext: stop that program, or choose a port: PORT=${port + 100} npm start\n`,
  );
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
process.on('disconnect', () => void stop(0));
try {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  mark = claim(state, port);
  announce(await startAll());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  await stop(1);
}
