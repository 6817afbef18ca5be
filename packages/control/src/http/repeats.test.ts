/** Routes whose transaction itself recognises a key that was answered. */
import { object, ok, refuse, text } from '@countersign/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { roundTripsOf } from '../testkit/queries.ts';
import { makeWorld } from '../testkit/world.ts';
import { json, route, type RouteDefinition } from './index.ts';

interface Thing {
  readonly name: string;
}
let made = 0;
const things = (): readonly RouteDefinition[] => [
  route<Thing>({
    method: 'POST',
    url: '/api/v1/things',
    who: ['agent'],
    summary: 'Makes a thing; the last one only once',
    repeats: 'in-transaction',
    body: object<Thing>({ name: text({ min: 1, max: 10 }) }),
    async handle({ commit, body }) {
      if (made > 0 && body.name === 'last') return refuse('conflict', 'there is one already');
      return commit(async ({ leaf }) => {
        leaf({ event: 'proposal.created', subject: 'proposal:thing', correlation: '', body: { ...body } });
        made += 1;
        return Promise.resolve(ok(json({ made: body.name }, 201)));
      });
    },
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

const post = (name: string, key: string): ReturnType<TestControl['ask']> =>
  control.ask('agent:playbook', 'POST', '/api/v1/things', { body: { name }, headers: { 'idempotency-key': key } });
const leaves = async (): Promise<number> =>
  (await control.deps.store.selectFrom('leaf').select('id').where('event', '=', 'proposal.created').execute()).length;

test('O2: a retry stores nothing and gets the stored answer; the key for another request is refused', async () => {
  const first = await post('a', 'k-1');
  const again = await post('a', 'k-1');
  expect([first.statusCode, again.statusCode, await leaves()]).toEqual([201, 201, 1]);
  expect([again.body, again.headers['idempotent-replay']]).toEqual([first.body, 'true']);
  const other = await post('b', 'k-1');
  expect([other.statusCode, other.json<{ code: string }>().code]).toEqual([422, 'idempotency-key-reused']);
});

test('O2: a retry that is refused before its transaction gets the answer it was given before', async () => {
  made = 0;
  expect([(await post('last', 'k-2')).statusCode, (await post('last', 'k-2')).statusCode]).toEqual([201, 201]);
  expect((await post('last', 'k-3')).json<{ code: string }>().code).toBe('conflict');
});

test('O2: of many at the same moment one is stored and all get its answer', async () => {
  const before = await leaves();
  const answers = await Promise.all(Array.from({ length: 8 }, () => post('c', 'k-4')));
  expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
  expect((await leaves()) - before).toBe(1);
});

test('the key costs no round trip of its own', async () => {
  await post('d', 'k-5');
  const texts = await roundTripsOf(() => post('e', 'k-6'));
  expect(texts.filter((sent) => !sent.includes('with placed'))).toHaveLength(1);
});
