/** Everything outside the program that a command may touch; tests bring their own. */
import { createInterface } from 'node:readline/promises';
import { randomBytes } from 'node:crypto';
import { instantOf, type Instant } from '@countersign/core';

export interface World {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isOutTerminal: boolean;
  readonly isErrTerminal: boolean;
  /** A person can be asked. */
  readonly isInTerminal: boolean;
  readonly columns: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined when the person closed the input. */
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly now: () => Instant;
  readonly randomHex: (bytes: number) => string;
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

const DEFAULT_COLUMNS = 100;

export function realWorld(): World {
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  // A reader such as `head` that went away ends the program quietly.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(0));
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isOutTerminal: process.stdout.isTTY,
    isErrTerminal: process.stderr.isTTY,
    isInTerminal: process.stdin.isTTY,
    columns: process.stderr.columns ?? DEFAULT_COLUMNS,
    environment: process.env,
    ask: (question) => askPerson(question, interrupt.signal),
    now: () => instantOf(Date.now()),
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    pause,
    interrupted: interrupt.signal,
  };
}

async function askPerson(question: string, signal: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.once('SIGINT', () => process.emit('SIGINT'));
  try {
    return await lines.question(question, { signal });
  } catch {
    // Aborted or closed: no answer is no consent.
    return undefined;
  } finally {
    lines.close();
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal?.aborted === true) return done();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
    return undefined;
  });
}
