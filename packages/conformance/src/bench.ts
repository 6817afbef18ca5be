/**
 * Program: `npm run bench -- [GROUP[/CASE]...] [--json] [--seed N]`. Measures against peers in the same run; one JSON line a
 * case. Exit status 0 when all that was asked for passed, 1 when not, 2 when the question makes no sense.
 */
import { parseArgs } from 'node:util';
import { CASES } from './bench/cases.ts';
import { jsonLine, tableOf } from './bench/report.ts';
import { runCase } from './bench/run-case.ts';
import { selectCases } from './bench/select.ts';

const DEFAULT_SEED = 706;
const MAX_SEED = 2_147_483_647;
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

interface Question {
  readonly wanted: readonly string[];
  readonly isJson: boolean;
  readonly seed: number;
}

function readQuestion(args: readonly string[]): Question | undefined {
  try {
    const options = { json: { type: 'boolean' }, seed: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    const seed = Number(values.seed ?? DEFAULT_SEED);
    const isSeed = Number.isInteger(seed) && seed > 0 && seed <= MAX_SEED;
    return isSeed ? { wanted: positionals, isJson: values.json === true, seed } : undefined;
  } catch {
    // An option that does not exist: the usage says which do.
    return undefined;
  }
}

async function run({ wanted, isJson, seed }: Question): Promise<number> {
  const cases = selectCases(CASES, wanted);
  if (cases.length === 0) return usage();
  let failed = 0;
  for (const one of cases) {
    say(`${one.name}: begins`);
    const result = await runCase(one, { seed, say: (line) => say(`${one.name}: ${line}`) });
    if (!result.passed) failed += 1;
    if (result.problem !== undefined) say(`${one.name}: FAILED, ${result.problem}`);
    process.stdout.write(`${isJson ? jsonLine(result) : tableOf(result)}\n`);
  }
  say(`${cases.length - failed} of ${cases.length} cases passed`);
  return failed === 0 ? 0 : 1;
}

function usage(): number {
  say(
    `usage: npm run bench -- [GROUP[/CASE]...] [--json] [--seed N]\ncases: ${CASES.map(({ name }) => name).join(', ')}`,
  );
  return 2;
}

const question = readQuestion(process.argv.slice(2));
// A case that ran out of time may still hold handles: everything it started ends with this process.
process.exit(question === undefined ? usage() : await run(question));
