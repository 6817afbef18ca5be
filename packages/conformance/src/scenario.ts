// `npm run scenario -- a [--json]`: plays scenario A on the whole product and ends in one line of counts and a true exit status.
// `npm run scenario -- decide a|a-15|b|c [--json]`: decides one from its graph and prints the page people read.
import { parseArgs } from 'node:util';
import { explainDecision } from '@countersign/core';
import { decideCase } from './scenarios/decide/case.ts';
import { caseOf, SCENARIOS, type ScenarioName } from './scenarios/decide/cases.ts';
import { complaintsOnDecision, complaintsOnPage } from './scenarios/decide/expectations.ts';
import { complaintsOf, type ScenarioOutcome } from './scenarios/outcome.ts';
import { runScenarioA, SCENARIO_WINDOW } from './scenarios/run-a.ts';

const USAGE = `usage: npm run scenario -- a | decide ${SCENARIOS.join('|')} [--json]\n`;

/** What was asked for; an option that does not exist, or `--help`, gets the usage, which says what does. */
function asked(): { readonly values: { readonly json: boolean }; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false } }, allowPositionals: true });
  } catch {
    return usage();
  }
}

function usage(): never {
  process.stderr.write(USAGE);
  process.exit(2);
}

function table(outcome: ScenarioOutcome): string {
  return Object.entries(outcome)
    .map(([name, value]) => `${name.padEnd(16)} ${String(value)}`)
    .join('\n');
}

/** The decision alone, from a graph; ends the program. */
function decideAlone(name: ScenarioName, isJson: boolean): never {
  const decision = decideCase(caseOf(name));
  const page = explainDecision(decision);
  process.stdout.write(isJson ? `${JSON.stringify(decision)}\n` : page);
  const complaints = [...complaintsOnDecision(name, decision, page), ...complaintsOnPage(page)];
  for (const complaint of complaints) process.stderr.write(`not as promised: ${complaint}\n`);
  process.exit(complaints.length === 0 ? 0 : 1);
}

const { values, positionals } = asked();
const [scenario, named, ...more] = positionals;
if (more.length > 0) usage();
if (scenario === 'decide') decideAlone(SCENARIOS.find((name) => name === named) ?? usage(), values.json);
if (scenario !== 'a' || named !== undefined) usage();
const say = (text: string): void => void process.stderr.write(`${text.trimEnd()}\n`);
const outcome = await runScenarioA(say);
process.stdout.write(`${values.json ? JSON.stringify(outcome) : table(outcome)}\n`);
const complaints = complaintsOf(outcome, SCENARIO_WINDOW);
for (const complaint of complaints) say(`not as promised: ${complaint}`);
process.exit(complaints.length === 0 ? 0 : 1);
