/** Runs the command line in this process against a world of the test's own. */
import { parseInstant, type Instant } from '@countersign/core';
import type { ExitCode } from '../cli/exit-codes.ts';
import { run } from '../cli/run.ts';
import type { World } from '../cli/world.ts';

export interface Told {
  readonly exit: ExitCode;
  readonly out: string;
  readonly err: string;
}
export interface Surroundings {
  readonly url: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What a person types; absent: nobody is there. */
  readonly typed?: string;
  readonly isTerminal?: boolean;
  /** Told what goes to stderr while the command still runs. */
  readonly hear?: (text: string) => void;
  readonly now?: string;
  /** Pressed before anything is waited for a second time. */
  readonly interruptAfterPauses?: number;
}

export async function cs(line: readonly string[], around: Surroundings): Promise<Told> {
  const said = { out: '', err: '' };
  const interrupt = new AbortController();
  let pauses = 0;
  const world: World = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
      around.hear?.(text);
    },
    isOutTerminal: around.isTerminal ?? false,
    isErrTerminal: around.isTerminal ?? false,
    isInTerminal: around.typed !== undefined,
    columns: 100,
    environment: { CS_URL: around.url, CS_TOKEN: 'a-token-of-a-test', ...around.environment },
    ask: async (question) => {
      said.err += question;
      return around.typed;
    },
    now: () => instant(around.now ?? '2026-11-21T03:00:00.000Z'),
    randomHex: (bytes) => '5a'.repeat(bytes),
    pause: async () => {
      pauses += 1;
      if (pauses > (around.interruptAfterPauses ?? 50)) interrupt.abort();
    },
    interrupted: interrupt.signal,
  };
  const exit = await run(line, world);
  return { exit, ...said };
}

function instant(text: string): Instant {
  const found = parseInstant(text);
  if (found === undefined) throw new Error(`\`${text}\` is not an instant`);
  return found;
}
