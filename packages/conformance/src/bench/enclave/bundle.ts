/** One file that holds a whole program, as it would be copied to a host that has Node and nothing else. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from '../measure/run-child.ts';
import { sourceOf, type Program } from './programs.ts';

const ROOT = fileURLToPath(new URL('../../../../..', import.meta.url));
const TIMEOUT_MS = 60_000;

/** The bundler is called as the program it is: no package of this workspace loads it. */
export async function bundle(program: Program, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${program}.mjs`);
  const esbuild = join(ROOT, 'node_modules', '.bin', 'esbuild');
  const how = [
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--target=node24',
    '--log-level=error',
    `--outfile=${file}`,
  ];
  const { status, tail } = await runChild(esbuild, [sourceOf(program), ...how], { cwd: ROOT, timeoutMs: TIMEOUT_MS });
  if (status !== 0) throw new Error(`the ${program} cannot be bundled: ${tail}`);
  return file;
}
