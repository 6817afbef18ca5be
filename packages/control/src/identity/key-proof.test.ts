import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NOON_MS } from '../testkit/world.ts';
import { proofKey, proofOf, type Parts } from './agent.builder.ts';
import {
  askToken,
  call,
  codeOf,
  control,
  DAY_MS,
  mine,
  nowMs,
  openAgents,
  ORIGIN,
  other,
  setNow,
  tokenFor,
} from './agents-at-work.builder.ts';
import { UsedProofs } from './used-proofs.ts';

openAgents({ beforeAll, afterAll });

const S = Math.floor(NOON_MS / 1000);
const stranger = proofKey();
const wrongProofs: readonly (readonly [string, Parts])[] = [
  ['another method', { claims: { htm: 'PUT' } }],
  ['a method in small letters', { claims: { htm: 'get' } }],
  ['no method', { claims: { htm: undefined } }],
  ['another path', { claims: { htu: `${ORIGIN}/api/v1/other` } }],
  ['another host', { claims: { htu: 'http://evil.example/api/v1/things' } }],
  ['the address of loopback', { claims: { htu: 'http://127.0.0.1:4600/api/v1/things' } }],
  ['https', { claims: { htu: 'https://localhost:4600/api/v1/things' } }],
  ['a query', { claims: { htu: `${ORIGIN}/api/v1/things?x=1` } }],
  ['a fragment', { claims: { htu: `${ORIGIN}/api/v1/things#x` } }],
  ['a slash at the end', { claims: { htu: `${ORIGIN}/api/v1/things/` } }],
  ['an escaped path', { claims: { htu: `${ORIGIN}/api/v1/%74hings` } }],
  ['a host in capitals', { claims: { htu: 'http://LOCALHOST:4600/api/v1/things' } }],
  ['no address', { claims: { htu: undefined } }],
  ['an address that is a list', { claims: { htu: [`${ORIGIN}/api/v1/things`] } }],
  ['an old time', { claims: { iat: S - 61 } }],
  ['a future time', { claims: { iat: S + 6 } }],
  ['no time', { claims: { iat: undefined } }],
  ['a time in milliseconds', { claims: { iat: NOON_MS } }],
  ['a time that is text', { claims: { iat: String(S) } }],
  ['a start in the future', { claims: { nbf: S + 60 } }],
  ['an end that passed', { claims: { exp: S - 1 } }],
  ['an end that is text', { claims: { exp: 'never' } }],
  ['no number', { claims: { jti: undefined } }],
  ['a short number', { claims: { jti: '1' } }],
  ['a number that is none', { claims: { jti: 12_345_678 } }],
  ['a long number', { claims: { jti: 'x'.repeat(129) } }],
  ['no token', { claims: { ath: undefined } }],
  ['another token', { claims: { ath: 'A'.repeat(43) } }],
  ['an empty token', { claims: { ath: '' } }],
  ['type JWT', { header: { typ: 'JWT' } }],
  ['type DPOP+JWT', { header: { typ: 'DPOP+JWT' } }],
  ['no type', { header: { typ: undefined } }],
  ['algorithm none', { header: { alg: 'none' } }],
  ['algorithm HS256', { header: { alg: 'HS256' } }],
  ['algorithm RS256', { header: { alg: 'RS256' } }],
  ['algorithm EdDSA with a P-256 key', { header: { alg: 'EdDSA' } }],
  ['no key', { header: { jwk: undefined } }],
  ['a key by name', { header: { jwk: undefined, kid: 'mine' } }],
  ['a key by address', { header: { jku: 'https://evil.example/jwks' } }],
  ['a certificate', { header: { x5c: ['MIIB'] } }],
  ['a symmetric key', { header: { jwk: { kty: 'oct', k: 'AAAA' } } }],
  [
    'an RSA key',
    { header: { jwk: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }) } },
  ],
  ['a key with its private part', { header: { jwk: { ...mine.key.export({ format: 'jwk' }) } } }],
  ['a key off the curve', { header: { jwk: { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) } } }],
  ['a key of small order', { header: { alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } } }],
  ['a key of another curve', { header: { jwk: { ...mine.jwk, crv: 'P-384' } } }],
  ['a key as a list', { header: { jwk: [mine.jwk] } }],
  ['a key as text', { header: { jwk: JSON.stringify(mine.jwk) } }],
  ['the key of a stranger, signed by us', { header: { jwk: stranger.jwk } }],
  ['our key, signed by a stranger', { key: stranger.key }],
  ['the key and signature of a stranger', { key: stranger.key, header: { jwk: stranger.jwk } }],
  ['a critical extension', { header: { crit: ['b64'], b64: false } }],
  ['a repeated header', { rawHeader: '{"typ":"dpop+jwt","typ":"dpop+jwt","alg":"ES256"}' }],
  ['claims that repeat', { rawClaims: '{"htm":"GET","htm":"POST"}' }],
  ['claims that are a list', { rawClaims: '[]' }],
];

