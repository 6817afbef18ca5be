/** One exhaustive search: a model with some defences taken away, through spin and gcc, read back from the verifier's own words. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const MODELS = resolve(import.meta.dirname, '../../models');
export const modelFile = (model: string): string => join(MODELS, `${model}.pml`);

/**
 * - `everything`: all states, and every line of the model that was never reached is named.
 * - `shortest`: breadth first, up to the first rule that breaks.
 */
export type Search = 'everything' | 'shortest';

export interface Finding {
  readonly errors: number;
  readonly states: number;
  /** The whole state space was searched. */
  readonly isExhaustive: boolean;
  /** Name of the broken rule, such as `I4`; the assertion's text where it has no name. */
  readonly broken?: string;
  /** Steps to it. */
  readonly depth?: number;
  /** Statements no run gets to, each with its line; the end of an endless loop is not among them. */
  readonly unreached: readonly string[];
}

const run = promisify(execFile);
const TIMEOUT_MS = 50_000;
const MAX_OUTPUT_BYTES = 4_194_304;
/** The deepest run of the largest model is a few thousand steps; a search that is cut off says so and does not count. */
const MAX_DEPTH = 200_000;
const MEMORY_MB = 1500;
/** Size of the verifier's table; a small one is ready at once. */
const TABLE_BITS: Readonly<Record<Search, number>> = { everything: 22, shortest: 17 };

const isInstalled = (program: string, flag: string): boolean => spawnSync(program, [flag]).error === undefined;
export const hasModelChecker = (): boolean => isInstalled('spin', '-V') && isInstalled('gcc', '--version');

export async function verifyModel(model: string, defines: readonly string[], search: Search): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-model-'));
  const inside = { cwd: folder, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
  const flags = defines.map((define) => `-D${define}`);
  // Unmerged statements are needed to tell which lines were reached.
  const generate = search === 'everything' ? ['-a', '-o3'] : ['-a'];
  const compile = search === 'everything' ? ['-O1', '-DCOLLAPSE'] : ['-O0', '-DBFS'];
  try {
    await run('spin', [...generate, ...flags, modelFile(model)], inside);
    await run(
      'gcc',
      [...compile, '-w', '-DSAFETY', '-DNOREDUCE', `-DMEMLIM=${MEMORY_MB}`, '-o', 'pan', 'pan.c'],
      inside,
    );
    // -E: a state in which nothing is left to do is no fault of a safety model.
    const { stdout } = await run(join(folder, 'pan'), ['-E', `-m${MAX_DEPTH}`, `-w${TABLE_BITS[search]}`], inside);
    return readFinding(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readFinding(output: string): Finding {
  const errors = numberIn(output, /errors: (\d+)/);
  const states = numberIn(output, /^\s*(\d+) states, stored/m);
  const failed = /assertion violated (.*) \(at depth (\d+)\)/.exec(output);
  const [, claim = '', depth = ''] = failed ?? [];
  const broken = /\|\|(\w+)\)$/.exec(claim)?.[1] ?? claim;
  const unreached = [...output.matchAll(/:(\d+), state \d+, "(.*)"$/gm)].flatMap(([, line = '', statement = '']) =>
    statement === '-end-' ? [] : [`line ${line}: ${statement}`],
  );
  const isExhaustive = !/Search not completed|search depth too small|out of memory/i.test(output);
  return { errors, states, isExhaustive, unreached, ...(failed !== null && { broken, depth: Number(depth) }) };
}

/** The verifier always says both numbers; without them it did not run to its end. */
function numberIn(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`the verifier gave no result: ${output.slice(-500)}`);
  return Number(found);
}
