/**
 * Memory of running processes, from `/proc/<pid>/smaps_rollup`. `rss` is what a process holds; `pss` divides pages that
 * several share among them, so it can be added up over the backends of a database.
 */
import { readFileSync } from 'node:fs';
import { runningProcesses, treeOf } from './proc-stat.ts';

export interface Memory {
  readonly rssBytes: number;
  readonly pssBytes: number;
}

const BYTES_PER_KB = 1024;

export function parseSmapsRollup(text: string): Memory | undefined {
  const kilobytes = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const [rss, pss] = [kilobytes('Rss'), kilobytes('Pss')];
  if (rss === undefined || pss === undefined) return undefined;
  return { rssBytes: rss * BYTES_PER_KB, pssBytes: pss * BYTES_PER_KB };
}

/** Throws when there is nothing to read: no memory is never a good answer. */
export function memoryOf(pid: number): Memory {
  const memory = parseSmapsRollup(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  if (memory === undefined) throw new Error(`the memory of process ${pid} cannot be read`);
  return memory;
}

/** Sum over a process and everything below it; only `pssBytes` means something when they share pages. */
export function memoryOfTree(root: number): Memory {
  const tree = treeOf(root, runningProcesses());
  if (tree.length === 0) throw new Error(`process ${root} has ended and can no longer be measured`);
  return tree
    .map(({ pid }) => memoryOf(pid))
    .reduce((sum, one) => ({ rssBytes: sum.rssBytes + one.rssBytes, pssBytes: sum.pssBytes + one.pssBytes }));
}
