/** Sessions of people (O4). For pages the cookie itself is out of reach; a program holds its secret in a file. */
import { optional, type Shape } from '@countersign/core';
import { anything, anyText, view } from './view-shape.ts';
import type { Http } from './http.ts';
import { many } from './views.ts';

export interface SessionView {
  readonly organisation: string;
  readonly person: string;
}
export interface ProgramSession extends SessionView {
  /** Opens all that the person may ask; the server keeps its digest only. */
  readonly secret: string;
  readonly endsAt: string;
}
export interface SessionCalls {
  /** Throws a problem with status 401 when nobody has signed in. */
  readonly session: () => Promise<SessionView>;
  /** Organisations whose people can sign in here. */
  readonly signInOffer: () => Promise<readonly string[]>;
  readonly signOut: () => Promise<unknown>;
  /** A program fetches the session its person signed in for: once, within a minute. */
  readonly redeemSession: (code: string, verifier: string) => Promise<ProgramSession>;
}

const sessionView: Shape<SessionView> = view<SessionView & { readonly session?: unknown }>({
  organisation: anyText,
  person: anyText,
  session: optional(anything),
});
const offer: Shape<{ readonly organisations: readonly string[] }> = view<{ readonly organisations: readonly string[] }>(
  {
    organisations: many(anyText),
  },
);

const programSession: Shape<ProgramSession> = view<ProgramSession>({
  organisation: anyText,
  person: anyText,
  secret: anyText,
  endsAt: anyText,
});

export const sessionCalls = (http: Http): SessionCalls => ({
  session: () => http.get(sessionView, '/session'),
  signInOffer: async () => (await http.get(offer, '/session/offer')).organisations,
  redeemSession: (code, verifier) => http.post(programSession, '/session/redeem', { code, verifier }),
  signOut: () => http.post(anything, '/session/sign-out', {}),
});
