/**
 * People sign in at their organisation's identity provider (O4): OpenID Connect, authorisation code with PKCE, state and nonce. What
 * comes back says who somebody is; what they may do stands in the trust bundle, and nothing the provider claims changes that.
 */
import {
  instantOf,
  msOf,
  ok,
  personOfIdentity,
  plusMs,
  refuse,
  type Instant,
  type OrganisationId,
  type PersonIdentity,
  type Refusal,
  type Result,
} from '@countersign/core';
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
} from 'openid-client';
import type { Deps } from '../deps.ts';
import { readCompact, type Claims } from './compact-token.ts';
import { secretDigest } from './cookies.ts';
import type { DoorCounts } from './door-counts.ts';
import type { ProgramAsking } from './handoffs.ts';
import type { SignInConfig } from './identity-config.ts';
import { OUTSIDE_ALGORITHMS } from './issuer-keys.ts';
import { Providers, wordOf } from './providers.ts';

export const CALLBACK_PATH = '/api/v1/session/callback';
const UNDER_WAY_MS = 10 * 60_000;
/** An ordinary sign-in may rest on one at the provider of the same working day; a step-up may not. */
const SIGN_IN_MAX_AGE_S = 8 * 3600;
const STEP_UP_MAX_AGE_S = 60;
const MAX_CHARACTERS = 16_384;

export interface Starting {
  readonly organisation: OrganisationId | undefined;
  readonly returnTo: string;
  /** Secret of the cookie that ties the sign-in to this browser. */
  readonly browser: string;
  /** Who signs in again; undefined for a first sign-in. */
  readonly again: { readonly organisation: OrganisationId; readonly person: string } | undefined;
  /** The program that is to have the session; undefined: the browser itself. */
  readonly program: ProgramAsking | undefined;
  /** The provider has to ask for proof now. */
  readonly isFresh: boolean;
}
export interface Arrived {
  readonly organisation: OrganisationId;
  readonly person: string;
  readonly identity: PersonIdentity;
  readonly acr: string | undefined;
  readonly authenticatedAt: Instant;
  readonly returnTo: string;
  readonly isStepUp: boolean;
  readonly program: ProgramAsking | undefined;
}

type Knowing = Pick<Deps, 'store' | 'trust' | 'transactor'> & { readonly origin: string; readonly counts: DoorCounts };
type SignInRow = NonNullable<Awaited<ReturnType<SignIns['take']>>>;

export class SignIns {
  readonly #knowing: Knowing;
  readonly #configs: readonly SignInConfig[];
  readonly #providers: Providers;

  constructor(knowing: Knowing, configs: readonly SignInConfig[]) {
    this.#knowing = knowing;
    this.#configs = configs;
    this.#providers = new Providers(() => msOf(knowing.trust.now()));
  }

  organisations(): readonly OrganisationId[] {
    return this.#configs.map(({ organisation }) => organisation);
  }

