import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { IssuerKeys } from './issuer-keys.ts';

const MINUTE_MS = 60_000;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const edwards = generateKeyPairSync('ed25519');
const jwk = (key: KeyObject, more: object = {}): object => ({ ...key.export({ format: 'jwk' }), ...more });
let server: Server;
let body: string;
let asked = 0;
let status = 200;

beforeAll(async () => {
  server = createServer((_, response) => {
    asked += 1;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [asked, status] = [0, 200];
});

const open = (keys: readonly unknown[]): IssuerKeys => {
  body = JSON.stringify({ keys });
  const address = server.address();
  const url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/jwks` : '';
  return new IssuerKeys({ kind: 'url', url, guard: { allowLoopback: true } });
};
const count = async (keys: IssuerKeys, algorithm: string, kid?: string, nowMs = 0): Promise<number | string> => {
  const found = await keys.candidates(algorithm, kid, nowMs);
  return found.ok ? found.value.length : found.refusal.code;
};

test('L8: a key serves its own algorithm and name only', async () => {
  const keys = open([
    jwk(rsa.publicKey, { kid: 'a', alg: 'RS256' }),
    jwk(p256.publicKey, { kid: 'b' }),
    jwk(edwards.publicKey, { kid: 'c' }),
  ]);
  expect(await count(keys, 'RS256', 'a')).toBe(1);
  expect(await count(keys, 'PS256', 'a')).toBe(0);
  expect(await count(keys, 'ES256', 'a')).toBe(0);
  expect(await count(keys, 'ES256', 'b')).toBe(1);
  expect(await count(keys, 'EdDSA', 'c')).toBe(1);
  expect(await count(keys, 'HS256', 'a')).toBe(0);
  expect(await count(keys, 'none')).toBe(0);
  expect(asked).toBe(1);
});

test.each<[string, unknown]>([
  ['a private key', jwk(p256.privateKey)],
  ['a shared secret', { kty: 'oct', k: 'AAAA', alg: 'HS256' }],
  ['an encryption key', jwk(rsa.publicKey, { use: 'enc' })],
  ['a short RSA key', jwk(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)],
  ['a point off the curve', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
  ['another curve', jwk(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey)],
  ['an algorithm that is not its own', jwk(p256.publicKey, { alg: 'RS256' })],
  ['a name', 'key'],
  ['a list', [1]],
  ['nothing', null],
])('L8: a set with %s alone is unusable', async (_, key) => {
  expect(await count(open([key]), 'RS256')).toBe('issuer-unreachable');
});

test.each(['', '{', '[]', '{"keys":1}', '{"keys":[],"keys":[]}', 'x'.repeat(200_000)])(
  'L8: an answer like %# is unusable',
  async (text) => {
    const keys = open([]);
    body = text;
    expect(await count(keys, 'RS256')).toBe('issuer-unreachable');
  },
);

test('L8: made-up key ids do not make us ask the issuer again and again, a rotation is seen within a minute', async () => {
  const keys = open([jwk(p256.publicKey, { kid: 'old' })]);
  expect(await count(keys, 'ES256', 'old', 0)).toBe(1);
  for (let ms = 0; ms < MINUTE_MS; ms += 5000) expect(await count(keys, 'ES256', `made-up-${ms}`, ms)).toBe(0);
  expect(asked).toBe(1);
  body = JSON.stringify({ keys: [jwk(p256.publicKey, { kid: 'new' })] });
  expect(await count(keys, 'ES256', 'new', MINUTE_MS + 1)).toBe(1);
  expect(await count(keys, 'ES256', 'old', MINUTE_MS + 2)).toBe(0);
  expect(asked).toBe(2);
});

test('L8: of many that wait one asks; an issuer that fails is asked by the next', async () => {
  const keys = open([jwk(p256.publicKey)]);
  status = 500;
  expect(await Promise.all([1, 2, 3].map(() => count(keys, 'ES256')))).toEqual(
    Array.from({ length: 3 }, () => 'issuer-unreachable'),
  );
  expect(asked).toBe(1);
  status = 200;
  expect(await count(keys, 'ES256')).toBe(1);
});
