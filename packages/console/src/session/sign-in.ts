/** Sign-in at the organisation's identity provider (O4): the page only sends the browser there; the server checks what comes back. */
import { connect, type Client } from '@countersign/client';
import type { Session } from './session.ts';

const ROUTES = '/api/v1/session';

/** A client of this page: with the token of a demo link, or with the cookie of whoever signed in. */
export const clientOf = (session: Session | undefined): Client =>
  connect({ url: '', ...(session?.token === undefined ? { hasSession: true } : { token: session.token }) });

/** The person whose cookie this browser has; undefined when there is none. */
export async function whoSignedIn(client: Client): Promise<Session | undefined> {
  try {
    return { person: (await client.session()).person, token: undefined };
  } catch {
    // Nobody, or nobody any more: the page asks.
    return undefined;
  }
}

export async function offered(client: Client): Promise<readonly string[]> {
  try {
    return await client.signInOffer();
  } catch {
    // Without an answer there is nothing to offer.
    return [];
  }
}

const toRoute = (route: string, page: string, organisation?: string): string => {
  const query = new URLSearchParams({ returnTo: page, ...(organisation !== undefined && { organisation }) });
  return `${ROUTES}/${route}?${query.toString()}`;
};
export const signInAddress = (organisation: string, page: string): string => toRoute('sign-in', page, organisation);
export const stepUpAddress = (page: string): string => toRoute('step-up', page);
