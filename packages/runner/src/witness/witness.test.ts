import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Result } from '@countersign/core';
import { canonicalBytes, encodeBase64, openCheckpoint, payloadOf, publicKeyOf, vkeyOf } from '@countersign/seal';
import { LOG_NAME, makeKeys, WITNESS_NAME } from '../testkit/house.ts';
import { good, made } from '../testkit/made.ts';
import { body, envelope, follow, KEYS, LyingLink, NOW, NOW_MS, trust, witnessKey } from '../testkit/lying-link.ts';
import { SmallRecord } from '../testkit/small-record.ts';
import { makeWorld } from '../testkit/world.ts';
import { quotaOf } from './ledger.ts';
import { statusOf } from './run-witness.ts';
import { Tail } from './tail.ts';
import { witnessConfigShape, type WitnessConfig } from './witness-config.ts';

let state = '';
let link: LyingLink;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'countersign-witness-'));
  link = new LyingLink();
  link.record.add('trust.updated', body({ version: 3, digest: envelope.digest }));
  link.record.add('envelope.activated', body(envelope));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const open = (nowMs = NOW_MS): Result<Tail> =>
  Tail.open({ link, trust, witness: { name: WITNESS_NAME, signer: KEYS.witness }, state, nowMs: () => nowMs });
test('V3: a checkpoint that extends what was seen is cosigned once, and the line verifies', async () => {
  const tail = good(open());
  expect([await follow(tail), await follow(tail)]).toEqual(['cosigned', 'nothing new']);
  const note = link.record.checkpoint() + link.lines[0];
  const opened = openCheckpoint(note, { ...trust, witnessKeys: [witnessKey], witnessQuorum: 1 });
  expect(opened.ok && [opened.value.size, opened.value.cosignatures]).toEqual([
    2,
    [{ name: WITNESS_NAME, timeSeconds: NOW_MS / 1000 }],
  ]);
});

test('the memory survives a restart: only new leaves are asked for', async () => {
  await follow(good(open()));
  link.record.add('graph.updated', body({ version: 1 }));
  const asked: number[] = [];
  link.change = (entries) => {
    asked.push(entries[0]?.seq ?? -1);
    return entries;
  };
  expect(await follow(good(open()))).toBe('cosigned');
  expect(asked).toEqual([2]);
});

const LIES: readonly (readonly [string, () => void, string])[] = [
  [
    'a fork: the same size with another leaf',
    () => {
      link.record = new SmallRecord(KEYS);
      link.record.add('trust.updated', body({ version: 3 }));
      link.record.add('envelope.activated', body({ other: true }));
    },
    'fork',
  ],
  [
    'a fork that grew: an old leaf was edited',
    () => {
      link.record = new SmallRecord(KEYS);
      for (const version of [1, 2, 3]) link.record.add('envelope.activated', body({ version }));
    },
    'fork',
  ],
  [
    'a rollback',
    () => {
      link.record = new SmallRecord(KEYS);
      link.record.add('trust.updated', body({ version: 3 }));
    },
    'rollback',
  ],
  ['an empty record after a full one', () => void (link.claim = { size: 0 }), 'rollback'],
  [
    'a gap: an entry is not shown',
    () => {
      link.record.add('graph.updated', body({ version: 1 }));
      link.change = () => [];
    },
    'gap',
  ],
  [
    'entries out of order',
    () => {
      link.record.add('graph.updated', body({ version: 1 }));
      link.record.add('graph.updated', body({ version: 2 }));
      link.change = (entries) => entries.toReversed();
    },
    'gap',
  ],
  [
    'a leaf that is not what was signed',
    () => {
      link.record.add('graph.updated', body({ version: 1 }));
      link.change = (entries) =>
        entries.map((entry) => ({ ...entry, leaf: encodeBase64(link.record.leaves[0]!.bytes) }));
    },
    'fork',
  ],
  [
    'a checkpoint that the log has not signed',
    () => {
      link.record.add('graph.updated', body({ version: 1 }));
      const other = new SmallRecord(makeKeys());
      link.claim = { size: 3, note: other.checkpoint() };
    },
    'not-signed',
  ],
];

test.each(LIES)(
  'V3: %s raises the alarm, is not cosigned, and stays so after a restart',
  async (_name, lie, expected) => {
    const tail = good(open());
    expect(await follow(tail)).toBe('cosigned');
    lie();
    expect(await follow(tail)).toBe(expected);
    expect(link.lines).toHaveLength(1);
    expect(JSON.parse(readFileSync(join(state, 'alarm.json'), 'utf8'))).toMatchObject({
      code: expected,
      seen: { size: 2 },
    });
    const again = open();
    expect(!again.ok && again.refusal.code).toBe('alarm');
  },
);

