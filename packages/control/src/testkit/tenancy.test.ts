import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import type { Opened } from '../enclaves/enclave.builder.ts';
import {
  closeDesk,
  control,
  deliveries,
  draft,
  must,
  now,
  openDeskBeside,
  production,
  report,
  world,
} from '../flow/desk.builder.ts';
import { dispatched, pending } from '../flow/scenes.builder.ts';
import { makeWorld } from './world.ts';

/** A second organisation on the same server, with the same names for everything. */
const other = makeWorld('globex');
let waiting = '';
let running: { readonly id: string; readonly sent: Opened };
let digests: readonly string[] = [];

beforeAll(async () => {
  await openDeskBeside([other]);
  const asOther = { world: other };
  await must(control.ask('person:kim', 'POST', '/api/v1/trust', { ...asOther, body: { trust: other.bundle() } }), 200);
  await must(
    control.ask('person:kim', 'POST', '/api/v1/envelope', { ...asOther, body: { envelope: other.envelope() } }),
    200,
  );
  await must(control.ask('person:kim', 'POST', '/api/v1/graph', { ...asOther, body: { graph: other.graph() } }), 200);
  waiting = await pending();
  running = await dispatched();
  const rows = await control.deps.store
    .selectFrom('document')
    .select('digest')
    .where('organisation', '=', 'acme')
    .execute();
  digests = rows.map(({ digest }) => digest);
});
afterAll(closeDesk);

const asOther = (by: string, method: 'GET' | 'POST', url: string, body?: unknown) =>
  control.ask(by, method, `/api/v1${url}`, { world: other, ...(body !== undefined && { body }) });

describe('O3: two organisations on one server', () => {
  test('see nothing of each other in any list', async () => {
    for (const [by, url] of [
      ['person:kim', '/proposals'],
      ['person:kim', '/proposals?state=PENDING'],
      ['person:kim', '/rollouts'],
      ['person:kim', '/signals'],
      ['agent:playbook', '/triages?state=proposed'],
      ['agent:playbook', '/triages'],
      ['person:kim', '/enrolments'],
    ] as const) {
      const answer = await asOther(by, 'GET', url);
      expect([url, answer.statusCode, answer.json<{ items: unknown[] }>().items]).toEqual([url, 200, []]);
    }
  });

  test('find nothing of each other by its name, and cannot act on it', async () => {
    const { sent } = running;
    const triages = await control.deps.store
      .selectFrom('triage')
      .select('id')
      .where('organisation', '=', 'acme')
      .execute();
    const asked: readonly (readonly [string, 'GET' | 'POST', string, unknown?])[] = [
      ...[waiting, running.id].flatMap((id) => [
        ['person:ana', 'GET', `/proposals/${id}`] as const,
        ['person:ana', 'GET', `/proposals/${id}/text`] as const,
        ['person:ana', 'GET', `/proposals/${id}/signing`] as const,
        ['person:ana', 'GET', `/proposals/${id}/bundle?purpose=test`] as const,
        ['person:ana', 'POST', `/proposals/${id}/reject`, { code: 'other', rationale: 'not ours' }] as const,
        ['agent:playbook', 'POST', `/proposals/${id}/withdraw`, {}] as const,
      ]),
      ['person:ana', 'GET', `/rollouts/${sent.digest}`],
      ['person:sam', 'POST', `/rollouts/${sent.digest}/halt`, {}],
      ['person:sam', 'POST', `/rollouts/${sent.digest}/rollback`, {}],
      ...triages.map(({ id }) => ['agent:playbook', 'GET', `/triages/${id}`] as const),
    ];
    expect(triages.length).toBeGreaterThan(0);
    for (const [by, method, url, body] of asked)
      expect([url, (await asOther(by, method, url, body)).statusCode]).toEqual([url, 404]);
    const mine = await must(control.ask('person:kim', 'GET', `/api/v1/proposals/${waiting}`), 200);
    expect(mine['state']).toBe('PENDING');
  });

  test('halting all stops only the own enclaves', async () => {
    await deliveries('prod-1');
    expect((await asOther('person:sam', 'POST', '/halt', {})).statusCode).toBe(202);
    expect(await deliveries('prod-1')).toEqual([]);
    const theirs = (await asOther('enclave:prod-1', 'GET', '/enclaves/prod-1/poll?wait=0')).json<{
      deliveries: readonly { delivery: { kind: string } }[];
    }>();
    expect(theirs.deliveries.at(-1)?.delivery.kind).toBe('halt');
  });

  test('an enclave of the same name gets no capsule of the other one, and its runner is not believed there', async () => {
    const theirs = await asOther('enclave:prod-1', 'GET', '/enclaves/prod-1/poll?wait=0');
    expect(theirs.body).not.toContain(running.sent.digest);
    const progress = production().progress(running.sent, 0, [{ type: 'started', at: now() }]);
    const forged = await asOther('enclave:prod-1', 'POST', '/enclaves/prod-1/reports', {
      reports: [{ name: 'r-1.json', report: progress }],
    });
    expect(forged.statusCode).toBe(422);
    await must(report('prod-1', progress), 200);
  });

  test('each reads its own record: no leaf, body, checkpoint, proof or event of the other', async () => {
    await control.settled();
    const entries = (await asOther('witness:one', 'GET', '/record/entries?from=0&limit=1000')).json<{
      entries: readonly { leaf: string; body?: string }[];
    }>().entries;
    const texts = entries.map(
      ({ leaf, body = '' }) => Buffer.from(leaf, 'base64').toString() + Buffer.from(body, 'base64').toString(),
    );
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.every((text) => text.includes('"globex"') && !text.includes('"acme"'))).toBe(true);
    expect(texts.filter((text) => text.includes(waiting) || text.includes(running.id))).toEqual([]);
    const note = (await asOther('person:kim', 'GET', '/record/checkpoint')).json<{ note: string; size: number }>();
    expect([note.note.split('\n')[0], note.size]).toEqual(['DEMO/countersign/globex', entries.length]);
    const mine = await must(control.ask('person:kim', 'GET', '/api/v1/record/checkpoint'), 200);
    expect(Number(mine['size'])).toBeGreaterThan(note.size);
    const beyond = await asOther('person:kim', 'GET', `/record/proof/${Number(mine['size']) - 1}`);
    expect(beyond.statusCode).toBe(404);
  });

  test('a signal, a proposal and a source token work only where they belong', async () => {
    const body = await draft('config.change', { title: 'of the other one' });
    const answer = await control.ask('agent:playbook', 'POST', '/api/v1/proposals', {
      world: other,
      body,
      headers: { 'idempotency-key': 'theirs' },
    });
    // Signals and targets of the other organisation are unknown here.
    expect(answer.json<{ complaints: { at: string }[] }>().complaints.map(({ at }) => at)).toEqual(
      expect.arrayContaining(['/signals/0']),
    );
    const own = await control.ask('agent:playbook', 'POST', '/api/v1/proposals', {
      body: { ...body, triage: 'T-none' },
      headers: { 'idempotency-key': 'theirs' },
    });
    // The same key of the same name in another organisation is another key.
    expect(own.headers['idempotent-replay']).toBeUndefined();
  });

  test('the documents of one are never rows of the other', async () => {
    const shared = await control.deps.store
      .selectFrom('document')
      .select('digest')
      .where('organisation', '=', 'globex')
      .where('digest', 'in', [...digests])
      .execute();
    expect(shared).toEqual([]);
  });
});

