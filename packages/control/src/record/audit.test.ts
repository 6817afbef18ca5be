/** T10: random edits of the database by its administrator, and of exported files; each is found and named, the untouched never. */
import { auditRecord, readDump, type AuditReport, type AuditRule, type Finding } from '@countersign/seal';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goodEvents } from '../enclaves/enclave.builder.ts';
import {
  approvalOf,
  approve,
  closeDesk,
  control,
  must,
  now,
  openDesk,
  production,
  report,
  signing,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { dispatched, pending } from '../flow/scenes.builder.ts';
import { latestCheckpoint, cosignedNote } from './checkpoints.ts';
import { checkpointTrust } from '../testkit/record.ts';
import { dumpDatabase, type Dump } from './dump.ts';
import { aHarm } from './harm.builder.ts';

let untouched: Dump;
let rule: AuditRule;
beforeAll(async () => {
  await openDesk();
  const { id, sent } = await dispatched();
  expect(id).not.toBe('');
  await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
  const waiting = await pending();
  await must(approve(approvalOf(await signing(waiting), 'ana')), 201);
  for (const count of [1, 5, 30]) {
    await control.deps.transactor.run(
      { organisation: world.organisation, actor: 'control', now: now() },
      async ({ leaf }) => {
        for (let n = 0; n < count; n += 1)
          leaf({ event: 'findings.ranked', subject: 'finding:all', correlation: '', body: { count, n } });
      },
    );
    await control.settled();
    await witness();
  }
  await control.settled();
  untouched = await dumpDatabase(control.deps.store, world.organisation);
  const newest = await latestCheckpoint(control.deps.store, world.organisation);
  if (newest === undefined) throw new Error('no checkpoint');
  rule = { trust: checkpointTrust(world, 1), known: [cosignedNote(newest)] };
});
afterAll(closeDesk);

const audit = (dump: Dump): AuditReport => {
  const read = readDump(dump);
  if (!read.ok) throw new Error(read.refusal.detail);
  return auditRecord(read.value, rule);
};

describe('V3, T10: the database as its administrator may leave it', () => {
  test('untouched, nothing is found, and something was looked at', () => {
    const { findings, checked, size } = audit(untouched);
    expect(findings).toEqual([]);
    expect(size).toBeGreaterThan(50);
    expect(checked.rows).toBeGreaterThan(10);
    expect(checked.documents).toBeGreaterThan(20);
  });

  const TIMES = Number(process.env['TAMPER_TIMES'] ?? 100);
  test(`${TIMES} random edits: each is found, and the row is named`, () => {
    const kinds = new Map<string, number>();
    for (let seed = 1; seed <= TIMES; seed += 1) {
      const { dump, what, rows } = aHarm(untouched, seed);
      const { findings } = audit(dump);
      const isNamed = findings.some((one) => rows.some((row) => covers(one, row)));
      expect([seed, what, isNamed, findings.slice(0, 3)]).toEqual([seed, what, true, findings.slice(0, 3)]);
      const [kind = ''] = what.split(' ');
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    expect([...kinds.keys()].toSorted()).toEqual(['delete', 'edit', 'insert', 'reorder', 'rollback']);
  });

  test('the same in the database itself, with the triggers off', async () => {
    const { owner } = control;
    for (const table of ['leaf', 'document', 'checkpoint', 'tree_node'])
      await sql`alter table ${sql.table(table)} disable trigger user`.execute(owner);
    await sql`update leaf set bytes = bytes || 'x'::bytea where seq = 7`.execute(owner);
    const { rows } = await sql<{ index: number }>`
      delete from tree_node where index = (select max(index) from tree_node) returning index`.execute(owner);
    await sql`update proposal set state = 'SUCCEEDED' where state <> 'SUCCEEDED'`.execute(owner);
    const { findings } = audit(await dumpDatabase(control.deps.store, world.organisation));
    expect(findings.map(({ harm, at }) => `${harm} ${at}`)).toEqual(
      expect.arrayContaining([
        'edited leaf 7',
        `deleted tree_node 0/${rows[0]?.index}`,
        expect.stringContaining('edited proposal P-'),
      ]),
    );
  });
});

/** A finding names a row, or a run of leaves it lies in. */
function covers({ at }: Finding, row: string): boolean {
  const run = /^leaf (\d+) to leaf (\d+)$/.exec(at);
  const [table, name] = row.split(' ');
  if (run !== null && table === 'leaf') return Number(name) >= Number(run[1]) && Number(name) <= Number(run[2]);
  return at === row;
}
