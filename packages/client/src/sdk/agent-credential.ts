/**
 * How an agent calls the control plane: it signs who it is, gets a token of minutes, and proves its key at each request (RFC 7523, RFC
 * 9449). Web cryptography only, so it runs wherever the rest of the client does; the proof key is made here and cannot be taken out.
 */

export interface AgentIdentity {
  /** Address of the control plane. */
  readonly url: string;
  /** As which the control plane is known to the world, when it is reached by another address. */
  readonly origin?: string;
  /** `organisation/agent`. */
  readonly clientId: string;
  /** PEM (PKCS#8) of the key the trust bundle names for the agent; Ed25519 or P-256. Or the token of a workload, read anew each time. */
  readonly proof:
    | { readonly kind: 'key'; readonly pem: string }
    | { readonly kind: 'workload'; readonly token: () => Promise<string> };
  /** Part of the duty, e.g. `read`; absent: all of it. */
  readonly scope?: string;
  readonly fetch?: typeof fetch;
  readonly nowMs?: () => number;
}

export interface AgentToken {
  readonly token: string;
  readonly scope: string;
  readonly expiresAtMs: number;
}

type Json = Readonly<Record<string, unknown>>;
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
interface KeyPair {
  readonly privateKey: Key;
  readonly publicKey: Key;
}
interface SigningKey {
  readonly algorithm: 'EdDSA' | 'ES256';
  readonly key: Key;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
const TOKEN_PATH = '/api/v1/token';
const ASSERTION_LIFE_S = 60;
/** A token is renewed while this much of it is left. */
const SPARE_MS = 30_000;
/** A difference this small needs no correction, one this large is none that a clock makes. */
const SKEW_MS = 2000;
const MAX_SKEW_MS = 600_000;
const ED25519_OID = [0x06, 0x03, 0x2b, 0x65, 0x70];
const TIMEOUT_MS = 30_000;

/** The answer of the token service when it is no token. */
export class TokenRefused extends Error {
  readonly status: number;
  readonly code: string;
  readonly next: readonly string[];

  constructor(status: number, problem: Json) {
    const text = (name: string, otherwise: string): string =>
      typeof problem[name] === 'string' ? problem[name] : otherwise;
    super(text('detail', `the token service answered ${status}`));
    this.name = 'TokenRefused';
    this.status = status;
    this.code = text('code', `http-${status}`);
    const { next } = problem;
    this.next = Array.isArray(next) ? next.filter((one) => typeof one === 'string') : [];
  }
}

export class AgentCredential {
  readonly #identity: AgentIdentity;
  readonly #origin: string;
  readonly #keys: Promise<{ readonly proof: KeyPair; readonly jwk: Json; readonly own: SigningKey | undefined }>;
  #token: AgentToken | undefined;
  #renewing: Promise<AgentToken> | undefined;
  #nonce: string | undefined;
  #skewMs = 0;

  constructor(identity: AgentIdentity) {
    this.#identity = identity;
    this.#origin = new URL(identity.origin ?? identity.url).origin;
    this.#keys = makeKeys(identity);
    // Whoever asks for a token gets the reason; nobody else has to listen.
    this.#keys.catch(() => undefined);
  }

  /** Like `fetch`, as this agent. A request that was refused before it acted is sent once more with what the answer taught. */
  readonly fetch = async (address: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(address instanceof Request ? address.url : address);
    const first = await this.#send(url, init, await this.token());
    if (first.status !== 401) return first;
    const code = await codeOf(first.clone());
    if (code === 'bad-agent-token') this.#token = undefined;
    const isCurable = ['bad-agent-token', 'use-dpop-nonce', 'bad-key-proof'].includes(code);
    return isCurable ? this.#send(url, init, await this.token()) : first;
  };

  /** A token that lasts a while yet. */
  async token(): Promise<AgentToken> {
    if (this.#token !== undefined && this.#token.expiresAtMs - this.#now() > SPARE_MS) return this.#token;
    // Whoever comes while one is on its way waits for that one.
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    this.#token = await this.#renewing;
    return this.#token;
  }

  /** What one request must carry, for whoever sends it by other means than `fetch`. The proof in it counts once. */
  async headers(
    method: string,
    address: string | URL,
  ): Promise<{ readonly authorization: string; readonly dpop: string }> {
    return this.#headersWith(method.toUpperCase(), new URL(address), await this.token());
  }

  async #headersWith(
    method: string,
    { pathname }: URL,
    { token }: AgentToken,
  ): Promise<{ readonly authorization: string; readonly dpop: string }> {
    return { authorization: `DPoP ${token}`, dpop: await this.#prove(method, pathname, token) };
  }

  async #send(url: URL, init: RequestInit, token: AgentToken): Promise<Response> {
    const method = (init.method ?? 'GET').toUpperCase();
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(await this.#headersWith(method, url, token))) headers.set(name, value);
    const answer = await this.#fetch()(url, { ...init, headers, redirect: 'error' });
    this.#learn(answer);
    return answer;
  }

  async #renew(): Promise<AgentToken> {
    try {
      return await this.#ask();
    } catch (error) {
      // The refusal told the nonce, or how far the clocks are apart: once more with that, and then the answer stands.
      if (!(error instanceof TokenRefused) || error.status !== 401) throw error;
      return this.#ask();
    }
  }