describe('O3: the schema', () => {
  const TABLES = sql<{ name: string; keys: readonly string[] | null; columns: readonly string[] }>`
    select c.relname as name,
           array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) as columns,
           (select array(select a.attname::text from unnest(i.indkey) k join pg_attribute a on a.attrelid = c.oid and a.attnum = k)
              from pg_index i where i.indrelid = c.oid and i.indisprimary) as keys
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and c.relname not like 'kysely%'`;

  test('every table has its organisation in the primary key', async () => {
    const { rows } = await TABLES.execute(control.deps.store);
    expect(rows.length).toBeGreaterThan(25);
    const without = rows.filter(({ name, keys }) => name !== 'organisation' && keys?.includes('organisation') !== true);
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  test('every reference from table to table carries the organisation', async () => {
    const { rows } = await sql<{ name: string; columns: readonly string[]; target: string }>`
      select con.conrelid::regclass::text as name, con.confrelid::regclass::text as target,
             array(select a.attname::text from unnest(con.conkey) k join pg_attribute a on a.attrelid = con.conrelid and a.attnum = k) as columns
      from pg_constraint con join pg_namespace n on n.oid = con.connamespace
      where con.contype = 'f' and n.nspname = 'public'`.execute(control.deps.store);
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter(({ columns }) => !columns.includes('organisation'))).toEqual([]);
    const linked = (table: string): readonly string[] =>
      rows.filter(({ name, target }) => name === table && target !== 'organisation').map(({ target }) => target);
    expect([linked('approval'), linked('rollout_event'), linked('capsule'), linked('delivery')]).toEqual([
      ['capsule'],
      ['rollout'],
      ['proposal'],
      ['capsule'],
    ]);
  });

  test('a row that points into another organisation cannot be written', async () => {
    const { store } = control.deps;
    const row = { organisation: 'globex', capsule: running.sent.digest, seq: 0, event: '{}' };
    await expect(store.insertInto('rollout_event').values(row).execute()).rejects.toThrow('foreign key');
    const approval = {
      organisation: 'globex',
      capsule: running.sent.digest,
      person: 'ana',
      role: 'release-approver',
      dsse: '{}',
      received_at: now(),
    };
    await expect(store.insertInto('approval').values(approval).execute()).rejects.toThrow('foreign key');
    expect(world.organisation).toBe('acme');
  });
});
