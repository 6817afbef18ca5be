import { digestOf, auditRecord, parseTlogProof, readDump, verifyTlogProof } from '@countersign/seal';
import { parseDigest, type Digest } from '@countersign/core';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goodEvents } from '../enclaves/enclave.builder.ts';
import { closeDesk, control, must, now, openDesk, production, report, witness, world } from '../flow/desk.builder.ts';
import { dispatched } from '../flow/scenes.builder.ts';
import { checkpointTrust } from '../testkit/record.ts';
import type { Work } from '../store/transact.ts';
import { dumpDatabase } from './dump.ts';
import { parseLeaf } from './entries.ts';
import { expireBodies, holdBodies, liftHold, MAX_EXPIRED_AT_ONCE } from './tombstones.ts';

beforeEach(async () => {
  await openDesk();
  const { sent } = await dispatched();
  await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
  await witness();
});
afterEach(closeDesk);

const actor = () => ({ organisation: world.organisation, actor: 'control', now: now() });
const inWork = <T>(work: (work: Work) => Promise<T>): Promise<T> => control.deps.transactor.run(actor(), work);
interface Stored {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly body: Digest;
}
async function leavesOf(event: string): Promise<readonly Stored[]> {
  const rows = await control.deps.store
    .selectFrom('leaf')
    .select(['seq', 'bytes'])
    .where('event', '=', event as 'decision.made')
    .orderBy('seq')
    .execute();
  return rows.flatMap(({ seq, bytes }) => {
    const leaf = parseLeaf(bytes);
    return seq === null || leaf === undefined ? [] : [{ seq, bytes, body: leaf.body }];
  });
}
const bodyOf = async (event: string): Promise<Stored> => {
  const [first] = await leavesOf(event);
  if (first === undefined) throw new Error(`no leaf of ${event}`);
  return first;
};
/** Every line there is: for tests that do not ask which ones are looked at. */
const allLines = async (): Promise<readonly number[]> =>
  (await control.deps.store.selectFrom('leaf').select('id').execute()).map(({ id }) => id);
/** In the transaction of its caller. */
const expire = async (work: Work, order: Omit<Parameters<typeof expireBodies>[1], 'lines'>) =>
  expireBodies(work, { ...order, lines: await allLines() });
const isThere = async (digest: Digest): Promise<boolean> =>
  (await control.deps.store.selectFrom('document').select('digest').where('digest', '=', digest).execute()).length > 0;
async function findings(): Promise<readonly string[]> {
  await witness();
  await control.settled();
  const dump = readDump(await dumpDatabase(control.deps.store, world.organisation));
  if (!dump.ok) throw new Error(dump.refusal.detail);
  const audited = auditRecord(dump.value, { trust: checkpointTrust(world, 1), known: [] });
  return audited.findings.map(({ harm, at }) => `${harm} ${at}`);
}

/** What came without other state stands in its own line with its body. */
async function readings(count: number): Promise<readonly Digest[]> {
  for (let n = 0; n < count; n += 1)
    await control.deps.transactor.record(actor(), [
      { event: 'evidence.read', subject: 'proposal:P-1', correlation: '', body: { n } },
    ]);
  return (await leavesOf('evidence.read')).map(({ body }) => body);
}
const besideLeaves = async (): Promise<readonly (string | undefined)[]> =>
  (
    await control.deps.store
      .selectFrom('leaf')
      .select('body')
      .where('event', '=', 'evidence.read')
      .orderBy('seq')
      .execute()
  ).map(({ body }) => body?.toString());

