import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeEntries, openCheckpoint, tilePath } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WITNESS_NAME } from '../testkit/house.ts';
import { body, envelope, follow, KEYS, LyingLink, NOW_MS, trust, witnessKey } from '../testkit/lying-link.ts';
import { good } from '../testkit/made.ts';
import { SmallRecord } from '../testkit/small-record.ts';
import { RecordCopy } from './record-copy.ts';
import { Tail } from './tail.ts';

let state = '';
let link: LyingLink;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'countersign-witness-'));
  link = new LyingLink();
  link.record.add('trust.updated', body({ version: 3, digest: envelope.digest }));
  link.record.add('envelope.activated', body(envelope));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const openWith = (copy?: RecordCopy): Tail => {
  const witness = { name: WITNESS_NAME, signer: KEYS.witness };
  return good(Tail.open({ link, trust, witness, state, ...(copy !== undefined && { copy }), nowMs: () => NOW_MS }));
};
const openCopying = (): Tail => openWith(good(RecordCopy.open(join(state, 'copy'))));
const noteOf = (): string => readFileSync(join(state, 'copy', 'checkpoint'), 'utf8');

describe('V3: the witness that keeps a copy', () => {
  test('has every entry it cosigned, under the note with its own line', async () => {
    const tail = openCopying();
    expect(await follow(tail)).toBe('cosigned');
    link.record.add('graph.updated', body({ version: 1 }));
    expect(await follow(tail)).toBe('cosigned');
    await tail.close();
    const opened = openCheckpoint(noteOf(), { ...trust, witnessKeys: [witnessKey], witnessQuorum: 1 });
    expect(opened.ok && opened.value.size).toBe(3);
    const tile = { level: 'entries', index: 0, width: 3 } as const;
    const entries = good(decodeEntries(tile, readFileSync(join(state, 'copy', tilePath(tile)))));
    expect(entries.map(String)).toEqual(link.record.leaves.map(({ bytes }) => Buffer.from(bytes).toString()));
  });

  test('is shown what it has not got: a copy that is begun later, and one that lost its last step', async () => {
    await follow(openWith());
    link.record.add('graph.updated', body({ version: 1 }));
    const tail = openCopying();
    expect(await follow(tail)).toBe('cosigned');
    await tail.close();
    rmSync(join(state, 'copy'), { recursive: true });
    link.record.add('graph.updated', body({ version: 2 }));
    const again = openCopying();
    expect(await follow(again)).toBe('cosigned');
    await again.close();
    expect(noteOf().split('\n')[1]).toBe('4');
  });

  test('finds a past that is shown to it otherwise than before', async () => {
    await follow(openWith());
    link.record.add('graph.updated', body({ version: 1 }));
    link.change = (entries) =>
      entries.map((entry) => (entry.seq === 1 ? { ...entry, leaf: entries[0]?.leaf ?? '' } : entry));
    const tail = openCopying();
    expect(await follow(tail)).toBe('fork');
    expect(existsSync(join(state, 'alarm.json'))).toBe(true);
    // Once, for the record before: what its copy speaks against it does not sign.
    expect(link.lines).toHaveLength(1);
    await tail.close();
    expect(existsSync(join(state, 'copy', 'checkpoint'))).toBe(false);
  });

  test('signs no other record after it lost its memory: the copy remembers', async () => {
    const before = openCopying();
    expect(await follow(before)).toBe('cosigned');
    await before.close();
    for (const file of ['tail.json', 'tail.log']) rmSync(join(state, file));
    link.record = new SmallRecord(KEYS);
    link.record.add('trust.updated', body({ version: 3 }));
    const after = openCopying();
    expect(await follow(after)).toBe('fork');
    expect([link.lines.length, existsSync(join(state, 'alarm.json'))]).toEqual([1, true]);
    await after.close();
  });
});
