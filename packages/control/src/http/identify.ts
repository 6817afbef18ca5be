/**
 * Who calls (L8, O4): an agent with a token bound to its key, a person with a session, or one of the kinds that still hold a fixed
 * token. One way each; a request that tries two is refused by the one it names in `Authorization`.
 */
import { ok, refuse, type AgentScope, type Refusal, type Result } from '@countersign/core';
import type { Authenticator } from './authenticate.ts';
import type { Caller, Principal } from './principal.ts';
import type { RouteDefinition } from './route.ts';

/** What is known of a request before its body is read; every text is hostile. */
export interface Incoming {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly authorization: string | undefined;
  /** The header `DPoP`. */
  readonly proof: string | undefined;
  readonly cookie: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** The header only our own pages send. */
  readonly marker: string | undefined;
}

/** Agents and people with identities of their own; absent in tests that need none. */
export interface Identities {
  /** The caller behind `Authorization: DPoP`. */
  readonly agent: (incoming: Incoming) => Promise<Result<Caller>>;
  /** The caller behind the session of a browser or a program; undefined when none is shown. */
  readonly person: (incoming: Incoming) => Promise<Result<Caller | undefined>>;
  /** Why a fixed token of this kind does not count here; undefined when it does. */
  readonly refusedFixed: (kind: Principal['kind']) => Refusal | undefined;
  /** What a proof must hold from now on, where that is demanded. */
  readonly nonce: () => string | undefined;
}

export interface Identifying {
  readonly authenticator: Authenticator;
  readonly identities: Identities | undefined;
  /** At the enclave door: whoever the certificate names, and nobody by another way. */
  readonly certified?: (() => Promise<Result<Caller | undefined>>) | undefined;
}

/** The caller, who may call this address; undefined for nobody at an open address. */
export async function identify(
  definition: RouteDefinition,
  incoming: Incoming,
  identifying: Identifying,
): Promise<Result<Caller | undefined>> {
  const found = await whoCalls(incoming, identifying);
  // Whoever needs no session to be here is not sent away for one that has ended.
  if (definition.who === 'open') return found.ok || incoming.authorization !== undefined ? found : ok(undefined);
  if (!found.ok) return found;
  const caller = found.value;
  if (caller === undefined) return refuse('unauthenticated', 'the request carries no valid token and no session');
  return mayCall(definition, caller) ?? ok(caller);
}

async function whoCalls(
  incoming: Incoming,
  { authenticator, identities, certified }: Identifying,
): Promise<Result<Caller | undefined>> {
  if (certified !== undefined) return certified();
  const { authorization } = incoming;
  if (authorization === undefined) return (await identities?.person(incoming)) ?? ok(undefined);
  if (identities !== undefined && /^Session /i.test(authorization)) {
    const person = await identities.person(incoming);
    return person.ok && person.value === undefined
      ? refuse('unauthenticated', 'the session is none of this server')
      : person;
  }
  if (identities !== undefined && /^DPoP /i.test(authorization)) return identities.agent(incoming);
  if (/^Bearer [A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/i.test(authorization))
    return refuse('token-not-bound', 'a token of an agent counts only with a proof of its key', { clause: 'L8' });
  const principal = await authenticator.principal(authorization);
  if (principal === undefined) return refuse('unauthenticated', 'the request carries no valid bearer token');
  const refused = identities?.refusedFixed(principal.kind);
  return refused === undefined ? ok({ principal, means: { kind: 'fixed-token' } }) : { ok: false, refusal: refused };
}

function mayCall(definition: RouteDefinition, { principal, means }: Caller): ReturnType<typeof refuse> | undefined {
  const { who } = definition;
  if (who === 'open') return undefined;
  if (!who.includes(principal.kind)) {
    const eligible = who.map((kind) => `a token of kind ${kind}`);
    return refuse('forbidden', `a token of kind ${principal.kind} may not call this address`, { eligible });
  }
  switch (means.kind) {
    case 'fixed-token':
    case 'certificate':
      return undefined;
    case 'agent-token': {
      const owed = scopeOf(definition);
      return means.scopes.includes(owed)
        ? undefined
        : refuse('scope-refused', `this address takes a token with scope \`${owed}\``, { clause: 'L8' });
    }
    case 'session':
      return definition.stepUp === 'none' || means.isFresh
        ? undefined
        : refuse('step-up-required', 'a session alone is not enough for this', { clause: 'O4' });
  }
}

/** Reading reads; whatever else an agent may send is part of proposing. `start` opens nothing here (X3). */
const scopeOf = ({ method }: Pick<RouteDefinition, 'method'>): AgentScope => (method === 'GET' ? 'read' : 'propose');
