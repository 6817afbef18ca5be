import { createHmac, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NOON_MS } from '../testkit/world.ts';
import { assertionOf, encodedKey, privateKeyOf, type Parts } from './agent.builder.ts';
import {
  askToken,
  codeOf,
  control,
  detailOf,
  JWT_TYPE,
  nowMs,
  openAgents,
  ORIGIN,
  other,
  setNow,
  signers,
  type Form,
  TOKEN_URL,
} from './agents-at-work.builder.ts';
import { UsedProofs } from './used-proofs.ts';

openAgents({ beforeAll, afterAll });

const S = Math.floor(NOON_MS / 1000);
const wrongAssertions: readonly (readonly [string, Parts])[] = [
  ['another issuer', { claims: { iss: 'acme/observer' } }],
  ['no issuer', { claims: { iss: undefined } }],
  ['another subject', { claims: { sub: 'acme/observer' } }],
  ['a subject without organisation', { claims: { sub: 'decider', iss: 'decider' } }],
  ['the address of the token service as audience', { claims: { aud: TOKEN_URL } }],
  ['another audience', { claims: { aud: 'https://other.example' } }],
  ['an audience with a slash', { claims: { aud: `${ORIGIN}/` } }],
  ['two audiences', { claims: { aud: [ORIGIN, 'https://other.example'] } }],
  ['an audience that is an object', { claims: { aud: { [ORIGIN]: 1 } } }],
  ['no audience', { claims: { aud: undefined } }],
  ['no end', { claims: { exp: undefined } }],
  ['an end that passed', { claims: { iat: S - 60, exp: S } }],
  ['an end far away', { claims: { exp: S + 121 } }],
  ['an end before its issue', { claims: { exp: S - 1 } }],
  ['an end that is text', { claims: { exp: String(S + 60) } }],
  ['an end that is a fraction', { rawClaims: JSON.stringify({ exp: 1 }).replace('1', `${S + 60}.5`) }],
  ['no issue', { claims: { iat: undefined } }],
  ['an issue in the future', { claims: { iat: S + 30 } }],
  ['a negative issue', { claims: { iat: -1 } }],
  ['a start in the future', { claims: { nbf: S + 30 } }],
  ['a start that is text', { claims: { nbf: 'now' } }],
  ['no number', { claims: { jti: undefined } }],
  ['a short number', { claims: { jti: 'abc' } }],
  ['a long number', { claims: { jti: 'a'.repeat(129) } }],
  ['a number with control characters', { claims: { jti: 'abcdefgh\n' } }],
  ['algorithm none', { header: { alg: 'none' } }],
  ['algorithm None', { header: { alg: 'None' } }],
  ['algorithm HS256', { header: { alg: 'HS256' } }],
  ['algorithm RS256', { header: { alg: 'RS256' } }],
  ['algorithm PS256', { header: { alg: 'PS256' } }],
  ['algorithm ES384', { header: { alg: 'ES384' } }],
  ['algorithm EdDSA with a key for ES256', { header: { alg: 'EdDSA' } }],
  ['no algorithm', { header: { alg: undefined } }],
  ['an algorithm that is a list', { header: { alg: ['ES256'] } }],
  ['type at+jwt', { header: { typ: 'at+jwt' } }],
  ['type dpop+jwt', { header: { typ: 'dpop+jwt' } }],
  ['an embedded key', { header: { jwk: { kty: 'EC' } } }],
  ['an address of keys', { header: { jku: 'https://evil.example/jwks.json' } }],
  ['an address of certificates', { header: { x5u: 'https://evil.example/c.pem' } }],
  ['a certificate', { header: { x5c: ['MIIB'] } }],
  ['a critical extension', { header: { crit: ['exp'] } }],
  ['an unencoded payload', { header: { b64: false, crit: ['b64'] } }],
  ['compression', { header: { zip: 'DEF' } }],
  ['encryption', { header: { enc: 'A256GCM' } }],
  ['a key id that is an object', { header: { kid: { a: 1 } } }],
  ['a key id that is long', { header: { kid: 'k'.repeat(201) } }],
  ['a header name nobody knows', { header: { 'x-role': 'admin' } }],
  ['a signature of a stranger', { key: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey }],
  ['a signature on another curve', { key: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey }],
  ['a repeated header', { rawHeader: '{"alg":"none","alg":"ES256","typ":"JWT"}' }],
  ['a prototype in the header', { rawHeader: '{"alg":"ES256","typ":"JWT","__proto__":{}}' }],
  ['a header that is a list', { rawHeader: '["ES256"]' }],
  ['a header that is null', { rawHeader: 'null' }],
  ['a deep header', { rawHeader: `{"alg":"ES256","kid":${'['.repeat(20)}${']'.repeat(20)}}` }],
  ['claims that repeat', { rawClaims: `{"iss":"acme/decider","sub":"acme/observer","sub":"acme/decider"}` }],
  ['claims with a prototype', { rawClaims: '{"constructor":{"prototype":{}}}' }],
  ['claims that are text', { rawClaims: '"acme/decider"' }],
  ['claims that nest', { rawClaims: `{"a":${'{"a":'.repeat(30)}1${'}'.repeat(30)}}` }],
  ['claims with text after them', { rawClaims: '{}{}' }],
  ['claims with a byte order mark', { rawClaims: '\u{feff}{}' }],
  ['claims with invisible text', { rawClaims: '{"iss":"acme/\u200bdecider"}' }],
  ['claims without content', { rawClaims: '{}' }],
];

