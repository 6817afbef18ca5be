/** A result as one JSON line for programs, or as a few lines for a reader. */
import { meets, type Bar, type BenchResult } from './result.ts';

export function jsonLine(result: BenchResult): string {
  return JSON.stringify(result, (_key, value: unknown) => (typeof value === 'number' ? rounded(value) : value));
}

/** Four digits that mean something; counts stay whole. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}

export function tableOf(result: BenchResult): string {
  const lines = [
    `${result.passed ? 'passed' : 'FAILED'}  ${result.case}  (n ${result.n}, seed ${result.seed}, load ${result.load})`,
  ];
  if (result.problem !== undefined) lines.push(`  ${result.problem}`);
  for (const [name, bar] of Object.entries(result.bar)) lines.push(`  ${markOf(bar)} ${barText(name, bar)}`);
  for (const [name, ratio] of Object.entries(result.ratio))
    lines.push(
      typeof ratio === 'number'
        ? row(`ratio ${name}`, ratio)
        : row(`ratio ${name}`, `${rounded(ratio.median)} (95 %: ${rounded(ratio.lo95)} to ${rounded(ratio.hi95)})`),
    );
  const groups = { count: result.counters, 'cpu us': result.cpu_us, peer: result.peer };
  for (const [group, values] of Object.entries(groups))
    for (const [name, value] of Object.entries(values)) lines.push(row(`${group} ${name}`, value));
  if (result.wall !== null)
    for (const [name, value] of Object.entries(result.wall)) lines.push(row(`wall ms ${name}`, Number(value)));
  return lines.join('\n');
}

const WIDTH = 44;
const row = (name: string, value: number | string): string =>
  `  ${name.padEnd(WIDTH)} ${typeof value === 'number' ? rounded(value) : value}`;

function markOf(bar: Bar): string {
  if (meets(bar)) return 'ok  ';
  return bar.isPrinted === true ? 'over' : 'FAIL';
}

function barText(name: string, bar: Bar): string {
  const limit = 'atMost' in bar ? `at most ${bar.atMost}` : `at least ${bar.atLeast}`;
  const gates = bar.isPrinted === true ? ', printed' : '';
  return `${name.padEnd(WIDTH - 5)} ${rounded(bar.found)} (${limit}${gates})`;
}
