// `npm run check` runs every gate in order and stops at the first failure; `npm test` runs the tests alone.
//
//   check.ts                     all gates
//   check.ts test [SUITE] [...]  one suite of tests: unit (default), e2e, faults, long; the rest goes to vitest
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = import.meta.dirname;
/** Named by this run, so that two suites may run beside each other and an old result is never counted. */
const RESULT = join(ROOT, '.cache', `tests-${process.pid}.json`);
const JUDGED = ['packages', 'architecture', 'scripts', 'check.ts', 'vitest.config.ts'];
const SUITES: ReadonlySet<string> = new Set(['unit', 'e2e', 'faults', 'long']);
const GATE_TIMEOUT_MS = 30 * 60_000;
/** The long suite takes as long as it takes; every other gate that hangs is a failure. */
const LONG_TIMEOUT_MS = 24 * 3_600_000;

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

process.chdir(ROOT);
const [mode, ...rest] = process.argv.slice(2);
process.exitCode = (mode === 'test' ? runTests(rest) : runGates()) ? 0 : 1;

function runGates(): boolean {
  return (
    gate('tsc', ['--build', 'tsconfig.build.json']) &&
    gate('tsc', ['-p', 'tsconfig.test.json']) &&
    gate('oxlint', ['--type-aware', '--deny-warnings', ...JUDGED]) &&
    gate('oxfmt', ['--check', ...JUDGED]) &&
    gate('knip', []) &&
    runTests([])
  );
}

/** Runs one tool of node_modules under this very Node, its output shown as it comes. */
function gate(tool: string, args: readonly string[], timeoutMs: number = GATE_TIMEOUT_MS): boolean {
  const started = performance.now();
  const script = realpathSync(join(ROOT, 'node_modules', '.bin', tool));
  const { status, error } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit', timeout: timeoutMs });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(`${status === 0 ? 'ok  ' : 'FAIL'} ${tool} ${seconds} s${error ? ` (${error.message})` : ''}\n`);
  return status === 0;
}

/** Green means: vitest is content, at least one test ran, none failed, and none was skipped where skips are forbidden. */
function runTests(args: readonly string[]): boolean {
  const [first = 'unit', ...others] = args;
  const [suite, filters] = SUITES.has(first) ? [first, others] : ['unit', args];
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${RESULT}`];
  const timeoutMs = suite === 'long' ? LONG_TIMEOUT_MS : GATE_TIMEOUT_MS;
  const isContent = gate('vitest', ['run', '--mode', suite, ...report, ...filters], timeoutMs);
  const { passed, failed, skipped } = readCounts(isContent);
  rmSync(RESULT, { force: true });
  const forbidsSkips = process.env['COUNTERSIGN_NO_SKIPS'] === '1';
  if (passed + failed === 0) process.stderr.write('FAIL no test ran\n');
  if (forbidsSkips && skipped > 0)
    process.stderr.write('FAIL a test was skipped where everything it needs must be there\n');
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return isContent && passed > 0 && failed === 0 && !(forbidsSkips && skipped > 0);
}

/** A run that failed without a failed test (a file that does not load, an error outside any test) counts as one failure. */
function readCounts(isContent: boolean): Counts {
  let result: unknown;
  try {
    result = JSON.parse(readFileSync(RESULT, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const failed = count(result, 'numFailedTests');
  return {
    passed: count(result, 'numPassedTests'),
    failed: failed === 0 && !isContent ? 1 : failed,
    skipped: count(result, 'numPendingTests') + count(result, 'numTodoTests'),
  };
}

function count(result: unknown, field: string): number {
  const value: unknown = typeof result === 'object' && result !== null ? Reflect.get(result, field) : undefined;
  if (typeof value !== 'number') throw new Error(`the test result has no \`${field}\``);
  return value;
}
