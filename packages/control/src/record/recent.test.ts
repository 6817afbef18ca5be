import { describe, expect, test } from 'vitest';
import { CompactRange, inclusionNodes, leafHash, type MerkleNode } from '@countersign/seal';
import { idOf } from '../testkit/world.ts';
import { RecentRecord, type RecentEntry } from './recent.ts';

const acme = idOf<'Organisation'>('acme');
const checkpointOf = (size: number): { size: number; note: string; cosignatures: Record<string, string> } => ({
  size,
  note: `note ${size}`,
  cosignatures: {},
});
const entry = (seq: number, body: Uint8Array | undefined = Uint8Array.of(1)): RecentEntry => ({
  seq,
  leaf: Uint8Array.of(seq % 256),
  body,
});

function grow(record: RecentRecord, from: number, entries: readonly RecentEntry[]): void {
  record.grown(acme, checkpointOf(from + entries.length), { entries, nodes: [] });
}

describe('the end of the record in memory', () => {
  test('V3: answers only while the log is held, and never past its end', () => {
    const record = new RecentRecord();
    grow(record, 0, [entry(0)]);
    expect([record.head(acme), record.entries(acme, { from: 0, limit: 10 })]).toEqual([undefined, undefined]);
    record.opened(acme, checkpointOf(7), []);
    grow(record, 7, [entry(7), entry(8)]);
    expect(record.head(acme)?.size).toBe(9);
    expect(record.entries(acme, { from: 8, limit: 10 })?.map(({ seq }) => seq)).toEqual([8]);
    expect(record.entries(acme, { from: 7, limit: 1 })?.map(({ seq }) => seq)).toEqual([7]);
    expect(record.entries(acme, { from: 9, limit: 10 })).toEqual([]);
    for (const from of [6, 10]) expect(record.entries(acme, { from, limit: 10 })).toBeUndefined();
    record.closed();
    expect([record.head(acme), record.entries(acme, { from: 9, limit: 1 })]).toEqual([undefined, undefined]);
  });

  test('a page with a body of another process is left to the table', () => {
    const record = new RecentRecord();
    record.opened(acme, undefined, []);
    grow(record, 0, [{ ...entry(0), body: undefined }, entry(1)]);
    expect(record.entries(acme, { from: 0, limit: 2 })).toBeUndefined();
    expect(record.entries(acme, { from: 1, limit: 2 })).toHaveLength(1);
  });

  test('holds the newest entries and no more', () => {
    const record = new RecentRecord();
    record.opened(acme, undefined, []);
    for (let from = 0; from < 2000; from += 100)
      grow(
        record,
        from,
        Array.from({ length: 100 }, (_, place) => entry(from + place)),
      );
    expect(record.entries(acme, { from: 0, limit: 1 })).toBeUndefined();
    expect(record.entries(acme, { from: 1999, limit: 1 })).toHaveLength(1);
    expect(record.entries(acme, { from: 1600, limit: 1000 })).toHaveLength(400);
  });

  test('I8: a cosignature that was stored before the checkpoint was told is kept', () => {
    const record = new RecentRecord();
    record.opened(acme, undefined, []);
    record.cosigned(acme, { ...checkpointOf(1), cosignatures: { one: 'line' } });
    grow(record, 0, [entry(0)]);
    expect(record.head(acme)?.cosignatures).toEqual({ one: 'line' });
    expect(record.checkpoints(acme, 1).map(({ size }) => size)).toEqual([1]);
    expect(record.checkpoints(acme, 2)).toEqual([]);
  });

  test('V3: nodes of a plan are known altogether or not at all', () => {
    const record = new RecentRecord();
    record.opened(acme, undefined, []);
    let range = CompactRange.empty;
    const nodes: MerkleNode[] = [];
    for (let n = 0; n < 5; n += 1) {
      const appended = range.append(leafHash(Uint8Array.of(n)));
      ({ range } = appended);
      nodes.push(...appended.nodes);
    }
    record.grown(acme, checkpointOf(5), { entries: [], nodes });
    const plan = inclusionNodes(4, 5);
    const read = record.nodes(acme, plan);
    expect(plan.map(({ level, index }) => read?.(level, index)?.length)).toEqual(plan.map(() => 32));
    expect(record.nodes(acme, [...plan, { level: 9, index: 9 }])).toBeUndefined();
  });
});
