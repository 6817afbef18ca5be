/** A control plane of two organisations for every test of a file. The file has one database; each test has organisations of its own. */
import { startControl, type TestControl } from './control.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { makeWorld, NOON_MS, type World } from './world.ts';

let database: TestDatabase;
let made = 0;
export let control: TestControl;
export let world: World;
/** An organisation beside ours on the same server. */
export let other: World;

let nowMs = NOON_MS;
export const setTime = (ms: number): void => {
  nowMs = ms;
};
export const passTime = (ms: number): void => {
  nowMs += ms;
};
export const databaseUrl = (): string => database.url;

type Hook = (run: () => Promise<void>) => void;
/** The test runner's own; only a test file may load it. */
interface Hooks {
  readonly beforeAll: Hook;
  readonly afterAll: Hook;
  readonly beforeEach: Hook;
  readonly afterEach: Hook;
}

interface OpenOptions {
  /** What ours and the other organisation are called, before the number of the test. */
  readonly names?: readonly [ours: string, other: string];
  /** Done for each organisation before the test. */
  readonly prepare?: (control: TestControl, world: World) => Promise<unknown>;
}

/** Called once by a test file: a database for all its tests, a control plane for each, at noon. */
export function openForEach(hooks: Hooks, { names = ['acme', 'globex'], prepare = trust }: OpenOptions = {}): void {
  hooks.beforeAll(async () => {
    database = await openTestDatabase();
  });
  hooks.afterAll(() => database.drop());
  hooks.beforeEach(async () => {
    nowMs = NOON_MS;
    made += 1;
    world = makeWorld(`${names[0]}-${made}`);
    other = makeWorld(`${names[1]}-${made}`);
    control = await startControl({ url: database.url, worlds: [world, other], nowMs: () => nowMs });
    for (const one of [world, other]) await prepare(control, one);
  });
  hooks.afterEach(async () => {
    // What is left without its place in the log would be waited for by the next test.
    await control.settled();
    await control.stop();
  });
}

const trust = (on: TestControl, of: World): ReturnType<TestControl['ask']> =>
  on.ask('person:kim', 'POST', '/api/v1/trust', { world: of, body: { trust: of.bundle() } });
export const untrusted = (): Promise<void> => Promise.resolve();
