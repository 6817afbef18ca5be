// The gateway's own side of its certificate. The authority here is made with OpenSSL's command line, not with code of ours.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instantOf, ok, parseId, refuse, type Id, type Result } from '@countersign/core';
import { openGatewayEnrolment, parseEnvelope, type DsseEnvelope } from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { good } from '../testkit/made.ts';
import type { Answer, Caller } from '../watch/ask.ts';
import { GatewayIdentity } from './identity.ts';

const id = <Name extends string>(text: string): Id<Name> => parseId<Name>(text)!;
const NAME = { organisation: id<'Organisation'>('acme'), enclave: id<'Enclave'>('plant-7') };
let folder = '';
let aheadMs = 0;
const now = () => instantOf(Date.now() + aheadMs);

beforeEach(() => {
  aheadMs = 0;
  folder = mkdtempSync(join(tmpdir(), 'countersign-identity-'));
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-subj',
    '/CN=ca',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const own = (name: string): string => join(folder, 'identity', name);
const openssl = (...args: readonly string[]): string => execFileSync('openssl', args, { stdio: 'pipe' }).toString();

/** A certificate of one day for the key of a request, as the authority would give it. */
function certificateFor(request: DsseEnvelope): string {
  const { key } = good(openGatewayEnrolment(request));
  const pem = `-----BEGIN PUBLIC KEY-----\n${Buffer.from(key.spki()).toString('base64')}\n-----END PUBLIC KEY-----\n`;
  writeFileSync(at('public.pem'), pem);
  const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '1'];
  return openssl('x509', '-new', '-force_pubkey', at('public.pem'), '-subj', '/CN=plant-7', ...signing);
}

type Asked = Parameters<Caller['ask']>[0];
const asked: Asked[] = [];
/** Answers every request with a certificate for the key in it, or as told. */
const control = (told?: (request: DsseEnvelope) => Result<Answer>): Caller => ({
  ask: async (question) => {
    asked.push(question);
    const body = JSON.parse(Buffer.from(question.body ?? []).toString()) as { request: unknown };
    const request = good(parseEnvelope(body.request));
    return told?.(request) ?? certified(certificateFor(request));
  },
  close: () => undefined,
});
const certified = (certificate: string): Result<Answer> =>
  ok({
    status: 200,
    body: Buffer.from(JSON.stringify({ certificate, authority: readFileSync(at('ca.pem'), 'utf8'), notAfter: now() })),
  });

const identity = (): GatewayIdentity => new GatewayIdentity(at('identity'), NAME, now);
function invite(change: object = {}): void {
  const invitation = {
    type: 'gateway-invitation',
    ...NAME,
    url: 'https://control.example:4443',
    secret: 'a'.repeat(64),
    authority: readFileSync(at('ca.pem'), 'utf8'),
    expiresAt: now(),
    ...change,
  };
  writeFileSync(own('invitation.json'), JSON.stringify(invitation));
}
const keep = async (one: GatewayIdentity, caller: Caller = control()): Promise<string> => {
  const kept = await one.keep('https://control.example:4443', caller);
  return kept.ok ? kept.value : kept.refusal.code;
};

test('O4: without certificate and invitation it shows nothing, and says what to do', async () => {
  const one = identity();
  expect(one.credentials()).toBeUndefined();
  const kept = await one.keep('https://c', control());
  expect(kept).toMatchObject({ ok: false, refusal: { code: 'not-enrolled' } });
  expect(!kept.ok && kept.refusal.next?.[0]).toContain('cs enclave invite');
});

test('O4: with an invitation it makes its key inside, asks the authority it was given and no other, and burns the secret', async () => {
  const one = identity();
  invite();
  asked.length = 0;
  expect(await keep(one)).toBe('enrolled');
  const [question] = asked;
  expect(question?.url).toBe('https://control.example:4443/api/v1/enclaves/enrolment');
  expect(question?.ca).toBe(readFileSync(at('ca.pem'), 'utf8'));
  expect(existsSync(own('invitation.json'))).toBe(false);
  expect(statSync(own('gateway.key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(at('identity')).toSorted()).toEqual(['authority.pem', 'certificate.pem', 'gateway.key']);
  const key = readFileSync(own('gateway.key'), 'utf8');
  expect(Buffer.from(question?.body ?? []).toString()).not.toContain(key.split('\n')[1]);
  expect(one.credentials()).toMatchObject({ key, ca: readFileSync(at('ca.pem'), 'utf8') });
  expect(await keep(one)).toBe('kept');
});

test('O4: half of the time over it renews, with a new key; when it is over it shows nothing', async () => {
  const one = identity();
  invite();
  await keep(one);
  const before = one.credentials();
  aheadMs = 13 * 3_600_000;
  asked.length = 0;
  expect(await keep(one)).toBe('renewed');
  expect(asked[0]?.url).toBe('https://control.example:4443/api/v1/enclaves/plant-7/certificate');
  expect(one.credentials()?.key).not.toBe(before?.key);
  aheadMs = 40 * 3_600_000;
  expect(one.credentials()).toBeUndefined();
  expect(await keep(one)).toBe('not-enrolled');
});

test('O4, X7: an answer that is lost, refused or for another key changes nothing; the same key asks again', async () => {
  const one = identity();
  invite();
  expect(
    await keep(
      one,
      control(() => refuse('no-answer', 'lost')),
    ),
  ).toBe('no-answer');
  const key = readFileSync(own('gateway.key'), 'utf8');
  expect(
    await keep(
      one,
      control(() => ok({ status: 403, body: Buffer.from('{}') })),
    ),
  ).toBe('not-certified');
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at('other.key'));
  openssl('req', '-x509', '-key', at('other.key'), '-out', at('other.pem'), '-subj', '/CN=other');
  expect(
    await keep(
      one,
      control(() => certified(readFileSync(at('other.pem'), 'utf8'))),
    ),
  ).toBe('not-certified');
  expect(
    await keep(
      one,
      control(() => certified('x'.repeat(200))),
    ),
  ).toBe('not-certified');
  expect([existsSync(own('certificate.pem')), existsSync(own('invitation.json'))]).toEqual([false, true]);
  expect(await keep(one)).toBe('enrolled');
  expect(readFileSync(own('gateway.key'), 'utf8')).toBe(key);
});

test.each([
  ['for another enclave', { enclave: 'plant-8' }, 'invitation-other'],
  ['of another organisation', { organisation: 'globex' }, 'invitation-other'],
  ['to an address without TLS', { url: 'http://control.example' }, 'malformed'],
  ['with more in it', { shell: 'rm' }, 'malformed'],
])('O4: an invitation %s is not followed', async (_what, change, code) => {
  const one = identity();
  invite(change);
  asked.length = 0;
  expect([await keep(one), asked.length]).toEqual([code, 0]);
});
