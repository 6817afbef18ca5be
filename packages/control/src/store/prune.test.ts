import { instantOf, plusMs } from '@countersign/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { idOf, NOON_MS } from '../testkit/world.ts';
import { migrate, openStore } from './open-store.ts';
import { provision } from './provision.ts';
import { IDEMPOTENCY_MS, prune } from './prune.ts';
import type { Store } from './schema.ts';

const organisation = idOf<'Organisation'>('acme');
const now = instantOf(NOON_MS);
const old = plusMs(now, -IDEMPOTENCY_MS - 1);
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await openTestDatabase();
  store = openStore(database.url, 2);
  await migrate(store);
  for (const id of [organisation, idOf<'Organisation'>('globex')])
    await provision(store, { organisation: id, principals: [], sources: [], now });
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});

const answer = (key: string, at: typeof now, of: string = organisation) => ({
  organisation: of,
  principal: 'agent:playbook',
  key,
  request: 'sha256:0',
  status: 201,
  response: '{}',
  created_at: at,
});

test('answers for retries go after a day, a bounded number at a time, and only those of the own organisations', async () => {
  const many = Array.from({ length: 1500 }, (_, place) => answer(`old-${place}`, old));
  await store.insertInto('idempotency').values(many).execute();
  await store
    .insertInto('idempotency')
    .values([answer('fresh', now), answer('theirs', old, 'globex')])
    .execute();
  expect((await prune(store, [organisation], now)).answers).toBe(1000);
  expect((await prune(store, [organisation], now)).answers).toBe(500);
  expect((await prune(store, [organisation], now)).answers).toBe(0);
  const left = await store.selectFrom('idempotency').select('key').orderBy('key').execute();
  expect(left.map(({ key }) => key)).toEqual(['fresh', 'theirs']);
});

test('X1: of the status statements for an enclave the newest stays; halts stay for ever', async () => {
  const delivery = (enclave: string, kind: string) => ({ organisation, enclave, kind, capsule: null, body: '{}' });
  for (const kind of ['status', 'halt', 'status', 'status'])
    await store.insertInto('delivery').values(delivery('prod-1', kind)).execute();
  await store.insertInto('delivery').values(delivery('staging-1', 'status')).execute();
  expect((await prune(store, [organisation], now)).statuses).toBe(2);
  const left = await store.selectFrom('delivery').select(['enclave', 'kind']).orderBy('seq').execute();
  expect(left.map(({ enclave, kind }) => `${enclave} ${kind}`)).toEqual([
    'prod-1 halt',
    'prod-1 status',
    'staging-1 status',
  ]);
});

test('A2: a challenge for a passkey goes when it has run out', async () => {
  const challenge = (person: string, at: typeof now) => ({ organisation, person, challenge: 'c', expires_at: at });
  await store
    .insertInto('passkey_challenge')
    .values([challenge('kim', old), challenge('ana', plusMs(now, 1000))])
    .execute();
  expect((await prune(store, [organisation], now)).challenges).toBe(1);
  expect(await store.selectFrom('passkey_challenge').select('person').execute()).toEqual([{ person: 'ana' }]);
});