const count = async (): Promise<number> =>
  (await control.deps.store.selectFrom('used_proof').select('digest').execute()).length;

describe('proofs', () => {
  test.each(wrongProofs)('RFC 9449: with %s open nothing, and say why', async (_, proof) => {
    const answer = await call({ token: await tokenFor(), proof });
    expect(answer.json()).toMatchObject({ status: 401, code: 'bad-key-proof', error: 'invalid_dpop_proof' });
    expect(answer.headers['www-authenticate']).toContain('DPoP error="invalid_dpop_proof"');
  });

  test.each(
    [...wrongProofs].filter(
      ([name]) => !/token|method|path|https|slash|escaped|query|fragment|capitals|loopback|host/.test(name),
    ),
  )('RFC 9449: with %s get no token either', async (_, proof) => {
    const answer = await askToken({ proof });
    // At the token service nothing ties a stranger's key yet: the token is then the stranger's, bound to that key.
    expect(codeOf(answer)).toBe(_ === 'the key and signature of a stranger' ? 'none' : 'bad-key-proof');
  });

  test('RFC 9449: every single changed character of one is seen', async () => {
    const token = await tokenFor();
    const proof = proofOf(mine, { method: 'GET', url: `${ORIGIN}/api/v1/things`, nowMs, token });
    let seen = 0;
    for (let at = 0; at < proof.length; at += 7) {
      const flipped = proof.slice(0, at) + (proof[at] === 'A' ? 'B' : 'A') + proof.slice(at + 1);
      if (flipped === proof) continue;
      expect(codeOf(await call({ token, proofHeader: flipped }))).toBe('bad-key-proof');
      seen += 1;
    }
    expect(seen).toBeGreaterThan(60);
    expect((await call({ token, proofHeader: proof })).statusCode).toBe(200);
  });

  test('RFC 9449: count once, at every process', async () => {
    const token = await tokenFor();
    const claims = { nonce: (await call({ token, at: other })).headers['dpop-nonce'], jti: randomUUID() };
    const proofHeader = proofOf(mine, { method: 'GET', url: `${ORIGIN}/api/v1/things`, nowMs, token }, { claims });
    expect((await call({ token, proofHeader })).statusCode).toBe(200);
    expect(codeOf(await call({ token, proofHeader }))).toBe('proof-replayed');
    expect(codeOf(await call({ token, proofHeader, at: other }))).toBe('proof-replayed');
  });

  test('RFC 9449: of 20 at the same moment one counts', async () => {
    const token = await tokenFor();
    const proofHeader = proofOf(mine, { method: 'GET', url: `${ORIGIN}/api/v1/things`, nowMs, token });
    const answers = await Promise.all(Array.from({ length: 20 }, () => call({ token, proofHeader })));
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
  });

  test('RFC 9449: used ones are forgotten once they would be too old', async () => {
    await call({ token: await tokenFor() });
    expect(await count()).toBeGreaterThan(0);
    await new UsedProofs(control.deps.store).prune(nowMs);
    expect(await count()).toBeGreaterThan(0);
    await new UsedProofs(control.deps.store).prune(NOON_MS + 2 * DAY_MS);
    expect(await count()).toBe(0);
  });

  test('RFC 9449: of Ed25519 work as well, with a token of their own key only', async () => {
    const edwards = proofKey('ed25519');
    const token = await tokenFor({ keyOfProof: edwards });
    expect((await call({ token, keyOfProof: edwards })).statusCode).toBe(200);
    expect(codeOf(await call({ token, keyOfProof: mine }))).toBe('bad-key-proof');
  });

  test('RFC 9449 s8: a nonce is demanded where the operator wants it, and a stale or made-up one is none', async () => {
    const token = await tokenFor();
    const without = await call({ token, at: other });
    expect(without.json()).toMatchObject({ code: 'use-dpop-nonce', error: 'use_dpop_nonce', status: 401 });
    const nonce = String(without.headers['dpop-nonce']);
    expect((await call({ token, at: other, proof: { claims: { nonce } } })).statusCode).toBe(200);
    const [window = '', seal = ''] = nonce.split('.');
    const wrong = [
      `${Number(window) + 1}.${seal}`,
      `${window}.${'A'.repeat(43)}`,
      `${window}.`,
      seal,
      '',
      `${nonce}x`,
      ` ${nonce}`,
      '1e9.x',
    ];
    for (const made of wrong)
      expect(codeOf(await call({ token, at: other, proof: { claims: { nonce: made } } }))).toBe('use-dpop-nonce');
    const before = nowMs;
    setNow(nowMs + 241_000);
    expect(codeOf(await call({ token, at: other, proof: { claims: { nonce } } }))).toBe('use-dpop-nonce');
    setNow(before);
  });
});
