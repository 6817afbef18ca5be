import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  parseDigest,
  parseInstant,
  type CapsuleId,
  type Digest,
  type Instant,
  type RolloutEvent,
  type TargetId,
} from '@countersign/core';
import type { Entry } from './entry.ts';
import { Journal } from './journal.ts';

const CAPSULE = parseDigest(`sha256:${'a'.repeat(64)}`) as Digest;
const OTHER = parseDigest(`sha256:${'b'.repeat(64)}`) as Digest;
const AT = parseInstant('2026-11-21T02:14:00.000Z') as Instant;
const host = 'host-1' as TargetId;
const idOf = (text: string): CapsuleId => text as CapsuleId;
const event = (lease: number): RolloutEvent => ({ type: 'leased', at: AT, target: host, lease });

let folder = '';
let journal: Journal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-journal-'));
  journal = new Journal(join(folder, 'journal.db'));
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});
const reopen = (): void => {
  journal.close();
  journal = new Journal(join(folder, 'journal.db'));
};

test('I6: what was written is there after the program is opened again, and every write was flushed', () => {
  journal.write([
    { kind: 'admitted', capsule: CAPSULE, id: idOf('C-1'), version: 1, nonce: 'n1', at: AT, delivery: '{}' },
    { kind: 'event', capsule: CAPSULE, seq: 0, event: { type: 'started', at: AT } },
    { kind: 'event', capsule: CAPSULE, seq: 1, event: event(1) },
  ]);
  reopen();
  expect(journal.durability()).toBe(2);
  expect(journal.events(CAPSULE)).toEqual([{ type: 'started', at: AT }, event(1)]);
  expect(journal.openCapsules()).toEqual([{ capsule: CAPSULE, admittedAt: AT, delivery: '{}' }]);
});

test('I4: a nonce and a capsule are admitted once', () => {
  journal.write([
    { kind: 'admitted', capsule: CAPSULE, id: idOf('C-2'), version: 1, nonce: 'n1', at: AT, delivery: '{}' },
  ]);
  expect(() =>
    journal.write([
      { kind: 'admitted', capsule: OTHER, id: idOf('C-3'), version: 1, nonce: 'n1', at: AT, delivery: '{}' },
    ]),
  ).toThrow(/UNIQUE/);
  expect(() =>
    journal.write([
      { kind: 'admitted', capsule: CAPSULE, id: idOf('C-4'), version: 1, nonce: 'n2', at: AT, delivery: '{}' },
    ]),
  ).toThrow(/UNIQUE/);
  expect([journal.hasCapsule(OTHER), journal.hasNonce('n2')]).toEqual([false, false]);
});

test('a write is all or nothing', () => {
  journal.write([{ kind: 'event', capsule: CAPSULE, seq: 0, event: event(1) }]);
  expect(() =>
    journal.write([
      { kind: 'latest', key: 'clock', value: AT },
      { kind: 'event', capsule: CAPSULE, seq: 0, event: event(2) },
    ]),
  ).toThrow(/UNIQUE/);
  expect(journal.latest('clock')).toBeUndefined();
  expect(journal.events(CAPSULE)).toEqual([event(1)]);
});

const captured = (text: string) => ({ path: 'a', mode: 0o600, bytes: Buffer.from(text) });

test('X6: the first capture counts, and an absent file stays absent', () => {
  journal.write([{ kind: 'captured', capsule: CAPSULE, target: host, step: 0, captured: captured('before') }]);
  journal.write([{ kind: 'captured', capsule: CAPSULE, target: host, step: 0, captured: captured('after') }]);
  journal.write([{ kind: 'captured', capsule: CAPSULE, target: host, step: 1, captured: { path: 'b', mode: 0o644 } }]);
  expect(Buffer.from(journal.capture(CAPSULE, host, 0)?.bytes ?? []).toString()).toBe('before');
  expect(journal.capture(CAPSULE, host, 1)).toEqual({ path: 'b', mode: 0o644 });
  expect(journal.captures(CAPSULE)).toHaveLength(2);
});

test('X5: a resume is used once, whatever it names', () => {
  journal.write([{ kind: 'resumed', capsule: CAPSULE, trip: 1, nonce: 'r1' }]);
  expect([journal.hasResumed('r1'), journal.hasResumed('r2')]).toEqual([true, false]);
  expect(() => journal.write([{ kind: 'resumed', capsule: CAPSULE, trip: 2, nonce: 'r1' }])).toThrow(/UNIQUE/);
});

test('reports wait in the journal until they are known to be outside', () => {
  journal.write([{ kind: 'report', name: 'a.json', body: '1' }]);
  journal.write([{ kind: 'report', name: 'b.json', body: '2' }]);
  reopen();
  expect(journal.pendingReports().map(({ name }) => name)).toEqual(['a.json', 'b.json']);
  journal.write([{ kind: 'reported', name: 'a.json' }]);
  expect(journal.pendingReports()).toEqual([{ name: 'b.json', body: '2' }]);
});

