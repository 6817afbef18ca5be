import { expect, test } from 'vitest';
import { messages, parseCalls, succeeded } from './syscalls.ts';

const TRACE = `1872  recvfrom(4, 0x555b85e45790, 8192, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)
1872  recvfrom(4, ""..., 8192, 0, NULL, NULL) = 8192
1872  recvfrom(4, ""..., 8192, 0, NULL, NULL) = 808
1873  fsync(5 <unfinished ...>
1872  recvfrom(4, <unfinished ...>
1873  <... fsync resumed>)              = 0
1872  <... recvfrom resumed>""..., 8192, 0, NULL, NULL) = 17
1872  fdatasync(5)                      = 0
1872  <detached ...>
`;

test('counts calls that have returned, whoever interrupted their line', () => {
  expect([...parseCalls(TRACE)]).toEqual([
    ['recvfrom', { calls: 4, errors: 1, full: 1 }],
    ['fsync', { calls: 1, errors: 0, full: 0 }],
    ['fdatasync', { calls: 1, errors: 0, full: 0 }],
  ]);
});

test('only calls that succeeded did something', () => {
  const counts = parseCalls(TRACE);
  expect(succeeded(counts, ['fsync', 'fdatasync'])).toBe(2);
  expect(succeeded(counts, ['recvfrom'])).toBe(3);
});

test('a message that is longer than the buffer it is read into is one message', () => {
  expect(messages(parseCalls(TRACE))).toBe(2);
});

test('a call that never happened counts zero', () => {
  expect(parseCalls('').size).toBe(0);
  expect(succeeded(new Map(), ['fsync'])).toBe(0);
  expect(messages(new Map())).toBe(0);
});
