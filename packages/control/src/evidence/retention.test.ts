/** Bodies whose time is over go, and nothing else does; a hold keeps them, and two people let go of it (V2, V3). */
import { plusMs, type Envelope, type HoldScope } from '@countersign/core';
import { auditRecord, readDump, verifyBundle, verifyExport } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goodEvents } from '../enclaves/enclave.builder.ts';
import {
  bundlePeople,
  closeDesk,
  control,
  must,
  now,
  openDesk,
  passTime,
  policy,
  production,
  report,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { dispatched, pending } from '../flow/scenes.builder.ts';
import { dumpDatabase } from '../record/dump.ts';
import { parseLeaf } from '../record/entries.ts';
import { checkpointTrust } from '../testkit/record.ts';
import { idOf } from '../testkit/world.ts';
import { bodiesIn } from './holds.ts';
import { runRetention } from './retention.ts';

const DAY_MS = 86_400_000;
beforeEach(async () => {
  await openDesk();
  const people = bundlePeople(world.bundle()).map((person) =>
    person.id === 'omar' || person.id === 'sam'
      ? { ...person, roles: [...person.roles, idOf<'Role'>('auditor')] }
      : person,
  );
  const trust = world.bundle({ version: 2, people });
  await must(control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust } }), 200);
});
afterEach(closeDesk);

/** The next version of the envelope, with other days. */
async function keepFor(change: Partial<Envelope>): Promise<void> {
  const next = JSON.parse(Buffer.from(policy(2).payload, 'base64').toString()) as object;
  const envelope = world.envelope({ ...next, ...change });
  await must(control.ask('person:kim', 'POST', '/api/v1/envelope', { body: { envelope } }), 200);
}
const TEN = { staging: 10, 'pre-production': 10, production: 10 } as const;

/** A change that ran alone and is over. */
async function over(): Promise<string> {
  const { id, sent } = await dispatched();
  await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
  await must(report('prod-1', production().evidence(sent, now(), 'completed')), 200);
  await witness();
  return id;
}
const run = (by = 'person:omar'): ReturnType<typeof control.ask> =>
  control.ask(by, 'POST', '/api/v1/retention/run', { body: {} });
async function gone(by?: string): Promise<Readonly<Record<string, number>>> {
  const { kinds } = await must(run(by), 200);
  return Object.fromEntries((kinds as { kind: string; expired: number }[]).map(({ kind, expired }) => [kind, expired]));
}
async function bodiesThere(event: string): Promise<readonly boolean[]> {
  const rows = await control.deps.store
    .selectFrom('leaf')
    .select('bytes')
    .where('event', '=', event)
    .orderBy('id')
    .execute();
  const there = await control.deps.store.selectFrom('document').select('digest').execute();
  const digests = new Set(there.map(({ digest }) => digest));
  return rows.map(({ bytes }) => digests.has(parseLeaf(bytes)?.body ?? ''));
}
const rowsOf = async (table: 'evidence' | 'progress' | 'rollout_event'): Promise<number> =>
  (await control.deps.store.selectFrom(table).select('capsule').execute()).length;
const bundleOf = async (id: string): Promise<Uint8Array> =>
  (await control.ask('person:omar', 'GET', `/api/v1/proposals/${id}/bundle?purpose=test`)).rawPayload;
const root = (): { readonly root: Uint8Array } => ({ root: world.config.root });
const PERIOD = 'from=2026-11-01T00:00:00.000Z&to=2027-12-01T00:00:00.000Z&purpose=audit';

const batches = async (): Promise<number> =>
  (await control.deps.store.selectFrom('document').select('digest').where('kind', 'like', 'signal-%').execute()).length;
const set = (body: object, by = 'person:omar'): ReturnType<typeof control.ask> =>
  control.ask(by, 'POST', '/api/v1/holds', { body: { name: 'case-7', proposals: [], reason: 'a dispute', ...body } });
