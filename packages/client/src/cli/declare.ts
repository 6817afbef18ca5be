/** What the declarations of commands share: how an action runs, and how options are read. */
import { parseRfc3339 } from '@countersign/core';
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

/** `2026-12-01T03:00:00Z`, with milliseconds or without, as the one form that documents hold. */
export function momentGiven(text: string): string {
  const instant = parseRfc3339(text);
  if (instant === undefined) throw new InvalidArgumentError('It must be a UTC time like 2026-12-01T03:00:00Z.');
  return instant;
}

/** The same, or a day, which begins at midnight UTC. */
export function instantGiven(text: string): string {
  const instant = parseRfc3339(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (instant === undefined)
    throw new InvalidArgumentError('It must be a day or a UTC time like 2026-12-01T03:00:00Z.');
  return instant;
}

export function duration(text: string): number {
  const ms = durationOf(text);
  if (ms === undefined) throw new InvalidArgumentError('It must be a time like 30s, 10m or 2h.');
  return ms;
}
