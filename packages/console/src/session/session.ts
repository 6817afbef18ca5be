/**
 * Who looks at the page. Whoever signed in has a cookie no script can read. In the demo a token takes its place: it arrives in the
 * fragment of a link, which no server sees, and lives as long as the tab. Either lets somebody read and reject; neither can approve.
 */
import { parseId } from '@countersign/core';

export interface Session {
  readonly person: string;
  /** Undefined for somebody who signed in. */
  readonly token: string | undefined;
}

const KEY = 'countersign.session';
const TOKEN = /^[A-Za-z0-9._~+/=-]{16,200}$/;

export const isSession = ({ person, token }: Session): boolean =>
  parseId(person) !== undefined && token !== undefined && TOKEN.test(token);

/** `#as=ana&token=...`; undefined when the fragment holds no session. */
export function sessionInFragment(fragment: string): Session | undefined {
  const given = new URLSearchParams(fragment.replace(/^#/, ''));
  const session = { person: given.get('as') ?? '', token: given.get('token') ?? '' };
  return isSession(session) ? session : undefined;
}

export function sessionInStore(text: string | null): Session | undefined {
  const [person = '', token = '', ...rest] = (text ?? '').split('\n');
  const session = { person, token };
  return rest.length === 0 && isSession(session) ? session : undefined;
}

/** Takes a session out of the address, so that it is not copied along with it. */
export function loadSession(): Session | undefined {
  const given = sessionInFragment(location.hash);
  if (given !== undefined) {
    saveSession(given);
    history.replaceState(null, '', location.pathname);
  }
  return sessionInStore(sessionStorage.getItem(KEY));
}

/** What the server keeps needs no keeping here. */
export const saveSession = ({ person, token }: Session): void => {
  if (token !== undefined) sessionStorage.setItem(KEY, `${person}\n${token}`);
};
export const forgetSession = (): void => sessionStorage.removeItem(KEY);
