import { describe, expect, test } from 'vitest';
import { challengeOf, oauthError } from './oauth-error.ts';
import { SESSION_IS_ENOUGH, stepUpOf } from './step-up.ts';

describe('what a session is enough for', () => {
  test.each([...SESSION_IS_ENOUGH].map((address) => address.replace('POST ', '')))('T12: POST %s', (url) => {
    expect(stepUpOf({ method: 'POST', url })).toBe('none');
  });

  test.each([
    '/api/v1/approvals',
    '/api/v1/trust',
    '/api/v1/envelope',
    '/api/v1/people/:id/passkeys',
    '/api/v1/halt/',
    '/api/v1/Halt',
    '/api/v1/new',
  ])('T12: not for POST %s, nor for what nobody has thought of', (url) => {
    expect(stepUpOf({ method: 'POST', url })).toBe('fresh');
  });

  test.each([
    ['/api/v1/proposals', 'none'],
    ['/api/v1/proposals/:id/bundle', 'fresh'],
    ['/api/v1/export', 'fresh'],
    ['/api/v1/export/events', 'fresh'],
    ['/api/v1/evidence/:id', 'fresh'],
    ['/api/v1/bundles-of-sticks', 'none'],
  ])('T12: reading %s: %s', (url, owed) => {
    expect(stepUpOf({ method: 'GET', url })).toBe(owed);
  });

  test('T12: nothing that is signed, and nothing that grants, is listed', () => {
    expect(
      [...SESSION_IS_ENOUGH].filter((one) =>
        /approv|trust|passkey|resume|lift|activate|graph|source(?!s\/:id\/suspend)|restor/.test(one),
      ),
    ).toEqual([]);
  });
});

describe('OAuth words', () => {
  test.each([
    ['use-dpop-nonce', 'use_dpop_nonce', 'DPoP error="use_dpop_nonce", algs="ES256 EdDSA"'],
    ['bad-agent-token', 'invalid_token', 'DPoP error="invalid_token", algs="ES256 EdDSA"'],
    ['bad-client-assertion', 'invalid_client', 'DPoP error="invalid_client", algs="ES256 EdDSA"'],
    [
      'step-up-required',
      'insufficient_user_authentication',
      'Bearer error="insufficient_user_authentication", max_age=300',
    ],
  ])('RFC 6749, 9449, 9470: %s is %s', (code, error, challenge) => {
    expect(oauthError({ code, detail: 'why' })).toEqual({ error, error_description: 'why' });
    expect(challengeOf(code)).toBe(challenge);
  });

  test.each(['unauthenticated', 'constructor', '__proto__', ''])('%s has no word of its own', (code) => {
    expect(oauthError({ code, detail: 'why' })).toEqual({});
    expect(challengeOf(code)).toBe('Bearer, DPoP algs="ES256 EdDSA"');
  });
});
