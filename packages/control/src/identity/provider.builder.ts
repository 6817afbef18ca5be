/** An identity provider that says what a test wants, true or not, over real HTTP on loopback. */
import { createHash, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

type Json = Readonly<Record<string, unknown>>;
export interface Lies {
  readonly claims?: Json;
  readonly header?: Json;
  readonly rawClaims?: string;
  readonly key?: KeyObject;
  /** Whole identity token. */
  readonly token?: string;
  /** Answer of the token endpoint instead of a token. */
  readonly status?: number;
  readonly body?: unknown;
  /** Changes of the discovery document. */
  readonly discovery?: Json;
}

const b64 = (text: string): string => Buffer.from(text).toString('base64url');

export class TestProvider {
  readonly clientId = 'countersign';
  readonly clientSecret = 'a secret of the test, 32 characters';
  readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
  });
  lies: Lies = {};
  /** When the person last proved who they are, in seconds. */
  authTimeS = 0;
  sub = 'u-kim';
  acr: string | undefined;
  readonly #codes = new Map<string, { readonly nonce: string; readonly challenge: string }>();
  readonly #server: Server;
  readonly #nowMs: () => number;

  private constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#server = createServer((request, response) => {
      void this.#reply(request, response);
    });
  }

  static async start(nowMs: () => number): Promise<TestProvider> {
    const provider = new TestProvider(nowMs);
    await new Promise<void>((done) => provider.#server.listen(0, '127.0.0.1', done));
    return provider;
  }

  get issuer(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the provider does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  /** The person agreed: the parameters the browser is sent back with. */
  agree(location: string): Record<string, string> {
    const asked = new URL(location).searchParams;
    const code = randomUUID();
    this.#codes.set(code, { nonce: asked.get('nonce') ?? '', challenge: asked.get('code_challenge') ?? '' });
    return { code, state: asked.get('state') ?? '', iss: this.issuer };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.#answer(request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  async #answer(request: IncomingMessage): Promise<{ readonly status: number; readonly body: unknown }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk);
    switch (request.url ?? '') {
      case '/.well-known/openid-configuration':
        return { status: 200, body: this.#discovery() };
      case '/jwks':
        return {
          status: 200,
          body: { keys: [{ ...this.keys.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] },
        };
      case '/token':
        return this.#token(new URLSearchParams(Buffer.concat(chunks).toString()), request.headers.authorization ?? '');
      default:
        return { status: 404, body: {} };
    }
  }

  #discovery(): Json {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
      ...this.lies.discovery,
    };
  }

  #token(form: URLSearchParams, authorization: string): { readonly status: number; readonly body: unknown } {
    const code = form.get('code') ?? '';
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isClient = authorization.startsWith('Basic ');
    if (this.lies.status !== undefined) return { status: this.lies.status, body: this.lies.body ?? {} };
    if (known === undefined || known.challenge !== challenge || !isClient)
      return { status: 400, body: { error: 'invalid_grant' } };
    return {
      status: 200,
      body: { access_token: 'unused', token_type: 'Bearer', id_token: this.#identity(known.nonce) },
    };
  }

  #identity(nonce: string): string {
    const { lies } = this;
    if (lies.token !== undefined) return lies.token;
    const now = Math.floor(this.#nowMs() / 1000);
    const claims = {
      iss: this.issuer,
      sub: this.sub,
      aud: this.clientId,
      iat: now,
      exp: now + 300,
      auth_time: this.authTimeS,
      nonce,
      acr: this.acr,
    };
    const header = JSON.stringify({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...lies.header });
    const input = `${b64(header)}.${b64(lies.rawClaims ?? JSON.stringify({ ...claims, ...lies.claims }))}`;
    return `${input}.${sign('sha256', Buffer.from(input), lies.key ?? this.keys.privateKey).toString('base64url')}`;
  }
}
