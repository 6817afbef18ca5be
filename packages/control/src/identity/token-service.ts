/**
 * Gives agents their tokens (RFC 6749 s4.4 with RFC 7523, and RFC 8693). An agent proves who it is, proves a key, and gets the scopes
 * of its duty for minutes. Nothing it holds can be traded for more: there is no refresh, no delegation, and no token of this server
 * is taken as a proof of identity (L8).
 */
import {
  grantedScopes,
  msOf,
  ok,
  parseId,
  refuse,
  standingAgent,
  standsForAgent,
  type Agent,
  type AgentScope,
  type OrganisationId,
  type Result,
} from '@countersign/core';
import type { Deps } from '../deps.ts';
import { AgentTokens } from './agent-token.ts';
import { checkAssertion } from './client-assertion.ts';
import type { IdentityConfig } from './identity-config.ts';
import { checkKeyProof, Nonces } from './key-proof.ts';
import { UsedProofs } from './used-proofs.ts';
import { WorkloadTokens } from './workload-token.ts';

export const TOKEN_PATH = '/api/v1/token';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const SUBJECT_TYPES = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token'] as const;

/** The form of a request, as far as it is known; everything else was refused before. */
export interface TokenRequest {
  readonly grant_type: string;
  readonly client_id?: string;
  readonly client_assertion_type?: string;
  readonly client_assertion?: string;
  readonly subject_token?: string;
  readonly subject_token_type?: string;
  readonly requested_token_type?: string;
  readonly scope?: string;
  readonly resource?: string;
  readonly audience?: string;
}

export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'DPoP';
  readonly expires_in: number;
  readonly scope: string;
  readonly issued_token_type?: string;
}

type Knowing = Pick<Deps, 'store' | 'trust'> & { readonly nowMs: () => number };
interface Client {
  readonly id: string;
  readonly organisation: OrganisationId;
  readonly agent: Agent;
  readonly agents: readonly Agent[];
}

export class TokenService {
  readonly tokens: AgentTokens;
  readonly nonces: Nonces | undefined;
  readonly used: UsedProofs;
  readonly #deps: Knowing;
  readonly #origin: string;
  readonly #lifeS: number;
  readonly #workloads: WorkloadTokens;

  /** Undefined where the operator named no token key. */
  static of(deps: Knowing, config: IdentityConfig, origin: string): TokenService | undefined {
    const { tokenKey } = config;
    if (tokenKey === undefined) return undefined;
    const tokens = new AgentTokens(tokenKey, origin);
    return new TokenService(deps, {
      config,
      origin,
      tokens,
      nonces: config.isNonceRequired ? new Nonces(tokenKey) : undefined,
    });
  }

  private constructor(
    deps: Knowing,
    made: {
      readonly config: IdentityConfig;
      readonly origin: string;
      readonly tokens: AgentTokens;
      readonly nonces: Nonces | undefined;
    },
  ) {
    this.#deps = deps;
    this.#origin = made.origin;
    this.#lifeS = made.config.tokenLifeS;
    this.#workloads = new WorkloadTokens(made.config.workloads, made.origin);
    this.tokens = made.tokens;
    this.nonces = made.nonces;
    this.used = new UsedProofs(deps.store);
  }

