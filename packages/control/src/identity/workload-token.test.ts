import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NOON_MS } from '../testkit/world.ts';
import { privateKeyOf, tokenOf, type Json } from './agent.builder.ts';
import {
  call,
  codeOf,
  exchange,
  JWT_TYPE,
  openAgents,
  ORIGIN,
  platform,
  signers,
  tokenFor,
  tokenIn,
  tokenKey,
  TYPE,
  type Form,
} from './agents-at-work.builder.ts';

openAgents({ beforeAll, afterAll });

const S = Math.floor(NOON_MS / 1000);
describe('tokens of workloads', () => {
  test('RFC 8693: an agent of a platform gets the scopes of its duty', async () => {
    const answer = await exchange();
    expect(answer.json()).toMatchObject({
      token_type: 'DPoP',
      scope: 'read propose',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
    expect((await call({ token: tokenIn(answer) })).statusCode).toBe(200);
  });

  test('L8: no exchange upwards: the workload of an observer is no decider, and gets no scope of one', async () => {
    expect(codeOf(await exchange({ sub: 'ns:a:observer' }))).toBe('exchange-refused');
    const asObserver = { clientId: 'acme/observer' };
    expect(codeOf(await exchange({ sub: 'ns:a:observer' }, { ...asObserver, form: { scope: 'read propose' } }))).toBe(
      'scope-refused',
    );
    expect((await exchange({ sub: 'ns:a:observer' }, asObserver)).json()).toMatchObject({ scope: 'read' });
    for (const id of ['twin-1', 'twin-2'])
      expect(codeOf(await exchange({ sub: 'ns:a:twin' }, { clientId: `acme/${id}` }))).toBe('exchange-refused');
  });

  test('L8: no exchange upwards: no token of this server is taken for another', async () => {
    const token = await tokenFor({ clientId: 'acme/observer', by: privateKeyOf(signers.observer) });
    for (const type of [JWT_TYPE, 'urn:ietf:params:oauth:token-type:access_token'])
      expect(codeOf(await exchange({}, { form: { subject_token: token, subject_token_type: type } }))).toBe(
        'exchange-refused',
      );
    const typed = tokenOf({
      key: privateKeyOf(tokenKey),
      header: { alg: 'EdDSA', typ: 'JWT' },
      claims: { iss: ORIGIN, sub: 'decider', aud: ORIGIN, iat: S, exp: S + 60 },
    });
    expect(codeOf(await exchange({}, { form: { subject_token: typed } }))).toBe('exchange-refused');
  });

  test.each<[string, Json, Json?]>([
    ['another issuer', { iss: 'https://evil.example' }],
    ['this server as issuer', { iss: ORIGIN }],
    ['no issuer', { iss: undefined }],
    ['another subject', { sub: 'ns:b:decider' }],
    ['no subject', { sub: undefined }],
    ['another audience', { aud: 'https://other.example' }],
    ['no audience', { aud: undefined }],
    ['an actor', { act: { sub: 'x' } }],
    ['somebody who may act', { may_act: { sub: 'x' } }],
    ['an actor that is null', { act: null }],
    ['a past end', { iat: S - 100, exp: S - 1 }],
    ['no end', { exp: undefined }],
    ['a life of days', { exp: S + 86_401 }],
    ['no issue', { iat: undefined }],
    ['a future issue', { iat: S + 60, exp: S + 120 }],
    ['type at+jwt', {}, { typ: 'at+jwt' }],
    ['type dpop+jwt', {}, { typ: 'dpop+jwt' }],
    ['algorithm none', {}, { alg: 'none' }],
    ['algorithm HS256', {}, { alg: 'HS256' }],
    ['algorithm PS256', {}, { alg: 'PS256' }],
    ['algorithm ES256', {}, { alg: 'ES256' }],
    ['an unknown key id', {}, { kid: 'k2' }],
    ['a key id that is a path', {}, { kid: '../../jwks.json' }],
    ['a key id that is a query', {}, { kid: "k1' or '1'='1" }],
    ['an embedded key', {}, { jwk: platform.publicKey.export({ format: 'jwk' }) }],
    ['an address of keys', {}, { jku: 'https://evil.example/jwks' }],
    ['an address of certificates', {}, { x5u: 'https://evil.example/x' }],
    ['a certificate', {}, { x5c: ['MIIB'] }],
    ['a critical extension', {}, { crit: ['exp'] }],
  ])('RFC 8693: a token with %s is not exchanged', async (_, claims, header = {}) => {
    const answer = await exchange(claims, { header });
    expect(answer.json()).toMatchObject({ status: 403, code: 'exchange-refused', error: 'invalid_grant' });
  });

  test.each<[string, Form, string]>([
    ['an assertion beside', { client_assertion: 'x', client_assertion_type: TYPE }, 'exchange-refused'],
    ['no subject', { subject_token: undefined }, 'exchange-refused'],
    ['no type', { subject_token_type: undefined }, 'exchange-refused'],
    [
      'the type of an access token',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
      'exchange-refused',
    ],
    [
      'the type of a refresh token',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      'exchange-refused',
    ],
    [
      'a wish for an ID token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      'exchange-refused',
    ],
    ['an actor token', { actor_token: 'x' }, 'malformed'],
  ])('RFC 8693: an exchange with %s is refused', async (_, form, code) => {
    expect(codeOf(await exchange({}, { form }))).toBe(code);
  });

  test('RFC 8693: a stranger with the right key id signs nothing', async () => {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expect(codeOf(await exchange({}, { key }))).toBe('exchange-refused');
  });

  test('a harmless fingerprint in the header is carried and not believed', async () => {
    expect((await exchange({}, { header: { x5t: 'abc' } })).statusCode).toBe(200);
  });
});