const lift = (by: string, name = 'case-7'): ReturnType<typeof control.ask> =>
  control.ask(by, 'POST', `/api/v1/holds/${name}/lift`, { body: { reason: 'it is settled' } });
const holds = async (): Promise<unknown> =>
  (await must(control.ask('person:ana', 'GET', '/api/v1/holds'), 200))['items'];

describe('V2: what is kept for ten days', () => {
  test('is there on the tenth day and gone on the eleventh, each kind with a leaf, and the copies in the tables too', async () => {
    await keepFor({ retentionDays: TEN });
    await over();
    passTime(10 * DAY_MS - 1000);
    expect(await gone()).toEqual({ signals: 0, proposals: 0, progress: 0, evidence: 0, readings: 0 });
    expect([await rowsOf('evidence'), await rowsOf('progress')]).toEqual([1, 1]);
    passTime(2000);
    expect(await gone()).toMatchObject({ proposals: 1, progress: expect.any(Number) as number, evidence: 1 });
    expect([await bodiesThere('evidence.received'), await bodiesThere('proposal.created')]).toEqual([[false], [false]]);
    expect([await rowsOf('evidence'), await rowsOf('progress'), await rowsOf('rollout_event')]).toEqual([0, 0, 0]);
    expect(await gone()).toEqual({ signals: 0, proposals: 0, progress: 0, evidence: 0, readings: 0 });
  });

  test('V3, V4: the bundle still verifies and says what was removed; the export and the audit of the record too', async () => {
    await keepFor({ retentionDays: TEN });
    const id = await over();
    const before = verifyBundle(await bundleOf(id), root());
    expect(before.ok && before.value.missing).toEqual(['drill-certificate']);
    passTime(11 * DAY_MS);
    await must(run(), 200);
    await witness();
    const after = verifyBundle(await bundleOf(id), root());
    expect(after.ok ? after.value.missing : after.refusal).toEqual(['drill-certificate']);
    const removed = after.ok ? after.value.fields.flatMap((one) => (one.state === 'removed' ? [one.field] : [])) : [];
    expect(removed).toEqual([
      'context',
      'health-before',
      'health-after',
      'state-before',
      'state-after',
      'tool-output',
      'correlation',
      'post-action-review',
    ]);
    const file = (await control.ask('person:omar', 'GET', `/api/v1/export?${PERIOD}`)).rawPayload;
    expect(verifyExport(file, root()).problems).toEqual([]);
    await witness();
    const dump = readDump(await dumpDatabase(control.deps.store, world.organisation));
    expect(dump.ok && auditRecord(dump.value, { trust: checkpointTrust(world, 1), known: [] }).findings).toEqual([]);
  });

  test('stays while its remediation is open, however old, with the signals that led to it', async () => {
    await keepFor({ retentionDays: TEN });
    await pending();
    passTime(25 * DAY_MS);
    expect(await gone()).toEqual({ signals: 0, proposals: 0, progress: 0, evidence: 0, readings: 0 });
  });

  test('goes by the days of its own kind where the envelope names one', async () => {
    await keepFor({ retentionDays: TEN, retentionKinds: { production: { evidence: 25, proposals: 18 } } });
    await over();
    passTime(11 * DAY_MS);
    expect(await gone()).toMatchObject({ proposals: 0, progress: expect.any(Number) as number, evidence: 0 });
    passTime(8 * DAY_MS);
    expect(await gone()).toMatchObject({ proposals: 1, evidence: 0 });
    passTime(7 * DAY_MS);
    expect(await gone()).toMatchObject({ evidence: 1 });
  });

  test('goes by the days of its environment, and without one by the longest', async () => {
    await keepFor({ retentionDays: { ...TEN, staging: 300 } });
    await over();
    passTime(11 * DAY_MS);
    const there = await bodiesThere('signal.received');
    expect(await gone()).toMatchObject({ signals: 0, evidence: 1 });
    expect(await bodiesThere('signal.received')).toEqual(there);
  });

  test('the least is eight days: a rollback may still need what the change left behind', async () => {
    await keepFor({ retentionDays: { staging: 1, 'pre-production': 1, production: 1 } });
    await over();
    passTime(7 * DAY_MS);
    expect(await gone()).toMatchObject({ evidence: 0, proposals: 0 });
    passTime(2 * DAY_MS);
    expect(await gone()).toMatchObject({ evidence: 1, proposals: 1 });
  });

  test('signals go with the batch they came in once nothing open needs them', async () => {
    await keepFor({ retentionDays: TEN });
    await over();
    passTime(11 * DAY_MS);
    expect(await batches()).toBe(1);
    expect(await gone()).toMatchObject({ signals: 0 });
    await control.deps.store.updateTable('triage').set({ state: 'closed' }).execute();
    expect(await gone()).toMatchObject({ signals: 2 });
    expect(await batches()).toBe(0);
  });

  test('is listed before it goes, and listing takes nothing', async () => {
    await keepFor({ retentionDays: TEN });
    await over();
    passTime(11 * DAY_MS);
    const listed = await must(control.ask('person:ana', 'GET', '/api/v1/retention'), 200);
    const kinds = listed['kinds'] as { kind: string; due: string[]; days: object }[];
    expect(kinds.find(({ kind }) => kind === 'evidence')).toMatchObject({ days: TEN, due: [expect.any(String)] });
    expect(await bodiesThere('evidence.received')).toEqual([true]);
  });

  test('without an envelope in force nothing goes, and a person without the duty takes nothing', async () => {
    await keepFor({ retentionDays: TEN });
    await over();
    passTime(11 * DAY_MS);
    expect((await run('person:ana')).statusCode).toBe(403);
    expect((await run('agent:playbook')).statusCode).toBe(403);
    passTime(200 * DAY_MS);
    const late = await runRetention(control.deps, { organisation: world.organisation, actor: 'control', now: now() });
    expect(late.ok).toBe(false);
    expect(await bodiesThere('evidence.received')).toEqual([true]);
  });
});

