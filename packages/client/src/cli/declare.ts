/** What the declarations of commands share: how an action runs, and how options are read. */
import { InvalidArgumentError } from 'commander';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { durationOf } from './wait.ts';

/** Turns work with a context into an action of commander. */
export type Act = <Given extends readonly unknown[]>(
  work: (context: Context, ...given: Given) => Promise<ExitCode>,
) => (...given: Given) => Promise<void>;

export function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export function duration(text: string): number {
  const ms = durationOf(text);
  if (ms === undefined) throw new InvalidArgumentError('It must be a time like 30s, 10m or 2h.');
  return ms;
}
