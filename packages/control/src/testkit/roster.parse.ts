/** Casts that tests of identities need: a bundle of which only the roster is read, and claims a test has just made. */
import type { InstalledBundle } from '../trust/open-bundle.ts';

/** INVARIANT: of a bundle that is in force identities read people and agents alone, and the record how many witnesses it wants. */
export const bundleOfRoster = (people: readonly unknown[], agents: readonly unknown[]): InstalledBundle =>
  ({ bundle: { people, agents, keys: { witnessQuorum: 1 } } }) as unknown as InstalledBundle;

export interface TokenClaims {
  readonly iat: number;
  readonly exp: number;
  readonly cnf: { readonly jkt: string };
}
export const claimsIn = (token: string): TokenClaims =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as TokenClaims;
