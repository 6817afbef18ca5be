/** The hosts under attack: the demo's estate program with its staging profile; they count their restarts themselves. */
import { join } from 'node:path';
import { integer, object, readShape, text } from '@countersign/core';
import { estateSummary } from '../../scenarios/estate-view.ts';
import { start, type Started } from './programs.ts';

export interface AttackedHosts {
  readonly baseUrl: string;
  readonly stateDir: string;
  /** Restarts of all hosts together since the start. */
  readonly restarts: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

const portShape = object<{ port: number; baseUrl: string }>({
  port: integer({ min: 1, max: 65_535 }),
  baseUrl: text({ max: 100 }),
});

/** `clock`: a file by which their clock is off. */
export async function startHosts(folder: string, clock?: string): Promise<AttackedHosts> {
  const stateDir = join(folder, 'estate');
  const program = await start({
    file: 'conformance/src/estate/main.ts',
    args: ['--state', stateDir, '--profile', 'staging'],
    ...(clock !== undefined && { clock }),
  });
  const baseUrl = baseUrlOf(program);
  return {
    baseUrl,
    stateDir,
    restarts: async () => (await estateSummary(baseUrl)).restarts,
    stop: program.stop,
  };
}

function baseUrlOf({ up }: Started): string {
  const body = typeof up === 'object' && up !== null && 'up' in up ? up.up : undefined;
  const { port, baseUrl } =
    typeof body === 'object' && body !== null && 'port' in body && 'baseUrl' in body ? body : {};
  const read = readShape(portShape, { port, baseUrl });
  if (!read.ok) throw new Error(`the estate said something else than its address: ${read.refusal.detail}`);
  return read.value.baseUrl;
}
