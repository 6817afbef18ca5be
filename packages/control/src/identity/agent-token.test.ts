import { generateSigner } from '@countersign/seal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimsIn } from '../testkit/roster.parse.ts';
import { NOON_MS } from '../testkit/world.ts';
import { privateKeyOf, tokenOf, type Json } from './agent.builder.ts';
import {
  AGENTS,
  askToken,
  call,
  codeOf,
  control,
  DAY_MS,
  detailOf,
  mine,
  nowMs,
  openAgents,
  ORIGIN,
  setNow,
  shared,
  signers,
  tokenFor,
  tokenIn,
  tokenKey,
} from './agents-at-work.builder.ts';

openAgents({ beforeAll, afterAll });

const S = Math.floor(NOON_MS / 1000);
describe('a token', () => {
  test('L8: is short, for this server, bound to the key and holds the scopes of the duty', async () => {
    for (const [id, signer, scope] of [
      ['decider', signers.decider, 'read propose'],
      ['observer', signers.observer, 'read'],
      ['executor', signers.executor, 'read start'],
    ] as const) {
      const answer = await askToken({ clientId: `acme/${id}`, by: privateKeyOf(signer) });
      expect(answer.json()).toMatchObject({ token_type: 'DPoP', expires_in: 300, scope });
      expect(answer.headers['cache-control']).toBe('no-store');
      const claims = claimsIn(tokenIn(answer));
      expect(claims).toMatchObject({ iss: ORIGIN, aud: `${ORIGIN}/api/v1`, sub: id, organisation: 'acme', scope });
      expect(claims.exp - claims.iat).toBe(300);
      expect(claims.cnf.jkt).toMatch(/^[A-Za-z0-9_-]{43}$/);
    }
  });

  test('L8: opens what the duty holds and nothing else; nothing of people opens at all', async () => {
    const cases = [
      ['decider', signers.decider, [200, 201, 403]],
      ['observer', signers.observer, [200, 403, 403]],
      ['executor', signers.executor, [200, 403, 403]],
    ] as const;
    for (const [id, signer, expected] of cases) {
      const token = await tokenFor({ clientId: `acme/${id}`, by: privateKeyOf(signer) });
      const answers = [
        await call({ token }),
        await call({ token, method: 'POST' }),
        await call({ token, method: 'POST', path: '/api/v1/people-only' }),
      ];
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(expected);
    }
  });

  test('L8: part of a duty is given when that is asked for', async () => {
    const token = await tokenFor({ form: { scope: 'read' } });
    expect((await call({ token })).statusCode).toBe(200);
    expect(codeOf(await call({ token, method: 'POST' }))).toBe('scope-refused');
  });

  test.each([
    'propose',
    'start',
    'read propose',
    'approve',
    'resume',
    'envelope',
    'read  read',
    'read,propose',
    '*',
    'openid',
  ])('L8: an observer that asks for `%s` gets nothing', async (scope) => {
    const answer = await askToken({ clientId: 'acme/observer', by: privateKeyOf(signers.observer), form: { scope } });
    expect(codeOf(answer)).toBe('scope-refused');
    expect(answer.json()).toMatchObject({ error: 'insufficient_scope', status: 403 });
  });

  test('L8: ends with the identity of the agent, and is worth nothing after its minutes', async () => {
    const token = await tokenFor();
    const before = nowMs;
    setNow(before + 299_000);
    expect((await call({ token })).statusCode).toBe(200);
    setNow(before + 300_000);
    expect(codeOf(await call({ token }))).toBe('bad-agent-token');
    setNow(NOON_MS + DAY_MS - 100_000);
    const last = await askToken();
    expect(last.json()).toMatchObject({ expires_in: 100 });
    setNow(before);
  });
});

describe('who gets no token', () => {
  test.each([
    ['an unknown agent', 'acme/nobody', 'agent-unknown'],
    ['an agent of another organisation', 'other/decider', 'agent-unknown'],
    ['a name without organisation', 'decider', 'agent-unknown'],
    ['a name with a path', 'acme/../acme/decider', 'agent-unknown'],
    ['an agent that ended', 'acme/ended', 'agent-expired'],
    ['an agent nobody answers for', 'acme/orphan', 'agent-expired'],
    ['an agent without keys', 'acme/keyless', 'bad-client-assertion'],
    ['an agent of another key', 'acme/observer', 'bad-client-assertion'],
  ])('L8: %s', async (_, clientId, code) => {
    expect(codeOf(await askToken({ clientId }))).toBe(code);
  });

  test('I18: two agents with one key, whatever duty they ask for', async () => {
    for (const id of ['twin-1', 'twin-2']) {
      const answer = await askToken({ clientId: `acme/${id}`, by: privateKeyOf(shared) });
      expect(answer.json()).toMatchObject({ code: 'bad-client-assertion', error: 'invalid_client' });
      expect(detailOf(answer)).toContain('also named for agent');
    }
  });

  test('D7: an agent that is suspended, from the moment it is', async () => {
    const token = await tokenFor();
    await control.deps.store
      .insertInto('restraint')
      .values({
        organisation: 'acme',
        id: 'H-t',
        subject_kind: 'agent',
        subject: 'decider',
        kind: 'suspended',
        reasons: '[]',
        set_by: 'person:sam',
        since: new Date(nowMs),
      })
      .execute();
    expect(codeOf(await askToken())).toBe('agent-suspended');
    await control.deps.store
      .deleteFrom('restraint')
      .where('organisation', '=', 'acme')
      .where('id', '=', 'H-t')
      .execute();
    expect((await call({ token })).statusCode).toBe(200);
  });

  test('O4: a fixed token of an enclave is refused where that is not allowed; sources and witnesses keep theirs', async () => {
    const answer = await control.ask('enclave:prod-1', 'GET', '/api/v1/things');
    expect(answer.json()).toMatchObject({ status: 401, code: 'static-token-refused' });
    for (const other of ['source:scanner', 'witness:one'])
      expect(codeOf(await control.ask(other, 'GET', '/api/v1/things'))).not.toBe('static-token-refused');
  });

  test('L8: a fixed token of an agent is refused where that is not allowed, with what to do', async () => {
    const answer = await control.ask('agent:playbook', 'GET', '/api/v1/things');
    expect(answer.json()).toMatchObject({
      status: 401,
      code: 'static-token-refused',
      next: [expect.stringContaining('assertion')],
    });
    expect((await control.ask('person:kim', 'GET', '/api/v1/things')).statusCode).toBe(200);
  });
});

