/**
 * What a session of a person is enough for (O4, T12). Whatever changes something asks for a fresh sign-in, unless it is listed here:
 * stopping must always be easy, and notes bind nobody. Fresh or not, a session signs nothing: approvals, envelopes, bundles, resumes
 * and keys count by the signatures in them.
 */
export type StepUp = 'none' | 'fresh';

interface Addressed {
  readonly method: 'GET' | 'POST';
  readonly url: string;
}

/** Changes a session may make without a fresh sign-in. A new address is not here, and so asks for one. */
export const SESSION_IS_ENOUGH: ReadonlySet<string> = new Set([
  'POST /api/v1/halt',
  'POST /api/v1/rollouts/:digest/halt',
  'POST /api/v1/rollouts/:digest/rollback',
  'POST /api/v1/envelope/suspend',
  'POST /api/v1/envelope/test',
  'POST /api/v1/agents/:id/suspend',
  'POST /api/v1/sources/:id/suspend',
  'POST /api/v1/proposals/:id/reject',
  'POST /api/v1/proposals/:id/withdraw',
  'POST /api/v1/manual-work/:id/done',
  'POST /api/v1/session/sign-out',
]);

/** Reading that takes evidence out of the house, by the word in its address: what is added later is meant as well. */
export const HANDS_OUT: RegExp = /\/(?:bundle|evidence|export|exports)(?:\/|$)/;

export function stepUpOf({ method, url }: Addressed): StepUp {
  const address = `${method} ${url}`;
  if (method === 'GET') return HANDS_OUT.test(url) ? 'fresh' : 'none';
  return SESSION_IS_ENOUGH.has(address) ? 'none' : 'fresh';
}
