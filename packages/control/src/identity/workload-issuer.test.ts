import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { idOf } from '../testkit/world.ts';
import { WorkloadTokens } from './workload-token.ts';

const OWN = 'https://cs.example';
const NOW_MS = Date.UTC(2026, 10, 21, 12);
const now = NOW_MS / 1000;
const folder = mkdtempSync(join(tmpdir(), 'issuers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An issuer with a key of its own, trusted by one organisation. */
function issuerOf(name: string, organisation: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' }] }));
  const issuer = `https://${name}.example`;
  const token = (iss: string = issuer): string => {
    const input = `${part({ alg: 'RS256', kid: 'k' })}.${part({ iss, sub: 's', aud: ['a', 'b'], iat: now, exp: now + 60 })}`;
    return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
  };
  const trusted = {
    organisation: idOf<'Organisation'>(organisation),
    issuer,
    algorithms: ['RS256'] as const,
    keys: { kind: 'file', file } as const,
  };
  return { token, trusted };
}

const ours = issuerOf('ours', 'acme');
const theirs = issuerOf('theirs', 'globex');
const tokens = new WorkloadTokens([ours.trusted, theirs.trusted], OWN);
const read = async (text: string, organisation = 'acme') => {
  const found = await tokens.read(text, idOf(organisation), NOW_MS);
  return found.ok ? found.value.map(({ aud }) => aud) : found.refusal.code;
};

test('L8: a token names a workload for each of its audiences', async () => {
  expect(await read(ours.token())).toEqual(['a', 'b']);
});

test('O3: the issuer of one organisation says nothing about agents of another', async () => {
  expect(await read(theirs.token())).toBe('exchange-refused');
  expect(await read(ours.token(), 'globex')).toBe('exchange-refused');
});

test('L8: one issuer cannot speak in the name of another, nor anybody in ours', async () => {
  expect(await read(theirs.token('https://ours.example'))).toBe('exchange-refused');
  expect(await read(ours.token(OWN))).toBe('exchange-refused');
  expect(await read(ours.token('https://ours.example/'))).toBe('exchange-refused');
});

test('L8: an issuer whose keys are gone is unreachable, not trusted', async () => {
  const gone = new WorkloadTokens([{ ...ours.trusted, keys: { kind: 'file', file: join(folder, 'gone.json') } }], OWN);
  expect(await gone.read(ours.token(), idOf('acme'), NOW_MS)).toMatchObject({
    ok: false,
    refusal: { code: 'issuer-unreachable' },
  });
});
