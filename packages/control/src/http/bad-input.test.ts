import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFeatures } from '../features.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { makeWorld } from '../testkit/world.ts';
import type { Deps, Features } from '../deps.ts';
import type { RouteDefinition } from './route.ts';
import { signalRoutes } from '../signals/routes.ts';
import { trustRoutes } from '../trust/routes.ts';
import { recordRoutes } from '../record/routes.ts';
import { eventRoutes } from '../events/routes.ts';

const world = makeWorld();
let database: TestDatabase;
let control: TestControl;
let routes: readonly RouteDefinition[] = [];

/** The routes without their engine: what is looked at here never gets that far. */
const withoutEngine = (deps: Deps): Features => {
  const features = makeFeatures(deps, () => undefined);
  return { ...features, start: async () => undefined, stop: async () => undefined };
};

beforeAll(async () => {
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world], features: withoutEngine });
  await control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle() } });
  const { deps } = control;
  routes = [
    ...signalRoutes(deps),
    ...trustRoutes(deps),
    ...recordRoutes(deps),
    ...eventRoutes(deps),
    ...withoutEngine(deps).routes,
  ];
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});

const CALLER: Readonly<Record<string, string>> = {
  agent: 'agent:playbook',
  person: 'person:kim',
  source: 'source:scanner',
  enclave: 'enclave:prod-1',
  witness: 'witness:one',
};
const callerOf = ({ who }: RouteDefinition): string =>
  who === 'open' ? 'source:scanner' : (CALLER[who[0] ?? ''] ?? '');
const addressOf = ({ url }: RouteDefinition): string => url.replaceAll(/:[a-zA-Z]+/g, 'prod-1');
const rowsOf = async (): Promise<string> => {
  const tables = [
    'leaf',
    'document',
    'signal',
    'triage',
    'proposal',
    'approval',
    'delivery',
    'status',
    'report',
    'enrolment',
  ] as const;
  const counts = await Promise.all(
    tables.map(async (table) => {
      const row = await control.deps.store
        .selectFrom(table)
        .select((select) => select.fn.countAll().as('count'))
        .executeTakeFirst();
      return `${table} ${String(row?.count)}`;
    }),
  );
  return counts.join(', ');
};

/** The form of a proposal that lacks everything: the one input here whose refusal is an act of an agent, on record. */
const DRAFT = '{"zzz":1}';
const KINDS: readonly (readonly [string, string | Buffer])[] = [
  ['no JSON', 'hello'],
  ['a list', '[]'],
  ['a number', '1'],
  ['null', 'null'],
  ['an unknown field', DRAFT],
  ['duplicate keys', '{"a":1,"a":2}'],
  ['__proto__', '{"__proto__":{"a":1}}'],
  ['deep nesting', `${'{"a":'.repeat(90)}1${'}'.repeat(90)}`],
  ['no UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])],
  ['a lone surrogate', '{"a":"\\udfff"}'],
  ['an integer beyond 2^53', '{"a":9007199254740993}'],
  ['a byte order mark', '\ufeff{}'],
  ['a terminal escape as name', '{"\\u001b[31m":1}'],
];

const RECORD = /^leaf \d+, document \d+/;

describe('every route that takes a body', () => {
  test.each(KINDS)('refuses %s with a problem; nothing is stored, nothing fails', async (_name, raw) => {
    const posts = routes.filter(({ method }) => method === 'POST');
    expect(posts.length).toBeGreaterThan(10);
    const before = await rowsOf();
    let refused = 0;
    for (const post of posts) {
      const answer = await control.ask(callerOf(post), 'POST', addressOf(post), {
        raw,
        headers: { 'idempotency-key': crypto.randomUUID() },
      });
      const problem = answer.json<{ code: string; status: number; complaints: { at: string; problem: string }[] }>();
      const isDraft = post.url === '/api/v1/proposals' && raw === DRAFT;
      expect([post.url, answer.statusCode, problem.code]).toEqual(
        isDraft ? [post.url, 422, 'incomplete'] : [post.url, 400, 'malformed'],
      );
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      // A proposal that lacks something is an act of an agent: its refusal is on record, and nothing else of it.
      refused += problem.code === 'incomplete' ? 1 : 0;
      expect(problem.complaints.length + refused).toBeGreaterThan(0);
      expect(answer.body).not.toMatch(/\\u001b/);
    }
    const after = await rowsOf();
    const events = await control.deps.store
      .selectFrom('leaf')
      .select('event')
      .orderBy('id', 'desc')
      .limit(refused)
      .execute();
    expect(events.every(({ event }) => event === 'proposal.refused')).toBe(true);
    expect(refused === 0 ? after : after.replace(RECORD, '')).toBe(refused === 0 ? before : before.replace(RECORD, ''));
    expect(control.reports).toEqual([]);
  });

  test('has a limit of size that is checked before anything is read', async () => {
    for (const post of routes.filter(({ method, bodyLimit }) => method === 'POST' && bodyLimit < 5_000_000)) {
      const answer = await control.ask(callerOf(post), 'POST', addressOf(post), {
        raw: Buffer.alloc(post.bodyLimit + 1, 0x20),
      });
      expect([post.url, answer.statusCode]).toEqual([post.url, 413]);
    }
  });
});

describe('every route', () => {
  test('refuses query fields it does not know', async () => {
    for (const one of routes.filter(({ method }) => method === 'GET')) {
      const answer = await control.ask(callerOf(one), 'GET', `${addressOf(one)}?zzz=1`);
      expect([one.url, answer.statusCode]).toEqual([one.url, 400]);
    }
  });

  test('answers 401 without a token and 403 to every kind that is not named', async () => {
    for (const one of routes) {
      if (one.who === 'open') continue;
      expect([one.url, (await control.ask(undefined, one.method, addressOf(one))).statusCode]).toEqual([one.url, 401]);
      for (const [kind, caller] of Object.entries(CALLER)) {
        if (one.who.some((allowed) => allowed === kind)) continue;
        expect([one.url, kind, (await control.ask(caller, one.method, addressOf(one))).statusCode]).toEqual([
          one.url,
          kind,
          403,
        ]);
      }
    }
  });

  test('refuses ids that are none', async () => {
    for (const one of routes.filter(({ url }) => url.includes(':'))) {
      const address = one.url.replaceAll(/:[a-zA-Z]+/g, '..%2f..%2fetc');
      const answer = await control.ask(callerOf(one), one.method, address, {
        headers: { 'idempotency-key': crypto.randomUUID() },
      });
      expect([one.url, answer.statusCode]).toEqual([one.url, 404]);
    }
  });
});
