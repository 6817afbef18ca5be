/** Who calls, for the HTTP surface: agents by token and proof, people by session. Whoever left the roster is nobody at the next request. */
import {
  msOf,
  ok,
  personOfIdentity,
  refuse,
  SCOPES_OF_DUTY,
  standingAgent,
  type Instant,
  type Refusal,
  type Result,
} from '@countersign/core';
import type { Deps } from '../deps.ts';
import type { Identities, Incoming } from '../http/identify.ts';
import type { Caller, Principal } from '../http/principal.ts';
import { cookieIn, type CookieNames } from './cookies.ts';
import type { IdentityConfig } from './identity-config.ts';
import { checkKeyProof } from './key-proof.ts';
import type { Session, Sessions, Surface } from './sessions.ts';
import type { TokenService } from './token-service.ts';

/** How long a sign-in counts as fresh (O4). */
const FRESH_MS: number = 5 * 60_000;
const DPOP = /^DPoP ([A-Za-z0-9._-]{20,4096})$/i;

export interface Knowing {
  readonly trust: Deps['trust'];
  readonly nowMs: () => number;
  readonly config: IdentityConfig;
  readonly origin: string;
  readonly tokens: TokenService | undefined;
  readonly sessions: Sessions;
  readonly cookies: CookieNames;
}

export const identitiesOf = (knowing: Knowing): Identities => ({
  agent: (incoming) => agentBehind(knowing, incoming),
  person: (incoming) => personBehind(knowing, incoming),
  refusedFixed: (kind) => refusedFixed(knowing.config, kind),
  nonce: () => knowing.tokens?.nonces?.current(knowing.nowMs()),
});

/** Sources and witnesses hold fixed tokens, since what they say is signed; agents, people and enclaves only where it is allowed. */
function refusedFixed(config: IdentityConfig, kind: Principal['kind']): Refusal | undefined {
  switch (kind) {
    case 'agent':
      return config.allowStaticAgentTokens
        ? undefined
        : refuse('static-token-refused', 'agents have no fixed tokens here', { clause: 'L8' }).refusal;
    case 'person':
      return config.allowStaticPersonTokens
        ? undefined
        : refuse('static-token-refused', 'people have no fixed tokens here', { clause: 'O4' }).refusal;
    case 'enclave':
      return config.allowStaticEnclaveTokens
        ? undefined
        : refuse('static-token-refused', 'enclaves have no fixed tokens here', { clause: 'O4' }).refusal;
    case 'source':
    case 'witness':
      return undefined;
  }
}

async function agentBehind({ tokens, trust, nowMs, origin }: Knowing, incoming: Incoming): Promise<Result<Caller>> {
  if (tokens === undefined) return refuse('token-service-off', 'this server issues no tokens to agents');
  const text = DPOP.exec(incoming.authorization ?? '')?.[1];
  if (text === undefined)
    return refuse('bad-agent-token', 'the header `Authorization` holds no token', { clause: 'L8' });
  const at = nowMs();
  const read = await tokens.tokens.read(text, at);
  if (!read.ok) return read;
  const { organisation, agent: id, scopes, thumbprint } = read.value;
  const proof = await checkKeyProof(incoming.proof, {
    method: incoming.method,
    url: `${origin}${incoming.path}`,
    nowMs: at,
    accessToken: text,
    nonces: tokens.nonces,
  });
  if (!proof.ok) return proof;
  if (proof.value.thumbprint !== thumbprint)
    return refuse('bad-key-proof', 'the proof is of another key than the one the token is bound to', { clause: 'L8' });
  const bundle = (await trust.bundle(organisation))?.bundle;
  if (bundle === undefined) return refuse('agent-unknown', 'no trust bundle names this agent', { clause: 'L8' });
  const agent = standingAgent(bundle, id, trust.now());
  if (!agent.ok) return agent;
  // A newer bundle may have taken the duty away since: what is left of the token is what the duty holds now.
  const left = scopes.filter((scope) => SCOPES_OF_DUTY[agent.value.duty].includes(scope));
  if (!(await tokens.used.isFirstUse(organisation, proof.value.once, proof.value.untilMs)))
    return refuse('proof-replayed', 'this proof was used before', { clause: 'L8' });
  return ok({ principal: { organisation, kind: 'agent', id }, means: { kind: 'agent-token', scopes: left } });
}

async function personBehind(knowing: Knowing, incoming: Incoming): Promise<Result<Caller | undefined>> {
  const { cookies, origin, sessions } = knowing;
  const shown = shownSession(cookies, incoming);
  if (shown === undefined) return ok(undefined);
  const crossSite = shown.surface === 'browser' ? wrongSite(incoming, origin) : pageOfAProgram(incoming);
  if (crossSite !== undefined) return { ok: false, refusal: crossSite };
  const session = await sessions.find(shown.secret, shown.surface);
  if (!session.ok) return session;
  const { organisation, identity, authenticatedAt } = session.value;
  const people = (await knowing.trust.bundle(organisation))?.bundle.people ?? [];
  const person = personOfIdentity(people, identity);
  if (!person.ok || person.value.id !== session.value.person)
    return refuse('session-ended', 'the identity of this session names this person no longer', { clause: 'O4' });
  return ok({
    principal: { organisation, kind: 'person', id: person.value.id },
    means: { kind: 'session', authenticatedAt, isFresh: isFresh(knowing, session.value, knowing.trust.now()) },
  });
}

function isFresh({ config }: Knowing, session: Session, now: Instant): boolean {
  const wanted = config.signIns.find(({ organisation }) => organisation === session.organisation)?.stepUpAcr ?? [];
  const ageMs = msOf(now) - msOf(session.authenticatedAt);
  const isStrong = wanted.length === 0 || (session.acr !== undefined && wanted.includes(session.acr));
  return ageMs >= 0 && ageMs <= FRESH_MS && isStrong;
}

const PROGRAM = /^Session ((?:[A-Za-z0-9._:-]{1,128})\.[A-Za-z0-9_-]{43})$/;

/** The session that a request shows: a program names it itself, a browser sends its cookie. */
export function shownSession(
  cookies: CookieNames,
  { authorization, cookie }: { readonly authorization?: string | undefined; readonly cookie?: string | undefined },
): { readonly secret: string; readonly surface: Surface } | undefined {
  const named = PROGRAM.exec(authorization ?? '')?.[1];
  if (named !== undefined) return { secret: named, surface: 'program' };
  const secret = authorization === undefined ? cookieIn(cookie, cookies.session) : undefined;
  return secret === undefined ? undefined : { secret, surface: 'browser' };
}

/** No page shows the session of a program: a browser would say where the request comes from. */
function pageOfAProgram({ origin, fetchSite }: Incoming): Refusal | undefined {
  return origin === undefined && fetchSite === undefined
    ? undefined
    : elsewhere('a session of a program is not used by a page');
}

/** Whatever changes something must come from our own pages: they send a header no form can, and browsers say where from. */
function wrongSite({ method, origin, fetchSite, marker }: Incoming, own: string): Refusal | undefined {
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none')
    return elsewhere('the browser says that the request comes from another site');
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (origin !== own) return elsewhere('the header `Origin` does not name this server');
  return marker === undefined ? elsewhere('the header `X-Countersign` is missing') : undefined;
}
const elsewhere = (detail: string): Refusal => refuse('cross-site', detail, { clause: 'O4' }).refusal;