  /** Where to send the browser. */
  async start(starting: Starting): Promise<Result<string>> {
    const { returnTo, browser, again, program } = starting;
    const isStepUp = again !== undefined || starting.isFresh;
    const config = this.#configOf(again?.organisation ?? starting.organisation);
    if (config === undefined)
      return refuse('sign-in-off', 'no identity provider is configured for this', { clause: 'O4' });
    if (!isOwnPath(returnTo, this.#knowing.origin))
      return refuse('sign-in-refused', '`returnTo` must be a page of this server', { clause: 'O4' });
    const provider = await this.#providers.of(config);
    if (!provider.ok) return provider;
    const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
    const now = this.#knowing.trust.now();
    await this.#knowing.store
      .insertInto('sign_in')
      .values({
        organisation: config.organisation,
        state_digest: secretDigest(state),
        browser_digest: secretDigest(browser),
        nonce,
        verifier,
        return_to: returnTo,
        is_step_up: isStepUp,
        person: again?.person ?? null,
        program_port: program?.port ?? null,
        program_challenge: program?.challenge ?? null,
        expires_at: plusMs(now, UNDER_WAY_MS),
      })
      .execute();
    const url = buildAuthorizationUrl(provider.value, {
      redirect_uri: `${this.#knowing.origin}${CALLBACK_PATH}`,
      scope: config.scopes.join(' '),
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      // The organisation is found again by it: the provider's answer names none.
      state: `${config.organisation}.${state}`,
      nonce,
      max_age: String(isStepUp ? STEP_UP_MAX_AGE_S : SIGN_IN_MAX_AGE_S),
      ...(isStepUp && { prompt: 'login' }),
      ...(isStepUp && config.stepUpAcr.length > 0 && { acr_values: config.stepUpAcr.join(' ') }),
    });
    return ok(url.href);
  }

  /** The browser came back. Whatever is wrong, the sign-in is spent and has to begin anew. */
  async finish(query: URLSearchParams, browser: string | undefined): Promise<Result<Arrived>> {
    const state = query.get('state') ?? '';
    const at = state.lastIndexOf('.');
    const config = this.#configs.find(({ organisation }) => organisation === state.slice(0, Math.max(at, 0)));
    if (config === undefined) return no('the answer belongs to no sign-in of this server');
    const row = await this.take(config.organisation, state.slice(at + 1));
    const arrived =
      row === undefined
        ? no('this sign-in is not under way: it was finished, or never begun here')
        : await this.#finished(row, { config, query, state, browser });
    if (!arrived.ok) await this.#refused(config.organisation, row, arrived.refusal);
    return arrived;
  }

  async #finished(row: SignInTaken, { config, query, state, browser }: Returning): Promise<Result<Arrived>> {
    const now = this.#knowing.trust.now();
    if (msOf(now) >= row.expires_at.getTime()) return no('this sign-in took longer than ten minutes');
    if (browser === undefined || secretDigest(browser) !== row.browser_digest)
      return no('this sign-in was begun in another browser');
    const provider = await this.#providers.of(config);
    if (!provider.ok) return provider;
    const claims = await this.#claims(provider.value, { row, query, state, nowMs: msOf(now) });
    return claims.ok ? this.#arrived(claims.value, { config, row, now }) : claims;
  }

  /** A step-up that somebody began with a session is on record by name; of strangers only the number is. */
  async #refused(organisation: OrganisationId, row: SignInTaken | undefined, { code }: Refusal): Promise<void> {
    const person = row?.person ?? undefined;
    if (person === undefined) return this.#knowing.counts.add(organisation, 'signInsRefused');
    const context = { organisation, actor: `person:${person}`, now: this.#knowing.trust.now() };
    await this.#knowing.transactor.run(context, async ({ leaf }) => {
      leaf({ event: 'session.refused', subject: `person:${person}`, correlation: '', body: { person, code } });
    });
    return undefined;
  }

  /** Removes the sign-in and returns it: nobody finishes it twice, not even at the same moment. */
  async take(organisation: OrganisationId, state: string): Promise<SignInTaken | undefined> {
    return this.#knowing.store
      .deleteFrom('sign_in')
      .where('organisation', '=', organisation)
      .where('state_digest', '=', secretDigest(state))
      .returning([
        'browser_digest',
        'nonce',
        'verifier',
        'return_to',
        'is_step_up',
        'person',
        'program_port',
        'program_challenge',
        'expires_at',
      ])
      .executeTakeFirst();
  }

  async #claims(provider: Configuration, asked: Asked): Promise<Result<Claims>> {
    const { row, query, state } = asked;
    try {
      const answer = await authorizationCodeGrant(
        provider,
        new URL(`${this.#knowing.origin}${CALLBACK_PATH}?${query.toString()}`),
        {
          pkceCodeVerifier: row.verifier,
          expectedNonce: row.nonce,
          expectedState: state,
          idTokenExpected: true,
          maxAge: row.is_step_up ? STEP_UP_MAX_AGE_S : SIGN_IN_MAX_AGE_S,
        },
      );
      // The library has checked signature and claims; what is believed is read once more, strictly.
      const read = readCompact(answer.id_token ?? '', {
        algorithms: OUTSIDE_ALGORITHMS,
        types: [undefined, 'JWT', 'jwt'],
        headers: ['x5t', 'x5t#S256'],
        maxCharacters: MAX_CHARACTERS,
      });
      return read.ok ? ok(read.value.claims) : no(`the identity token ${read.refusal}`);
    } catch (error) {
      return failed(error);
    }
  }

  async #arrived(
    claims: Claims,
    { config, row, now }: { readonly config: SignInConfig; readonly row: SignInTaken; readonly now: Instant },
  ): Promise<Result<Arrived>> {
    const identity = { iss: claims.text('iss') ?? '', sub: claims.text('sub') ?? '' };
    const authenticatedS = claims.seconds('auth_time');
    if (identity.iss !== config.issuer || identity.sub === '') return no('the identity token is of another issuer');
    if (authenticatedS === undefined) return no('the identity token does not say when the person signed in');
    const acr = claims.text('acr', 200);
    if (row.is_step_up && config.stepUpAcr.length > 0 && (acr === undefined || !config.stepUpAcr.includes(acr)))
      return no('the provider did not ask for the strength of sign-in that is owed');
    const { organisation } = config;
    const bundle = await this.#knowing.trust.bundle(organisation);
    const person = personOfIdentity(bundle?.bundle.people ?? [], identity);
    if (!person.ok) return person;
    if (row.person !== null && row.person !== person.value.id) return no('another person came back than had begun');
    const authenticatedAt = instantOf(Math.min(authenticatedS * 1000, msOf(now)));
    const { return_to: returnTo, is_step_up: isStepUp, program_port: port, program_challenge: challenge } = row;
    const program = port === null || challenge === null ? undefined : { port, challenge };
    return ok({
      organisation,
      person: person.value.id,
      identity,
      acr,
      authenticatedAt,
      returnTo,
      isStepUp,
      program,
    });
  }

  #configOf(organisation: OrganisationId | undefined): SignInConfig | undefined {
    if (organisation !== undefined) return this.#configs.find((one) => one.organisation === organisation);
    return this.#configs.length === 1 ? this.#configs[0] : undefined;
  }
}

