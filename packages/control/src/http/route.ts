/**
 * A route as data: who may call it, what it reads, what it answers. Feature folders export `routes(deps)`; `http/app.ts` mounts
 * them. Input is read once, by the shapes that also describe it in the OpenAPI document.
 */
import type { Instant, JsonSchema, Result, Shape } from '@countersign/core';
import type { JsonLimits } from '@countersign/seal';
import type { Actor, Work } from '../store/transact.ts';
import { within } from '../store/within.ts';
import type { Answer } from './answer.ts';
import { readInput } from './input.parse.ts';
import { actorOf, type Means, type Principal, type PrincipalKind } from './principal.ts';
import { stepUpOf, type StepUp } from './step-up.ts';

/** One request after authentication, before its input was read. */
interface Call {
  readonly principal: Principal | undefined;
  /** How the caller proved who they are. */
  readonly means: Means | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** The body as received; empty when there was none. */
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly now: Instant;
  /** Aborted when the caller went away: ends long polls. */
  readonly closed: () => AbortSignal;
  /** One transaction; with an idempotency key the answer is stored in it. */
  readonly commit: Commit;
}
export type Commit = (actor: Actor, work: (work: Work) => Promise<Result<Answer>>) => Promise<Result<Answer>>;

/** What a handler gets. */
export interface Exchange<Body, Query, Caller> extends Omit<Call, 'principal' | 'query' | 'commit'> {
  readonly principal: Caller;
  readonly body: Body;
  readonly query: Query;
}
export interface OwnExchange<Body, Query> extends Exchange<Body, Query, Principal> {
  /** The caller as the actor of a transaction. */
  readonly actor: Actor;
  /** One transaction of the caller. A refusal that is returned commits what was written; one that is thrown (`Refused`) rolls back. */
  readonly commit: (work: (work: Work) => Promise<Result<Answer>>) => Promise<Result<Answer>>;
}

interface Described<Body, Query> {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** One sentence for the OpenAPI document. */
  readonly summary: string;
  /** Absent: the body must be empty or `{}`. */
  readonly body?: Shape<Body>;
  /** Of text values; absent: no query is allowed. */
  readonly query?: Shape<Query>;
  /** JSON Schema of the answer with status 200. */
  readonly response?: JsonSchema;
  /** Bytes; default 64 KiB. Checked before anything is parsed. */
  readonly bodyLimit?: number;
  /** Telemetry may hold fractions and invisible characters; authorising documents may not. */
  readonly limits?: Omit<JsonLimits, 'maxBytes'>;
  readonly idempotency?: 'required' | 'optional';
  /** When a key that was answered is recognised: before anything is done (default), or by the transaction itself, which costs no round trip. */
  readonly repeats?: 'first' | 'in-transaction';
  /** The body is a form as OAuth has it, not JSON. */
  readonly isForm?: boolean;
}
export interface RouteSpec<Body, Query> extends Described<Body, Query> {
  readonly who: readonly PrincipalKind[];
  readonly handle: (exchange: OwnExchange<Body, Query>) => Promise<Result<Answer>>;
}
export interface OpenRouteSpec<Body, Query> extends Described<Body, Query> {
  readonly handle: (exchange: Exchange<Body, Query, Principal | undefined>) => Promise<Result<Answer>>;
  /** Bytes a caller without token may send; checked before the body is read. Default 64 KiB. */
  readonly strangerLimit?: number;
  /** How often in a minute one address may call it without a token. */
  readonly strangersAMinute?: number;
}

export interface RouteDefinition {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly who: 'open' | readonly PrincipalKind[];
  readonly summary: string;
  readonly bodyLimit: number;
  readonly strangerLimit: number;
  readonly strangersAMinute: number;
  readonly idempotency: 'required' | 'optional';
  readonly repeats: 'first' | 'in-transaction';
  readonly isForm: boolean;
  /** Whether a session of a person must be fresh for this (O4). */
  readonly stepUp: StepUp;
  readonly schema: { readonly body?: JsonSchema; readonly query?: JsonSchema; readonly response?: JsonSchema };
  readonly run: (call: Call) => Promise<Result<Answer>>;
}

const DEFAULT_BODY_LIMIT = 65_536;
const STRANGERS_A_MINUTE = 120;

function describe<Body, Query>(
  spec: Described<Body, Query>,
): Omit<RouteDefinition, 'who' | 'run' | 'strangerLimit' | 'strangersAMinute'> {
  return {
    method: spec.method,
    url: spec.url,
    summary: spec.summary,
    bodyLimit: spec.bodyLimit ?? DEFAULT_BODY_LIMIT,
    idempotency: spec.idempotency ?? 'optional',
    repeats: spec.repeats ?? 'first',
    isForm: spec.isForm ?? false,
    stepUp: stepUpOf(spec),
    schema: {
      ...(spec.body && { body: spec.body.schema }),
      ...(spec.query && { query: spec.query.schema }),
      ...(spec.response && { response: spec.response }),
    },
  };
}

/** A route that needs a token of one of the kinds in `who`. */
export function route<Body = undefined, Query = undefined>(spec: RouteSpec<Body, Query>): RouteDefinition {
  return {
    ...describe(spec),
    strangerLimit: 0,
    strangersAMinute: 0,
    who: spec.who,
    async run(call) {
      const { principal } = call;
      if (principal === undefined) throw new TypeError('a route with `who` was called without a principal');
      const input = readInput<Body, Query>(spec, call);
      if (!input.ok) return input;
      const actor: Actor = { organisation: principal.organisation, actor: actorOf(principal), now: call.now };
      return within(principal.organisation, () =>
        spec.handle({ ...call, ...input.value, principal, actor, commit: (work) => call.commit(actor, work) }),
      );
    },
  };
}

/** A route that answers without a token; a token that is sent must still be valid. */
export function openRoute<Body = undefined, Query = undefined>(spec: OpenRouteSpec<Body, Query>): RouteDefinition {
  return {
    ...describe(spec),
    strangerLimit: spec.strangerLimit ?? DEFAULT_BODY_LIMIT,
    strangersAMinute: spec.strangersAMinute ?? STRANGERS_A_MINUTE,
    who: 'open',
    async run(call) {
      const input = readInput<Body, Query>(spec, call);
      return input.ok ? spec.handle({ ...call, ...input.value }) : input;
    },
  };
}