describe('V3: a body that stands beside its leaf', () => {
  test('goes at its time as any other, alone, with a tombstone and a leaf; the record is unharmed', async () => {
    const [first, second, third] = await readings(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were read');
    expect(await isThere(first)).toBe(false);
    await inWork((work) => holdBodies(work, 'case-7', [third]));
    const went = await inWork((work) => expire(work, { digests: [second, third], reason: 'readings: 30 days' }));
    expect(went).toEqual({ ok: true, value: { expired: [second], kept: [third] } });
    expect(await besideLeaves()).toEqual(['{"n":0}', undefined, '{"n":2}']);
    const stone = await control.deps.store.selectFrom('tombstone').selectAll().executeTakeFirstOrThrow();
    expect([stone.digest, stone.kind, stone.size]).toEqual([second, 'leaf-body', 7]);
    expect(await findings()).toEqual([]);
  });

  test('that two leaves name goes from both, and from the documents', async () => {
    await readings(1);
    const [body] = await readings(1);
    if (body === undefined) throw new Error('it was read');
    await inWork(async ({ leaf }) => {
      leaf({ event: 'evidence.read', subject: 'proposal:P-1', correlation: '', body: { n: 0 } });
    });
    expect([await isThere(body), await besideLeaves()]).toEqual([true, ['{"n":0}', '{"n":0}', undefined]]);
    await inWork((work) => expire(work, { digests: [body], reason: 'x' }));
    expect([await isThere(body), await besideLeaves()]).toEqual([false, [undefined, undefined, undefined]]);
    expect(await findings()).toEqual([]);
  });

  test('is not taken away, changed or given by anybody: only with its tombstone, and only it', async () => {
    const [body] = await readings(1);
    const { owner, deps } = control;
    const one = sql`where event = 'evidence.read'`;
    for (const change of [
      sql`body = null`,
      sql`body = 'x'`,
      sql`body = null, bytes = 'x'`,
      sql`body = null, seq = 9`,
    ]) {
      await expect(sql`update leaf set ${change} ${one}`.execute(owner)).rejects.toThrow('append-only');
      await expect(sql`update leaf set ${change} ${one}`.execute(deps.store)).rejects.toThrow('permission denied');
    }
    await sql`insert into tombstone (organisation, digest, kind, size, reason, expired_at)
      values ('acme', ${body}, 'leaf-body', 1, 'by hand', now())`.execute(owner);
    for (const change of [sql`body = 'x'`, sql`body = null, bytes = 'x'`, sql`body = null, seq = 9`])
      await expect(sql`update leaf set ${change} ${one}`.execute(owner)).rejects.toThrow('append-only');
    await sql`update leaf set body = null ${one}`.execute(owner);
    await expect(sql`update leaf set body = '{"n":0}' ${one}`.execute(owner)).rejects.toThrow('append-only');
    expect(await findings()).toEqual([`deleted document ${body}`]);
  });

  test('that was changed is named, with the triggers off', async () => {
    await readings(1);
    await sql`alter table leaf disable trigger user`.execute(control.owner);
    await sql`update leaf set body = '{"n":1}' where event = 'evidence.read'`.execute(control.owner);
    const [{ seq } = { seq: -1 }] = await leavesOf('evidence.read');
    expect(await findings()).toEqual([`edited leaf ${seq}`]);
  });
});

describe('V3: a body whose time has come', () => {
  test('goes, leaves a tombstone and a leaf, and the proof of its leaf still holds', async () => {
    const { seq, bytes, body } = await bodyOf('signal.received');
    const went = await inWork((work) => expire(work, { digests: [body, body], reason: 'signals: 30 days' }));
    expect(went).toEqual({ ok: true, value: { expired: [body], kept: [] } });
    expect(await isThere(body)).toBe(false);
    await witness();
    const text = (await control.ask('person:ana', 'GET', `/api/v1/record/proof/${seq}`)).body;
    const proof = parseTlogProof(text);
    expect(proof.ok && verifyTlogProof(proof.value, bytes, checkpointTrust(world, 1)).ok).toBe(true);
    const entries = (
      await must(control.ask('person:ana', 'GET', '/api/v1/record/entries?from=0&limit=1000&purpose=audit'), 200)
    )['entries'] as {
      seq: number;
      body?: string;
    }[];
    expect(entries.find((entry) => entry.seq === seq)?.body).toBeUndefined();
    const stone = await control.deps.store.selectFrom('tombstone').selectAll().executeTakeFirstOrThrow();
    expect([stone.digest, stone.kind, stone.reason, stone.size > 0]).toEqual([
      body,
      'leaf-body',
      'signals: 30 days',
      true,
    ]);
  });

  test('is no harm for an auditor, because the record says so; without its leaf it is', async () => {
    const { body } = await bodyOf('proposal.created');
    const other = await bodyOf('decision.made');
    await inWork((work) => expire(work, { digests: [body], reason: 'proposals: 5 years' }));
    expect(await findings()).toEqual([]);
    const { owner } = control;
    await sql`insert into tombstone (organisation, digest, kind, size, reason, expired_at)
      values ('acme', ${other.body}, 'leaf-body', 1, 'by hand', now())`.execute(owner);
    await sql`delete from document where digest = ${other.body}`.execute(owner);
    expect(await findings()).toContain(`deleted document ${other.body}`);
  });

  test('stays while it is held, whoever asks, and goes when the hold is lifted', async () => {
    const { body } = await bodyOf('signal.received');
    await inWork((work) => holdBodies(work, 'case-7', [body]));
    const order = { digests: [body], reason: 'signals: 30 days' };
    expect(await inWork((work) => expire(work, order))).toEqual({
      ok: true,
      value: { expired: [], kept: [body] },
    });
    expect(await isThere(body)).toBe(true);
    await expect(
      sql`insert into tombstone (organisation, digest, kind, size, reason, expired_at)
        values ('acme', ${body}, 'leaf-body', 1, 'by hand', now())`.execute(control.owner),
    ).rejects.toThrow('held');
    expect(await inWork((work) => liftHold(work, 'case-7'))).toBe(1);
    expect(await inWork((work) => expire(work, order))).toMatchObject({ value: { expired: [body] } });
  });

  test('of a leaf that says who rules never goes', async () => {
    const ruling = [...(await leavesOf('envelope.activated')), ...(await leavesOf('trust.updated'))].map(
      ({ body }) => body,
    );
    expect(ruling.length).toBeGreaterThan(1);
    const went = await inWork((work) => expire(work, { digests: ruling, reason: 'all' }));
    expect(went).toMatchObject({ value: { expired: [] } });
    for (const body of ruling) expect(await isThere(body)).toBe(true);
  });

  test('goes with its leaf or not at all', async () => {
    const { body } = await bodyOf('signal.received');
    const failing = inWork(async (work) => {
      await expire(work, { digests: [body], reason: 'x' });
      throw new Error('planned');
    });
    await expect(failing).rejects.toThrow('planned');
    expect([await isThere(body), await leavesOf('body.expired')]).toEqual([true, []]);
  });

  test('one that was never there is kept out of the leaf; too many at once are refused', async () => {
    const never = digestOf(new TextEncoder().encode('never'));
    expect(await inWork((work) => expire(work, { digests: [never], reason: 'x' }))).toEqual({
      ok: true,
      value: { expired: [], kept: [never] },
    });
    expect(await leavesOf('body.expired')).toEqual([]);
    const many = Array.from({ length: MAX_EXPIRED_AT_ONCE + 1 }, (_, n) =>
      parseDigest(`sha256:${String(n).padStart(64, '0')}`),
    );
    const digests = many.filter((digest) => digest !== undefined);
    expect(await inWork((work) => expire(work, { digests, reason: 'x' }))).toMatchObject({ ok: false });
  });

  test('O3: not of another organisation, not even by the function that removes them', async () => {
    const { body } = await bodyOf('signal.received');
    await expect(
      control.deps.transactor.run({ ...actor(), organisation: 'globex' as typeof world.organisation }, ({ db }) =>
        sql`select * from countersign_expire('acme', ${[body]}::text[], '{}', 'x', now())`.execute(db),
      ),
    ).rejects.toThrow('other organisations');
    expect(await isThere(body)).toBe(true);
  });
});

/** Leaves that this transaction read by walking through the table, and by an index. */
const readSoFar = async ({ db }: Work): Promise<readonly [number, number]> => {
  const { rows } = await sql<{ walked: string; fetched: string }>`
    select coalesce(sum(seq_tup_read), 0)::text as walked, coalesce(sum(idx_tup_fetch), 0)::text as fetched
    from pg_stat_xact_user_tables where relname = 'leaf'`.execute(db);
  return [Number(rows[0]?.walked), Number(rows[0]?.fetched)];
};

describe('V2: what it costs to take a body away', () => {
  test('is a look-up for each line it names, however long the record is', async () => {
    const bodies = await readings(3);
    const lines = (
      await control.deps.store.selectFrom('leaf').select('id').where('event', '=', 'evidence.read').execute()
    ).map(({ id }) => id);
    await inWork(async ({ leaf }) => {
      for (let n = 0; n < 5000; n += 1)
        leaf({ event: 'evidence.read', subject: 'proposal:P-2', correlation: '', body: { more: n } });
    });
    await sql`analyze leaf`.execute(control.owner);
    const [walked, fetched] = await inWork(async (work) => {
      const before = await readSoFar(work);
      await expireBodies(work, { digests: bodies, lines, reason: 'readings: 30 days' });
      const after = await readSoFar(work);
      return [after[0] - before[0], after[1] - before[1]];
    });
    expect(walked).toBe(0);
    // Found, then changed: twice each, and the rows that say who rules, of which there are a handful.
    expect(fetched).toBeLessThanOrEqual(4 * lines.length + 10);
    expect((await besideLeaves()).slice(0, 3)).toEqual([undefined, undefined, undefined]);
  });
});
