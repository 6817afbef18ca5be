import { randomUUID } from 'node:crypto';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { parseId, type OrganisationId, type ProposalId } from '@countersign/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, openStore } from '../store/open-store.ts';
import type { Store } from '../store/schema.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { Flow } from './flow.ts';
import { ifDead, Liveness } from './liveness.ts';
import type { Remediation, Standing } from './standing.ts';

const named = <Name extends string>(text: string) => {
  const id = parseId<Name>(text);
  if (id === undefined) throw new Error('not an id');
  return id;
};
const acme = named<'Organisation'>('acme') as OrganisationId;
const proposal = (name: string) => named<'Proposal'>(name) as ProposalId;

let database: TestDatabase;
let store: Store;
let flow: Flow;
const looks = new Map<string, { count: number; told: () => void }>();
const standings = new Map<string, Standing>();
const open: Remediation[] = [];
const reports: string[] = [];

/** Resolves at the next look of a flow at this remediation. */
const nextLook = (name: string): Promise<void> =>
  new Promise((resolve) => looks.set(name, { count: looks.get(name)?.count ?? 0, told: resolve }));

beforeAll(async () => {
  database = await openTestDatabase();
  store = openStore(database.url);
  await migrate(store);
  await store.insertInto('organisation').values({ id: acme, created_at: new Date() }).execute();
  flow = await Flow.start({
    store,
    databaseUrl: database.url,
    worker: `test-${randomUUID()}`,
    advance: ({ proposal: name }) => {
      const seen = looks.get(name);
      looks.set(name, { count: (seen?.count ?? 0) + 1, told: () => undefined });
      seen?.told();
      return Promise.resolve(standings.get(name) ?? { state: 'PENDING', isOver: false, waitMs: 3_600_000 });
    },
    findOpen: () => Promise.resolve(open),
    lost: () => undefined,
    report: ({ what, error }) => reports.push(`${what}: ${error}`),
    sweepMs: 3_600_000,
  });
});
afterAll(async () => {
  await flow.stop();
  await store.destroy();
  await database.drop();
});

test('O6: the sweep starts a flow for an open remediation without one, once; a wake-up makes it look again; the end ends it', async () => {
  open.splice(0, open.length, { organisation: acme, proposal: proposal('P-1') });
  const first = nextLook('P-1');
  await flow.sweep();
  await first;
  await flow.sweep();
  expect(await DBOS.listWorkflows({ workflow_id_prefix: 'acme/P-1/' })).toHaveLength(1);
  standings.set('P-1', { state: 'SUCCEEDED', isOver: true, waitMs: 0 });
  const second = nextLook('P-1');
  flow.wake({ organisation: acme, proposal: proposal('P-1') });
  await second;
  expect(await DBOS.getResult('acme/P-1/0')).toBe('SUCCEEDED');
  open.splice(0);
});

test('O6: flows of a worker whose session is gone are taken over; those of a living one are left alone', async () => {
  const dead = `dead-${randomUUID()}`;
  const alive = `alive-${randomUUID()}`;
  const liveness = await Liveness.hold(database.url, alive, () => undefined);
  let taken: readonly string[] = [];
  for (const worker of [dead, alive])
    await ifDead(store, worker, async () => {
      taken = [...taken, worker];
    });
  expect(taken).toEqual([dead]);
  await liveness.leave();
  expect(await ifDead(store, alive, async () => undefined)).toBe(true);
});

test('O6: a lost session is told once; leaving is not a loss', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const worker = `w-${randomUUID()}`;
  let losses = 0;
  await Liveness.hold(database.url, worker, () => {
    losses += 1;
    resolve();
  });
  await store.connection().execute(async (db) => {
    const { sql } = await import('kysely');
    await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()
              and objid = (hashtextextended(${`worker:${worker}`}, 7::bigint) & 4294967295)::bigint::oid`.execute(db);
  });
  await promise;
  expect(losses).toBe(1);
});

test('nothing failed in the background', () => {
  expect(reports).toEqual([]);
});
