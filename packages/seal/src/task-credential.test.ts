import { digest, readShape } from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64Url } from './base64.ts';
import { generateSigner, type SignerKey } from './keys.ts';
import {
  MAX_TASK_SECONDS,
  signTaskCredential,
  verifyTaskCredential,
  type TaskClaims,
  type TaskRule,
} from './task-credential.ts';

const capsule = readShape(digest, `sha256:${'c'.repeat(64)}`);
if (!capsule.ok) throw new Error('no digest');
const NOW = 1_800_000_000;
const CLAIMS: TaskClaims = {
  iss: 'runner-1',
  aud: 'host-0381',
  operation: 'service.restart',
  capsule: capsule.value,
  jti: '0123456789abcdef0123456789abcdef',
  iat: NOW,
  exp: NOW + 20,
};
const [ed, ec, stranger] = [generateSigner('ed25519'), generateSigner('p256'), generateSigner('ed25519')];
const ruleOf = (signer: SignerKey, change: Partial<TaskRule> = {}): TaskRule => ({
  keys: new Map([['runner-1', signer.publicKey]]),
  audience: 'host-0381',
  operation: 'service.restart',
  nowSeconds: NOW + 1,
  ...change,
});
const answer = (token: string, rule: TaskRule): string => {
  const read = verifyTaskCredential(token, rule);
  return read.ok ? 'ok' : read.refusal.code;
};
const withClaims = (change: object, signer: SignerKey = ed): string =>
  signTaskCredential({ ...CLAIMS, ...change }, signer);

describe.each([
  ['Ed25519', ed, 'EdDSA'],
  ['P-256', ec, 'ES256'],
] as const)('X3: a task credential under a key of kind %s', (_kind, signer, alg) => {
  const token = signTaskCredential(CLAIMS, signer);

  test('opens what it names, and says what it is for', () => {
    expect(verifyTaskCredential(token, ruleOf(signer))).toEqual({ ok: true, value: CLAIMS });
    expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toEqual({
      alg,
      typ: 'task+jwt',
    });
  });

  test('no other target, operation, moment or key', () => {
    expect(answer(token, ruleOf(signer, { audience: 'host-0382' }))).toBe('wrong-type');
    expect(answer(token, ruleOf(signer, { operation: 'host.isolate' }))).toBe('wrong-type');
    expect(answer(token, ruleOf(signer, { nowSeconds: NOW + 20 }))).toBe('wrong-type');
    expect(answer(token, ruleOf(signer, { nowSeconds: NOW - 6 }))).toBe('wrong-type');
    expect(answer(token, ruleOf(signer, { nowSeconds: NOW - 5 }))).toBe('ok');
    expect(answer(token, ruleOf(signer, { nowSeconds: NOW + 19 }))).toBe('ok');
    expect(answer(token, ruleOf(stranger))).not.toBe('ok');
    expect(answer(token, ruleOf(signer, { keys: new Map() }))).toBe('bad-key');
  });

  test('no character of it may differ', () => {
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), fc.constantFrom(...'AZaz09-_.=+/ '), (at, letter) => {
        fc.pre(token[at] !== letter);
        const changed = `${token.slice(0, at)}${letter}${token.slice(at + 1)}`;
        expect(answer(changed, ruleOf(signer))).not.toBe('ok');
      }),
      { numRuns: 400 },
    );
    for (let length = 0; length < token.length; length += 1)
      expect(answer(token.slice(0, length), ruleOf(signer))).not.toBe('ok');
    for (const more of ['.', '.e30', ' ', '\n', '=']) expect(answer(token + more, ruleOf(signer))).not.toBe('ok');
  });
});

