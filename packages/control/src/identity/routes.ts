/** Where agents get tokens and people sign in and out. */
import { object, ok, optional, parseId, refuse, text, type Shape } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { json, openRoute, route, type RouteDefinition } from '../http/index.ts';
import { RateLimit } from '../http/rate-limit.ts';
import {
  cookieIn,
  endSessionCookie,
  endSignInCookie,
  newSecret,
  sessionCookie,
  signInCookie,
  type CookieNames,
} from './cookies.ts';
import { LONGEST_MS, type Sessions } from './sessions.ts';
import { CALLBACK_PATH, type SignIns } from './sign-in.ts';
import { TOKEN_PATH, type TokenRequest, type TokenService } from './token-service.ts';

export interface IdentityParts {
  readonly deps: Pick<Deps, 'clock'>;
  readonly nowMs: () => number;
  readonly tokens: TokenService | undefined;
  readonly sessions: Sessions;
  readonly signIns: SignIns;
  readonly cookies: CookieNames;
}

const SIGN_INS_A_MINUTE = 300;
const MINUTE_MS = 60_000;
const SIGN_IN_COOKIE_S = 600;
const word = (max: number): Shape<string> => text({ min: 1, max, pattern: /^[ -~]+$/ });
const tokenRequestShape: Shape<TokenRequest> = object<TokenRequest>({
  grant_type: word(100),
  client_id: optional(word(300)),
  client_assertion_type: optional(word(100)),
  client_assertion: optional(word(4096)),
  subject_token: optional(word(16_384)),
  subject_token_type: optional(word(100)),
  requested_token_type: optional(word(100)),
  scope: optional(word(200)),
  resource: optional(word(400)),
  audience: optional(word(400)),
});

interface SignInQuery {
  readonly organisation?: string;
  readonly returnTo?: string;
}
const signInQuery: Shape<SignInQuery> = object<SignInQuery>({
  organisation: optional(text({ min: 1, max: 128 })),
  returnTo: optional(text({ min: 1, max: 201 })),
});
/** What providers send back; other names are not known to anybody here. */
interface CallbackQuery {
  readonly state: string;
  readonly code?: string;
  readonly iss?: string;
  readonly error?: string;
  readonly error_description?: string;
  readonly error_uri?: string;
  readonly session_state?: string;
}
const callbackQuery: Shape<CallbackQuery> = object<CallbackQuery>({
  state: word(300),
  code: optional(word(2048)),
  iss: optional(word(400)),
  error: optional(word(100)),
  error_description: optional(text({ max: 1000 })),
  error_uri: optional(text({ max: 400 })),
  session_state: optional(word(400)),
});

export const identityRoutes = (parts: IdentityParts): readonly RouteDefinition[] => [
  tokenRoute(parts),
  offerRoute(parts),
  signInRoute(parts),
  stepUpRoute(parts),
  callbackRoute(parts),
  route({
    method: 'GET',
    url: '/api/v1/session',
    summary: 'Who the caller is',
    who: ['person'],
    async handle({ principal, means }) {
      const session =
        means?.kind === 'session' ? { authenticatedAt: means.authenticatedAt, isFresh: means.isFresh } : undefined;
      return ok(
        json(
          { organisation: principal.organisation, person: principal.id, ...(session !== undefined && { session }) },
          200,
          {
            'cache-control': 'no-store',
          },
        ),
      );
    },
  }),
  route({
    method: 'POST',
    url: '/api/v1/session/sign-out',
    summary: 'Ends the session of this browser',
    who: ['person'],
    async handle({ headers }) {
      const secret = cookieIn(headers['cookie'], parts.cookies.session);
      if (secret !== undefined) await parts.sessions.end(secret);
      return ok(json({}, 200, { 'set-cookie': endSessionCookie(parts.cookies), 'clear-site-data': '"storage"' }));
    },
  }),
];

const tokenRoute = ({ tokens }: IdentityParts): RouteDefinition =>
  openRoute<TokenRequest>({
    method: 'POST',
    url: TOKEN_PATH,
    summary: 'A short token for an agent that proves who it is and which key it holds (RFC 6749, 7523, 8693, 9449)',
    isForm: true,
    body: tokenRequestShape,
    bodyLimit: 32_768,
    strangerLimit: 32_768,
    async handle({ body, headers }) {
      if (tokens === undefined) return refuse('token-service-off', 'this server issues no tokens to agents');
      const granted = await tokens.grant(body, headers['dpop']);
      return granted.ok ? ok(json(granted.value, 200, { 'cache-control': 'no-store', pragma: 'no-cache' })) : granted;
    },
  });

const offerRoute = ({ signIns }: IdentityParts): RouteDefinition =>
  openRoute({
    method: 'GET',
    url: '/api/v1/session/offer',
    summary: 'The organisations whose people can sign in here',
    handle: async () => ok(json({ organisations: signIns.organisations() })),
  });

function signInRoute({ signIns, cookies, nowMs }: IdentityParts): RouteDefinition {
  const limit = new RateLimit(SIGN_INS_A_MINUTE, MINUTE_MS);
  return openRoute<undefined, SignInQuery>({
    method: 'GET',
    url: '/api/v1/session/sign-in',
    summary: 'Sends a browser to the identity provider',
    query: signInQuery,
    async handle({ query }) {
      if (!limit.allows(nowMs())) return refuse('too-many', 'too many people begin to sign in at once');
      const browser = newSecret();
      const organisation = query.organisation === undefined ? undefined : parseId<'Organisation'>(query.organisation);
      if (query.organisation !== undefined && organisation === undefined)
        return refuse('sign-in-off', 'there is no such organisation');
      const started = await signIns.start({ organisation, returnTo: query.returnTo ?? '/', browser, again: undefined });
      return started.ok ? toProvider(started.value, browser, cookies) : started;
    },
  });
}

const stepUpRoute = ({ signIns, cookies }: IdentityParts): RouteDefinition =>
  route<undefined, SignInQuery>({
    method: 'GET',
    url: '/api/v1/session/step-up',
    summary: 'Sends a browser to the identity provider once more, for what needs a fresh sign-in',
    who: ['person'],
    query: signInQuery,
    async handle({ query, principal, means }) {
      if (means?.kind !== 'session') return refuse('session-ended', 'only somebody who signed in can do so again');
      const browser = newSecret();
      const again = { organisation: principal.organisation, person: principal.id };
      const started = await signIns.start({ organisation: undefined, returnTo: query.returnTo ?? '/', browser, again });
      return started.ok ? toProvider(started.value, browser, cookies) : started;
    },
  });

const callbackRoute = ({ signIns, sessions, cookies }: IdentityParts): RouteDefinition =>
  openRoute<undefined, CallbackQuery>({
    method: 'GET',
    url: CALLBACK_PATH,
    summary: 'Where the identity provider sends a browser back to',
    query: callbackQuery,
    async handle({ query, headers }) {
      const given = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) if (typeof value === 'string') given.set(name, value);
      const arrived = await signIns.finish(given, cookieIn(headers['cookie'], cookies.signIn));
      if (!arrived.ok) return arrived;
      const replaces = cookieIn(headers['cookie'], cookies.session);
      const secret = await sessions.begin({ ...arrived.value, replaces });
      const set = [sessionCookie(cookies, secret, LONGEST_MS / 1000), endSignInCookie(cookies)];
      return ok({ kind: 'redirect', location: arrived.value.returnTo, cookies: set });
    },
  });

const toProvider = (location: string, browser: string, cookies: CookieNames) =>
  ok({ kind: 'redirect' as const, location, cookies: [signInCookie(cookies, browser, SIGN_IN_COOKIE_S)] });
