/** Sign-in against a certified provider (`oidc-provider`) over real HTTP, with the pages a person would click through. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { makeWorld } from '../testkit/world.ts';
import { bundleOfRoster } from '../testkit/roster.parse.ts';

/** The package brings no types: the little of it that is used here. */
interface CertifiedProvider {
  readonly Provider: new (
    issuer: string,
    configuration: Readonly<Record<string, unknown>>,
  ) => { callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void> };
}

const PACKAGE: string = 'oidc-provider';
const ORIGIN = 'http://localhost:4600';
const SECRET = 's'.repeat(40);
const world = makeWorld('acme');
let database: TestDatabase;
let control: TestControl;
let server: Server;
let issuer: string;

beforeAll(async () => {
  database = await openTestDatabase();
  server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the provider does not listen');
  issuer = `http://127.0.0.1:${address.port}`;
  const { Provider } = (await import(PACKAGE)) as CertifiedProvider;
  const answer = new Provider(issuer, {
    clients: [
      {
        client_id: 'countersign',
        client_secret: SECRET,
        redirect_uris: [`${ORIGIN}/api/v1/session/callback`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        // The library takes http addresses of browsers for native programs only.
        application_type: 'native',
      },
    ],
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['a key of the test'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
  }).callback();
  server.on('request', (request, response) => void answer(request, response));
  control = await startControl({
    url: database.url,
    worlds: [world],
    nowMs: Date.now,
    identity: {
      signIns: [
        {
          organisation: world.organisation,
          issuer,
          clientId: 'countersign',
          clientSecret: SECRET,
          scopes: ['openid'],
          stepUpAcr: [],
          allowLoopback: true,
        },
      ],
    },
  });
  const people = [
    { id: 'kim', name: 'kim', roles: [], credentials: [], identities: [{ iss: issuer, sub: 'kim-at-idp' }] },
  ];
  const installed = bundleOfRoster(people, []);
  control.deps.trust.bundle = async () => installed;
});
afterAll(async () => {
  await control.stop();
  server.closeAllConnections();
  server.close();
  await database.drop();
});

/** A browser at the provider: keeps cookies, follows redirects, fills in forms, until it is sent back to us. */
class Browser {
  readonly #jar = new Map<string, string>();

  async walk(start: string, login: string): Promise<URL> {
    let url = new URL(start);
    for (let step = 0; step < 20; step += 1) {
      if (url.origin === ORIGIN) return url;
      const answer = await this.#ask(url);
      const location = answer.headers.get('location');
      const next = location ?? (await this.#submit(url, await answer.text(), login));
      url = new URL(next, issuer);
    }
    throw new Error('the provider never sent the browser back');
  }

  async #submit(page: URL, html: string, login: string): Promise<string> {
    const action = /action="([^"]+)"/.exec(html)?.[1] ?? '';
    const prompt = /name="prompt" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const answer = await this.#ask(new URL(action, page), new URLSearchParams({ prompt, login, password: 'x' }));
    return answer.headers.get('location') ?? '';
  }

  async #ask(url: URL, form?: URLSearchParams): Promise<Response> {
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form !== undefined && { method: 'POST', body: form }),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      this.#jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return answer;
  }
}

const cookieOf = (answer: LightMyRequestResponse, name: string): string =>
  [answer.headers['set-cookie'] ?? []]
    .flat()
    .find((one) => one.startsWith(`${name}=`))
    ?.split(';')[0] ?? '';
const get = (url: string, cookie = ''): Promise<LightMyRequestResponse> =>
  control.ask(undefined, 'GET', url, { headers: cookie === '' ? {} : { cookie } });

async function signIn(
  browser: Browser,
  login: string,
  url = '/api/v1/session/sign-in',
  own = '',
): Promise<LightMyRequestResponse> {
  const begun = await get(url, own);
  expect(begun.statusCode).toBe(303);
  const back = await browser.walk(String(begun.headers.location), login);
  const cookie = [cookieOf(begun, 'countersign-sign-in'), own].filter((one) => one !== '').join('; ');
  return get(`${back.pathname}${back.search}`, cookie);
}

test('O4: a person signs in at a real provider, and steps up there', async () => {
  const browser = new Browser();
  const back = await signIn(browser, 'kim-at-idp');
  expect(back.statusCode).toBe(303);
  const cookie = cookieOf(back, 'countersign');
  expect((await get('/api/v1/session', cookie)).json()).toMatchObject({ organisation: 'acme', person: 'kim' });
  const again = await signIn(browser, 'kim-at-idp', '/api/v1/session/step-up', cookie);
  expect(again.statusCode).toBe(303);
  const fresh = cookieOf(again, 'countersign');
  expect((await get('/api/v1/session', fresh)).json()).toMatchObject({ person: 'kim', session: { isFresh: true } });
  expect((await get('/api/v1/session', cookie)).statusCode).toBe(401);
});

test('O4: whom the trust bundle does not know gets no session', async () => {
  const back = await signIn(new Browser(), 'mallory');
  expect(back.json()).toMatchObject({ status: 403, code: 'sign-in-refused' });
});

test('O4: a person signs in from a program at a real provider', async () => {
  const verifier = 'v'.repeat(64);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const back = await signIn(
    new Browser(),
    'kim-at-idp',
    `/api/v1/session/sign-in?port=4711&challenge=${challenge}&fresh=yes`,
  );
  const to = new URL(String(back.headers.location));
  expect(to.host).toBe('127.0.0.1:4711');
  const body = { code: to.searchParams.get('code'), verifier };
  const { secret } = (await control.ask(undefined, 'POST', '/api/v1/session/redeem', { body })).json<{
    secret: string;
  }>();
  const me = await control.ask(undefined, 'GET', '/api/v1/session', {
    headers: { authorization: `Session ${secret}` },
  });
  expect(me.json()).toMatchObject({ organisation: 'acme', person: 'kim', session: { isFresh: true } });
});
