/** Tables of proofs and sessions: short-lived, and nothing in them can be used by whoever reads them. */
import type { ColumnType } from 'kysely';

type Instant = ColumnType<Date, Date | string, Date | string>;

/** Proofs and assertions that were used, by digest, until they would be refused for their age. */
interface UsedProofRow {
  organisation: string;
  digest: string;
  expires_at: Instant;
}

/** A sign-in that went to the identity provider; used once. */
interface SignInRow {
  organisation: string;
  /** Digest of `state`. */
  state_digest: string;
  /** Digest of the cookie of the browser that began it. */
  browser_digest: string;
  nonce: string;
  /** PKCE code verifier. */
  verifier: string;
  /** A path of this server. */
  return_to: string;
  is_step_up: boolean;
  /** Who must come back from a step-up: whoever began it. */
  person: string | null;
  /** Where a program of the same machine listens; null: a browser signs in for itself. */
  program_port: number | null;
  program_challenge: string | null;
  expires_at: Instant;
}

interface PersonSessionRow {
  organisation: string;
  /** Digest of the cookie. */
  digest: string;
  person: string;
  iss: string;
  sub: string;
  acr: string | null;
  /** When the identity provider last asked the person for proof. */
  authenticated_at: Instant;
  began_at: Instant;
  seen_at: Instant;
  ends_at: Instant;
  surface: 'browser' | 'program';
}

/** A finished sign-in that a program has yet to fetch; used once. */
interface SessionHandoffRow {
  organisation: string;
  code_digest: string;
  /** Digest of the secret of the program. */
  challenge: string;
  person: string;
  iss: string;
  sub: string;
  acr: string | null;
  authenticated_at: Instant;
  is_step_up: boolean;
  expires_at: Instant;
}

export interface IdentityTables {
  used_proof: UsedProofRow;
  sign_in: SignInRow;
  person_session: PersonSessionRow;
  session_handoff: SessionHandoffRow;
}
