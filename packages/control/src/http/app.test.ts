import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integer, object, ok, refuse, text } from '@countersign/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { makeWorld } from '../testkit/world.ts';
import { buildApp } from './app.ts';
import { json, Refused, route, type RouteDefinition } from './index.ts';

interface Thing {
  readonly name: string;
  readonly count: number;
}
let handled = 0;
const things = (): readonly RouteDefinition[] => [
  route<Thing>({
    method: 'POST',
    url: '/api/v1/things',
    who: ['agent'],
    summary: 'Makes a thing',
    body: object<Thing>({ name: text({ min: 1, max: 10 }), count: integer({ min: 0, max: 9 }) }),
    bodyLimit: 1000,
    handle: ({ commit, body }) =>
      commit(async ({ leaf }) => {
        handled += 1;
        leaf({ event: 'proposal.created', subject: 'proposal:thing', correlation: '', body: { ...body } });
        return ok(json({ made: body.name, handled }, 201));
      }),
  }),
  route<Thing>({
    method: 'POST',
    url: '/api/v1/strict-things',
    who: ['agent'],
    summary: 'Makes a thing once',
    idempotency: 'required',
    body: object<Thing>({ name: text({ min: 1, max: 10 }), count: integer({ min: 0, max: 9 }) }),
    handle: async () => ok(json({})),
  }),
  route({
    method: 'POST',
    url: '/api/v1/rolled-back',
    who: ['agent'],
    summary: 'Writes and then refuses',
    handle: ({ commit }) =>
      commit(async ({ leaf }) => {
        leaf({ event: 'proposal.created', subject: 'proposal:gone', correlation: '', body: {} });
        await Promise.resolve();
        throw new Refused({ code: 'conflict', detail: 'not now' });
      }),
  }),
  route({
    method: 'GET',
    url: '/api/v1/broken',
    who: ['agent'],
    summary: 'Fails',
    handle: () => Promise.reject(new Error('secret \u001b[31m of the server')),
  }),
  route({
    method: 'GET',
    url: '/api/v1/refused',
    who: ['agent'],
    summary: 'Refuses',
    handle: async () => refuse('conflict', 'the state is `x`', { clause: 'A4', eligible: ['ana'], next: ['wait'] }),
  }),
];

const world = makeWorld();
let database: TestDatabase;
let control: TestControl;
beforeAll(async () => {
  database = await openTestDatabase();
  control = await startControl({
    url: database.url,
    worlds: [world],
    features: () => ({
      routes: things(),
      wake: () => undefined,
      dispatched: () => undefined,
      start: async () => undefined,
      stop: async () => undefined,
    }),
  });
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});

const post = (raw: string | Buffer, headers: Readonly<Record<string, string>> = {}, url = '/api/v1/things') =>
  control.ask('agent:playbook', 'POST', url, { raw, headers });
const leaves = async (): Promise<number> =>
  Number(
    (
      await control.deps.store
        .selectFrom('leaf')
        .select((s) => s.fn.countAll().as('n'))
        .executeTakeFirstOrThrow()
    ).n,
  );

