import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLocator, type Locator } from './locator.ts';

const MODULE = '/usr/lib/softhsm/libsofthsm2.so';
const FINGERPRINT = `SHA256:${'A'.repeat(43)}`;

test.each<[string, Locator]>([
  ['file:keys/log.pem', { kind: 'file', path: 'keys/log.pem' }],
  ['file:/etc/countersign/a:b;c=d.pem', { kind: 'file', path: '/etc/countersign/a:b;c=d.pem' }],
  [`ssh-agent:${FINGERPRINT}`, { kind: 'ssh-agent', fingerprint: FINGERPRINT }],
  [
    `pkcs11:module=${MODULE};token=release 1;object=capsule;pin-file=pin`,
    { kind: 'pkcs11', module: MODULE, token: 'release 1', object: 'capsule', pin: { in: 'file', path: 'pin' } },
  ],
  [
    `pkcs11:pin-env=HSM_PIN;object=a=b;token=t;module=${MODULE}`,
    { kind: 'pkcs11', module: MODULE, token: 't', object: 'a=b', pin: { in: 'environment', name: 'HSM_PIN' } },
  ],
])('reads `%s`', (text, locator) => {
  expect(parseLocator(text)).toEqual({ ok: true, value: locator });
});

const withToken = (more: string): string => `pkcs11:module=${MODULE};token=t;object=o${more}`;

describe('refused', () => {
  test.each([
    ['nothing', '', 'KIND:PLACE'],
    ['no kind', 'keys/log.pem', 'KIND:PLACE'],
    ['no place', 'file:', 'KIND:PLACE'],
    ['another kind', 'kms:arn', 'known are file, ssh-agent, pkcs11'],
    ['a kind in capitals', 'FILE:a', 'KIND:PLACE'],
    ['a name of the object prototype', 'constructor:a', 'not known here'],
    ['a line end', 'file:a\nb', 'invisible'],
    ['a zero byte', 'file:a\0b', 'invisible'],
    ['text that reads backwards', 'file:\u202egpj.pem', 'invisible'],
    ['a name that is too long', `file:${'a'.repeat(2048)}`, '2048'],
    ['no fingerprint', 'ssh-agent:ana@laptop', 'SHA256'],
    ['an MD5 fingerprint', 'ssh-agent:MD5:00:11', 'SHA256'],
    ['a short fingerprint', `ssh-agent:SHA256:${'A'.repeat(42)}`, 'SHA256'],
    ['a long fingerprint', `ssh-agent:SHA256:${'A'.repeat(44)}`, 'SHA256'],
    ['no PIN', withToken(''), 'exactly one'],
    ['two PINs', withToken(';pin-file=a;pin-env=B'), 'exactly one'],
    ['an empty setting', withToken(';pin-file='), 'empty'],
    ['a setting twice', withToken(';object=p;pin-file=a'), 'twice'],
    ['an empty part', withToken(';;pin-file=a'), 'only'],
    ['a missing token', `pkcs11:module=${MODULE};object=o;pin-file=a`, 'needs'],
    ['a missing module', 'pkcs11:token=t;object=o;pin-file=a', 'needs'],
    ['a module that is searched for', 'pkcs11:module=libsofthsm2.so;token=t;object=o;pin-file=a', 'full path'],
    ['a relative module', 'pkcs11:module=../evil.so;token=t;object=o;pin-file=a', 'full path'],
    ['a label that is too long', withToken(`;pin-file=a`).replace('object=o', `object=${'o'.repeat(65)}`), '64'],
    ['a variable in small letters', withToken(';pin-env=path'), 'capital'],
    ['a variable with a sign', withToken(';pin-env=A-B'), 'capital'],
  ])('%s', (_name, text, detail) => {
    const read = parseLocator(text);
    expect(read).toMatchObject({ ok: false, refusal: { code: 'bad-locator' } });
    expect(read.ok ? '' : read.refusal.detail).toContain(detail);
  });

  test.each([';pin=493817', ';pin-value=493817', ';493817', ';PIN=493817', ';pin-env=493817'])(
    'a PIN in the locator (`%s`), and the refusal does not repeat it',
    (part) => {
      const read = parseLocator(withToken(part));
      expect(read.ok).toBe(false);
      expect(JSON.stringify(read)).not.toContain('493817');
    },
  );

  test('never with an exception, whatever it is', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }).map((text) => `pkcs11:${text}`),
      fc
        .array(fc.constantFrom('module', 'token', 'object', 'pin-file', 'pin-env', '=', ';', '/', 'x'))
        .map((parts) => `pkcs11:${parts.join('')}`),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const read = parseLocator(text);
        expect(read.ok || read.refusal.code === 'bad-locator').toBe(true);
      }),
    );
  });
});
