/** Our own evaluator of the rules, with the full trace: a lookup by mode and action, then comparisons; targets do not count. */
import { msOf } from '../shared/brand.ts';
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';
import { INTEGERS, MODES, type Attributes, type Mode } from '../envelope/attributes.ts';
import { toCedar, type CedarPolicies } from '../envelope/cedar.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { Condition, Rule } from '../envelope/rule.ts';
import { rulesOf } from '../envelope/rules.ts';
import type { RuleTrace } from './decision.ts';
import type { Facts } from './facts.ts';

/** Name and version of this evaluator in every decision. */
export const OWN_ENGINE = 'own 1';

export interface CompiledEnvelope {
  readonly envelope: Envelope;
  readonly rules: readonly Rule[];
  readonly cedar: CedarPolicies;
  /** Rules that can speak about a mode and an action; the key is `mode action`. */
  readonly byQuestion: ReadonlyMap<string, readonly Rule[]>;
}

export interface Evaluation {
  readonly isAllowed: boolean;
  /** Ids of the rules that decided, sorted: the forbids when any matched, else the permits. */
  readonly determining: readonly string[];
  readonly permits: readonly string[];
  readonly forbids: readonly string[];
  readonly trace: readonly RuleTrace[];
}

export function compileEnvelope(envelope: Envelope): CompiledEnvelope {
  const rules = rulesOf(envelope);
  const questions = MODES.flatMap((mode) => ACTION_TYPES.map((action) => ({ mode, action })));
  const byQuestion = questions.map(({ mode, action }) => {
    const speaking = rules.filter(
      (rule) => rule.modes.includes(mode) && (rule.actions === 'every' || rule.actions.includes(action)),
    );
    return [`${mode} ${action}`, speaking] as const;
  });
  return { envelope, rules, cedar: toCedar(rules), byQuestion: new Map(byQuestion) };
}

/** Facts as both engines read them. */
export function attributesOf(facts: Facts): Attributes {
  const { targetsPerTier } = facts;
  return {
    nowMs: msOf(facts.now),
    targets: facts.targets,
    unknownTargets: facts.unknownTargets,
    nonCriticalTargets: targetsPerTier['non-critical'],
    productionCriticalTargets: targetsPerTier['production-critical'],
    safetyCriticalTargets: targetsPerTier['safety-critical'],
    percentOfTier: facts.percentOfTier,
    affectedServices: facts.affectedServices,
    unhandledDependants: facts.unhandledDependants,
    severity: facts.severity,
    independentSignals: facts.independentSignals,
    rollbackWindowMinutes: facts.rollbackWindowMinutes,
    drillAgeDays: facts.drillAgeDays,
    actionsLastHour: facts.actionsLastHour,
    cumulativeTargets: facts.cumulativeTargets,
    isAgentListed: facts.isAgentListed,
    isGraphFresh: facts.isGraphFresh,
    matchesKnownBenign: facts.matchesKnownBenign,
    stagingValidated: facts.stagingValidated,
    rollbackLosesData: facts.rollbackLosesData,
    isBreakerOpen: facts.isBreakerOpen,
    isSuspended: facts.isSuspended,
    overlapsOperation: facts.overlapsOperation,
    environments: facts.environments,
    tiers: facts.tiers,
    affectedTiers: facts.affectedTiers,
    zones: facts.zones,
    dataClasses: facts.dataClasses,
    openCalendars: facts.openCalendars,
    rollbackKind: facts.rollbackKind,
  };
}

/** Facts no engine can be asked about: numbers that one of them would round. */
export const unusableFacts = (attributes: Attributes): readonly string[] =>
  INTEGERS.filter((name) => !Number.isSafeInteger(attributes[name]));

/** Total over the language of conditions; a wrong kind of fact cannot reach it. */
function holds(condition: Condition, attributes: Attributes): boolean {
  switch (condition.op) {
    case 'is':
      return attributes[condition.fact] === condition.value;
    case 'at-least':
      return attributes[condition.fact] >= condition.value;
    case 'at-most':
      return attributes[condition.fact] <= condition.value;
    case 'any-of':
      return attributes[condition.fact].some((item) => condition.values.includes(item));
    case 'only':
      return attributes[condition.fact].every((item) => condition.values.includes(item));
    case 'one-of':
      return condition.values.includes(attributes[condition.fact]);
  }
}

export const unmetConditions = (rule: Rule, attributes: Attributes): readonly Condition[] =>
  rule.conditions.filter((condition) => !holds(condition, attributes));

function needOf(condition: Condition): string {
  switch (condition.op) {
    case 'is':
      return String(condition.value);
    case 'at-least':
      return `at least ${condition.value}`;
    case 'at-most':
      return `at most ${condition.value}`;
    case 'any-of':
      return `one of ${condition.values.join(', ')}`;
    case 'only':
      return `only ${condition.values.join(', ')}`;
    case 'one-of':
      return `one of ${condition.values.join(', ')}`;
  }
}

const gotOf = (value: Attributes[keyof Attributes]): string =>
  typeof value === 'object' ? value.join(', ') || 'none' : String(value);

function traceOf(rule: Rule, attributes: Attributes, mode: Mode): RuleTrace {
  const unmet = unmetConditions(rule, attributes).map((condition) => ({
    fact: condition.fact,
    need: needOf(condition),
    got: gotOf(attributes[condition.fact]),
  }));
  return {
    id: rule.id,
    clause: rule.clause,
    effect: mode === 'route' ? 'route' : rule.effect,
    isMatched: unmet.length === 0,
    unmet,
  };
}

/** One question: which rules speak, which match, and what follows. A forbid outranks every permit; silence is no. */
export function evaluate(compiled: CompiledEnvelope, facts: Facts, mode: Mode): Evaluation {
  return evaluateAttributes(compiled, { action: facts.action, attributes: attributesOf(facts), mode });
}

export function evaluateAttributes(
  compiled: CompiledEnvelope,
  { action, attributes, mode }: { readonly action: ActionType; readonly attributes: Attributes; readonly mode: Mode },
): Evaluation {
  const rules = compiled.byQuestion.get(`${mode} ${action}`) ?? [];
  const judged = rules.map((rule) => ({ rule, trace: traceOf(rule, attributes, mode) }));
  const matched = judged.filter(({ trace }) => trace.isMatched);
  const idsOf = (effect: Rule['effect']): readonly string[] =>
    matched
      .filter(({ rule }) => rule.effect === effect)
      .map(({ rule }) => rule.id)
      .toSorted();
  const [permits, forbids] = [idsOf('permit'), idsOf('forbid')];
  const isAllowed = forbids.length === 0 && permits.length > 0;
  return {
    isAllowed,
    determining: forbids.length > 0 ? forbids : permits,
    permits,
    forbids,
    trace: judged.map(({ trace }) => trace),
  };
}
