/**
 * Who looks at the page. The token lets somebody read, reject and ask for a passkey; it can never approve. It arrives in the
 * fragment of a link, which no server sees, and lives as long as the tab.
 */
import { parseId } from '@countersign/core';

export interface Session {
  readonly person: string;
  readonly token: string;
}

const KEY = 'countersign.session';
const TOKEN = /^[A-Za-z0-9._~+/=-]{16,200}$/;

export const isSession = ({ person, token }: Session): boolean => parseId(person) !== undefined && TOKEN.test(token);

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

export const saveSession = ({ person, token }: Session): void => sessionStorage.setItem(KEY, `${person}\n${token}`);
export const forgetSession = (): void => sessionStorage.removeItem(KEY);
