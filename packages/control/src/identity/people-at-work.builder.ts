/** People who sign in at a provider that says what a test wants; every step has a valid default. */
import type { LightMyRequestResponse } from 'fastify';
import type { Deps, Features } from '../deps.ts';
import { makeFeatures } from '../features.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { bundleOfRoster } from '../testkit/roster.parse.ts';
import { makeWorld, type World } from '../testkit/world.ts';
import { TestProvider, type Lies } from './provider.builder.ts';

export const ORIGIN: string = 'http://localhost:4600';
export const MINUTE_MS: number = 60_000;
export const HOUR_MS: number = 3_600_000;
export const world: World = makeWorld('acme');
// The library that checks identity tokens reads the clock of the machine; only passing time is the test's own.
let passedMs = 0;
const now = (): number => Date.now() + passedMs;
export const seconds = (): number => Math.floor(now() / 1000);
let database: TestDatabase;
export let provider: TestProvider;
export let control: TestControl;
let people: readonly unknown[];

/** Every route of the product; nothing works in the background. */
const allRoutes = (deps: Deps): Features => ({
  ...makeFeatures(deps, () => undefined),
  start: async () => undefined,
  stop: async () => undefined,
});

async function open(): Promise<void> {
  database = await openTestDatabase();
  provider = await TestProvider.start(now);
  const provided = {
    organisation: world.organisation,
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    scopes: ['openid'],
    stepUpAcr: ['urn:strong'],
    allowLoopback: true,
  };
  control = await startControl({
    url: database.url,
    worlds: [world],
    nowMs: now,
    features: allRoutes,
    identity: { signIns: [provided], allowStaticPersonTokens: false },
  });
  control.deps.trust.bundle = async () => bundleOfRoster(people, []);
}
async function close(): Promise<void> {
  await control.stop();
  await provider.stop();
  await database.drop();
}
async function prepare(): Promise<void> {
  const person = (id: string, subs: readonly string[]) => ({
    id,
    name: id,
    roles: [],
    credentials: [],
    identities: subs.map((sub) => ({ iss: provider.issuer, sub })),
  });
  people = [person('kim', ['u-kim']), person('ana', ['u-ana']), person('sam', ['u-twin']), person('omar', ['u-twin'])];
  await Promise.resolve();
  passedMs = 0;
  provider.lies = {};
  provider.authTimeS = seconds();
  provider.sub = 'u-kim';
  provider.acr = undefined;
}

export const cookiesOf = (answer: LightMyRequestResponse): readonly string[] =>
  [answer.headers['set-cookie'] ?? []].flat();
export const pairOf = (cookies: readonly string[], name: string): string =>
  cookies.find((one) => one.startsWith(`${name}=`))?.split(';')[0] ?? '';
type Answered = Promise<LightMyRequestResponse>;
export const get = (url: string, cookie?: string, headers: Readonly<Record<string, string>> = {}): Answered =>
  control.ask(undefined, 'GET', url, { headers: { ...(cookie !== undefined && { cookie }), ...headers } });
export const PAGE: Readonly<Record<string, string>> = {
  origin: ORIGIN,
  'x-countersign': 'page',
  'sec-fetch-site': 'same-origin',
};
export const post = (url: string, cookie: string, headers: Readonly<Record<string, string>> = PAGE): Answered =>
  control.ask(undefined, 'POST', url, { body: {}, headers: { cookie, ...headers } });
export const codeOf = (answer: LightMyRequestResponse): string => {
  const { code } = answer.json<Readonly<Record<string, unknown>>>();
  return typeof code === 'string' ? code : 'none';
};

interface Begun {
  readonly location: string;
  readonly cookie: string;
}
export async function begin(url = '/api/v1/session/sign-in', cookie?: string): Promise<Begun> {
  const answer = await get(url, cookie);
  if (answer.statusCode !== 303) throw new Error(answer.body);
  return { location: String(answer.headers.location), cookie: pairOf(cookiesOf(answer), 'countersign-sign-in') };
}
export const comeBack = (query: Readonly<Record<string, string | undefined>>, cookie?: string): Answered => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  return get(`/api/v1/session/callback?${given.toString()}`, cookie);
};
export async function signIn(lies: Lies = {}): Promise<LightMyRequestResponse> {
  const { location, cookie } = await begin();
  provider.lies = lies;
  return comeBack(provider.agree(location), cookie);
}
export async function session(): Promise<string> {
  const answer = await signIn();
  if (answer.statusCode !== 303) throw new Error(answer.body);
  return pairOf(cookiesOf(answer), 'countersign');
}

/** Called once by a test file: a server whose people sign in at a provider of the test's own. */
export function openSignIns(hooks: {
  readonly beforeAll: (run: () => Promise<void>) => void;
  readonly afterAll: (run: () => Promise<void>) => void;
  readonly beforeEach: (run: () => Promise<void>) => void;
}): void {
  hooks.beforeAll(open);
  hooks.afterAll(close);
  hooks.beforeEach(prepare);
}
export const pass = (ms: number): void => {
  passedMs = ms;
};
/** The first person leaves the roster. */
export const dismissFirst = (): void => {
  people = people.slice(1);
};