  async #ask(): Promise<AgentToken> {
    const { url, clientId, scope } = this.#identity;
    const form = new URLSearchParams({
      client_id: clientId,
      ...(await this.#identified()),
      ...(scope !== undefined && { scope }),
    });
    const askedMs = this.#now();
    const answer = await this.#fetch()(`${new URL(url).origin}${TOKEN_PATH}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        dpop: await this.#prove('POST', TOKEN_PATH),
      },
      body: form.toString(),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    this.#learn(answer);
    const body = await readJson(answer);
    const { access_token: token, expires_in: seconds, token_type: type, scope: granted } = body;
    if (!answer.ok) throw new TokenRefused(answer.status, body);
    if (typeof token !== 'string' || typeof seconds !== 'number' || type !== 'DPoP')
      throw new TokenRefused(answer.status, { code: 'unexpected-answer', detail: 'the answer holds no bound token' });
    return { token, scope: typeof granted === 'string' ? granted : '', expiresAtMs: askedMs + seconds * 1000 };
  }

  async #identified(): Promise<Readonly<Record<string, string>>> {
    const { proof, clientId } = this.#identity;
    if (proof.kind === 'workload')
      return { grant_type: EXCHANGE, subject_token: await proof.token(), subject_token_type: JWT_TYPE };
    const { own } = await this.#keys;
    if (own === undefined) throw new TypeError('an agent that signs has a key');
    const now = Math.floor(this.#now() / 1000);
    const claims = {
      iss: clientId,
      sub: clientId,
      aud: this.#origin,
      iat: now,
      exp: now + ASSERTION_LIFE_S,
      jti: crypto.randomUUID(),
    };
    return {
      grant_type: 'client_credentials',
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await sign(own, { typ: 'client-authentication+jwt', alg: own.algorithm }, claims),
    };
  }

  async #prove(method: string, path: string, token?: string): Promise<string> {
    const { proof, jwk } = await this.#keys;
    const claims = {
      htm: method,
      htu: `${this.#origin}${path}`,
      iat: Math.floor(this.#now() / 1000),
      jti: crypto.randomUUID(),
      ...(token !== undefined && { ath: base64url(await digest(token)) }),
      ...(this.#nonce !== undefined && { nonce: this.#nonce }),
    };
    return sign({ algorithm: 'ES256', key: proof.privateKey }, { typ: 'dpop+jwt', alg: 'ES256', jwk }, claims);
  }

  /** The server's clock decides what is too old; its nonce is used until it gives another. */
  #learn(answer: Response): void {
    this.#nonce = answer.headers.get('dpop-nonce') ?? this.#nonce;
    const servers = Date.parse(answer.headers.get('date') ?? '');
    const skewMs = servers - this.#clock();
    if (answer.status === 401 && Math.abs(skewMs) > SKEW_MS && Math.abs(skewMs) < MAX_SKEW_MS) this.#skewMs = skewMs;
  }

  #clock(): number {
    return (this.#identity.nowMs ?? Date.now)();
  }

  #now(): number {
    return this.#clock() + this.#skewMs;
  }

  #fetch(): typeof fetch {
    return this.#identity.fetch ?? fetch;
  }
}

async function makeKeys({ proof: by }: AgentIdentity): Promise<{
  readonly proof: KeyPair;
  readonly jwk: Json;
  readonly own: SigningKey | undefined;
}> {
  const proof = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', proof.publicKey);
  return { proof, jwk: { kty, crv, x, y }, own: by.kind === 'key' ? await importKey(by.pem) : undefined };
}

async function importKey(pem: string): Promise<SigningKey> {
  const body = /^-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)-----END PRIVATE KEY-----\s*$/.exec(pem)?.[1];
  if (body === undefined) throw new TypeError('the key of the agent is not an unencrypted PKCS#8 PEM');
  const der = Uint8Array.from(atob(body.replaceAll(/\s/g, '')), (character) => character.charCodeAt(0));
  const isEdwards = der.some((_, at) => ED25519_OID.every((byte, offset) => der[at + offset] === byte));
  const key = await crypto.subtle.importKey(
    'pkcs8',
    der,
    isEdwards ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
  );
  return { algorithm: isEdwards ? 'EdDSA' : 'ES256', key };
}

async function sign({ algorithm, key }: SigningKey, header: Json, claims: Json): Promise<string> {
  const encode = (value: Json): string => base64url(new TextEncoder().encode(JSON.stringify(value)));
  const input = `${encode(header)}.${encode(claims)}`;
  const how = algorithm === 'EdDSA' ? { name: 'Ed25519' } : { name: 'ECDSA', hash: 'SHA-256' };
  return `${input}.${base64url(new Uint8Array(await crypto.subtle.sign(how, key, new TextEncoder().encode(input))))}`;
}

const digest = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

async function codeOf(answer: Response): Promise<string> {
  const { code } = await readJson(answer);
  return typeof code === 'string' ? code : '';
}

const MAX_ANSWER = 65_536;
async function readJson(answer: Response): Promise<Json> {
  const text = (await answer.text()).slice(0, MAX_ANSWER);
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    // Not JSON: then it says nothing we could use.
    return {};
  }
}
