// `npm run conformance -- [8.x | attacks] [--json]`: attacks on a real runner and the tests of AG-706 section 8 on the whole product. A
// whole run is scored (O5). Ends in one line of counts and a true exit status: a failed check, a twin that does not do what it must, or nothing at all is not zero.
import { parseArgs } from 'node:util';
import { runAttacks } from './attacks/run-attacks.ts';
import { ATTACKS } from './attacks/table.ts';
import { COMPROMISED_CONTROL } from './attacks/standing/compromised-control.ts';
import { foundOf, type Found } from './attacks/standing/found.ts';
import { PEER_FINDINGS } from './attacks/standing/peers.ts';
import { runWitnessAttacks } from './attacks/witness/run-witness-attacks.ts';
import { attacksFor, runChecks } from './checks/run-checks.ts';
import { TEST_IDS, TESTS, type TestId } from './requirements/ag-706.ts';
import { scoreOf, type Score } from './requirements/maturity.ts';
import { isGood, tallyOf, type CaseResult } from './result.ts';

const USAGE = `usage: npm run conformance -- [${TEST_IDS.join(' | ')} | attacks] [--json]\n`;

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

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function hear({ name, kind, state, requirements, complaints, ms }: CaseResult): void {
  const about = `${state === 'passed' ? 'ok  ' : state.toUpperCase()} ${kind.padEnd(5)} ${name.padEnd(44)} ${String(ms).padStart(6)} ms`;
  say(`${about}  ${requirements.join(', ')}`);
  for (const complaint of complaints) say(`       ${complaint}`);
}

interface Run {
  readonly results: readonly CaseResult[];
  /** Only a whole run is scored. */
  readonly score?: Score;
  /** What said no to the acts that were tried on other systems, and to those of a compromised control plane. */
  readonly acts?: { readonly peers: readonly Found[]; readonly control: readonly Found[] };
}

async function run(what: string | undefined): Promise<Run> {
  if (what === 'attacks') {
    const results = [...(await runWitnessAttacks(hear)), ...(await runAttacks(hear))];
    return {
      results,
      acts: { peers: foundOf(PEER_FINDINGS, results), control: foundOf(COMPROMISED_CONTROL, results) },
    };
  }
  const test = TEST_IDS.find((id) => id === what);
  if (what !== undefined && test === undefined) usage();
  const tests: readonly TestId[] = test === undefined ? TEST_IDS : [test];
  for (const id of tests) say(`${id}  ${TESTS[id]}`);
  const whole = test === undefined;
  const attacks = [
    ...(whole ? await runWitnessAttacks(hear) : []),
    ...(await runAttacks(hear, whole ? ATTACKS : attacksFor(tests))),
  ];
  const { results, live } = await runChecks(tests, hear, say);
  return { results: [...attacks, ...results], ...(whole && { score: scoreOf(results, live) }) };
}

/** The level and what stands in the way of the next one. */
function tellScore({ level, clauses, capabilities }: Score): void {
  say(`maturity: ${level ?? 'none'}`);
  for (const { id, holds, why } of clauses) if (!holds) say(`  clause ${id} does not hold: ${why.join('; ')}`);
  for (const { id, holds, why, ...about } of capabilities)
    if (!holds) say(`  ${about.level} ${id} does not hold: ${why.join('; ')}`);
}

/** Whatever could not even be tried counts as failed. */
function broken(error: unknown): Run {
  const why = error instanceof Error ? error.message : String(error);
  const result = {
    name: 'the-run-itself',
    kind: 'check',
    state: 'failed',
    requirements: [],
    threats: [],
    complaints: [why],
    ms: 0,
  } as const;
  hear(result);
  return { results: [result] };
}

const { values, positionals } = asked();
const [what, ...more] = positionals;
if (more.length > 0) usage();
const { results: found, score, acts } = await run(what).catch(broken);
const tally = tallyOf(found);
const { results, ...counts } = tally;
if (score !== undefined) tellScore(score);
if (values.json)
  process.stdout.write(`${JSON.stringify({ ...counts, ...(score && { score }), ...(acts && { acts }), results })}\n`);
else
  process.stdout.write(
    `${Object.entries(counts)
      .map(([name, count]) => `${name.padEnd(8)} ${count}`)
      .join('\n')}\n`,
  );
process.exit(isGood(tally) ? 0 : 1);