  async grant(asked: TokenRequest, proofHeader: string | undefined): Promise<Result<TokenAnswer>> {
    const nowMs = this.#deps.nowMs();
    const form = wrongForm(asked, this.#origin);
    if (form !== undefined) return form;
    // Before anything is looked up: who holds no key gets no answer about agents.
    const proof = await checkKeyProof(proofHeader, {
      method: 'POST',
      url: `${this.#origin}${TOKEN_PATH}`,
      nowMs,
      nonces: this.nonces,
    });
    if (!proof.ok) return proof;
    const client = await this.#client(asked.client_id ?? '');
    if (!client.ok) return client;
    const identified = await this.#identified(asked, client.value, nowMs);
    if (!identified.ok) return identified;
    const scopes = grantedScopes(client.value.agent, asked.scope);
    if (!scopes.ok) return scopes;
    for (const { once, untilMs } of [proof.value, ...identified.value])
      if (!(await this.used.isFirstUse(client.value.organisation, once, untilMs)))
        return refuse('proof-replayed', 'this proof or assertion was used before', { clause: 'L8' });
    if (await this.#isSuspended(client.value))
      return refuse('agent-suspended', `agent \`${client.value.agent.id}\` is suspended`, { clause: 'D7' });
    return ok(await this.#answer(client.value, scopes.value, { thumbprint: proof.value.thumbprint, nowMs, asked }));
  }

  async #client(id: string): Promise<Result<Client>> {
    const [named = '', agentId = '', ...rest] = id.split('/');
    const organisation = parseId<'Organisation'>(named);
    if (organisation === undefined || rest.length > 0)
      return refuse('agent-unknown', '`client_id` must be the id of an organisation, a slash and the id of an agent', {
        clause: 'L8',
      });
    const trust = await this.#deps.trust.bundle(organisation);
    if (trust === undefined) return refuse('agent-unknown', 'no trust bundle names this agent', { clause: 'L8' });
    const { agents } = trust.bundle;
    const agent = standingAgent(trust.bundle, agentId, this.#deps.trust.now());
    return agent.ok ? ok({ id, organisation, agent: agent.value, agents }) : agent;
  }

  /** What must not be used twice besides the proof of the key. */
  async #identified(
    asked: TokenRequest,
    client: Client,
    nowMs: number,
  ): Promise<Result<readonly { readonly once: string; readonly untilMs: number }[]>> {
    const { agent, agents, id: clientId, organisation } = client;
    if (asked.grant_type !== EXCHANGE) {
      const rule = { agent, agents, clientId, audience: this.#origin, nowMs };
      const assertion = await checkAssertion(asked.client_assertion ?? '', rule);
      return assertion.ok ? ok([assertion.value]) : assertion;
    }
    const workloads = await this.#workloads.read(asked.subject_token ?? '', organisation, nowMs);
    if (!workloads.ok) return workloads;
    const found = workloads.value.map((workload) => standsForAgent(agents, agent, workload));
    const standing = found.find(({ ok: stands }) => stands) ?? found[0];
    // The same token may be shown again while it lasts: platforms hand out one for an hour. Each time a key is proved anew.
    if (standing === undefined) return refuse('exchange-refused', 'the token names no audience', { clause: 'L8' });
    return standing.ok ? ok([]) : standing;
  }

  async #isSuspended({ organisation, agent }: Client): Promise<boolean> {
    const row = await this.#deps.store
      .selectFrom('restraint')
      .select('id')
      .where('organisation', '=', organisation)
      .where('subject_kind', '=', 'agent')
      .where('subject', '=', agent.id)
      .where('kind', '=', 'suspended')
      .where('lifted_at', 'is', null)
      .executeTakeFirst();
    return row !== undefined;
  }

  async #answer(
    { organisation, agent }: Client,
    scopes: readonly AgentScope[],
    made: { readonly thumbprint: string; readonly nowMs: number; readonly asked: TokenRequest },
  ): Promise<TokenAnswer> {
    const { thumbprint, nowMs, asked } = made;
    // Never longer than the identity itself.
    const leftS = Math.floor((msOf(agent.expiresAt) - nowMs) / 1000);
    const lifeS = Math.max(1, Math.min(this.#lifeS, leftS));
    const token = await this.tokens.issue({ organisation, agent: agent.id, scopes, thumbprint }, { nowMs, lifeS });
    return {
      access_token: token,
      token_type: 'DPoP',
      expires_in: lifeS,
      scope: scopes.join(' '),
      ...(asked.grant_type === EXCHANGE && { issued_token_type: ACCESS_TOKEN }),
    };
  }
}

/** What the form says about itself, before anything in it is read. */
function wrongForm(asked: TokenRequest, origin: string): ReturnType<typeof refuse> | undefined {
  const isExchange = asked.grant_type === EXCHANGE;
  if (!isExchange && asked.grant_type !== 'client_credentials')
    return refuse('unsupported-grant', 'the grant is neither `client_credentials` nor a token exchange', {
      clause: 'L8',
    });
  const target = [asked.resource, asked.audience].find((one) => one !== undefined && one !== `${origin}/api/v1`);
  if (target !== undefined)
    return refuse('exchange-refused', `tokens of this server are for \`${origin}/api/v1\` alone`, { clause: 'L8' });
  if (isExchange) {
    if (asked.client_assertion !== undefined || asked.subject_token === undefined)
      return refuse('exchange-refused', 'an exchange brings a `subject_token` and nothing else that identifies');
    if (!SUBJECT_TYPES.some((type) => type === asked.subject_token_type))
      return refuse('exchange-refused', '`subject_token_type` must be that of a JWT or an ID token', { clause: 'L8' });
    if ((asked.requested_token_type ?? ACCESS_TOKEN) !== ACCESS_TOKEN)
      return refuse('exchange-refused', 'only access tokens are issued');
    return undefined;
  }
  if (asked.subject_token !== undefined) return refuse('unsupported-grant', 'a `subject_token` needs a token exchange');
  return asked.client_assertion_type === ASSERTION_TYPE && asked.client_assertion !== undefined
    ? undefined
    : refuse('bad-client-assertion', 'the request carries no `client_assertion` of type JWT bearer', { clause: 'L8' });
}