test('V3: a cosignature that did not get through is sent again while nothing else is new', async () => {
  const tail = good(open());
  link.isDeaf = true;
  expect(await follow(tail)).toBe('cosigned');
  expect(await follow(tail)).toBe('no-answer');
  link.isDeaf = false;
  expect([await follow(tail), await follow(tail)]).toEqual(['no-answer', 'nothing new']);
  expect([link.lines.length, new Set(link.lines).size]).toEqual([3, 1]);
});

const config = (): WitnessConfig =>
  made(witnessConfigShape, {
    organisation: 'acme',
    name: WITNESS_NAME,
    url: 'http://127.0.0.1:1',
    tokenFile: 't',
    log: vkeyOf('log', LOG_NAME, publicKeyOf(KEYS.log)),
    cosignKeyFile: 'c',
    statusKeyFile: 's',
    state,
    autonomousTargetsPerHour: 40,
  });

test('X1: the status is what the leaves say: envelope, trust version, halts, quota', async () => {
  const tail = good(open());
  const targets = ['h1', 'h2', 'h3'].map((id) => ({ id, tier: 'non-critical' as const }));
  const world = makeWorld({ now: NOW, targets, authority: 'envelope' }, KEYS);
  const people = makeWorld({ now: NOW, targets, authority: 'people' }, KEYS);
  const dispatch = ({ digest, delivery }: typeof world): void =>
    void link.record.add('capsule.dispatched', { body: digest, bytes: good(payloadOf(delivery.capsule)), at: NOW });
  dispatch(world);
  dispatch(people);
  link.record.add('halt.requested', body({ capsule: world.digest, by: 'oz' }));
  await follow(tail);
  expect(statusOf(config(), tail, NOW_MS)).toMatchObject({
    checkpoint: { size: 5, root: encodeBase64(link.record.root) },
    envelope,
    trustVersion: 3,
    halts: [world.digest],
    quota: { used: 3, limit: 40, from: expect.any(Number) as number },
  });
  const after = (ms: number): object => quotaOf(tail.ruling, { limit: 40, nowMs: NOW_MS + ms, size: 5 });
  const [first] = tail.ruling.dispatches;
  // I14: counted for an hour, and beginning for five minutes only.
  expect(after(0)).toEqual({ used: 3, limit: 40, from: first?.index });
  expect(after(300_000)).toEqual({ used: 3, limit: 40, from: 5 });
  expect(after(4_209_999)).toEqual({ used: 3, limit: 40, from: 5 });
  expect(after(4_210_000)).toEqual({ used: 0, limit: 40, from: 5 });
  link.record.add('rollout.resumed', { ...body({}), subject: `capsule:${world.digest.slice(7)}` });
  link.record.add('envelope.suspended', body(envelope));
  link.record.add('halt.requested', body({ capsule: 'all', by: 'oz' }));
  await follow(tail);
  const status = statusOf(config(), tail, NOW_MS);
  expect([status.halts, 'envelope' in status]).toEqual([['all'], false]);
  link.record.add('envelope.activated', body({ ...envelope, version: 8, narrowings: 0 }));
  await follow(tail);
  expect(statusOf(config(), tail, NOW_MS)).toMatchObject({ halts: [], envelope: { version: 8 } });
});

test('X1: a body that is not the one in the leaf says nothing, and a dispatch without its capsule uses up the quota', async () => {
  const tail = good(open());
  link.record.add('envelope.activated', {
    ...body({ ...envelope, version: 9 }),
    bytes: canonicalBytes({ ...envelope, version: 10 }),
  });
  link.record.add('capsule.dispatched', { body: body({}).body, at: NOW });
  await follow(tail);
  const status = statusOf(config(), tail, NOW_MS);
  expect('envelope' in status).toBe(false);
  expect(status.quota.used).toBeGreaterThan(status.quota.limit);
});

const trustVersion = (tail: Tail): number => statusOf(config(), tail, NOW_MS).trustVersion;

test('X1: no entry takes back a trust bundle that the record has named, so nobody who was struck off counts again', async () => {
  const tail = good(open());
  link.record.add('trust.updated', body({ version: 5 }));
  link.record.add('trust.updated', body({ version: 4 }));
  await follow(tail);
  expect(trustVersion(tail)).toBe(5);
});

test('X1: a trust bundle whose document is kept from the witness is named all the same, by the entry itself', async () => {
  const tail = good(open());
  const { body: digest, at } = body({ version: 9 });
  link.record.add('trust.updated', { body: digest, at, subject: 'trust-bundle:v9' });
  await follow(tail);
  expect(trustVersion(tail)).toBe(9);
  link.record.add('trust.updated', { body: digest, at, subject: 'trust-bundle:v00012' });
  await follow(tail);
  expect(trustVersion(tail)).toBe(9);
});
