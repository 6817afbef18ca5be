import { createHmac, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  begin,
  codeOf,
  comeBack,
  control,
  cookiesOf,
  get,
  MINUTE_MS,
  openSignIns,
  ORIGIN,
  pairOf,
  pass,
  provider,
  seconds,
  session,
  signIn,
} from './people-at-work.builder.ts';
import type { Lies } from './provider.builder.ts';

openSignIns({ beforeAll, afterAll, beforeEach });

const at = (off: number): number => Math.floor(Date.now() / 1000) + off;

describe('signing in', () => {
  test('O4: asks with PKCE, state, nonce and a greatest age, and comes back to a page of ours with a session', async () => {
    const { location, cookie } = await begin('/api/v1/session/sign-in?returnTo=/sign/P-1');
    const asked = Object.fromEntries(new URL(location).searchParams);
    expect(location.startsWith(`${provider.issuer}/authorize?`)).toBe(true);
    expect(asked).toMatchObject({
      client_id: 'countersign',
      response_type: 'code',
      redirect_uri: `${ORIGIN}/api/v1/session/callback`,
      code_challenge_method: 'S256',
      max_age: '28800',
    });
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect((asked[name] ?? '').length).toBeGreaterThanOrEqual(43);
    const back = await comeBack(provider.agree(location), cookie);
    expect([back.statusCode, back.headers.location]).toEqual([303, '/sign/P-1']);
    const set = cookiesOf(back).find((one) => one.startsWith('countersign='));
    expect(set).toMatch(/^countersign=acme\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/);
    const who = await get('/api/v1/session', pairOf(cookiesOf(back), 'countersign'));
    expect(who.json()).toMatchObject({ organisation: 'acme', person: 'kim', session: { isFresh: false } });
  });

  test('O4: the database holds digests of secrets only', async () => {
    const cookie = await session();
    const { location } = await begin();
    const rows = JSON.stringify([
      await control.deps.store.selectFrom('person_session').selectAll().execute(),
      await control.deps.store.selectFrom('sign_in').selectAll().execute(),
    ]);
    expect(rows).toContain('sha256:');
    expect(rows).not.toContain(cookie.split('.')[1]);
    expect(rows).not.toContain(new URL(location).searchParams.get('state')?.split('.')[1]);
  });

  test('O4: groups and roles a provider claims change nothing', async () => {
    const answer = await signIn({ claims: { groups: ['policy-admin'], roles: ['admin'], email: 'ana@example.org' } });
    expect((await get('/api/v1/session', pairOf(cookiesOf(answer), 'countersign'))).json()).toMatchObject({
      person: 'kim',
    });
  });

  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  test.each<[string, Lies]>([
    ['another nonce', { claims: { nonce: 'n' } }],
    ['no nonce', { claims: { nonce: undefined } }],
    ['another issuer', { claims: { iss: 'https://evil.example' } }],
    ['an issuer with a slash', { claims: { iss: 'http://127.0.0.1/' } }],
    ['no issuer', { claims: { iss: undefined } }],
    ['another audience', { claims: { aud: 'other' } }],
    ['no audience', { claims: { aud: undefined } }],
    ['many audiences and no party', { claims: { aud: ['countersign', 'other'] } }],
    ['another party', { claims: { aud: ['countersign', 'other'], azp: 'other' } }],
    ['a past end', { claims: { exp: at(-60), iat: at(-120) } }],
    ['no end', { claims: { exp: undefined } }],
    ['an end that is text', { claims: { exp: 'never' } }],
    ['no issue', { claims: { iat: undefined } }],
    ['a start in the future', { claims: { nbf: at(600) } }],
    ['no subject', { claims: { sub: undefined } }],
    ['an empty subject', { claims: { sub: '' } }],
    ['a subject that is a number', { claims: { sub: 1 } }],
    ['a subject nobody has', { claims: { sub: 'u-mallory' } }],
    ['the mail address as subject', { claims: { sub: 'kim@example.org' } }],
    ['the id of a person as subject', { claims: { sub: 'kim' } }],
    ['a subject two people have', { claims: { sub: 'u-twin' } }],
    ['no time of proof', { claims: { auth_time: undefined } }],
    ['an old time of proof', { claims: { auth_time: at(-9 * 3600) } }],
    ['a time of proof that is text', { claims: { auth_time: 'today' } }],
    ['algorithm none', { header: { alg: 'none' } }],
    ['algorithm HS256', { header: { alg: 'HS256' } }],
    ['algorithm ES256', { header: { alg: 'ES256' } }],
    ['an unknown key', { header: { kid: 'k2' } }],
    ['an embedded key', { header: { jwk: { kty: 'RSA' } } }],
    ['an address of keys', { header: { jku: 'https://evil.example' } }],
    ['a critical extension', { header: { crit: ['exp'] } }],
    ['a signature of a stranger', { key: stranger }],
    ['repeated claims', { rawClaims: '{"sub":"u-kim","sub":"u-ana"}' }],
    ['no claims', { rawClaims: '[]' }],
    ['no signature', { token: 'e30.e30.' }],
    ['two parts', { token: 'e30.e30' }],
    ['no token at all', { token: '' }],
  ])('O4: an identity token with %s is no sign-in', async (_, lies) => {
    const answer = await signIn(lies);
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'sign-in-refused']);
    expect(cookiesOf(answer)).toEqual([]);
  });

  test('O4: an identity token sealed with the client secret is none', async () => {
    const input = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"sub":"u-kim"}').toString('base64url')}`;
    const token = `${input}.${createHmac('sha256', provider.clientSecret).update(input).digest('base64url')}`;
    expect(codeOf(await signIn({ token }))).toBe('sign-in-refused');
  });

  test('O4: repeated names inside otherwise right claims are seen', async () => {
    const { location, cookie } = await begin();
    const nonce = new URL(location).searchParams.get('nonce');
    const s = seconds();
    const claims = `"iss":"${provider.issuer}","aud":"countersign","iat":${s},"exp":${s + 300},"auth_time":${s},"nonce":"${nonce}"`;
    provider.lies = { rawClaims: `{"sub":"u-ana",${claims},"sub":"u-kim"}` };
    expect(codeOf(await comeBack(provider.agree(location), cookie))).toBe('sign-in-refused');
  });

  test.each<[string, Readonly<Record<string, string | undefined>>]>([
    ['no state', { state: undefined }],
    ['an empty state', { state: '' }],
    ['another state', { state: `acme.${'A'.repeat(43)}` }],
    ['the state of another organisation', { state: `globex.${'A'.repeat(43)}` }],
    ['no code', { code: undefined }],
    ['another code', { code: 'made-up' }],
    ['another provider (mix-up)', { iss: 'https://evil.example' }],
    ['no provider where it is owed (mix-up)', { iss: undefined }],
    ['an error', { error: 'access_denied', code: undefined }],
    ['an error beside the code', { error: 'access_denied' }],
    ['a token in the address', { id_token: 'x' }],
    ['an answer in the address', { response: 'x' }],
  ])('O4: coming back with %s is no sign-in', async (_, change) => {
    const { location, cookie } = await begin();
    const answer = await comeBack({ ...provider.agree(location), ...change }, cookie);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(['sign-in-refused', 'malformed']).toContain(codeOf(answer));
    expect(cookiesOf(answer)).toEqual([]);
  });

  test('O4: a sign-in is finished once, in the browser that began it, within ten minutes', async () => {
    const { location, cookie } = await begin();
    const query = provider.agree(location);
    expect((await comeBack(query, cookie)).statusCode).toBe(303);
    expect(codeOf(await comeBack(query, cookie))).toBe('sign-in-refused');
    const second = await begin();
    const other = await begin();
    expect(codeOf(await comeBack(provider.agree(second.location), other.cookie))).toBe('sign-in-refused');
    expect(codeOf(await comeBack(provider.agree(second.location), second.cookie))).toBe('sign-in-refused');
    const third = await begin();
    expect(codeOf(await comeBack(provider.agree(third.location)))).toBe('sign-in-refused');
    const fourth = await begin();
    pass(10 * MINUTE_MS);
    expect(codeOf(await comeBack(provider.agree(fourth.location), fourth.cookie))).toBe('sign-in-refused');
  });

  test('O4: of ten that finish at the same moment one does', async () => {
    const { location, cookie } = await begin();
    const query = provider.agree(location);
    const answers = await Promise.all(Array.from({ length: 10 }, () => comeBack(query, cookie)));
    expect(answers.filter(({ statusCode }) => statusCode === 303)).toHaveLength(1);
  });

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/%2f/evil.example/..//x',
    '/a//b',
    'javascript:alert(1)',
    'evil',
    '/x?y=1',
    '/x#y',
    '/x\ny',
    '/ x',
    '/@evil.example:x y',
    '/api/v1/session/sign-in',
    `/${'a'.repeat(300)}`,
    '/\u{202e}x',
    'http://localhost:4600@evil.example/',
  ])('O4: %j is no page to return to', async (path) => {
    const answer = await get(`/api/v1/session/sign-in?returnTo=${encodeURIComponent(path)}`);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.headers.location).toBeUndefined();
  });

  test('O4: a provider that fails is named as the reason, and asked again', async () => {
    const { location, cookie } = await begin();
    provider.lies = { status: 500, body: { error: 'server_error\u001b[31m' } };
    const answer = await comeBack(provider.agree(location), cookie);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toContain('\u001b');
    provider.lies = {};
    expect((await signIn()).statusCode).toBe(303);
  });

  test('O4: an organisation without provider offers none', async () => {
    expect((await get('/api/v1/session/offer')).json()).toEqual({ organisations: ['acme'] });
    expect(codeOf(await get('/api/v1/session/sign-in?organisation=globex'))).toBe('sign-in-off');
  });
});