export interface SignInTaken {
  readonly browser_digest: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly return_to: string;
  readonly is_step_up: boolean;
  readonly person: string | null;
  readonly program_port: number | null;
  readonly program_challenge: string | null;
  readonly expires_at: Date;
}
interface Returning {
  readonly config: SignInConfig;
  readonly query: URLSearchParams;
  readonly state: string;
  readonly browser: string | undefined;
}
interface Asked {
  readonly row: SignInRow;
  readonly query: URLSearchParams;
  readonly state: string;
  readonly nowMs: number;
}

const no = (detail: string): { readonly ok: false; readonly refusal: Refusal } =>
  refuse('sign-in-refused', detail, { clause: 'O4' });

function failed(error: unknown): ReturnType<typeof refuse> {
  const isTransport = error instanceof TypeError || (error instanceof ClientError && error.code === 'OAUTH_TIMEOUT');
  return isTransport
    ? refuse('issuer-unreachable', `the identity provider does not answer as it should: ${wordOf(error)}`)
    : no(`the answer of the identity provider does not count: ${wordOf(error)}`);
}

/** A page of this server: no other host, no address of the API, nothing a browser reads otherwise than we do. */
function isOwnPath(path: string, origin: string): boolean {
  const isPlain = /^\/[A-Za-z0-9._~:/-]{0,200}$/.test(path) && !path.includes('//') && !path.startsWith('/api/');
  return isPlain && URL.parse(path, origin)?.origin === origin;
}
