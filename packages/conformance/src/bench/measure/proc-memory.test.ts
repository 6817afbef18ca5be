import { expect, test } from 'vitest';
import { memoryOf, memoryOfTree, parseSmapsRollup, shareOfHost } from './proc-memory.ts';

const ROLLUP = `55d000000000-7ffd00000000 ---p 00000000 00:00 0                          [rollup]
Rss:               61440 kB
Pss:               50176 kB
Pss_Dirty:         20000 kB
Pss_Anon:          20000 kB
Shared_Clean:      11264 kB
Private_Dirty:     20000 kB
Anonymous:         20480 kB
SwapPss:               0 kB
`;

const MEMORY = { rssBytes: 61_440 * 1024, pssBytes: 50_176 * 1024, anonymousBytes: 20_480 * 1024 };

test('reads resident, proportional and anonymous size', () => {
  expect(parseSmapsRollup(ROLLUP)).toEqual(MEMORY);
});

test('a program costs its host its own pages and an even share of the executable', () => {
  expect(shareOfHost(MEMORY, 1)).toBe(MEMORY.rssBytes);
  expect(shareOfHost(MEMORY, 2)).toBe((20_480 + 40_960 / 2) * 1024);
});

test('a field with a longer name is another field', () => {
  const without = ROLLUP.replace(/^Pss: .*\n/m, '');
  expect(parseSmapsRollup(without)).toBeUndefined();
});

test('half a reading is none', () => {
  expect(parseSmapsRollup('')).toBeUndefined();
  expect(parseSmapsRollup('Rss: many kB\nPss: 1 kB\n')).toBeUndefined();
});

test.runIf(process.platform === 'linux')('reads this very process, alone and with those below it', () => {
  const { rssBytes, pssBytes } = memoryOf(process.pid);
  expect(rssBytes).toBeGreaterThan(10_000_000);
  expect(pssBytes).toBeLessThanOrEqual(rssBytes);
  expect(memoryOfTree(process.pid).rssBytes).toBeGreaterThan(10_000_000);
});

test('a process that is gone has no memory to be proud of', () => {
  expect(() => memoryOf(4_194_305)).toThrow('ENOENT');
  expect(() => memoryOfTree(4_194_305)).toThrow('ended');
});
