/** The same rules as Cedar text: one policy a rule, so that an auditor can read and re-run them without our evaluator. */
import { ACTION_TYPES } from '../proposal/change.ts';
import { FLAGS, INTEGERS, SETS, WORDS, type Attributes, type Mode } from './attributes.ts';
import type { Condition, Rule } from './rule.ts';

/** Schema and policies by rule id. The schema always goes along: without it a missing attribute skips a forbid. */
export interface CedarPolicies {
  readonly schema: string;
  readonly policies: Readonly<Record<string, string>>;
}

/** Cedar's string literal has fewer escapes than JSON's, so everything but plain ASCII is written as a code point. */
function quoted(text: string): string {
  const plain = Array.from(text, (character) =>
    /^[ !#-[\]-~]$/.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${plain.join('')}"`;
}

const set = (items: readonly string[]): string => `[${items.map(quoted).join(', ')}]`;

function printCondition(condition: Condition): string {
  const fact = `context.${condition.fact}`;
  switch (condition.op) {
    case 'is':
      return condition.value ? fact : `!${fact}`;
    case 'at-least':
      return `${fact} >= ${condition.value}`;
    case 'at-most':
      return `${fact} <= ${condition.value}`;
    // Cedar has no type for an empty set literal.
    case 'any-of':
      return condition.values.length === 0 ? 'false' : `${fact}.containsAny(${set(condition.values)})`;
    case 'only':
      return condition.values.length === 0 ? `${fact}.isEmpty()` : `${set(condition.values)}.containsAll(${fact})`;
    case 'one-of':
      return condition.values.length === 0 ? 'false' : `${set(condition.values)}.contains(${fact})`;
  }
}

/** A rule about no action matches nothing; Cedar would refuse the empty list. */
function printActions(actions: Rule['actions']): { readonly scope: string; readonly conditions: readonly string[] } {
  if (actions === 'every') return { scope: 'action', conditions: [] };
  if (actions.length === 0) return { scope: 'action', conditions: ['false'] };
  return { scope: `action in [${actions.map((action) => `Action::${quoted(action)}`).join(', ')}]`, conditions: [] };
}

function printRule(rule: Rule): string {
  const actions = printActions(rule.actions);
  const mode = `${set(rule.modes)}.contains(context.mode)`;
  const conditions = [mode, ...actions.conditions, ...rule.conditions.map(printCondition)].join(' &&\n  ');
  const notes = `@id(${quoted(rule.id)})\n@clause(${quoted(rule.clause)})`;
  return `${notes}\n${rule.effect} (principal is Agent, ${actions.scope}, resource is Operation)\nwhen {\n  ${conditions}\n};`;
}

const fields = (names: readonly string[], type: string): string =>
  names.map((name) => `    ${quoted(name)}: ${type},\n`).join('');

export const CEDAR_SCHEMA: string = `entity Agent;
entity Operation;
type Facts = {
    "mode": String,
${fields(INTEGERS, 'Long')}${fields(FLAGS, 'Bool')}${fields(SETS, 'Set<String>')}${fields(WORDS, 'String')}};
action ${ACTION_TYPES.map(quoted).join(', ')} appliesTo { principal: [Agent], resource: [Operation], context: Facts };
`;

export const toCedar = (rules: readonly Rule[]): CedarPolicies => ({
  schema: CEDAR_SCHEMA,
  policies: Object.fromEntries(rules.map((rule) => [rule.id, printRule(rule)])),
});

/** The context record of one question; sets as lists. */
export const cedarContext = (
  attributes: Attributes,
  mode: Mode,
): Readonly<Record<string, string | number | boolean | string[]>> => ({
  mode,
  ...Object.fromEntries([...INTEGERS, ...FLAGS, ...WORDS].map((name) => [name, attributes[name]])),
  ...Object.fromEntries(SETS.map((name) => [name, [...attributes[name]]])),
});