describe('input', () => {
  const valid = '{"name":"a","count":1}';
  const bad: readonly (readonly [string, string | Buffer, number, string])[] = [
    ['no JSON', 'hello', 400, ''],
    ['an empty body', '', 400, ''],
    ['a duplicate key', '{"name":"a","name":"b","count":1}', 400, ''],
    ['a forbidden key', '{"__proto__":{},"name":"a","count":1}', 400, ''],
    ['deep nesting', `${'['.repeat(100)}${']'.repeat(100)}`, 400, '/0'.repeat(64)],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, ''],
    ['a lone surrogate', '{"name":"\\ud800","count":1}', 400, '/name'],
    ['an unknown field', '{"name":"a","count":1,"more":true}', 400, '/more'],
    ['a missing field', '{"name":"a"}', 400, '/count'],
    ['a text for a number', '{"name":"a","count":"1"}', 400, '/count'],
    ['a fraction', '{"name":"a","count":1.5}', 400, '/count'],
    ['too many bytes', `{"name":"${'a'.repeat(2000)}","count":1}`, 413, ''],
    ['trailing text', `${valid} x`, 400, ''],
  ];

  test.each(bad)('refuses %s with a problem and stores nothing', async (_name, body, status, pointer) => {
    const before = await leaves();
    const answer = await post(body);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const problem = answer.json<{ complaints: { at: string }[]; requestId: string; code: string }>();
    expect(problem.requestId).toMatch(/^r-/);
    expect(problem.complaints.length === 0 ? [pointer] : problem.complaints.map(({ at }) => at)).toContain(pointer);
    expect(await leaves()).toBe(before);
  });

  test('names every complaint at once, query included', async () => {
    const answer = await post('{"name":"","count":77,"x":1}', {}, '/api/v1/things?page=2');
    const { complaints, missing } = answer.json<{ complaints: { at: string }[]; missing: string[] }>();
    expect(complaints.map(({ at }) => at).toSorted()).toEqual(['/count', '/name', '/x', '?/page'].toSorted());
    expect(missing).toEqual([]);
  });

  test('lists missing fields by their pointers', async () => {
    expect((await post('{}')).json<{ missing: string[] }>().missing).toEqual(['/name', '/count']);
  });

  test('escapes hostile names in complaints', async () => {
    const answer = await post(JSON.stringify({ name: 'a', count: 1, '\u001b[2J': 1 }));
    expect(answer.body).not.toContain('\\u001b');
    expect(answer.json<{ complaints: { problem: string }[] }>().complaints[0]?.problem).toContain('\\u{1b}');
  });

  test('refuses other media types', async () => {
    const answer = await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([415, 'unsupported-media-type']);
  });
});

describe('identity', () => {
  test.each([
    ['no token', undefined],
    ['a token of nobody', 'some-token-that-is-not-known'],
    ['a short token', 'x'],
  ])('answers 401 to %s before it reads the body', async (_name, caller) => {
    const answer = await control.ask(caller, 'POST', '/api/v1/things', { raw: 'not json at all' });
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer, DPoP algs="ES256 EdDSA"']);
  });

  test('answers 403 and who is eligible to a token of another kind', async () => {
    const answer = await control.ask('person:kim', 'POST', '/api/v1/things', { body: {} });
    expect(answer.statusCode).toBe(403);
    expect(answer.json<{ eligible: string[] }>().eligible).toEqual(['a token of kind agent']);
  });

  test('stores only hashes of tokens', async () => {
    const rows = await control.deps.store.selectFrom('principal').select('token_hash').execute();
    expect(rows.every(({ token_hash }) => /^sha256:[0-9a-f]{64}$/.test(token_hash))).toBe(true);
    expect(rows.length).toBe(world.principals.length);
  });
});

describe('idempotency keys', () => {
  test('a retry gets the stored answer and does not act again', async () => {
    const before = handled;
    const first = await post('{"name":"a","count":1}', { 'idempotency-key': 'k-1' });
    const again = await post('{"name":"a","count":1}', { 'idempotency-key': 'k-1' });
    expect([first.statusCode, again.statusCode, handled - before]).toEqual([201, 201, 1]);
    expect(again.json()).toEqual(first.json());
    expect(again.headers['idempotent-replay']).toBe('true');
  });

  test('the same key for another body is refused', async () => {
    await post('{"name":"a","count":1}', { 'idempotency-key': 'k-2' });
    const answer = await post('{"name":"b","count":1}', { 'idempotency-key': 'k-2' });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([422, 'idempotency-key-reused']);
  });

  test('of many at the same moment one acts and all get its answer', async () => {
    const before = await leaves();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post('{"name":"c","count":1}', { 'idempotency-key': 'k-3' })),
    );
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect((await leaves()) - before).toBe(1);
  });

  test('is required where an intent must not double', async () => {
    const answer = await post('{"name":"a","count":1}', {}, '/api/v1/strict-things');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'idempotency-key-missing']);
  });
});

