import { createHash, createPublicKey, generateKeyPairSync, verify, type JsonWebKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { connect } from '../client.ts';
import { AgentCredential, TokenRefused, type AgentIdentity } from './agent-credential.ts';

interface Seen {
  readonly path: string;
  readonly form: URLSearchParams;
  readonly proof: Read;
  readonly authorization: string | null;
  readonly body: string | undefined;
}
interface Read {
  readonly header: { readonly alg: string; readonly typ: string; readonly jwk?: JsonWebKey };
  readonly claims: Readonly<Record<string, string | number>>;
  readonly isSigned: (key: ReturnType<typeof createPublicKey>) => boolean;
}

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const own = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const edwards = generateKeyPairSync('ed25519');
const pemOf = (pair: typeof own): string => pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

const json = (part: string): never => JSON.parse(Buffer.from(part, 'base64url').toString()) as never;

function read(token: string): Read {
  const [header = '', claims = '', signature = ''] = token.split('.');
  return {
    header: json(header),
    claims: json(claims),
    isSigned: (key) =>
      verify(
        key.asymmetricKeyType === 'ed25519' ? null : 'sha256',
        Buffer.from(`${header}.${claims}`),
        { key, dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      ),
  };
}

type Answer = (seen: Seen, count: number) => Response | undefined;

/** A control plane that grants tokens of five minutes and answers `{}`; what a test wants otherwise it answers itself. */
function controlPlane(more: Partial<AgentIdentity> = {}, answer: Answer = () => undefined) {
  const seen: Seen[] = [];
  let nowMs = NOW_MS;
  const fetched: typeof fetch = async (address, init) => {
    const url = new URL(address instanceof Request ? address.url : address);
    const headers = new Headers(init?.headers);
    const body = typeof init?.body === 'string' ? init.body : undefined;
    const one: Seen = {
      path: url.pathname,
      form: new URLSearchParams(body ?? ''),
      proof: read(headers.get('dpop') ?? ''),
      authorization: headers.get('authorization'),
      body,
    };
    seen.push(one);
    const tokens = seen.filter(({ path }) => path === '/api/v1/token').length;
    return (
      answer(one, seen.length) ??
      Response.json(
        one.path === '/api/v1/token'
          ? { access_token: `token-${tokens}`, token_type: 'DPoP', expires_in: 300, scope: 'read propose' }
          : { items: [] },
      )
    );
  };
  const identity: AgentIdentity = {
    url: 'http://127.0.0.1:4600',
    origin: 'http://localhost:4600',
    clientId: 'acme/decider',
    proof: { kind: 'key', pem: pemOf(own) },
    fetch: fetched,
    nowMs: () => nowMs,
    ...more,
  };
  return {
    agent: new AgentCredential(identity),
    seen,
    pass: (ms: number): void => {
      nowMs += ms;
    },
  };
}
const refused = (code: string, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json({ code, detail: 'no', next: ['do this'] }, { status: 401, headers });

describe('an agent', () => {
  test('L8: signs who it is for the issuer alone, asks once, and proves one key at each request', async () => {
    const { agent, seen } = controlPlane();
    await agent.fetch('http://127.0.0.1:4600/api/v1/triages?state=open');
    await agent.fetch('http://127.0.0.1:4600/api/v1/proposals', { method: 'POST', body: '{}' });
    expect(seen.map(({ path }) => path)).toEqual(['/api/v1/token', '/api/v1/triages', '/api/v1/proposals']);
    const [asked, first, second] = seen;
    const assertion = read(asked?.form.get('client_assertion') ?? '');
    expect(assertion.isSigned(own.publicKey)).toBe(true);
    expect(assertion.header).toEqual({ alg: 'ES256', typ: 'client-authentication+jwt' });
    const s = NOW_MS / 1000;
    expect(assertion.claims).toMatchObject({
      iss: 'acme/decider',
      sub: 'acme/decider',
      aud: 'http://localhost:4600',
      iat: s,
      exp: s + 60,
    });
    for (const [one, method, path] of [
      [asked, 'POST', '/api/v1/token'],
      [first, 'GET', '/api/v1/triages'],
      [second, 'POST', '/api/v1/proposals'],
    ] as const) {
      const jwk = one?.proof.header.jwk ?? {};
      expect(one?.proof.isSigned(createPublicKey({ key: jwk, format: 'jwk' }))).toBe(true);
      expect(one?.proof.header.typ).toBe('dpop+jwt');
      expect(one?.proof.claims).toMatchObject({ htm: method, htu: `http://localhost:4600${path}`, iat: s });
      expect(jwk).toEqual(asked?.proof.header.jwk);
      expect(Object.keys(jwk).toSorted()).toEqual(['crv', 'kty', 'x', 'y']);
    }
    expect(first?.authorization).toBe('DPoP token-1');
    expect(first?.proof.claims['ath']).toBe(createHash('sha256').update('token-1').digest('base64url'));
    expect(new Set(seen.map(({ proof }) => proof.claims['jti'])).size).toBe(3);
  });

  test('L8: signs with Ed25519 as well', async () => {
    const pem = edwards.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const { agent, seen } = controlPlane({ proof: { kind: 'key', pem } });
    await agent.token();
    const assertion = read(seen[0]?.form.get('client_assertion') ?? '');
    expect([assertion.header.alg, assertion.isSigned(edwards.publicKey)]).toEqual(['EdDSA', true]);
  });

  test('L8: exchanges the token of its workload, read anew each time', async () => {
    let made = 0;
    const { agent, seen, pass } = controlPlane({
      proof: { kind: 'workload', token: async () => `w-${(made += 1)}` },
      scope: 'read',
    });
    await agent.token();
    pass(290_000);
    await agent.token();
    expect(seen.map(({ form }) => form.get('subject_token'))).toEqual(['w-1', 'w-2']);
    expect(seen[0]?.form.get('scope')).toBe('read');
    expect(seen[0]?.form.has('client_assertion')).toBe(false);
  });

  test('L8: renews before the end, and once for all that wait', async () => {
    const { agent, seen, pass } = controlPlane();
    await Promise.all([agent.token(), agent.token(), agent.token()]);
    pass(260_000);
    await agent.token();
    expect(seen).toHaveLength(1);
    pass(11_000);
    expect((await Promise.all([agent.token(), agent.token()])).map(({ token }) => token)).toEqual([
      'token-2',
      'token-2',
    ]);
    expect(seen).toHaveLength(2);
  });

  test('L8: gets a new token and tries once more when the old one is not known any more', async () => {
    const { agent, seen } = controlPlane({}, ({ path, authorization }) =>
      path !== '/api/v1/token' && authorization === 'DPoP token-1' ? refused('bad-agent-token') : undefined,
    );
    expect((await agent.fetch('http://127.0.0.1:4600/api/v1/triages')).status).toBe(200);
    expect(seen.map(({ authorization }) => authorization)).toEqual([null, 'DPoP token-1', null, 'DPoP token-2']);
  });

  test('RFC 9449 s8: uses the nonce it is told, at the token service and at the API', async () => {
    const { agent, seen } = controlPlane({}, ({ proof }) =>
      proof.claims['nonce'] === 'n-1' ? undefined : refused('use-dpop-nonce', { 'dpop-nonce': 'n-1' }),
    );
    expect((await agent.fetch('http://127.0.0.1:4600/api/v1/triages')).status).toBe(200);
    expect(seen.map(({ proof }) => proof.claims['nonce'])).toEqual([undefined, 'n-1', 'n-1']);
  });

  test('a clock that is minutes off is corrected by the clock of the server, one that is hours off is not', async () => {
    for (const [offMs, works] of [
      [90_000, true],
      [-90_000, true],
      [7_200_000, false],
    ] as const) {
      const { agent } = controlPlane({}, ({ proof }) => {
        const ageMs = NOW_MS + offMs - Number(proof.claims['iat']) * 1000;
        return Math.abs(ageMs) < 5000
          ? undefined
          : refused('bad-key-proof', { date: new Date(NOW_MS + offMs).toUTCString() });
      });
      const got = await agent.token().then(
        ({ token }) => token.startsWith('token-'),
        (error: unknown) => !(error instanceof TokenRefused),
      );
      expect(got).toBe(works);
    }
  });

  test.each(['agent-expired', 'agent-unknown', 'scope-refused', 'agent-suspended'])(
    'L8: `%s` is told with its reason and not tried again',
    async (code) => {
      const { agent, seen } = controlPlane({}, () =>
        Response.json({ code, detail: 'the reason', next: ['do this'] }, { status: 403 }),
      );
      await expect(agent.token()).rejects.toMatchObject({
        code,
        status: 403,
        message: 'the reason',
        next: ['do this'],
      });
      expect(seen).toHaveLength(1);
    },
  );

  test.each([
    ['no token', {}],
    ['a bearer token', { access_token: 'x', token_type: 'Bearer', expires_in: 300 }],
    ['a token without end', { access_token: 'x', token_type: 'DPoP' }],
    ['a list', []],
  ])('L8: an answer with %s is none', async (_, body) => {
    const { agent } = controlPlane({}, () => Response.json(body));
    await expect(agent.token()).rejects.toMatchObject({ code: 'unexpected-answer' });
  });

  test.each(['', 'no pem', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----'])(
    'L8: %j is no key',
    async (pem) => {
      const { agent, seen } = controlPlane({ proof: { kind: 'key', pem } });
      await expect(agent.token()).rejects.toThrow(/PKCS#8/);
      expect(seen).toEqual([]);
    },
  );

  test('L8: the typed client calls as the agent; a token that is refused is a problem like any other', async () => {
    const { agent, seen } = controlPlane();
    await connect({ url: 'http://127.0.0.1:4600', agent }).triages();
    expect(seen.at(-1)).toMatchObject({ path: '/api/v1/triages', authorization: 'DPoP token-1' });
    const held = controlPlane({}, () => Response.json({ code: 'agent-suspended', detail: 'held' }, { status: 403 }));
    await expect(connect({ url: 'http://127.0.0.1:4600', agent: held.agent }).triages()).rejects.toMatchObject({
      name: 'Problem',
      code: 'agent-suspended',
      status: 403,
    });
  });
});
