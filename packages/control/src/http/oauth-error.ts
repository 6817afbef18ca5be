/** The words OAuth clients know for our refusals (RFC 6749 s5.2, RFC 6750 s3.1, RFC 9449, RFC 9470), beside the problem itself. */

const WORDS: Readonly<Record<string, string>> = {
  'bad-client-assertion': 'invalid_client',
  'agent-unknown': 'invalid_client',
  'agent-expired': 'invalid_client',
  'agent-suspended': 'invalid_client',
  'unsupported-grant': 'unsupported_grant_type',
  'exchange-refused': 'invalid_grant',
  'scope-refused': 'insufficient_scope',
  'bad-agent-token': 'invalid_token',
  'token-not-bound': 'invalid_token',
  'bad-key-proof': 'invalid_dpop_proof',
  'proof-replayed': 'invalid_dpop_proof',
  'use-dpop-nonce': 'use_dpop_nonce',
  'step-up-required': 'insufficient_user_authentication',
};
const ALGORITHMS = 'algs="ES256 EdDSA"';

/** Fields a problem gets for clients that follow OAuth; empty for other problems. */
export function oauthError({
  code,
  detail,
}: {
  readonly code: string;
  readonly detail: string;
}): Readonly<Record<string, string>> {
  const error = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  return error === undefined ? {} : { error, error_description: detail };
}

/** Value of `WWW-Authenticate`. */
export function challengeOf(code: string): string {
  const error = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  if (error === undefined) return `Bearer, DPoP ${ALGORITHMS}`;
  return error === 'insufficient_user_authentication'
    ? `Bearer error="${error}", max_age=300`
    : `DPoP error="${error}", ${ALGORITHMS}`;
}