describe('answers', () => {
  test('a refusal says what, by which rule, who could and what next', async () => {
    const problem = (await control.ask('agent:playbook', 'GET', '/api/v1/refused')).json<Record<string, unknown>>();
    expect(problem).toMatchObject({
      type: 'urn:countersign:error:conflict',
      status: 409,
      detail: 'the state is `x`',
      code: 'conflict',
      clause: 'A4',
      eligible: ['ana'],
      next: ['wait'],
      missing: [],
      complaints: [],
    });
  });

  test('a refusal that is thrown rolls the transaction back', async () => {
    const before = await leaves();
    expect((await post('{}', {}, '/api/v1/rolled-back')).statusCode).toBe(409);
    expect(await leaves()).toBe(before);
  });

  test('a failure of ours tells the caller nothing and reports escaped text', async () => {
    const answer = await control.ask('agent:playbook', 'GET', '/api/v1/broken');
    expect([answer.statusCode, answer.body.includes('secret')]).toEqual([500, false]);
    const [failure] = control.reports.splice(0);
    expect(failure?.error).toBe('Error: secret \\u{1b}[31m of the server');
    expect(answer.json<{ requestId: string }>().requestId).toBe(failure?.where);
  });

  test('an unknown address is a problem too', async () => {
    const answer = await control.ask('agent:playbook', 'GET', '/api/v1/nowhere');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'not-found']);
  });

  test('carries the strict headers', async () => {
    const { headers } = await control.ask(undefined, 'GET', '/api/v1/health');
    expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-request-id']).toMatch(/^r-/);
  });
});

describe('pages and hosts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pages-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('the console answers every address of its own and none of the API', async () => {
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>console</title>');
    writeFileSync(join(folder, 'main.js'), 'export {};');
    const { store, transactor, clock } = control.deps;
    const parts = {
      store,
      transactor,
      clock,
      nowMs: Date.now,
      routes: things(),
      consoleDir: folder,
      report: () => undefined,
    };
    const app = await buildApp({ ...parts, hosts: new Set(['localhost:4600']) });
    const get = (url: string, host = 'localhost:4600') =>
      app.inject({ method: 'GET', url, headers: { host, accept: 'text/html' } });
    for (const url of ['/', '/sign/P-1', '/proposals']) {
      const page = await get(url);
      expect([url, page.statusCode, page.body.includes('console')]).toEqual([url, 200, true]);
      expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    }
    expect((await get('/main.js')).headers['content-type']).toContain('javascript');
    for (const url of ['/api/v1/nowhere', '/nowhere.js', '/../main.ts', '/%2e%2e/app.ts'])
      expect([url, (await get(url)).statusCode]).toEqual([url, 404]);
    const rebound = await get('/', 'evil.example:4600');
    expect([rebound.statusCode, rebound.json<{ code: string }>().code]).toEqual([421, 'wrong-host']);
    await app.close();
  });
});

describe('OpenAPI', () => {
  test('describes every route from the shapes that check it', async () => {
    const document = (await control.app.inject('/openapi.json')).json<{
      openapi: string;
      paths: Record<
        string,
        { post?: { requestBody?: { content: Record<string, { schema: unknown }> }; security?: unknown } }
      >;
    }>();
    expect(document.openapi).toBe('3.1.0');
    const thing = document.paths['/api/v1/things']?.post;
    expect(thing?.requestBody?.content['application/json']?.schema).toMatchObject({
      additionalProperties: false,
      required: ['name', 'count'],
    });
    expect(thing?.security).toEqual([{ token: [] }]);
    expect(Object.keys(document.paths).length).toBeGreaterThan(20);
  });
});
