import { expect, test } from 'vitest';
import { AddressLimit } from './address-limit.ts';

const knocks = (limit: AddressLimit, address: string, times: readonly number[], door = '/token') =>
  times.map((nowMs) => limit.knock(door, address, { aMinute: 2, nowMs }));

test('O4: within a minute so many, then the seconds until the minute is over, then anew', () => {
  expect(knocks(new AddressLimit(), 'a', [1000, 1001, 1002, 31_000, 60_999, 61_000])).toEqual([
    undefined,
    undefined,
    60,
    30,
    1,
    undefined,
  ]);
});

test('O4: the noise of one address keeps nobody else out, nor itself from another door', () => {
  const limit = new AddressLimit();
  knocks(limit, 'noise', Array<number>(1000).fill(5));
  expect(knocks(limit, 'noise', [5])).toEqual([60]);
  expect(knocks(limit, 'approver', [5, 5])).toEqual([undefined, undefined]);
  expect(knocks(limit, 'noise', [5], '/sign-in')).toEqual([undefined]);
});

test('O4: a clock that goes back makes nobody wait for a time that was corrected', () => {
  expect(knocks(new AddressLimit(), 'a', [900_000, 900_000, 900_000, 5])).toEqual([
    undefined,
    undefined,
    60,
    undefined,
  ]);
});

test('O4: of a million addresses few are remembered, and a stranger never keeps one out', () => {
  const limit = new AddressLimit(100);
  const waits = Array.from({ length: 1_000_000 }, (_, n) => limit.knock('/token', `a${n}`, { aMinute: 1, nowMs: 5 }));
  expect(waits.every((wait) => wait === undefined)).toBe(true);
  expect(limit.remembered).toBe(100);
});

test('O4: who keeps knocking is not forgotten for others who come once', () => {
  const limit = new AddressLimit(10);
  for (let n = 0; n < 100; n += 1) {
    knocks(limit, 'noise', [5]);
    knocks(limit, `other-${n}`, [5]);
  }
  expect(knocks(limit, 'noise', [5])).toEqual([60]);
});
