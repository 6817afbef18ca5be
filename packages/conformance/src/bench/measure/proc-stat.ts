/**
 * CPU time as the kernel accounts it, from `/proc/<pid>/stat`. Wall time is nearly worthless on a shared machine; CPU time is
 * steadier, and its ratio to a peer in the same run is steadier still.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  /** User and system time of the process itself. */
  readonly ownTicks: number;
  /** The same of all its children that have ended and were waited for, and of theirs. */
  readonly endedChildrenTicks: number;
}

/** The kernel reports in USER_HZ, which is 100 on every architecture that Linux supports here. */
const US_PER_TICK = 10_000;

/** Field numbers of proc(5) count from 1; the name in field 2 may hold spaces and brackets, so fields start after the last one. */
export function parseStat(line: string): ProcessTimes | undefined {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const after = line
    .slice(close + 1)
    .trim()
    .split(' ');
  // What is not a count becomes NaN, and so does every sum with it.
  const field = (number: number): number => {
    const text = after[number - 3] ?? '';
    return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  };
  const times = {
    pid: Number(line.slice(0, open)),
    parent: field(4),
    ownTicks: field(14) + field(15),
    endedChildrenTicks: field(16) + field(17),
  };
  return Object.values(times).every(Number.isSafeInteger) ? times : undefined;
}

/** Undefined when the process has ended. */
export function readStat(pid: number): ProcessTimes | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // A process may end between being listed and being read: then it has no times of its own any more.
    return undefined;
  }
}

/** A process and everything below it, as it is now. */
export function treeOf(root: number, all: readonly ProcessTimes[]): readonly ProcessTimes[] {
  const self = all.filter(({ pid }) => pid === root);
  const children = all.filter(({ parent, pid }) => parent === root && pid !== root);
  return [...self, ...children.flatMap(({ pid }) => treeOf(pid, all))];
}

export function runningProcesses(): readonly ProcessTimes[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? []);
}

/**
 * CPU time spent so far by a process, by those below it and by those that ended below it. A child that ends moves
 * from the first sum to the second, so the value never falls while its root lives.
 */
export function cpuUsOf(tree: readonly ProcessTimes[]): number {
  return tree.reduce((sum, times) => sum + times.ownTicks + times.endedChildrenTicks, 0) * US_PER_TICK;
}

/** Throws when the process is gone: a reading of zero would look like a very fast program. */
export function cpuUsOfTree(root: number): number {
  const tree = treeOf(root, runningProcesses());
  if (tree.length === 0) throw new Error(`process ${root} has ended and can no longer be measured`);
  return cpuUsOf(tree);
}

/** CPU time of all children of this very process that have ended. */
export function endedChildrenCpuUs(): number {
  const self = readStat(process.pid);
  if (self === undefined) throw new Error('this system does not report CPU time under /proc');
  return self.endedChildrenTicks * US_PER_TICK;
}
