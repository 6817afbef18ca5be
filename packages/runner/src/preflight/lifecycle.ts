/** How a program of this package starts and ends: it tells its parent when it is ready and ends when told, or when left alone. */
import type { Refusal } from '@countersign/core';
import type { Log } from './log.ts';
import { codeOf } from './read-file.ts';

export interface Running {
  readonly stop: () => Promise<void> | void;
}

/** Starts, reports `{up: name}` over IPC when there is a parent, and stops on SIGTERM, SIGINT or a lost parent. */
export async function runProgram(name: string, log: Log, start: () => Promise<Running>): Promise<void> {
  endOnFaults(log);
  const running = await start();
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    await running.stop();
    // Keeps the status of whoever asked for the end because something is wrong.
    process.exit();
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  if (process.send === undefined) {
    log('up');
    return;
  }
  process.on('disconnect', () => void stop());
  process.send({ up: name });
}

/** A full disk or anything else nobody foresaw: one line that says so, and the end. Going on would be acting without a record (I6). */
function endOnFaults(log: Log): void {
  const end = (error: unknown): void => {
    log('ended-by-fault', { code: codeOf(error), detail: error instanceof Error ? error.message : 'unknown' });
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** Ends the program with what is wrong; a configuration that is not understood starts nothing. */
export function giveUp(log: Log, refusal: Refusal): never {
  log('cannot-start', { code: refusal.code, detail: refusal.detail });
  for (const { at, problem } of refusal.complaints ?? []) log('complaint', { at, problem });
  process.exit(2);
}
