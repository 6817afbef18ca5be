import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  begin,
  codeOf,
  comeBack,
  control,
  cookiesOf,
  dismissFirst,
  get,
  HOUR_MS,
  MINUTE_MS,
  openSignIns,
  ORIGIN,
  pairOf,
  pass,
  post,
  provider,
  session,
  PAGE,
} from './people-at-work.builder.ts';
import { Sessions } from './sessions.ts';

openSignIns({ beforeAll, afterAll, beforeEach });

describe('a session', () => {
  test('O4: begins with a new secret each time, and takes the place of the one before (fixation)', async () => {
    const planted = await session();
    const { location, cookie } = await begin();
    const back = await comeBack(provider.agree(location), `${cookie}; ${planted}`);
    const own = pairOf(cookiesOf(back), 'countersign');
    expect(own).not.toBe(planted);
    expect(codeOf(await get('/api/v1/session', planted))).toBe('session-ended');
    expect((await get('/api/v1/session', own)).statusCode).toBe(200);
  });

  test('O4: ends after 15 minutes without a request, and after 8 hours with many', async () => {
    const idle = await session();
    pass(15 * MINUTE_MS);
    expect(codeOf(await get('/api/v1/session', idle))).toBe('session-ended');
    pass(0);
    const busy = await session();
    for (let ms = 0; ms < 8 * HOUR_MS - MINUTE_MS; ms += 14 * MINUTE_MS) {
      pass(ms);
      expect((await get('/api/v1/session', busy)).statusCode).toBe(200);
    }
    pass(8 * HOUR_MS + 1000);
    expect(codeOf(await get('/api/v1/session', busy))).toBe('session-ended');
  });

  test('O4: ends at sign-out, at once and everywhere', async () => {
    const cookie = await session();
    const out = await post('/api/v1/session/sign-out', cookie);
    expect(out.statusCode).toBe(200);
    expect(cookiesOf(out)[0]).toMatch(/^countersign=; .*Max-Age=0$/);
    expect(codeOf(await get('/api/v1/session', cookie))).toBe('session-ended');
  });

  test('O4: ends when the trust bundle no longer maps the identity to this person', async () => {
    const cookie = await session();
    dismissFirst();
    expect(codeOf(await get('/api/v1/session', cookie))).toBe('session-ended');
  });

  test('O4: what is over is removed', async () => {
    await session();
    await begin();
    pass(9 * HOUR_MS);
    await new Sessions(control.deps).prune();
    expect(await control.deps.store.selectFrom('person_session').select('digest').execute()).toEqual([]);
    expect(await control.deps.store.selectFrom('sign_in').select('state_digest').execute()).toEqual([]);
  });

  test.each([
    '',
    'x',
    `acme.${'A'.repeat(43)}`,
    `globex.${'A'.repeat(43)}`,
    'A'.repeat(43),
    `../acme.${'A'.repeat(43)}`,
  ])('O4: the cookie %j opens nothing', async (value) => {
    expect((await get('/api/v1/session', `countersign=${value}`)).statusCode).toBe(401);
  });

  test('O4: two session cookies are none', async () => {
    const cookie = await session();
    expect((await get('/api/v1/session', `${cookie}; ${cookie}`)).statusCode).toBe(401);
  });

  test('O4: the secret of a sign-in is no session', async () => {
    const { cookie } = await begin();
    expect((await get('/api/v1/session', cookie.replace('countersign-sign-in', 'countersign'))).statusCode).toBe(401);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['no origin', { 'x-countersign': 'page' }],
    ['another origin', { ...PAGE, origin: 'https://evil.example' }],
    ['no origin of its own', { ...PAGE, origin: 'null' }],
    ['the origin of another port', { ...PAGE, origin: 'http://localhost:4601' }],
    ['the origin by https', { ...PAGE, origin: 'https://localhost:4600' }],
    ['no marker', { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }],
    ['another site', { ...PAGE, 'sec-fetch-site': 'cross-site' }],
    ['a sister site', { ...PAGE, 'sec-fetch-site': 'same-site' }],
    ['nothing', {}],
  ])('O4: a change from a page with %s is refused (CSRF)', async (_, headers) => {
    const cookie = await session();
    expect(codeOf(await post('/api/v1/session/sign-out', cookie, headers))).toBe('cross-site');
    expect((await get('/api/v1/session', cookie)).statusCode).toBe(200);
  });

  test('O4: a fixed token of a person is refused where people sign in', async () => {
    expect(codeOf(await control.ask('person:kim', 'GET', '/api/v1/session'))).toBe('static-token-refused');
  });
});
