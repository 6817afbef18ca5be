/** `cs up`: starts the whole product on this machine, as `npm start` does, and stays until it ends. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';

export interface UpOptions {
  readonly port: string | undefined;
  readonly data: string | undefined;
  /** False: everything is started, no scenario is played. */
  readonly demo: boolean;
}

const ROOT = join(import.meta.dirname, '../../../..');

export async function up({ world }: Context, { port, data, demo }: UpOptions): Promise<ExitCode> {
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535))
    throw usage('`--port` must be a port number');
  const child = spawn(process.execPath, [join(ROOT, 'boot.cjs'), 'packages/control/src/up.ts'], {
    stdio: 'inherit',
    env: {
      ...world.environment,
      ...(port !== undefined && { PORT: port }),
      ...(data !== undefined && { STATE_DIR: data }),
      ...(demo ? {} : { DEMO: 'off' }),
    },
  });
  // Ctrl-C in a terminal reaches the child by itself; a plain kill reaches only us.
  const pass = (): void => void (world.isInTerminal || child.kill('SIGTERM'));
  world.interrupted.addEventListener('abort', pass, { once: true });
  const code = await new Promise<number>((done, fail) => {
    child.once('error', fail);
    child.once('exit', (exit, signal) => done(exit ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
  if (code === 0) return EXIT.ok;
  return code === EXIT.interrupted ? EXIT.interrupted : EXIT.failed;
}
