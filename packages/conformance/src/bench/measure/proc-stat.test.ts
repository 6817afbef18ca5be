import { describe, expect, test } from 'vitest';
import { cpuUsOf, cpuUsOfTree, parseStat, readStat, runningProcesses, treeOf, type ProcessTimes } from './proc-stat.ts';

const LINE =
  '4242 (node) S 17 4242 4242 0 -1 4194560 9001 77 3 0 1234 56 7 8 20 0 11 0 998877 1200000000 15000 18446744073709551615';

test('reads parent, own time and the time of ended children', () => {
  expect(parseStat(LINE)).toEqual({ pid: 4242, parent: 17, ownTicks: 1290, endedChildrenTicks: 15 });
});

test.each(['(a) b) c', 'tmux: server', ') S 1 2 3', '((', 'Web Content'])(
  'a program may call itself `%s` and its numbers stay its own',
  (name) => {
    const line = LINE.replace('(node)', `(${name})`);
    expect(parseStat(line)).toEqual({ pid: 4242, parent: 17, ownTicks: 1290, endedChildrenTicks: 15 });
  },
);

test.each(['', '4242', '4242 (node', '4242 (node) S 17', LINE.replace('1234', 'x'), LINE.replace('1234', '-5')])(
  'what is not such a line is nothing: `%s`',
  (line) => {
    expect(parseStat(line)).toBeUndefined();
  },
);

const process = (pid: number, parent: number, ownTicks: number, endedChildrenTicks = 0): ProcessTimes => ({
  pid,
  parent,
  ownTicks,
  endedChildrenTicks,
});

describe('a tree', () => {
  const all = [process(1, 0, 5), process(10, 1, 100, 7), process(11, 10, 20), process(12, 11, 3), process(20, 1, 50)];

  test('holds the root and everything below it, and nobody else', () => {
    expect(treeOf(10, all).map(({ pid }) => pid)).toEqual([10, 11, 12]);
    expect(treeOf(99, all)).toEqual([]);
  });

  test('costs what its members and their ended children cost', () => {
    expect(cpuUsOf(treeOf(10, all))).toBe((100 + 7 + 20 + 3) * 10_000);
  });

  test('costs the same after a child has ended and was waited for', () => {
    const later = [process(10, 1, 100, 7 + 20 + 3)];
    expect(cpuUsOf(later)).toBe(cpuUsOf(treeOf(10, all)));
  });

  test('a process that is its own parent does not go round for ever', () => {
    expect(treeOf(1, [process(1, 1, 5)])).toHaveLength(1);
  });
});

test.runIf(globalThis.process.platform === 'linux')('reads this very process', () => {
  const self = readStat(globalThis.process.pid);
  expect(self?.parent).toBe(globalThis.process.ppid);
  expect(runningProcesses().map(({ pid }) => pid)).toContain(globalThis.process.pid);
  expect(cpuUsOfTree(globalThis.process.pid)).toBeGreaterThan(0);
});

test('a process that is gone cannot be measured: nothing is not a very fast program', () => {
  expect(() => cpuUsOfTree(4_194_305)).toThrow('ended');
});
