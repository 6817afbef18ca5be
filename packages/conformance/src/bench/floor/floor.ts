/** Starts the floor program and asks it for rounds. */
import { fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { list, object, readShape, type Shape } from '@countersign/core';

export interface Floor {
  readonly pid: number;
  /** Times of `size` operations in milliseconds. */
  readonly round: (size: number) => Promise<readonly number[]>;
  readonly stop: () => Promise<void>;
}

/** What one operation of the floor does, by construction: see its source. */
export const FLOOR_WORK = { serialFsyncs: 5, signatures: 2, verifications: 1, httpRoundTrips: 3 } as const;

const milliseconds: Shape<number> = {
  schema: { type: 'number' },
  read: (value, at, complaints) => {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    complaints.push({ at, problem: 'must be a number' });
    return undefined;
  },
};
const roundShape = object<{ readonly tookMs: readonly number[] }>({
  tookMs: list(milliseconds, { min: 1, max: 10_000 }),
});
const MAIN = fileURLToPath(new URL('floor.main.ts', import.meta.url));

export async function startFloor(folder: string): Promise<Floor> {
  mkdirSync(folder, { recursive: true });
  const child = fork(MAIN, [folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  const nextMessage = (): Promise<unknown> =>
    Promise.race([
      new Promise<unknown>((done) => child.once('message', done)),
      ended.then((code) => {
        throw new Error(`the floor program ended with ${code}`);
      }),
    ]);
  await nextMessage();
  return {
    pid: child.pid ?? 0,
    async round(size) {
      child.send(size);
      const read = readShape(roundShape, await nextMessage());
      if (!read.ok) throw new Error(`the floor program answered something else: ${read.refusal.detail}`);
      return read.value.tookMs;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
