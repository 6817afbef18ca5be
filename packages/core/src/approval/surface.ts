/**
 * Where a signature was made (A2). The page that the server delivers can show one change and ask the authenticator for another;
 * in production at least one signature that counts therefore comes from a surface the organisation delivers to itself.
 */
import type { Instant } from '../shared/brand.ts';
import type { Enrolled } from '../people/person.ts';
import type { Environment } from '../people/trust-bundle.ts';

export const OWN_SURFACE_NEXT: readonly string[] = [
  'one of the approvers signs with `cs approve`, or on the approval page that your organisation hosts itself',
  'compare the digest words there with those you were shown before',
];

/** Why the keys behind a signature do not count now; undefined when one of them does. */
export function keyDoubt(keys: readonly Enrolled[], now: Instant): string | undefined {
  const [first, ...others] = keys.map(({ usableFrom }) => usableFrom);
  if (first === undefined) return 'no enrolled key of this person verified';
  const soonest = others.reduce((least, from) => (from < least ? from : least), first);
  return soonest <= now ? undefined : `the key counts from ${soonest} on: a new key waits first`;
}

/** Whether a signature from a surface of the organisation's own is still owed. A key that waits does not give it. */
export const owesOwnSurface = (environment: Environment, keys: readonly Enrolled[], now: Instant): boolean =>
  environment === 'production' && !keys.some(({ surface, usableFrom }) => surface === 'own' && usableFrom <= now);