describe('assertions', () => {
  test.each(wrongAssertions)('L8: with %s count nothing, and say why', async (_, assertion) => {
    const answer = await askToken({ assertion });
    expect(answer.json()).toMatchObject({ status: 401, code: 'bad-client-assertion', error: 'invalid_client' });
    expect(detailOf(answer)).toMatch(/^the assertion /);
  });

  test('L8: with HMAC over the public key count nothing', async () => {
    const spki = Buffer.from(encodedKey(signers.decider), 'base64');
    const input = assertionOf(
      privateKeyOf(signers.decider),
      { clientId: 'acme/decider', audience: ORIGIN, nowMs },
      { header: { alg: 'HS256' } },
    )
      .split('.')
      .slice(0, 2)
      .join('.');
    const forged = `${input}.${createHmac('sha256', spki).update(input).digest('base64url')}`;
    expect(codeOf(await askToken({ form: { client_assertion: forged } }))).toBe('bad-client-assertion');
  });

  test('L8: count once, also at another process', async () => {
    const text = assertionOf(privateKeyOf(signers.decider), { clientId: 'acme/decider', audience: ORIGIN, nowMs });
    const form = { client_assertion: text };
    expect((await askToken({ form })).statusCode).toBe(200);
    expect(codeOf(await askToken({ form }))).toBe('proof-replayed');
    const nonce = (await askToken({ at: other })).headers['dpop-nonce'];
    expect(codeOf(await askToken({ form, at: other, proof: { claims: { nonce } } }))).toBe('proof-replayed');
  });

  test('L8: one that a process whose clock is ahead has forgotten is not new to one whose clock is behind', async () => {
    const claims = { iat: S, exp: S + 60 };
    const asked = { clientId: 'acme/decider', audience: ORIGIN, nowMs };
    const text = assertionOf(privateKeyOf(signers.decider), asked, { claims });
    const form = { client_assertion: text };
    expect((await askToken({ form })).statusCode).toBe(200);
    const [before, end] = [nowMs, (S + 60) * 1000];
    setNow(end - 1000);
    await new UsedProofs(control.deps.store).prune(end + 4000);
    const again = codeOf(await askToken({ form }));
    setNow(before);
    expect(again).toBe('proof-replayed');
  });

  test('L8: every single changed bit of one is seen', async () => {
    const text = assertionOf(privateKeyOf(signers.decider), { clientId: 'acme/decider', audience: ORIGIN, nowMs });
    let seen = 0;
    for (let at = 0; at < text.length; at += 5) {
      const flipped = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      if (flipped === text) continue;
      const answer = await askToken({ form: { client_assertion: flipped } });
      expect(codeOf(answer)).toBe('bad-client-assertion');
      seen += 1;
    }
    expect(seen).toBeGreaterThan(60);
  });

  test.each<[string, Form, string]>([
    ['a password grant', { grant_type: 'password' }, 'unsupported-grant'],
    ['a refresh', { grant_type: 'refresh_token' }, 'unsupported-grant'],
    ['a code', { grant_type: 'authorization_code' }, 'unsupported-grant'],
    ['a subject token with credentials', { subject_token: 'x' }, 'unsupported-grant'],
    ['no assertion', { client_assertion: undefined }, 'bad-client-assertion'],
    [
      'another kind of assertion',
      { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
      'bad-client-assertion',
    ],
    ['another resource', { resource: 'https://other.example' }, 'exchange-refused'],
    ['another audience', { audience: 'https://other.example' }, 'exchange-refused'],
    ['a secret', { client_secret: 'x' }, 'malformed'],
    ['an actor', { actor_token: 'x', actor_token_type: JWT_TYPE }, 'malformed'],
    ['no grant', { grant_type: undefined }, 'malformed'],
    ['a grant of many characters', { grant_type: 'x'.repeat(101) }, 'malformed'],
    ['no client', { client_id: undefined }, 'agent-unknown'],
  ])('L8: a request with %s is refused', async (_, form, code) => {
    expect(codeOf(await askToken({ form }))).toBe(code);
  });

  test.each<[string, string, string | undefined, number]>([
    ['a repeated field', 'grant_type=client_credentials&grant_type=password', undefined, 400],
    ['a broken escape', 'grant_type=%zz', undefined, 400],
    ['bytes that are no UTF-8', 'grant_type=%ff%fe', undefined, 400],
    ['many fields', Array.from({ length: 40 }, (_, n) => `f${'a'.repeat(n)}=1`).join('&'), undefined, 400],
    ['no field', '', undefined, 400],
    ['JSON', '{"grant_type":"client_credentials"}', 'application/json', 415],
    ['a form of parts', 'x', 'multipart/form-data; boundary=x', 415],
    ['more than it may hold', `grant_type=${'a'.repeat(40_000)}`, undefined, 413],
  ])('RFC 6749: %s is no request', async (_, raw, type, status) => {
    const answer = await control.ask(undefined, 'POST', '/api/v1/token', {
      raw,
      headers: { 'content-type': type ?? 'application/x-www-form-urlencoded' },
    });
    expect(answer.statusCode).toBe(status);
  });

  test('a form is refused everywhere else', async () => {
    const answer = await control.ask('person:kim', 'POST', '/api/v1/things', {
      raw: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.statusCode).toBe(415);
  });
});
