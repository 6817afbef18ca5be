/** People who sign in from a program: a browser carries a code, the program alone can spend it (O4). */
import { createHash } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf } from '../testkit/leaves.ts';
import {
  begin,
  codeOf,
  comeBack,
  control,
  cookiesOf,
  get,
  HOUR_MS,
  MINUTE_MS,
  openSignIns,
  pass,
  post,
  provider,
  session,
  world,
} from './people-at-work.builder.ts';

openSignIns({ beforeAll, afterAll, beforeEach });

const VERIFIER = 'v'.repeat(64);
const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');
const START = `/api/v1/session/sign-in?port=4711&challenge=${challengeOf(VERIFIER)}`;

/** Where the browser ends up; only its query is of use to anybody. */
async function carried(url = START): Promise<URL> {
  const { location, cookie } = await begin(url);
  const back = await comeBack(provider.agree(location), cookie);
  expect(back.statusCode).toBe(303);
  expect(cookiesOf(back).filter((one) => one.startsWith('countersign='))).toEqual([]);
  return new URL(String(back.headers.location));
}
const redeem = (code: string, verifier = VERIFIER): Promise<LightMyRequestResponse> =>
  control.ask(undefined, 'POST', '/api/v1/session/redeem', { body: { code, verifier } });
async function signedIn(url = START): Promise<string> {
  const answer = await redeem((await carried(url)).searchParams.get('code') ?? '');
  expect(answer.statusCode).toBe(200);
  return answer.json<{ secret: string }>().secret;
}
const as = (secret: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  authorization: `Session ${secret}`,
  ...more,
});
const me = (headers: Readonly<Record<string, string>>): Promise<LightMyRequestResponse> =>
  get('/api/v1/session', undefined, headers);

describe('a program', () => {
  test('O4: gets a session of an hour by a code on loopback and its own secret, and is that person', async () => {
    const to = await carried();
    expect([to.protocol, to.host, to.pathname, [...to.searchParams.keys()]]).toEqual([
      'http:',
      '127.0.0.1:4711',
      '/signed-in',
      ['code'],
    ]);
    const answer = await redeem(to.searchParams.get('code') ?? '');
    expect(answer.headers['cache-control']).toBe('no-store');
    const { secret, ...told } = answer.json<{ secret: string }>();
    expect(told).toMatchObject({ organisation: 'acme', person: 'kim' });
    expect((await me(as(secret))).json()).toMatchObject({ person: 'kim', session: { isFresh: false } });
    for (let ms = 0; ms < HOUR_MS; ms += 14 * MINUTE_MS) {
      pass(ms);
      expect((await me(as(secret))).statusCode).toBe(200);
    }
    pass(HOUR_MS + 1000);
    expect(codeOf(await me(as(secret)))).toBe('session-ended');
  });

  test('O4: the code is good once and for a minute, and another secret spends it for nothing', async () => {
    const used = (await carried()).searchParams.get('code') ?? '';
    expect((await redeem(used)).statusCode).toBe(200);
    expect(codeOf(await redeem(used))).toBe('sign-in-refused');
    const stolen = (await carried()).searchParams.get('code') ?? '';
    expect(codeOf(await redeem(stolen, 'w'.repeat(64)))).toBe('sign-in-refused');
    expect(codeOf(await redeem(stolen))).toBe('sign-in-refused');
    const late = (await carried()).searchParams.get('code') ?? '';
    pass(MINUTE_MS);
    expect(codeOf(await redeem(late))).toBe('sign-in-refused');
  });

  test.each([`acme.${'A'.repeat(43)}`, `globex.${'A'.repeat(43)}`, `..${'A'.repeat(43)}`])(
    'O4: the made-up code %s opens nothing',
    async (code) => {
      expect(['sign-in-refused', 'malformed']).toContain(codeOf(await redeem(code)));
    },
  );

  test.each([
    '/api/v1/session/sign-in?port=4711',
    `/api/v1/session/sign-in?challenge=${'c'.repeat(43)}`,
    `/api/v1/session/sign-in?port=80&challenge=${'c'.repeat(43)}`,
    `/api/v1/session/sign-in?port=4711@evil.example&challenge=${'c'.repeat(43)}`,
    '/api/v1/session/sign-in?port=4711&challenge=short',
  ])('O4: nobody is sent elsewhere by %s', async (url) => {
    expect(codeOf(await get(url))).toBe('malformed');
  });

  test('O4: its session is no cookie, and a cookie is no session of a program', async () => {
    const [secret, cookie] = [await signedIn(), await session()];
    expect(codeOf(await get('/api/v1/session', `countersign=${secret}`))).toBe('session-ended');
    expect(codeOf(await me(as(cookie.slice('countersign='.length))))).toBe('session-ended');
  });

  test.each([
    { origin: 'http://localhost:4600' },
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'https://evil.example' },
  ])('O4: no page uses it (%j)', async (headers) => {
    expect(codeOf(await me(as(await signedIn(), headers)))).toBe('cross-site');
  });

  test('O4: what asks for a fresh sign-in asks a program too, and it signs nothing', async () => {
    const stale = await signedIn();
    const lift = (secret: string) =>
      control.ask(undefined, 'POST', '/api/v1/envelope', { body: {}, headers: as(secret) });
    expect(codeOf(await lift(stale))).toBe('step-up-required');
    provider.acr = 'urn:strong';
    const fresh = await signedIn(`${START}&fresh=yes`);
    expect((await me(as(fresh))).json()).toMatchObject({ session: { isFresh: true } });
    // Let in, and refused for what it lacks: the signatures.
    expect(codeOf(await lift(fresh))).toBe('malformed');
  });

  test('O4: a fresh sign-in asks for proof now, of the strength that is owed', async () => {
    const { location, cookie } = await begin(`${START}&fresh=yes`);
    const asked = new URL(location).searchParams;
    expect([asked.get('prompt'), asked.get('max_age'), asked.get('acr_values')]).toEqual(['login', '60', 'urn:strong']);
    expect(codeOf(await comeBack(provider.agree(location), cookie))).toBe('sign-in-refused');
  });

  test('O4: signs out, at once and everywhere', async () => {
    const secret = await signedIn();
    const out = await control.ask(undefined, 'POST', '/api/v1/session/sign-out', { body: {}, headers: as(secret) });
    expect(out.statusCode).toBe(200);
    expect(codeOf(await me(as(secret)))).toBe('session-ended');
  });

  test.each(['', 'x', 'acme.short', 'A'.repeat(43)])('O4: the session %j opens nothing', async (secret) => {
    expect((await me(as(secret))).statusCode).toBe(401);
  });

  test('O4: the database holds digests of codes only', async () => {
    const code = (await carried()).searchParams.get('code') ?? '';
    const rows = JSON.stringify(await control.deps.store.selectFrom('session_handoff').selectAll().execute());
    expect(rows).toContain('sha256:');
    expect(rows).not.toContain(code.split('.')[1]);
  });
});