describe('tokens at the API', () => {
  test('RFC 9449 s7.2: sent as Bearer a bound token is refused', async () => {
    const token = await tokenFor();
    expect(codeOf(await call({ token, scheme: 'Bearer' }))).toBe('token-not-bound');
    const bare = await control.ask(undefined, 'GET', '/api/v1/things', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(codeOf(bare)).toBe('token-not-bound');
    const noProof = await control.ask(undefined, 'GET', '/api/v1/things', {
      headers: { authorization: `DPoP ${token}` },
    });
    expect(codeOf(noProof)).toBe('bad-key-proof');
  });

  test('RFC 9449: a query beside the address changes nothing', async () => {
    const token = await tokenFor();
    expect([200, 400]).toContain((await call({ token, path: '/api/v1/things?x=1' })).statusCode);
  });

  test('L8: a duty that a newer trust bundle took away is gone at once', async () => {
    const token = await tokenFor();
    const lowered = AGENTS.map((one) => (one.id === 'decider' ? { ...one, duty: 'observe' as const } : one));
    const trust = control.deps.trust;
    const bundle = trust.bundle.bind(trust);
    trust.bundle = async (organisation) => {
      const found = await bundle(organisation);
      return found === undefined ? undefined : { ...found, bundle: { ...found.bundle, agents: lowered } };
    };
    expect((await call({ token })).statusCode).toBe(200);
    expect(codeOf(await call({ token, method: 'POST' }))).toBe('scope-refused');
    trust.bundle = bundle;
    expect((await call({ token, method: 'POST' })).statusCode).toBe(201);
  });

  const now = S;
  const own: Json = {
    iss: ORIGIN,
    sub: 'decider',
    client_id: 'decider',
    organisation: 'acme',
    aud: `${ORIGIN}/api/v1`,
    scope: 'read propose',
    iat: now,
    exp: now + 300,
    jti: 'j-12345678',
  };
  const changes: readonly (readonly [string, Json, Json])[] = [
    ['another issuer', { iss: 'https://other.example' }, {}],
    ['another audience', { aud: ORIGIN }, {}],
    ['two audiences', { aud: [`${ORIGIN}/api/v1`, 'x'] }, {}],
    ['no agent', { sub: undefined, client_id: undefined }, {}],
    ['two agents', { client_id: 'observer' }, {}],
    ['no organisation', { organisation: undefined }, {}],
    ['a scope that does not exist', { scope: 'read approve' }, {}],
    ['no scope', { scope: undefined }, {}],
    ['no key', { cnf: undefined }, {}],
    ['a key of another form', { cnf: { jkt: 'x' } }, {}],
    ['a key by certificate', { cnf: { 'x5t#S256': 'A'.repeat(43) } }, {}],
    ['a long life', { exp: now + 301 }, {}],
    ['no end', { exp: undefined }, {}],
    ['a past end', { exp: now - 1, iat: now - 100 }, {}],
    ['a future issue', { iat: now + 60 }, {}],
    ['type JWT', {}, { typ: 'JWT' }],
    ['algorithm none', {}, { alg: 'none' }],
    ['algorithm ES256', {}, { alg: 'ES256' }],
    ['another key id', {}, { kid: 'x' }],
    ['no key id', {}, { kid: undefined }],
    ['an embedded key', {}, { jwk: mine.jwk }],
  ];
  test.each(changes)('L8: even signed by this server a token with %s is none', async (_, claims, header) => {
    const base = {
      key: privateKeyOf(tokenKey),
      header: { alg: 'EdDSA', typ: 'at+jwt', kid: tokenKey.keyid },
      claims: { ...own, cnf: { jkt: claimsIn(await tokenFor()).cnf.jkt } },
    };
    expect((await call({ token: tokenOf(base) })).statusCode).toBe(200);
    expect(codeOf(await call({ token: tokenOf(base, { claims, header }) }))).toBe('bad-agent-token');
  });

  test('L8: a token signed by anybody else is none', async () => {
    const base = {
      key: privateKeyOf(generateSigner('ed25519')),
      header: { alg: 'EdDSA', typ: 'at+jwt', kid: tokenKey.keyid },
      claims: { ...own, cnf: { jkt: claimsIn(await tokenFor()).cnf.jkt } },
    };
    expect(codeOf(await call({ token: tokenOf(base) }))).toBe('bad-agent-token');
  });

  test.each(['', 'x', 'a.b', 'a.b.c.d', 'a'.repeat(5000), '....', 'é.é.é'])('L8: %# is no token', async (text) => {
    const answer = await control.ask(undefined, 'GET', '/api/v1/things', {
      headers: { authorization: `DPoP ${encodeURI(text)}`, dpop: 'x' },
    });
    expect(answer.statusCode).toBe(401);
  });
});
