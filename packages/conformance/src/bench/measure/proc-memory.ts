/**
 * Memory of running processes, from `/proc/<pid>/smaps_rollup`. `rss` is what a process has resident, the pages of the Node
 * executable included; `pss` divides pages that several share among those that happen to run.
 */
import { readFileSync } from 'node:fs';
import { runningProcesses, treeOf } from './proc-stat.ts';

export interface Memory {
  readonly rssBytes: number;
  readonly pssBytes: number;
  /** Pages that no other process can share: heap, stacks, compiled code. */
  readonly anonymousBytes: number;
}

const BYTES_PER_KB = 1024;

export function parseSmapsRollup(text: string): Memory | undefined {
  const kilobytes = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const [rss, pss, anonymous] = [kilobytes('Rss'), kilobytes('Pss'), kilobytes('Anonymous')];
  if (rss === undefined || pss === undefined || anonymous === undefined) return undefined;
  return { rssBytes: rss * BYTES_PER_KB, pssBytes: pss * BYTES_PER_KB, anonymousBytes: anonymous * BYTES_PER_KB };
}

/**
 * What a program costs a host that runs `programs` of its kind: its own pages and an even share of the executable's. This is `pss`
 * on such a host, but does not change with whatever else runs on the machine that measures.
 */
export function shareOfHost({ rssBytes, anonymousBytes }: Memory, programs: number): number {
  return anonymousBytes + (rssBytes - anonymousBytes) / programs;
}

/** Throws when there is nothing to read: no memory is never a good answer. */
export function memoryOf(pid: number): Memory {
  const memory = parseSmapsRollup(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  if (memory === undefined) throw new Error(`the memory of process ${pid} cannot be read`);
  return memory;
}

/** Sum over a process and everything below it: the backends of a database share most pages, so of the sum only `pssBytes` counts. */
export function memoryOfTree(root: number): Memory {
  const tree = treeOf(root, runningProcesses());
  if (tree.length === 0) throw new Error(`process ${root} has ended and can no longer be measured`);
  return tree
    .map(({ pid }) => memoryOf(pid))
    .reduce((sum, one) => ({
      rssBytes: sum.rssBytes + one.rssBytes,
      pssBytes: sum.pssBytes + one.pssBytes,
      anonymousBytes: sum.anonymousBytes + one.anonymousBytes,
    }));
}