test.each([
  ['none', { alg: 'none', typ: 'task+jwt' }],
  ['the other algorithm', { alg: 'ES256', typ: 'task+jwt' }],
  ['a shared secret', { alg: 'HS256', typ: 'task+jwt' }],
  ['another type', { alg: 'EdDSA', typ: 'JWT' }],
  ['a key of its own', { alg: 'EdDSA', typ: 'task+jwt', jwk: {} }],
  ['a key address', { alg: 'EdDSA', typ: 'task+jwt', jku: 'http://127.0.0.1/' }],
  ['a key id', { alg: 'EdDSA', typ: 'task+jwt', kid: '../../etc' }],
  ['other order', { typ: 'task+jwt', alg: 'EdDSA' }],
])('X3: a header with %s is refused even when it is signed', (_what, header) => {
  const [, body = ''] = signTaskCredential(CLAIMS, ed).split('.');
  const signed = `${encodeBase64Url(Buffer.from(JSON.stringify(header)))}.${body}`;
  const token = `${signed}.${encodeBase64Url(ed.sign(Buffer.from(signed)))}`;
  expect(answer(token, ruleOf(ed))).toBe('wrong-type');
});

test.each([
  ['lives longer than any act', { exp: NOW + MAX_TASK_SECONDS + 1 }, 'wrong-type'],
  ['ends before it begins', { exp: NOW - 1 }, 'wrong-type'],
  ['has an id that is too short', { jti: 'ff' }, 'malformed'],
  ['names a target with a path in it', { aud: '../host' }, 'malformed'],
  ['has time as text', { iat: String(NOW) }, 'malformed'],
  ['has half seconds', { exp: NOW + 1.5 }, 'malformed'],
])('X3: a credential that %s is refused', (_what, change, code) => {
  expect(answer(withClaims(change), ruleOf(ed))).toBe(code);
});

test('X3: doubled, unknown and missing claims are refused', () => {
  const raw = (payload: string): string => {
    const [header = ''] = signTaskCredential(CLAIMS, ed).split('.');
    const signed = `${header}.${encodeBase64Url(Buffer.from(payload))}`;
    return `${signed}.${encodeBase64Url(ed.sign(Buffer.from(signed)))}`;
  };
  const whole = JSON.stringify(CLAIMS);
  expect(answer(raw(whole), ruleOf(ed))).toBe('ok');
  expect(answer(raw(whole.replace('{', '{"aud":"host-1",')), ruleOf(ed))).not.toBe('ok');
  expect(answer(raw(whole.replace('{', '{"admin":true,')), ruleOf(ed))).not.toBe('ok');
  for (const claim of Object.keys(CLAIMS))
    expect(answer(raw(JSON.stringify({ ...CLAIMS, [claim]: undefined })), ruleOf(ed))).not.toBe('ok');
});

describe('X3: at the limits of a task', () => {
  test('it lives for 1 to 120 seconds', () => {
    const after = (lifetime: number): string =>
      answer(withClaims({ exp: NOW + lifetime }), ruleOf(ed, { nowSeconds: NOW - 1 }));
    expect([-1, 0, 1, 120, 121].map(after)).toEqual(['wrong-type', 'wrong-type', 'ok', 'ok', 'wrong-type']);
    // Begun and over in one moment that is still ahead: no time in which it could be used.
    expect(answer(withClaims({ iat: NOW + 5, exp: NOW + 5 }), ruleOf(ed, { nowSeconds: NOW }))).toBe('wrong-type');
  });

  test('it has three parts, of which each is there', () => {
    const [header = '', body = '', signature = ''] = signTaskCredential(CLAIMS, ed).split('.');
    const parts = [
      [header, body],
      [header, body, ''],
      [header, '', signature],
      ['', body, signature],
      [header, body, signature, ''],
      [header, body, `${signature}=`],
      [header, body, `${signature.slice(0, -1)}*`],
      [header, `${body}=`, signature],
      [` ${header}`, body, signature],
    ];
    const codes = parts.map((one) => answer(one.join('.'), ruleOf(ed)));
    expect(codes).toEqual([
      'bad-signature',
      'bad-signature',
      'malformed',
      'wrong-type',
      'malformed',
      'malformed',
      'malformed',
      'malformed',
      'wrong-type',
    ]);
    expect(answer(`${header}.${body}.${'A'.repeat(4096)}`, ruleOf(ed))).toBe('malformed');
  });
});
