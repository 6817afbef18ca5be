import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBase64 } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KEYS, NOW, PEOPLE } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { until } from '../testkit/runner-house.ts';
import { SmallRecord } from '../testkit/small-record.ts';
import { begin, cleanUp, hasReport, payload, stage } from '../testkit/stage.ts';
import type { GateContext } from '../admit/context.ts';
import { RECORD_VIEW_FILE, RecordView } from './record-view.ts';

let context: GateContext;
let state = '';
beforeEach(() => {
  context = gateOf(PEOPLE);
  state = mkdtempSync(join(tmpdir(), 'countersign-view-'));
});
afterEach(() => {
  context.journal.close();
  rmSync(state, { recursive: true });
});
const open = (): RecordView => new RecordView(context.journal, { runner: PEOPLE.capsule.audience.runner, state });

function deliveryOf(size: number, links: readonly number[] = []) {
  const record = new SmallRecord(KEYS);
  for (let seq = 0; seq < size; seq += 1)
    record.add('decision.made', { body: PEOPLE.digest, at: NOW, subject: `thing:${seq}` });
  return {
    ...PEOPLE.delivery,
    leaf: encodeBase64(record.leaves[0]?.bytes ?? new Uint8Array()),
    proof: record.proof(0, record.cosigned(Math.floor(Date.parse(NOW) / 1000))),
    links: links.map((from) => record.linkFrom(from)),
  };
}

test('V3: what a refused delivery showed of the record is remembered over a restart, and written for people to compare', () => {
  const view = open();
  view.refused(deliveryOf(4), context.trust);
  expect([view.seen?.size, open().seen?.size]).toEqual([4, 4]);
  const file = JSON.parse(readFileSync(join(state, RECORD_VIEW_FILE), 'utf8')) as {
    type: string;
    by: string;
    note: string;
  };
  expect([file.type, file.by, file.note.includes('\n4\n')]).toEqual([
    'record-view',
    PEOPLE.capsule.audience.runner,
    true,
  ]);
  view.refused(deliveryOf(9, [4]), context.trust);
  expect([view.seen?.size, open().seen?.links?.length]).toEqual([9, 1]);
});

test('V3: nothing is remembered of what is not linked, not signed, smaller, or shown to a runner without trust', () => {
  const view = open();
  view.refused(deliveryOf(4), undefined);
  expect(view.seen).toBeUndefined();
  view.refused(deliveryOf(4), context.trust);
  view.refused(deliveryOf(9), context.trust);
  view.refused({ ...deliveryOf(9, [4]), proof: '' }, context.trust);
  view.refused(deliveryOf(3), context.trust);
  expect([view.seen?.size, open().seen?.size]).toEqual([4, 4]);
});

test('V3: what was let in counts at once, before the journal has it, and never makes the view smaller', () => {
  const view = open();
  const root = encodeBase64(new Uint8Array(32));
  view.admitted({ size: 7, root, timeSeconds: 1 });
  view.admitted({ size: 5, root, timeSeconds: 2 });
  expect([view.seen?.size, open().seen]).toEqual([7, undefined]);
});

test('V3: one that missed too much keeps its view, and moves on when it is shown that the record grew from there', () => {
  const view = open();
  view.refused(deliveryOf(4), context.trust);
  const [missed, linked] = [deliveryOf(40, [20, 30]), deliveryOf(40, [4, 20, 30])];
  view.refused(missed, context.trust);
  expect(view.seen?.size).toBe(4);
  view.refused(linked, context.trust);
  expect(view.seen?.size).toBe(40);
});

describe('a runner that missed too many deliveries', () => {
  afterEach(cleanUp);

  test('V3, X4: it says where it stands, and carries out the same capsule once it is shown how the record got from there to here', async () => {
    const at = await stage(2);
    const { record, delivery, digest } = at.world;
    begin({ ...at, world: { ...at.world, delivery: { ...delivery, approvals: [] } } });
    const refusals = (): readonly object[] =>
      at.house
        .reports()
        .filter(({ report }) => report.kind === 'refusal')
        .map(({ report }) => payload(report) as object);
    await until('what was refused has shown the record', () => refusals().length === 1);
    const before = record.size;
    for (let more = 0; more < 20; more += 1) record.add('decision.made', { body: digest, at: at.now() });
    const grown = { ...delivery, proof: record.proof(1, record.cosigned(Math.floor(Date.now() / 1000))) };
    at.house.deliver(grown);
    await until('the refusal', () => refusals().length === 2);
    expect(refusals().at(-1)).toMatchObject({ code: 'record-unlinked', subject: digest, seen: before });
    expect(refusals().at(0)).not.toHaveProperty('seen');
    at.house.deliver({ ...grown, links: [record.linkFrom(before)] });
    await until('evidence', () => hasReport(at, 'evidence'));
    expect([...at.estate.hosts.values()].map(({ restarts }) => restarts)).toEqual([1, 1]);
  });
});
