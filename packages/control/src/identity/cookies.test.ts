import { describe, expect, test } from 'vitest';
import {
  cookieIn,
  cookieNames,
  endSessionCookie,
  endSignInCookie,
  newSecret,
  secretDigest,
  sessionCookie,
  signInCookie,
} from './cookies.ts';

const names = cookieNames('https://cs.example');
const secret = newSecret();

describe('cookies', () => {
  test('O4: on https both are bound to the host, secure, and out of reach of scripts', () => {
    expect(sessionCookie(names, secret, 60)).toBe(
      `__Host-countersign=${secret}; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=60`,
    );
    expect(signInCookie(names, secret, 60)).toBe(
      `__Host-countersign-sign-in=${secret}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=60`,
    );
    for (const ended of [endSessionCookie(names), endSignInCookie(names)]) {
      expect(ended).toContain('=; Path=/; HttpOnly; Secure');
      expect(ended).toContain('Max-Age=0');
    }
  });

  test('O4: on http://localhost there is no prefix, as no browser would take it', () => {
    expect(cookieNames('http://localhost:4600')).toEqual({
      session: 'countersign',
      signIn: 'countersign-sign-in',
      isSecure: false,
    });
  });

  test('O4: a secret has 256 bits, is never the same, and is kept as a digest', () => {
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(newSecret()).not.toBe(secret);
    expect(secretDigest(secret)).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test.each<[string | undefined, boolean]>([
    [`countersign=${secret}`, true],
    [`a=b; countersign=${secret}; c=d`, true],
    [`countersign=acme.${secret}`, true],
    [`Countersign=${secret}`, false],
    [`xcountersign=${secret}`, false],
    [`countersign-sign-in=${secret}`, false],
    [`countersign=${secret}; countersign=${secret}`, false],
    [`countersign="${secret}"`, false],
    [`countersign=${secret}x`, false],
    ['countersign=', false],
    ['countersign', false],
    ['', false],
    [undefined, false],
  ])('O4: in `%s` there is one: %s', (header, isThere) => {
    expect(cookieIn(header, 'countersign') !== undefined).toBe(isThere);
  });
});
