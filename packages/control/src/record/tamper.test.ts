import {
  verifyBundle,
  openCheckpoint,
  verifyConsistency,
  decodeBase64,
  CompactRange,
  leafHash,
} from '@countersign/seal';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goodEvents } from '../enclaves/enclave.builder.ts';
import { closeDesk, control, must, now, openDesk, production, report, witness, world } from '../flow/desk.builder.ts';
import { dispatched } from '../flow/scenes.builder.ts';
import { checkpointTrust } from '../testkit/record.ts';

let id = '';
beforeEach(async () => {
  await openDesk();
  const { id: made, sent } = await dispatched();
  id = made;
  await must(report('prod-1', production().progress(sent, 0, goodEvents(sent.capsule, now()))), 200);
  await witness();
  // Whoever owns the database can switch the triggers off.
  for (const table of ['leaf', 'document', 'checkpoint', 'tree_node'])
    await sql`alter table ${sql.table(table)} disable trigger user`.execute(control.owner);
});
afterEach(closeDesk);

const get = (url: string) => control.ask('person:ana', 'GET', `/api/v1${url}`);
interface Listed {
  readonly seq: number;
  readonly leaf: string;
  readonly body?: string;
}
const entries = async (): Promise<readonly Listed[]> =>
  (await must(get('/record/entries?from=0&limit=1000&purpose=audit'), 200))['entries'] as readonly Listed[];

/** What an auditor who holds a witnessed checkpoint computes from the entries alone. */
async function leadsTo(note: string): Promise<boolean> {
  const opened = openCheckpoint(note, checkpointTrust(world, 1));
  if (!opened.ok) throw new Error(opened.refusal.detail);
  const { size, root } = opened.value;
  let range = CompactRange.empty;
  for (const { seq, leaf } of (await entries()).filter((entry) => entry.seq < size)) {
    if (seq !== range.size) return false;
    ({ range } = range.append(leafHash(decodeBase64(leaf) ?? new Uint8Array())));
  }
  return range.size === size && Buffer.compare(range.root(), root) === 0;
}
const note = async (): Promise<string> => String((await must(get('/record/checkpoint'), 200))['note']);
const bundleIsGood = async (): Promise<boolean> => {
  const answer = await get(`/proposals/${id}/bundle?purpose=test`);
  if (answer.statusCode !== 200) return false;
  return verifyBundle(Buffer.from(answer.body), { root: world.config.root }).ok;
};
const seqOf = async (event: string): Promise<number> => {
  const row = await control.owner
    .selectFrom('leaf')
    .select('seq')
    .where('correlation', '=', id)
    .where('event', '=', event as 'decision.made')
    .executeTakeFirstOrThrow();
  return row.seq ?? -1;
};

const ATTACKS: readonly (readonly [string, () => Promise<unknown>])[] = [
  [
    'edits a leaf',
    async () =>
      sql`update leaf set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'agent:playbook', 'agent:somebody'), 'UTF8')
      where seq = ${await seqOf('proposal.created')}`.execute(control.owner),
  ],
  [
    'deletes a leaf',
    async () => sql`delete from leaf where seq = ${await seqOf('capsule.dispatched')}`.execute(control.owner),
  ],
  [
    'swaps two leaves',
    async () => {
      const [a, b] = [await seqOf('proposal.created'), await seqOf('decision.made')];
      await sql`update leaf set seq = -1 where seq = ${a}`.execute(control.owner);
      await sql`update leaf set seq = ${a} where seq = ${b}`.execute(control.owner);
      await sql`update leaf set seq = ${b} where seq = -1`.execute(control.owner);
    },
  ],
  [
    'edits a node of the tree and the leaf below it',
    async () => {
      const seq = await seqOf('capsule.dispatched');
      const bytes = Buffer.from('{}');
      await sql`update leaf set bytes = ${bytes} where seq = ${seq}`.execute(control.owner);
      await sql`
        update tree_node set hashes = overlay(hashes placing ${Buffer.from(leafHash(bytes))} from (${seq} - index)::int * 32 + 1)
        where level = 0 and index <= ${seq} and ${seq} < index + length(hashes) / 32`.execute(control.owner);
    },
  ],
];

describe('V3, T10: the administrator of the database', () => {
  test('unharmed, entries lead to the witnessed checkpoint and the bundle verifies', async () => {
    expect([await leadsTo(await note()), await bundleIsGood()]).toEqual([true, true]);
  });

  test.each(ATTACKS)('%s: the entries show it and no bundle verifies', async (_name, attack) => {
    const before = await note();
    await attack();
    expect([await leadsTo(before), await bundleIsGood()]).toEqual([false, false]);
  });

  test('a proof of a leaf that was changed is not given, and the reason is told', async () => {
    const seq = await seqOf('decision.made');
    await sql`update leaf set bytes = convert_to('{}', 'UTF8') where seq = ${seq}`.execute(control.owner);
    const answer = await get(`/record/proof/${seq}`);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([500, 'record-damaged']);
  });

  test('the body of a leaf that was changed no longer has the digest of its leaf', async () => {
    await sql`update document set bytes = convert_to('{"verdict":"prohibited"}', 'UTF8')
      where kind = 'leaf-body' and convert_from(bytes, 'UTF8') like '%"type":"decision"%'`.execute(control.owner);
    expect(await bundleIsGood()).toBe(false);
  });

  test('an old state that is put back does not lead to what the witness saw', async () => {
    const before = await note();
    const opened = openCheckpoint(before, checkpointTrust(world, 1));
    if (!opened.ok) throw new Error(opened.refusal.detail);
    const { size, root } = opened.value;
    await sql`delete from checkpoint where size > ${size - 3}`.execute(control.owner);
    await sql`delete from leaf where seq >= ${size - 3}`.execute(control.owner);
    await sql`delete from tree_node where (index + length(hashes) / 32) * (1 << level) > ${size - 3}`.execute(
      control.owner,
    );
    expect(await leadsTo(before)).toBe(false);
    const proof = await get(`/record/consistency?from=${size - 3}&to=${size}`);
    const hashes = proof.statusCode === 200 ? (proof.json<{ proof: readonly string[] }>().proof ?? []) : [];
    const isConsistent = verifyConsistency({
      oldSize: size - 3,
      newSize: size,
      oldRoot: root,
      newRoot: root,
      proof: hashes.map((hash) => decodeBase64(hash) ?? new Uint8Array()),
    });
    expect(isConsistent.ok).toBe(false);
  });

  test('T10: with the triggers on, not even the owner of the tables changes a line', async () => {
    for (const table of ['leaf', 'document', 'checkpoint', 'tree_node'])
      await sql`alter table ${sql.table(table)} enable trigger user`.execute(control.owner);
    await witness();
    for (const table of ['leaf', 'document', 'checkpoint', 'tree_node'])
      await expect(sql`delete from ${sql.table(table)}`.execute(control.owner)).rejects.toThrow('append-only');
  });
});
