import { expect, test } from 'vitest';
import { parseSyscallSummary, succeeded } from './syscalls.ts';

const SUMMARY = `calls     errors    syscall
--------- --------- ----------------
        5           fdatasync
       12         3 recvfrom
        1           fsync
--------- --------- ----------------
       18         3 total
`;

test('reads calls and errors; an empty column means that nothing failed', () => {
  expect([...parseSyscallSummary(SUMMARY)]).toEqual([
    ['fdatasync', { calls: 5, errors: 0 }],
    ['recvfrom', { calls: 12, errors: 3 }],
    ['fsync', { calls: 1, errors: 0 }],
  ]);
});

test('only calls that succeeded did something', () => {
  const counts = parseSyscallSummary(SUMMARY);
  expect(succeeded(counts, ['fsync', 'fdatasync'])).toBe(6);
  expect(succeeded(counts, ['recvfrom'])).toBe(9);
});

test('a call that never happened counts zero', () => {
  expect(parseSyscallSummary('').size).toBe(0);
  expect(succeeded(new Map(), ['fsync'])).toBe(0);
});
