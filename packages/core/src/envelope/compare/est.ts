/**
 * Rules in Cedar's own JSON form of a policy (EST), exactly as Cedar gives it for the text we print: what is hashed, signed,
 * evaluated and compared (E1, E3). Every object is written with sorted keys, so equal rules have equal bytes.
 */
import type { Condition, Rule } from '../rule.ts';

/** A JSON value as the EST uses it: no null. */
type EstValue = string | number | boolean | Est | readonly EstValue[];
export interface Est {
  readonly [key: string]: EstValue;
}

/** A whole set of policies by rule id, as Cedar's own functions take it. */
export interface CedarJson {
  readonly staticPolicies: Readonly<Record<string, Est>>;
}

const text = (value: string): Est => ({ Value: value });
const setOf = (values: readonly string[]): Est => ({ Set: values.map(text) });
const fact = (name: string): Est => ({ '.': { attr: name, left: { Var: 'context' } } });
const binary = (operator: string, left: Est, right: Est): Est => ({ [operator]: { left, right } });
const FALSE: Est = { Value: false };

function conditionEst(condition: Condition): Est {
  const name = fact(condition.fact);
  switch (condition.op) {
    case 'is':
      return condition.value ? name : { '!': { arg: name } };
    case 'at-least':
      return binary('>=', name, { Value: condition.value });
    case 'at-most':
      return binary('<=', name, { Value: condition.value });
    case 'any-of':
      return condition.values.length === 0 ? FALSE : binary('containsAny', name, setOf(condition.values));
    case 'only':
      return condition.values.length === 0
        ? { isEmpty: { arg: name } }
        : binary('containsAll', setOf(condition.values), name);
    case 'one-of':
      return condition.values.length === 0 ? FALSE : binary('contains', setOf(condition.values), name);
  }
}

/** Cedar writes one action as an entity and several as a list; a rule about none matches nothing by its first condition. */
function actionScope(actions: Rule['actions']): Est {
  if (actions === 'every' || actions.length === 0) return { op: 'All' };
  const entities = actions.map((action): Est => ({ id: action, type: 'Action' }));
  const [first] = entities;
  return entities.length === 1 && first !== undefined ? { entity: first, op: 'in' } : { entities, op: 'in' };
}

/** The JSON that Cedar's `policyToJson` gives for the printed text of this rule. */
export function toEst(rule: Rule): Est {
  const mode = binary('contains', setOf(rule.modes), fact('mode'));
  const noAction = rule.actions !== 'every' && rule.actions.length === 0 ? [FALSE] : [];
  const conditions = [...noAction, ...rule.conditions.map(conditionEst)];
  const body = conditions.reduce((left, right) => binary('&&', left, right), mode);
  return {
    action: actionScope(rule.actions),
    annotations: { clause: rule.clause, id: rule.id },
    conditions: [{ body, kind: 'when' }],
    effect: rule.effect,
    principal: { entity_type: 'Agent', op: 'is' },
    resource: { entity_type: 'Operation', op: 'is' },
  };
}

/** Ids in the order of their code units: the same rules in another order are the same bytes. */
export function cedarJsonOf(rules: readonly Rule[]): CedarJson {
  const sorted = rules.toSorted(({ id: one }, { id: other }) => (one < other ? -1 : one > other ? 1 : 0));
  return { staticPolicies: Object.fromEntries(sorted.map((rule) => [rule.id, toEst(rule)])) };
}