const newest = async (event: Parameters<typeof bodiesOf>[2]): Promise<unknown> =>
  (await bodiesOf(control, world, event)).at(-1);

describe('L5: on record', () => {
  test('are signing in and out, by name and surface, without a secret', async () => {
    const secret = await signedIn();
    expect(await newest('session.began')).toMatchObject({ person: 'kim', surface: 'program', isStepUp: false });
    await control.ask(undefined, 'POST', '/api/v1/session/sign-out', { body: {}, headers: as(secret) });
    expect(await newest('session.ended')).toEqual({ person: 'kim', surface: 'program' });
    const cookie = await session();
    expect(await newest('session.began')).toMatchObject({ person: 'kim', surface: 'browser' });
    await post('/api/v1/session/sign-out', cookie);
    expect(await newest('session.ended')).toEqual({ person: 'kim', surface: 'browser' });
    const all = JSON.stringify(await bodiesOf(control, world, 'session.began'));
    for (const one of [secret, cookie]) expect(all).not.toContain(one.split('.')[1]);
  });

  test('is a step-up that failed, with whoever began it', async () => {
    const cookie = await session();
    const step = await begin('/api/v1/session/step-up', cookie);
    provider.acr = 'urn:weak';
    expect(codeOf(await comeBack(provider.agree(step.location), `${step.cookie}; ${cookie}`))).toBe('sign-in-refused');
    expect(await newest('session.refused')).toEqual({ person: 'kim', code: 'sign-in-refused' });
  });

  test('are no strangers, however often they fail: they are counted', async () => {
    const before = await control.deps.store.selectFrom('leaf').select('id').execute();
    for (let nth = 0; nth < 20; nth += 1)
      expect(codeOf(await comeBack({ code: 'c', state: `acme.${'s'.repeat(43)}` }))).toBe('sign-in-refused');
    expect(await control.deps.store.selectFrom('leaf').select('id').execute()).toHaveLength(before.length);
  });
});
