/** The cookies of people's browsers. On https both carry the prefix that binds them to this host; on http://localhost no prefix works. */
import { createHash, randomBytes } from 'node:crypto';

/** The session's cookie names its organisation before the secret: no query leaves that out. */
const VALUE = /^(?:[A-Za-z0-9._:-]{1,128}\.)?[A-Za-z0-9_-]{43}$/;

export interface CookieNames {
  readonly session: string;
  /** Ties a sign-in to the browser that began it. */
  readonly signIn: string;
  readonly isSecure: boolean;
}

export function cookieNames(origin: string): CookieNames {
  const isSecure = origin.startsWith('https://');
  const prefix = isSecure ? '__Host-' : '';
  return { session: `${prefix}countersign`, signIn: `${prefix}countersign-sign-in`, isSecure };
}

/** 256 random bits; the database holds their digest. */
export const newSecret = (): string => randomBytes(32).toString('base64url');
export const secretDigest = (secret: string): string => `sha256:${createHash('sha256').update(secret).digest('hex')}`;

/** The value of one cookie; undefined when it is not there, there twice, or no value of ours. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
  const [value] = values;
  return values.length === 1 && value !== undefined && VALUE.test(value) ? value : undefined;
}

const flags = ({ isSecure }: CookieNames): string => `Path=/; HttpOnly${isSecure ? '; Secure' : ''}`;

/** Sent by our own pages only, and by no other site's links. */
export const sessionCookie = (names: CookieNames, secret: string, maxAgeS: number): string =>
  `${names.session}=${secret}; ${flags(names)}; SameSite=Strict; Max-Age=${maxAgeS}`;
/** Lax: the identity provider's redirect comes from another site. It opens nothing by itself. */
export const signInCookie = (names: CookieNames, secret: string, maxAgeS: number): string =>
  `${names.signIn}=${secret}; ${flags(names)}; SameSite=Lax; Max-Age=${maxAgeS}`;
export const endSessionCookie = (names: CookieNames): string =>
  `${names.session}=; ${flags(names)}; SameSite=Strict; Max-Age=0`;
export const endSignInCookie = (names: CookieNames): string =>
  `${names.signIn}=; ${flags(names)}; SameSite=Lax; Max-Age=0`;
