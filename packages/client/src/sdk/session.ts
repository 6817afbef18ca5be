/** Who a browser's session belongs to (O4); for pages, the cookie itself is out of reach. */
import { optional, type Shape } from '@countersign/core';
import { anything, anyText, view } from './view-shape.ts';
import type { Http } from './http.ts';
import { many } from './views.ts';

export interface SessionView {
  readonly organisation: string;
  readonly person: string;
}
export interface SessionCalls {
  /** Throws a problem with status 401 when nobody has signed in. */
  readonly session: () => Promise<SessionView>;
  /** Organisations whose people can sign in here. */
  readonly signInOffer: () => Promise<readonly string[]>;
  readonly signOut: () => Promise<unknown>;
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

export const sessionCalls = (http: Http): SessionCalls => ({
  session: () => http.get(sessionView, '/session'),
  signInOffer: async () => (await http.get(offer, '/session/offer')).organisations,
  signOut: () => http.post(anything, '/session/sign-out', {}),
});
