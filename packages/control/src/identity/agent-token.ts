/**
 * The tokens agents get from this server: minutes long, for this server alone, bound to a key of the agent, and holding the scopes
 * of its duty (L8; RFC 9068 `at+jwt`). A token says what was granted; whether the agent still stands is asked again at every use.
 */
import { createPublicKey } from 'node:crypto';
import {
  ok,
  parseId,
  refuse,
  SCOPES_OF_DUTY,
  type AgentScope,
  type OrganisationId,
  type Refusal,
  type Result,
} from '@countersign/core';
import type { SignerKey } from '@countersign/seal';
import { importPKCS8, SignJWT } from 'jose';
import { isSignedBy, readCompact, wrongTime, type TokenForm } from './compact-token.ts';

const MAX_LIFE_S = 300;
const MAX_CHARACTERS = 4096;
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

export interface AgentGrant {
  readonly organisation: OrganisationId;
  readonly agent: string;
  readonly scopes: readonly AgentScope[];
  /** Thumbprint of the key the caller must prove. */
  readonly thumbprint: string;
}

export class AgentTokens {
  readonly #key: SignerKey;
  readonly #issuer: string;
  readonly #audience: string;
  readonly #form: TokenForm;

  /** `origin` is where the world reaches this server: its tokens name it as issuer, and its API as the one audience. */
  constructor(key: SignerKey, origin: string) {
    this.#key = key;
    this.#issuer = origin;
    this.#audience = `${origin}/api/v1`;
    this.#form = { algorithms: [algorithmOf(key)], types: ['at+jwt'], maxCharacters: MAX_CHARACTERS };
  }

  async issue(grant: AgentGrant, times: { readonly nowMs: number; readonly lifeS: number }): Promise<string> {
    const issuedS = Math.floor(times.nowMs / 1000);
    const { organisation, agent, scopes, thumbprint } = grant;
    return new SignJWT({ organisation, client_id: agent, scope: scopes.join(' '), cnf: { jkt: thumbprint } })
      .setProtectedHeader({ alg: algorithmOf(this.#key), typ: 'at+jwt', kid: this.#key.keyid })
      .setIssuer(this.#issuer)
      .setSubject(agent)
      .setAudience(this.#audience)
      .setIssuedAt(issuedS)
      .setExpirationTime(issuedS + Math.min(times.lifeS, MAX_LIFE_S))
      .setJti(crypto.randomUUID())
      .sign(await importPKCS8(this.#key.pem(), algorithmOf(this.#key)));
  }

  async read(text: string, nowMs: number): Promise<Result<AgentGrant>> {
    const read = readCompact(text, this.#form);
    if (!read.ok) return no(`the token ${read.refusal}`);
    const { claims, header } = read.value;
    if (header['kid'] !== this.#key.keyid) return no('the token names another key than the one in use');
    const spki = Buffer.from(this.#key.publicKey.spki());
    if (!(await isSignedBy(read.value, createPublicKey({ key: spki, format: 'der', type: 'spki' }))))
      return no('the token is not signed by this server');
    const wrong = wrongTime(claims, { nowMs, maxLifeS: MAX_LIFE_S, needsEnd: true });
    if (wrong !== undefined) return no(`the token ${wrong}`);
    const audiences = claims.texts('aud');
    if (claims.text('iss') !== this.#issuer || audiences.length !== 1 || audiences[0] !== this.#audience)
      return no('the token is not of and for this server');
    return grantIn(claims.text('organisation'), {
      subject: claims.text('sub'),
      client: claims.text('client_id'),
      scope: claims.text('scope'),
      thumbprint: claims.inside('cnf', 'jkt'),
    });
  }
}

const no = (detail: string): { readonly ok: false; readonly refusal: Refusal } =>
  refuse('bad-agent-token', detail, { clause: 'L8' });
const algorithmOf = ({ kind }: Pick<SignerKey, 'kind'>): 'EdDSA' | 'ES256' => (kind === 'ed25519' ? 'EdDSA' : 'ES256');

interface Named {
  readonly subject: string | undefined;
  readonly client: string | undefined;
  readonly scope: string | undefined;
  readonly thumbprint: string | undefined;
}

function grantIn(named: string | undefined, { subject, client, scope, thumbprint }: Named): Result<AgentGrant> {
  const organisation = parseId<'Organisation'>(named ?? '');
  const agent = parseId<'Agent'>(subject ?? '');
  if (organisation === undefined || agent === undefined || client !== subject) return no('the token names no agent');
  if (thumbprint === undefined || !THUMBPRINT.test(thumbprint)) return no('the token is bound to no key');
  const words = (scope ?? '').split(' ');
  const known = Object.values(SCOPES_OF_DUTY).flat();
  const scopes = [...new Set(known)].filter((one) => words.includes(one));
  return scopes.length === words.length
    ? ok({ organisation, agent, scopes, thumbprint })
    : no('the token holds a scope that does not exist');
}
