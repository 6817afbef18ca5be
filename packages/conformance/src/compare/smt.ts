/**
 * The same question for an SMT solver, straight from the rules and not from their JSON form: no partition and no diagram of ours
 * is in it. Sat: a request is permitted now that was not before.
 */
import { ACTION_TYPES, FLAGS, INTEGERS, type Condition, type Mode, type Rule } from '@countersign/core';

export interface Question {
  readonly before: readonly Rule[];
  readonly after: readonly Rule[];
  readonly mode: Mode;
  /** Permits as if they held at all times, as in our own comparison. */
  readonly ignoreValidity: boolean;
}

const number = (value: number): string => (value < 0 ? `(- ${-value})` : String(value));
const nary = (operator: string, parts: readonly string[], empty: string): string =>
  parts.length === 0 ? empty : parts.length === 1 ? (parts[0] ?? empty) : `(${operator} ${parts.join(' ')})`;
const and = (parts: readonly string[]): string => nary('and', parts, 'true');
const or = (parts: readonly string[]): string => nary('or', parts, 'false');

/** Declarations are made while the rules are written out: what no rule mentions needs no variable. */
class Vocabulary {
  readonly items = new Map<string, Map<string, string>>();
  readonly words = new Map<string, Map<string, number>>();

  item(fact: string, value: string): string {
    const items = this.items.get(fact) ?? new Map<string, string>();
    this.items.set(fact, items);
    const name = items.get(value) ?? `${fact}_${items.size}`;
    items.set(value, name);
    return name;
  }
  word(fact: string, value: string): number {
    const words = this.words.get(fact) ?? new Map<string, number>();
    this.words.set(fact, words);
    const code = words.get(value) ?? words.size + 1;
    words.set(value, code);
    return code;
  }
}

function formulaOf(condition: Condition, vocabulary: Vocabulary): string {
  const { fact } = condition;
  switch (condition.op) {
    case 'is':
      return condition.value ? fact : `(not ${fact})`;
    case 'at-least':
      return `(>= ${fact} ${number(condition.value)})`;
    case 'at-most':
      return `(<= ${fact} ${number(condition.value)})`;
    case 'any-of':
      return or(condition.values.map((value) => vocabulary.item(fact, value)));
    case 'only': {
      const others = [...(vocabulary.items.get(fact) ?? [])].filter(([value]) => !condition.values.includes(value));
      return and([`(not ${fact}_other)`, ...others.map(([, name]) => `(not ${name})`)]);
    }
    case 'one-of':
      return or(condition.values.map((value) => `(= ${fact} ${vocabulary.word(fact, value)})`));
  }
}

function ruleFormula(rule: Rule, { ignoreValidity }: Question, vocabulary: Vocabulary): string {
  const isTimeless = ignoreValidity && rule.effect === 'permit';
  const conditions = rule.conditions.filter(({ fact }) => !isTimeless || fact !== 'nowMs');
  const { actions } = rule;
  const action = actions === 'every' ? [] : [or(actions.map((type) => `(= action ${ACTION_TYPES.indexOf(type)})`))];
  return and([...action, ...conditions.map((condition) => formulaOf(condition, vocabulary))]);
}

/** Declarations and assertions, without the final `(check-sat)`. */
export function smtOf(question: Question): string {
  const vocabulary = new Vocabulary();
  // "Only these" speaks about every other item there is, so all are known first.
  for (const { conditions } of [...question.before, ...question.after])
    for (const condition of conditions)
      if (condition.op === 'any-of' || condition.op === 'only')
        for (const value of condition.values) vocabulary.item(condition.fact, value);
  const allowed = (rules: readonly Rule[]): string => {
    const speaking = rules.filter(({ modes }) => modes.includes(question.mode));
    const of = (effect: Rule['effect']): string =>
      or(speaking.filter((rule) => rule.effect === effect).map((rule) => ruleFormula(rule, question, vocabulary)));
    return and([of('permit'), `(not ${of('forbid')})`]);
  };
  const [before, after] = [allowed(question.before), allowed(question.after)];
  return [
    ...INTEGERS.map((fact) => `(declare-const ${fact} Int)`),
    ...FLAGS.map((fact) => `(declare-const ${fact} Bool)`),
    ...[...vocabulary.items].flatMap(([fact, items]) =>
      [...items.values(), `${fact}_other`].map((name) => `(declare-const ${name} Bool)`),
    ),
    ...[...vocabulary.words.keys()].map((fact) => `(declare-const ${fact} Int)`),
    `(declare-const action Int)`,
    `(assert (and (<= 0 action) (< action ${ACTION_TYPES.length})))`,
    `(assert ${after})`,
    `(assert (not ${before}))`,
    '',
  ].join('\n');
}
