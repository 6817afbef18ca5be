// `npm run scenario -- a [--json]`: plays a scenario on the whole product and ends in one line of counts and a true exit status.
import { parseArgs } from 'node:util';
import { complaintsOf, type ScenarioOutcome } from './scenarios/outcome.ts';
import { runScenarioA, SCENARIO_WINDOW } from './scenarios/run-a.ts';

const USAGE = 'usage: npm run scenario -- a [--json]\n';

function usage(): never {
  process.stderr.write(USAGE);
  process.exit(2);
}

function table(outcome: ScenarioOutcome): string {
  return Object.entries(outcome)
    .map(([name, value]) => `${name.padEnd(16)} ${String(value)}`)
    .join('\n');
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [scenario, ...more] = positionals;
if (scenario !== 'a' || more.length > 0) usage();
const say = (text: string): void => void process.stderr.write(`${text.trimEnd()}\n`);
const outcome = await runScenarioA(say);
process.stdout.write(`${values.json ? JSON.stringify(outcome) : table(outcome)}\n`);
const complaints = complaintsOf(outcome, SCENARIO_WINDOW);
for (const complaint of complaints) say(`not as promised: ${complaint}`);
process.exit(complaints.length === 0 ? 0 : 1);
