/**
 * Our own evaluator of the rules: an index by mode, action and the rarest condition finds the few rules that can match, and the full
 * trace is written only for whoever asks for it. Neither the number of targets nor that of distant rules counts.
 */
import { msOf } from '../shared/brand.ts';
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';
import { INTEGERS, MODES, type Attributes, type Mode } from '../envelope/attributes.ts';
import { toCedar, type CedarPolicies } from '../envelope/cedar.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { holds, type Condition, type Rule } from '../envelope/rule.ts';
import { rulesOf } from '../envelope/rules.ts';
import type { RuleTrace } from './decision.ts';
import type { Facts } from './facts.ts';
import { indexRules, matchingRules, type RuleIndex } from './rule-index.ts';

/** Name and version of this evaluator in every decision. */
export const OWN_ENGINE = 'own 1';

export interface CompiledEnvelope {
  readonly envelope: Envelope;
  readonly rules: readonly Rule[];
  readonly cedar: CedarPolicies;
  /** Rules that can speak about a mode and an action; the key is `mode action`. */
  readonly byQuestion: ReadonlyMap<string, readonly Rule[]>;
  /** The same rules where facts find them. */
  readonly indexes: ReadonlyMap<string, RuleIndex>;
}

/** The answer to one question without the reasons why other rules did not match. */
export interface Answer {
  readonly isAllowed: boolean;
  /** Ids of the rules that decided, sorted: the forbids when any matched, else the permits. */
  readonly determining: readonly string[];
  readonly permits: readonly string[];
  readonly forbids: readonly string[];
}

export interface Evaluation extends Answer {
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
  const indexes = new Map(byQuestion.map(([question, speaking]) => [question, indexRules(speaking)]));
  return { envelope, rules, cedar: toCedar(rules), byQuestion: new Map(byQuestion), indexes };
}

type TierCounts = Pick<Attributes, 'nonCriticalTargets' | 'productionCriticalTargets' | 'safetyCriticalTargets'>;
const tierCounts = ({ targetsPerTier }: Facts): TierCounts => ({
  nonCriticalTargets: targetsPerTier['non-critical'],
  productionCriticalTargets: targetsPerTier['production-critical'],
  safetyCriticalTargets: targetsPerTier['safety-critical'],
});

/** Facts as both engines read them. */
export function attributesOf(facts: Facts): Attributes {
  return {
    ...tierCounts(facts),
    nowMs: msOf(facts.now),
    targets: facts.targets,
    unknownTargets: facts.unknownTargets,
    percentOfTier: facts.percentOfTier,
    affectedServices: facts.affectedServices,
    affectedSegments: facts.affectedSegments,
    changeSetSize: facts.changeSetSize,
    fanOut: facts.fanOut,
    sharedServices: facts.sharedServices,
    missingConsumers: facts.missingConsumers,
    cutFlows: facts.cutFlows,
    predictedDown: facts.predictedDown,
    predictedUnknown: facts.predictedUnknown,
    capacityLeftPercent: facts.capacityLeftPercent,
    citizens: facts.citizens,
    statutoryHours: facts.statutoryHours,
    confidencePercent: facts.confidencePercent,
    classActionsLastHour: facts.classActionsLastHour,
    organisationActionsLastHour: facts.organisationActionsLastHour,
    concurrentOperations: facts.concurrentOperations,
    organisationTargets: facts.organisationTargets,
    skipSharePercent: facts.skipSharePercent,
    isContracted: facts.isContracted,
    isBaselineLeft: facts.isBaselineLeft,
    stagingPolicyMet: facts.stagingPolicyMet,
    hasChangeRecord: facts.hasChangeRecord,
    hasContingencyPlan: facts.hasContingencyPlan,
    targetKinds: facts.targetKinds,
    reachedZones: facts.reachedZones,
    reachedDataClasses: facts.reachedDataClasses,
    paths: facts.paths,
    owners: facts.owners,
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

export function traceOf(rule: Rule, attributes: Attributes, mode: Mode): RuleTrace {
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

interface Asked {
  readonly action: ActionType;
  readonly attributes: Attributes;
  readonly mode: Mode;
}

/** Which rules match and what follows, from the index alone. */
export function answerOf(compiled: CompiledEnvelope, { action, attributes, mode }: Asked): Answer {
  const index = compiled.indexes.get(`${mode} ${action}`);
  const matched = index === undefined ? [] : matchingRules(index, attributes);
  const idsOf = (effect: Rule['effect']): readonly string[] =>
    matched
      .filter((rule) => rule.effect === effect)
      .map(({ id }) => id)
      .toSorted();
  const [permits, forbids] = [idsOf('permit'), idsOf('forbid')];
  const isAllowed = forbids.length === 0 && permits.length > 0;
  return { isAllowed, determining: forbids.length > 0 ? forbids : permits, permits, forbids };
}

/** Every rule that could speak, in the order of the envelope, with each condition that did not hold (D1). */
const traceOfRules = (compiled: CompiledEnvelope, { action, attributes, mode }: Asked): readonly RuleTrace[] =>
  (compiled.byQuestion.get(`${mode} ${action}`) ?? []).map((rule) => traceOf(rule, attributes, mode));

export const evaluateAttributes = (compiled: CompiledEnvelope, asked: Asked): Evaluation => ({
  ...answerOf(compiled, asked),
  trace: traceOfRules(compiled, asked),
});

/** One answer of the rules alone; the floor and the second engine are not asked. */
export interface RuleVerdict extends Answer {
  /** Written when somebody wants to read it. */
  readonly trace: () => readonly RuleTrace[];
}

/** Verdict and matched rules for previews, per-target checks and replays. Numbers no engine can read allow nothing. */
export function evaluateVerdict(compiled: CompiledEnvelope, facts: Facts, mode: Mode): RuleVerdict {
  const attributes = attributesOf(facts);
  const asked = { action: facts.action, attributes, mode };
  const trace = (): readonly RuleTrace[] => traceOfRules(compiled, asked);
  if (unusableFacts(attributes).length > 0) return { ...NOTHING, trace };
  return { ...answerOf(compiled, asked), trace };
}

const NOTHING: Answer = { isAllowed: false, determining: [], permits: [], forbids: [] };
