/** What would have had to be different for it to run alone, as the nearest grants see it (D1): in words, smallest first. */
import type { Condition, Rule } from '../envelope/rule.ts';
import type { Attributes, FlagName, IntegerName, SetName } from '../envelope/attributes.ts';
import type { Decision } from './decision.ts';
import { unmetConditions, type CompiledEnvelope } from './evaluate.ts';
import type { Facts } from './facts.ts';

const NEAREST = 3;
const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'];

const FLAG_WORDS: Readonly<Record<FlagName, readonly [whenTrue: string, whenFalse: string]>> = {
  isAgentListed: ['an agent the envelope lists', 'an agent the envelope does not list'],
  isGraphFresh: ['a fresh system graph', 'an older system graph'],
  matchesKnownBenign: ['a trigger known to be harmless', 'a trigger not known to be harmless'],
  stagingValidated: ['a validated staging run', 'no staging run'],
  rollbackLosesData: ['a rollback that loses data', 'a rollback that loses no data'],
  isBreakerOpen: ['an open circuit breaker', 'a closed circuit breaker'],
  isSuspended: ['a suspension', 'no suspension'],
  overlapsOperation: ['an overlapping operation', 'no overlapping operation'],
};

const SET_WORDS: Readonly<Record<SetName, string>> = {
  environments: 'environment',
  tiers: 'tier',
  affectedTiers: 'tier of dependants',
  zones: 'zone',
  dataClasses: 'data class',
  openCalendars: 'calendar',
};

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function boundWords(op: 'at-least' | 'at-most', fact: IntegerName, value: number): string {
  const bound = op === 'at-least' ? 'at least' : 'at most';
  switch (fact) {
    case 'nowMs':
      return 'a time inside the validity of the envelope';
    case 'targets':
      return `${bound} ${counted(value, 'target')}`;
    case 'unknownTargets':
      return `${bound} ${counted(value, 'unknown target')}`;
    case 'nonCriticalTargets':
      return `${bound} ${counted(value, 'non-critical target')}`;
    case 'productionCriticalTargets':
      return `${bound} ${counted(value, 'production-critical target')}`;
    case 'safetyCriticalTargets':
      return `${bound} ${counted(value, 'safety-critical target')}`;
    case 'percentOfTier':
      return `${bound} ${value} % of a tier`;
    case 'affectedServices':
      return `${bound} ${counted(value, 'affected service')}`;
    case 'unhandledDependants':
      return `${bound} ${counted(value, 'dependant')} without known health`;
    case 'severity':
      return `severity ${bound} ${SEVERITIES[value] ?? 'known'}`;
    case 'independentSignals':
      return value === 2 ? 'a second independent signal' : `${bound} ${counted(value, 'independent signal')}`;
    case 'rollbackWindowMinutes':
      return `a rollback window of ${bound} ${counted(value, 'minute')}`;
    case 'drillAgeDays':
      return op === 'at-least' ? 'a passed rollback drill' : `a rollback drill ${bound} ${counted(value, 'day')} old`;
    case 'actionsLastHour':
      return `${bound} ${counted(value, 'such act')} in the last hour`;
    case 'cumulativeTargets':
      return `${bound} ${counted(value, 'target')} within a day`;
  }
}

/** The condition as something to reach. */
export function changeWords(condition: Condition): string {
  switch (condition.op) {
    case 'is':
      return FLAG_WORDS[condition.fact][condition.value ? 0 : 1];
    case 'at-least':
    case 'at-most':
      return boundWords(condition.op, condition.fact, condition.value);
    case 'any-of':
      return `an open ${SET_WORDS[condition.fact]} of ${condition.values.join(', ')}`;
    case 'only':
      return `only ${SET_WORDS[condition.fact]} ${condition.values.join(', ')}`;
    case 'one-of':
      return `a rollback of kind ${condition.values.join(' or ')}`;
  }
}

/** The opposite of a condition that held and should not have. */
function lift(condition: Condition): string | undefined {
  switch (condition.op) {
    case 'is':
      return changeWords({ ...condition, value: !condition.value });
    case 'at-least':
      return changeWords({ ...condition, op: 'at-most', value: condition.value - 1 });
    case 'at-most':
      return changeWords({ ...condition, op: 'at-least', value: condition.value + 1 });
    case 'one-of':
      return 'a rollback that restores';
    case 'any-of':
      return `nothing of ${SET_WORDS[condition.fact]} ${condition.values.join(', ')}`;
    case 'only':
      return undefined;
  }
}

/** What removes each forbid that matched; undefined when one cannot be removed (a forbid without conditions). */
function lifts(rules: readonly Rule[]): readonly string[] | undefined {
  const words = rules.map(({ conditions }) => {
    const options = conditions.flatMap((condition) => lift(condition) ?? []);
    return options.length === 0 ? undefined : options.join(' or ');
  });
  return words.includes(undefined) ? undefined : words.flatMap((word) => word ?? []);
}

/** The nearest grants for this action, each with every change that is needed; empty when no change of facts would do. */
export function counterfactuals(
  compiled: CompiledEnvelope,
  facts: Facts,
  { attributes, forbids }: { readonly attributes: Attributes; readonly forbids: readonly string[] },
): Decision['counterfactuals'] {
  const lifted = lifts(compiled.rules.filter(({ id }) => forbids.includes(id)));
  if (lifted === undefined) return [];
  const speaking = compiled.byQuestion.get(`autonomous ${facts.action}`) ?? [];
  return speaking
    .filter(({ effect }) => effect === 'permit')
    .map((grant) => {
      const unmet = unmetConditions(grant, attributes).map(changeWords);
      return { rule: grant.id, changes: [...new Set([...unmet, ...lifted])] };
    })
    .toSorted((a, b) => a.changes.length - b.changes.length || (a.rule < b.rule ? -1 : 1))
    .slice(0, NEAREST);
}
