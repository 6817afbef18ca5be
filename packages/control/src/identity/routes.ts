/** Where agents get tokens and people sign in and out. */
import { object, ok, oneOf, optional, parseId, refuse, text, type Result, type Shape } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { json, openRoute, route, wholeText, type RouteDefinition } from '../http/index.ts';
import {
  cookieIn,
  endSessionCookie,
  endSignInCookie,
  newSecret,
  sessionCookie,
  signInCookie,
  type CookieNames,
} from './cookies.ts';
import type { DoorCounts } from './door-counts.ts';
import type { Handoffs, ProgramAsking } from './handoffs.ts';
import { shownSession } from './identities.ts';
import { LONGEST_MS, type Sessions } from './sessions.ts';
import { CALLBACK_PATH, type SignIns } from './sign-in.ts';
import { TOKEN_PATH, type TokenRequest, type TokenService } from './token-service.ts';

export interface IdentityParts {
  readonly deps: Pick<Deps, 'clock'>;
  readonly tokens: TokenService | undefined;
  readonly sessions: Sessions;
  readonly signIns: SignIns;
  readonly handoffs: Handoffs;
  readonly counts: DoorCounts;
  readonly cookies: CookieNames;
}

/** Of one address: an office behind one has room, whoever guesses has not. */
const SIGN_INS_A_MINUTE = 60;
const TOKENS_A_MINUTE = 300;
const SIGN_IN_COOKIE_S = 600;
const BASE64URL = /^[A-Za-z0-9_-]{43,128}$/;
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
  /** Where a program of the same machine listens for its code. */
  readonly port?: number;
  readonly challenge?: string;
  readonly fresh?: 'yes';
}
const signInQuery: Shape<SignInQuery> = object<SignInQuery>({
  organisation: optional(text({ min: 1, max: 128 })),
  returnTo: optional(text({ min: 1, max: 201 })),
  port: optional(wholeText({ min: 1024, max: 65_535 })),
  challenge: optional(text({ min: 43, max: 43, pattern: BASE64URL })),
  fresh: optional(oneOf('yes')),
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
  redeemRoute(parts),
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
    summary: 'Ends the session of this browser or program',
    who: ['person'],
    async handle({ headers }) {
      const shown = shownSession(parts.cookies, headers);
      if (shown !== undefined) await parts.sessions.end(shown.secret);
      return ok(json({}, 200, { 'set-cookie': endSessionCookie(parts.cookies), 'clear-site-data': '"storage"' }));
    },
  }),
];

const tokenRoute = ({ tokens, counts }: IdentityParts): RouteDefinition =>
  openRoute<TokenRequest>({
    method: 'POST',
    url: TOKEN_PATH,
    summary: 'A short token for an agent that proves who it is and which key it holds (RFC 6749, 7523, 8693, 9449)',
    isForm: true,
    body: tokenRequestShape,
    bodyLimit: 32_768,
    strangerLimit: 32_768,
    strangersAMinute: TOKENS_A_MINUTE,
    async handle({ body, headers }) {
      if (tokens === undefined) return refuse('token-service-off', 'this server issues no tokens to agents');
      const granted = await tokens.grant(body, headers['dpop']);
      // What the caller says it is: enough to count by.
      const organisation = parseId<'Organisation'>((body.client_id ?? '').split('/')[0] ?? '');
      if (organisation !== undefined) counts.add(organisation, granted.ok ? 'tokensIssued' : 'tokensRefused');
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

const signInRoute = ({ signIns, cookies }: IdentityParts): RouteDefinition =>
  openRoute<undefined, SignInQuery>({
    method: 'GET',
    url: '/api/v1/session/sign-in',
    summary: 'Sends a browser to the identity provider',
    strangersAMinute: SIGN_INS_A_MINUTE,
    query: signInQuery,
    async handle({ query }) {
      const browser = newSecret();
      const organisation = query.organisation === undefined ? undefined : parseId<'Organisation'>(query.organisation);
      if (query.organisation !== undefined && organisation === undefined)
        return refuse('sign-in-off', 'there is no such organisation');
      const program = programIn(query);
      if (!program.ok) return program;
      const started = await signIns.start({
        organisation,
        returnTo: query.returnTo ?? '/',
        browser,
        again: undefined,
        program: program.value,
        isFresh: query.fresh === 'yes',
      });
      return started.ok ? toProvider(started.value, browser, cookies) : started;
    },
  });

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
      const started = await signIns.start({
        organisation: undefined,
        returnTo: query.returnTo ?? '/',
        browser,
        again,
        program: undefined,
        isFresh: true,
      });
      return started.ok ? toProvider(started.value, browser, cookies) : started;
    },
  });

const callbackRoute = ({ signIns, sessions, handoffs, cookies }: IdentityParts): RouteDefinition =>
  openRoute<undefined, CallbackQuery>({
    method: 'GET',
    url: CALLBACK_PATH,
    summary: 'Where the identity provider sends a browser back to',
    strangersAMinute: SIGN_INS_A_MINUTE,
    query: callbackQuery,
    async handle({ query, headers }) {
      const given = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) if (typeof value === 'string') given.set(name, value);
      const arrived = await signIns.finish(given, cookieIn(headers['cookie'], cookies.signIn));
      if (!arrived.ok) return arrived;
      const { program, returnTo, ...who } = arrived.value;
      // The browser itself gets nothing: it only carries the code.
      if (program !== undefined)
        return ok({
          kind: 'redirect',
          location: await handoffs.give(who, program),
          cookies: [endSignInCookie(cookies)],
        });
      const replaces = cookieIn(headers['cookie'], cookies.session);
      const { secret } = await sessions.begin({ ...who, surface: 'browser', replaces });
      const set = [sessionCookie(cookies, secret, LONGEST_MS / 1000), endSignInCookie(cookies)];
      return ok({ kind: 'redirect', location: returnTo, cookies: set });
    },
  });

interface Redeeming {
  readonly code: string;
  readonly verifier: string;
}
const redeemingShape: Shape<Redeeming> = object<Redeeming>({
  code: text({ min: 45, max: 172, pattern: /^[A-Za-z0-9._:-]{1,128}\.[A-Za-z0-9_-]{43}$/ }),
  verifier: text({ min: 43, max: 128, pattern: BASE64URL }),
});

/** The secret of the session is in this answer and nowhere else. */
const redeemRoute = ({ handoffs, sessions }: IdentityParts): RouteDefinition =>
  openRoute<Redeeming>({
    method: 'POST',
    url: '/api/v1/session/redeem',
    summary: 'A program fetches the session its person signed in for, once, with the secret behind its challenge',
    body: redeemingShape,
    bodyLimit: 2048,
    strangerLimit: 2048,
    strangersAMinute: SIGN_INS_A_MINUTE,
    async handle({ body }) {
      const given = await handoffs.take(body.code, body.verifier);
      if (!given.ok) return given;
      const { secret, endsAt } = await sessions.begin({ ...given.value, surface: 'program', replaces: undefined });
      const { organisation, person } = given.value;
      return ok(json({ organisation, person, secret, endsAt }, 200, { 'cache-control': 'no-store' }));
    },
  });

function programIn({ port, challenge }: SignInQuery): Result<ProgramAsking | undefined> {
  if (port === undefined && challenge === undefined) return ok(undefined);
  return port === undefined || challenge === undefined
    ? refuse('malformed', '`port` and `challenge` come together')
    : ok({ port, challenge });
}

const toProvider = (location: string, browser: string, cookies: CookieNames) =>
  ok({ kind: 'redirect' as const, location, cookies: [signInCookie(cookies, browser, SIGN_IN_COOKIE_S)] });