test('a closed capsule is not open, and a rollback opens it again', () => {
  journal.write([
    { kind: 'admitted', capsule: CAPSULE, id: idOf('C-5'), version: 1, nonce: 'n1', at: AT, delivery: '{}' },
  ]);
  journal.write([{ kind: 'closed', capsule: CAPSULE }]);
  expect(journal.openCapsules()).toEqual([]);
  journal.write([{ kind: 'reopened', capsule: CAPSULE }]);
  expect(journal.openCapsules()).toHaveLength(1);
});

test('trap 13: a second runner on the same journal does not start', () => {
  journal.write([{ kind: 'latest', key: 'clock', value: AT }]);
  expect(() => new Journal(join(folder, 'journal.db'))).toThrow(/locked/);
});

test('X7: a process killed while it writes leaves whole batches and a journal that opens', async () => {
  const writer = join(folder, 'writer.ts');
  const source = join(import.meta.dirname, 'journal.ts');
  writeFileSync(
    writer,
    `import { Journal } from ${JSON.stringify(source)};
     const journal = new Journal(process.argv[2]);
     process.send('up');
     for (let batch = 0; ; batch += 1)
       journal.write([0, 1, 2].map((n) => ({ kind: 'event', capsule: 'c', seq: batch * 3 + n, event: { type: 'started', at: String(batch) } })));`,
  );
  const file = join(folder, 'killed.db');
  const child = fork(writer, [file]);
  await new Promise((resolve) => void child.on('message', resolve));
  await new Promise((resolve) => void setTimeout(resolve, 100));
  child.kill('SIGKILL');
  await new Promise((resolve) => void child.on('exit', resolve));
  const survivor = new Journal(file);
  const events = survivor.events('c' as Digest);
  survivor.close();
  expect(events.length).toBeGreaterThan(0);
  expect(events.length % 3).toBe(0);
});

test('X7: what is put off goes to disk with the next transaction, and its sender is told only then', () => {
  const told: string[] = [];
  journal.putOff([{ kind: 'latest', key: 'status', value: 's1' }], () => told.push('s1'));
  journal.putOff([{ kind: 'latest', key: 'status', value: 's2' }], () => told.push('s2'));
  expect([told, journal.latest('status')]).toEqual([[], undefined]);
  journal.write([{ kind: 'latest', key: 'clock', value: AT }]);
  expect([told, journal.latest('status'), journal.latest('clock')]).toEqual([['s1', 's2'], 's2', AT]);
});

test('X7: what is put off is written soon when nothing else is, and at the latest when the journal closes', async () => {
  const written = await new Promise((resolve) =>
    journal.putOff([{ kind: 'latest', key: 'status', value: 's' }], () => resolve(journal.latest('status'))),
  );
  expect(written).toBe('s');
  const other = new Journal(join(folder, 'other.db'));
  other.putOff([{ kind: 'latest', key: 'status', value: 'kept' }], () => undefined);
  other.close();
  const again = new Journal(join(folder, 'other.db'));
  expect(again.latest('status')).toBe('kept');
  again.close();
});

test('C1: which version of a capsule was admitted is known, and no other version is ever written', () => {
  const admitted = {
    kind: 'admitted',
    capsule: CAPSULE,
    id: idOf('C-1'),
    version: 2,
    nonce: 'n1',
    at: AT,
    delivery: '{}',
  } as const;
  expect(journal.versionOf(idOf('C-1'))).toBe(undefined);
  journal.write([admitted]);
  reopen();
  expect([journal.versionOf(idOf('C-1')), journal.versionOf(idOf('C-2'))]).toEqual([2, undefined]);
  expect(() => journal.write([{ ...admitted, capsule: OTHER, nonce: 'n2', version: 3 }])).toThrow('UNIQUE');
  expect(journal.hasCapsule(OTHER)).toBe(false);
});

test.each([
  ['checkpoint', 'size'],
  ['envelope-version', 'version'],
] as const)(
  'V3, I5: in whatever order two rollouts are written, the %s that is remembered never shrinks in %s',
  (key, field) => {
    const of = (number: number): Entry => ({
      kind: 'latest',
      key,
      value: JSON.stringify({ [field]: number, of: number }),
    });
    for (const number of [3, 7, 5]) journal.write([of(number)]);
    journal.write([of(2), of(6)]);
    expect(JSON.parse(journal.latest(key) ?? '')).toEqual({ [field]: 7, of: 7 });
    journal.write([of(9)]);
    expect(JSON.parse(journal.latest(key) ?? '')).toEqual({ [field]: 9, of: 9 });
  },
);

test('X7: a memory that cannot be read gives way to what can, so that nothing is stuck behind it', () => {
  journal.write([{ kind: 'latest', key: 'envelope-version', value: '{"version":' }]);
  journal.write([{ kind: 'latest', key: 'envelope-version', value: '{"version":4}' }]);
  expect(journal.latest('envelope-version')).toBe('{"version":4}');
});
