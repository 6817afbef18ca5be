/** Rules that matched, as sentences a reviewer reads: the clause and the facts that decided. */
import type { Rule } from '../envelope/rule.ts';
import type { Facts } from './facts.ts';

export interface Reason {
  readonly clause: string;
  readonly text: string;
}

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** One sentence for each entry of the closed list; the test holds this table against it. */
const SENTENCES: ReadonlyMap<string, (facts: Facts) => string> = new Map<string, (facts: Facts) => string>([
  ['people/stale-graph', () => 'the system graph is older than the envelope allows'],
  [
    'people/unhandled-dependants',
    (facts) => `nobody can vouch for the health of ${many(facts.unhandledDependants, 'dependant')}`,
  ],
  ['people/unknown-targets', (facts) => `the graph does not know ${many(facts.unknownTargets, 'target')}`],
  ['people/breaker-open', () => 'the circuit breaker is open for these targets'],
  ['people/suspended', () => 'the agent, source or action is suspended'],
  ['people/overlap', () => 'another operation on these targets or their dependants is still running'],
  ['people/never-drilled', (facts) => `no rollback drill of ${facts.action} on targets of this class has passed`],
  ['people/drill-overdue', (facts) => `the last rollback drill is ${facts.drillAgeDays} days old`],
  ['people/loses-data', () => 'a rollback would lose data, or nobody knows whether it would'],
  ['people/known-benign', () => 'the trigger matches a pattern known to be harmless'],
  ['people/severity-unknown', () => 'the envelope does not know the severity of the source'],
  ['people/uncorrelated', () => 'no independent source confirms the trigger for every target'],
  ['people/no-rollback', (facts) => `${facts.action} comes without a rollback`],
  ['people/not-validated', () => 'staging has not validated exactly this change'],
  [
    'people/missing-consumers',
    (facts) => `the plan leaves ${many(facts.missingConsumers, 'user')} of the credential without the new one`,
  ],
  ['people/cut-flows', (facts) => `it cuts ${many(facts.cutFlows, 'flow')} between other systems`],
  ['people/foreseen-down', (facts) => `the dry run foresees ${many(facts.predictedDown, 'dependant')} down`],
  [
    'people/not-foreseen',
    (facts) => `of ${many(facts.predictedUnknown, 'dependant')} the dry run cannot say what becomes`,
  ],
  ['people/contracted', () => 'bad outcomes took away the autonomy of this class'],
  ['people/baseline-left', () => 'the agent behaves differently from its own past'],
  ['people/staging-policy', () => 'the staging run does not keep the data boundary or lacks a dependency'],
  ['people/skips-used-up', (facts) => `${facts.skipSharePercent} % of these acts skipped staging of late`],
  ['approved/by-people', () => 'people may approve this'],
]);

export const SENTENCE_IDS: readonly string[] = [...SENTENCES.keys()];

export function reasonOf(rule: Rule, facts: Facts): Reason {
  const own = SENTENCES.get(rule.id);
  return { clause: rule.clause, text: own === undefined ? envelopeSentence(rule, facts) : own(facts) };
}

function envelopeSentence(rule: Rule, facts: Facts): string {
  if (rule.effect === 'permit')
    return `grant \`${rule.id}\` covers ${facts.action} on ${many(facts.targets, 'target')}`;
  const matched = rule.conditions.flatMap((condition) =>
    condition.op === 'any-of' ? facts[condition.fact].filter((item) => condition.values.includes(item)) : [],
  );
  const about = [...new Set(matched)].join(', ');
  if (rule.modes.includes('approved'))
    return `rule \`${rule.id}\` of the envelope prohibits ${facts.action}${about === '' ? '' : ` for ${about}`}`;
  return `rule \`${rule.id}\` of the envelope asks people for ${about === '' ? facts.action : about}`;
}
