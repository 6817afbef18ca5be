/** Where something stands in the file a person wrote: complaints name a line, not only a pointer into a compiled document. */
import type { Complaint } from '@countersign/core';

export interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** Keys and positions from the top of the document. */
export type Path = readonly (string | number)[];

/** A finding about a written file. */
export interface Located extends Place {
  readonly severity: 'error' | 'warning' | 'info';
  /** JSON pointer into what is meant: the file itself, or the envelope compiled from it. */
  readonly at: string;
  readonly problem: string;
  readonly advice: string;
  readonly clause: string;
}

export const pointerOf = (path: Path): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export const pathOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** `12:5 /grants/0/caps is missing; advice`: what the command line prints and a refusal carries. */
export const complaintOf = ({ line, column, at, problem, advice }: Located): Complaint => ({
  at: `${line}:${column} ${at === '' ? '/' : at}`,
  problem: advice === '' ? problem : `${problem}; ${advice}`,
});