describe('V2: a legal hold', () => {
  test('of a remediation beats retention, until two different people lift it', async () => {
    await keepFor({ retentionDays: TEN });
    const id = await over();
    expect(await must(set({ proposals: [id] }), 201)).toMatchObject({ name: 'case-7' });
    passTime(11 * DAY_MS);
    expect(await gone()).toMatchObject({ proposals: 0, progress: 0, evidence: 0 });
    expect(await must(lift('person:omar'), 200)).toMatchObject({ state: 'lift-asked' });
    expect(await gone()).toMatchObject({ proposals: 0, evidence: 0 });
    expect((await lift('person:omar')).json()).toMatchObject({ code: 'second-person' });
    expect(await gone()).toMatchObject({ proposals: 0, evidence: 0 });
    expect(await must(lift('person:sam'), 200)).toMatchObject({ state: 'lifted' });
    expect(await gone()).toMatchObject({ proposals: 1, progress: expect.any(Number) as number, evidence: 1 });
    expect(await holds()).toMatchObject([{ name: 'case-7', state: 'lifted', liftAskedBy: 'omar', liftedBy: 'sam' }]);
    const rows = await control.deps.store
      .selectFrom('leaf')
      .select('event')
      .where('subject', '=', 'hold:case-7')
      .orderBy('id')
      .execute();
    expect(rows.map(({ event }) => event)).toEqual(['hold.set', 'hold.lift-asked', 'hold.lifted']);
  });

  test('of a period keeps what was recorded in it, what belongs to no remediation too, and nothing beside it', async () => {
    await keepFor({ retentionDays: TEN });
    const from = now();
    await over();
    const to = plusMs(now(), 1);
    await must(set({ period: { from, to } }), 201);
    passTime(11 * DAY_MS);
    expect(await gone()).toEqual({ signals: 0, proposals: 0, progress: 0, evidence: 0, readings: 0 });
    expect(await bodiesThere('signal.received')).toEqual([true]);
  });

  test('over a long record is read in pages, and of a remediation by its own entries alone', async () => {
    const actor = { organisation: world.organisation, actor: 'control', now: now() };
    const [from, to] = [now(), plusMs(now(), 1)];
    await control.deps.transactor.run(actor, async ({ leaf }) => {
      for (let n = 0; n < 2500; n += 1)
        leaf({ event: 'findings.ranked', subject: 'finding:all', correlation: n % 10 === 0 ? 'P-7' : '', body: { n } });
    });
    const pages = (scope: HoldScope): Promise<readonly number[]> =>
      control.deps.transactor.run(actor, async (work) => {
        const sizes: number[] = [];
        for await (const page of bodiesIn(work, scope)) sizes.push(page.length);
        return sizes;
      });
    const all = await pages({ proposals: [], period: { from, to } });
    expect(Math.max(...all)).toBeLessThanOrEqual(1000);
    expect(all.length).toBeGreaterThan(2);
    expect(await pages({ proposals: [idOf('P-7')] })).toEqual([250]);
    const held = await must(set({ period: { from, to } }), 201);
    expect(held['bodies']).toBe(all.reduce((sum, size) => sum + size, 0));
  });

  test('of another remediation or another period keeps nothing of this one', async () => {
    await keepFor({ retentionDays: TEN });
    await over();
    await must(
      set({ proposals: ['P-other'], period: { from: plusMs(now(), DAY_MS), to: plusMs(now(), 2 * DAY_MS) } }),
      201,
    );
    passTime(11 * DAY_MS);
    expect(await gone()).toMatchObject({ proposals: 1, progress: expect.any(Number) as number, evidence: 1 });
  });

  test('also keeps what is recorded after it was set', async () => {
    await keepFor({ retentionDays: TEN });
    const { id, sent } = await dispatched();
    await must(set({ proposals: [id] }), 201);
    await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
    await must(report('prod-1', production().evidence(sent, now(), 'completed')), 200);
    passTime(11 * DAY_MS);
    expect(await gone()).toMatchObject({ proposals: 0, progress: 0, evidence: 0 });
  });

  test.each<[string, object, number]>([
    ['nothing at all', {}, 400],
    [
      'a period that ends before it begins',
      { period: { from: '2026-11-22T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' } },
      400,
    ],
    ['half a period', { period: { from: '2026-11-22T00:00:00.000Z' } }, 400],
    ['no reason', { proposals: ['P-1'], reason: '' }, 400],
    ['a name that is none', { name: 'case 7', proposals: ['P-1'] }, 400],
    ['a field nobody knows', { proposals: ['P-1'], until: 'then' }, 400],
  ])('is refused when it names %s', async (_, body, status) => {
    expect((await set(body)).statusCode).toBe(status);
    expect(await holds()).toEqual([]);
  });

  test('is set and lifted by people with the duty alone, once by one name', async () => {
    expect((await set({ proposals: ['P-1'] }, 'person:ana')).statusCode).toBe(403);
    expect((await set({ proposals: ['P-1'] }, 'agent:playbook')).statusCode).toBe(403);
    await must(set({ proposals: ['P-1'] }), 201);
    expect((await set({ proposals: ['P-2'] }, 'person:sam')).statusCode).toBe(409);
    expect((await lift('person:ana')).statusCode).toBe(403);
    expect((await lift('person:omar', 'case-8')).statusCode).toBe(404);
    await must(lift('person:sam'), 200);
    await must(lift('person:omar'), 200);
    expect((await lift('person:omar')).statusCode).toBe(404);
    expect((await set({ proposals: ['P-1'] })).statusCode).toBe(409);
  });

  test('is not lifted by one person even past the product: the table says two', async () => {
    await must(set({ proposals: ['P-1'] }), 201);
    const alone = { lift_asked_by: 'omar', lifted_by: 'omar', lifted_at: now() };
    await expect(control.owner.updateTable('legal_hold').set(alone).execute()).rejects.toThrow('check');
  });
});
