import { expect, test } from 'vitest';
import type { Status } from '@countersign/core';
import { idOf } from '../testkit/world.ts';
import { NewestRecord, type StoredStatus } from './newest.ts';
import { RecentRecord } from './recent.ts';

const acme = idOf<'Organisation'>('acme');
const stored = (issuedAt: string): StoredStatus => ({
  dsse: { payloadType: 'x', payload: '', signatures: [] },
  status: { issuedAt } as Status,
});

test('X1: the newest status is remembered while nobody else is there, and never replaced by an older one', () => {
  const alone = { is: true };
  const newest = new NewestRecord({ store: {} as never, recent: new RecentRecord(), isAlone: () => alone.is });
  expect(newest.status(acme)).toBeUndefined();
  newest.keepStatus(acme, stored('2026-11-21T12:00:01.000Z'));
  newest.keepStatus(acme, stored('2026-11-21T12:00:00.000Z'));
  expect(newest.status(acme)?.status.issuedAt).toBe('2026-11-21T12:00:01.000Z');
  alone.is = false;
  expect(newest.status(acme)).toBeUndefined();
  alone.is = true;
  // Whoever was there may have stored a newer one.
  newest.forget();
  expect(newest.status(acme)).toBeUndefined();
});
