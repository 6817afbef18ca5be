import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bodiesOf } from '../testkit/leaves.ts';
import { control, openForEach, other, world } from '../testkit/opened.builder.ts';
import { specRoutes } from './routes.ts';

openForEach({ afterAll, afterEach, beforeAll, beforeEach }, { names: ['specs', 'beside'] });

const spec = (change: object = {}) => ({
  type: 'validation-spec',
  id: 'web',
  version: 1,
  module: 'shop',
  owner: 'omar',
  checks: [{ id: 'answers', what: 'the shop answers' }],
  fixtures: ['orders-small'],
  dataBoundary: 'synthetic',
  actionClasses: ['config.change'],
  ...change,
});
const register = (change: object = {}, more: object = {}) =>
  control.ask('person:omar', 'POST', '/api/v1/specs', { body: spec(change), ...more });
const stored = () =>
  control.deps.store
    .selectFrom('validation_spec')
    .select(['id', 'version', 'module', 'registered_by'])
    .where('organisation', '=', world.organisation)
    .orderBy('version')
    .execute();

describe('W1: a spec that is registered', () => {
  test.each<[string, object]>([
    ['of version 0', { version: 0 }],
    ['of a version that is text', { version: '1' }],
    ['of half a version', { version: 1.5 }],
    ['with an id that is a path', { id: '../web' }],
    [
      'with two checks of one name',
      {
        checks: [
          { id: 'a', what: 'it is' },
          { id: 'a', what: 'it was' },
        ],
      },
    ],
    ['with a zero character', { checks: [{ id: 'answers', what: 'a\u0000b' }] }],
    ['with a terminal escape', { checks: [{ id: 'answers', what: 'a\u001b[2J' }] }],
    ['for an act nobody knows', { actionClasses: ['world.end'] }],
    ['with a field nobody knows', { digest: 'sha256:0' }],
    ['of another type', { type: 'envelope' }],
    ['with thousands of checks', { checks: Array.from({ length: 1500 }, (_, n) => ({ id: `c${n}`, what: 'it is' })) }],
  ])('is not one %s; nothing is stored', async (_what, change) => {
    expect((await register(change)).statusCode).toBe(400);
    expect([await stored(), await bodiesOf(control, world, 'spec.registered')]).toEqual([[], []]);
  });

  test('starts with version 1, whatever another organisation has', async () => {
    expect((await register({ version: 2 })).json()).toMatchObject({ code: 'not-newer' });
    await register({}, { world: other });
    expect((await register({ version: 2 })).json()).toMatchObject({ code: 'not-newer' });
    expect(await stored()).toEqual([]);
  });

  test('by two with the same words at once is one, and both are told so', async () => {
    const answers = await Promise.all([register(), register(), register()]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(await stored()).toHaveLength(1);
    expect(await bodiesOf(control, world, 'spec.registered')).toHaveLength(1);
  });

  test('by two with other words at once is of the first; the other one is told the next version', async () => {
    const answers = await Promise.all(['shop', 'search', 'ledger'].map((module) => register({ module })));
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
    const [row] = await stored();
    const first = answers.findIndex(({ statusCode }) => statusCode === 200);
    expect(row?.module).toBe(['shop', 'search', 'ledger'][first]);
    expect(await bodiesOf(control, world, 'spec.registered')).toHaveLength(1);
  });

  test('names who registered it, not who was named in it', async () => {
    await register({ owner: 'sam' });
    expect(await stored()).toMatchObject([{ registered_by: 'omar' }]);
  });

  test('sent again with its key is answered as before, also after the next version', async () => {
    const headers = { 'idempotency-key': 'spec-1' };
    const first = await register({}, { headers });
    await register({ version: 2 });
    const again = await register({}, { headers });
    expect([again.statusCode, again.json()]).toEqual([200, first.json()]);
    expect((await stored()).map(({ version }) => version)).toEqual([1, 2]);
  });

  test('by a person who left the roster is refused', async () => {
    const bundle = JSON.parse(Buffer.from(world.bundle().bundle, 'base64').toString()) as { people: { id: string }[] };
    const people = bundle.people.filter(({ id }) => id !== 'omar') as never;
    await control.ask('person:kim', 'POST', '/api/v1/trust', {
      body: { trust: world.bundle({ version: 2, people }) },
    });
    expect((await register({ owner: 'sam' })).statusCode).toBe(403);
    expect(await stored()).toEqual([]);
  });
});

describe('W4: who reads specs and coverage', () => {
  test('are the kinds the routes name, and nobody without a token', async () => {
    const reads = specRoutes(control.deps).filter(({ method }) => method === 'GET');
    expect(reads).toHaveLength(2);
    for (const { url } of reads) {
      expect((await control.ask(undefined, 'GET', url)).statusCode).toBe(401);
      expect((await control.ask('source:scanner', 'GET', url)).statusCode).toBe(403);
      expect((await control.ask('person:kim', 'GET', url)).statusCode).toBe(200);
    }
    expect((await control.ask('enclave:staging-1', 'GET', '/api/v1/specs')).statusCode).toBe(200);
    expect((await control.ask('enclave:staging-1', 'GET', '/api/v1/coverage')).statusCode).toBe(403);
  });

  test('get pages in order of id and version, and no strange cursor', async () => {
    for (const id of ['b', 'a']) for (const version of [1, 2]) await register({ id, version });
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const url: string = `/api/v1/specs?limit=1${next === '' ? '' : `&cursor=${next}`}`;
      const page = (await control.ask('person:kim', 'GET', url)).json<{
        items: { spec: { id: string; version: number } }[];
        next?: string;
      }>();
      seen.push(...page.items.map((item) => `${item.spec.id}${item.spec.version}`));
      ({ next } = page);
    }
    expect(seen).toEqual(['a1', 'a2', 'b1', 'b2']);
    for (const query of ['cursor=bm9uc2Vuc2U', 'cursor=WyJhIiwiYiJd', 'limit=0', 'module=a'])
      expect([query, (await control.ask('person:kim', 'GET', `/api/v1/specs?${query}`)).statusCode]).toEqual([
        query,
        400,
      ]);
  });

  test('a module whose only spec nobody ran is covered by nothing, and says what is missing', async () => {
    await register();
    const { modules } = (await control.ask('agent:playbook', 'GET', '/api/v1/coverage?module=shop')).json<{
      modules: { coveredPercent: number; missing: { kind: string }[] }[];
    }>();
    expect(modules).toMatchObject([{ coveredPercent: 0 }]);
    expect(JSON.stringify(modules[0]?.missing)).toContain('check-never-ran');
  });
});
