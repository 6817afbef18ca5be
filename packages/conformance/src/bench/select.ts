/** Which cases a name on the command line means. */
import type { BenchCase } from './bench-case.ts';

/** `group/case`, or `group` for all of its cases, or nothing for all there are. An unknown name gives none. */
export function selectCases(all: readonly BenchCase[], wanted: readonly string[]): readonly BenchCase[] {
  if (wanted.length === 0) return all;
  const isUnknown = wanted.some((name) => !all.some((one) => isMeant(one, name)));
  // A name that means nothing must not let the others pass as "everything asked for".
  return isUnknown ? [] : all.filter((one) => wanted.some((name) => isMeant(one, name)));
}

const isMeant = ({ name }: BenchCase, wanted: string): boolean => name === wanted || name.startsWith(`${wanted}/`);
