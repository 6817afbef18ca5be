/**
 * One hand-written policy, in Cedar's JSON form, as a guardrail: only `forbid`, only conditions that can be compared and proved.
 * What is not understood is refused by name, never skipped: a guardrail that silently does less would be worse than none.
 */
import {
  ACTION_TYPES,
  FLAGS,
  INTEGERS,
  SETS,
  WORDS,
  didYouMean,
  type ActionType,
  type Condition,
} from '@countersign/core';
import { has, isLoose, itemsAt, looseAt, type Loose } from './loose.ts';

export interface ReadGuardrail {
  /** Its `@id` and `@clause`, when it has them. */
  readonly id: string | undefined;
  readonly clause: string | undefined;
  /** Empty: every action. */
  readonly actions: readonly ActionType[];
  readonly conditions: readonly Condition[];
}

/** Why a policy is not in the analysable fragment, and a word of its text to point at. */
export class NotAnalysable extends Error {
  readonly word: string;

  constructor(problem: string, word: string) {
    super(problem);
    this.name = 'NotAnalysable';
    this.word = word;
  }
}

/** Throws `NotAnalysable`. */
export function readGuardrail(policy: unknown): ReadGuardrail {
  if (looseText(policy, 'effect') !== 'forbid')
    throw new NotAnalysable('only `forbid` is accepted: hand-written Cedar can narrow, never permit', 'permit');
  checkScope(looseAt(policy, 'principal'), 'Agent', 'principal');
  checkScope(looseAt(policy, 'resource'), 'Operation', 'resource');
  const annotations = looseAt(policy, 'annotations');
  const clauses = itemsAt(policy, 'conditions');
  return {
    id: looseText(annotations, 'id'),
    clause: looseText(annotations, 'clause'),
    actions: actionsOf(looseAt(policy, 'action')),
    conditions: clauses.flatMap((clause) => {
      const body = looseAt(clause, 'body');
      return looseText(clause, 'kind') === 'unless' ? [negated(body, 'unless')] : conjuncts(body);
    }),
  };
}

const looseText = (value: unknown, name: string): string | undefined => {
  const found = isLoose(value) ? value[name] : undefined;
  return typeof found === 'string' ? found : undefined;
};

/** Any, or `is` the one type there is. */
function checkScope(scope: Loose, type: string, name: string): void {
  if (scope['op'] === 'All' || (scope['op'] === 'is' && scope['entity_type'] === type && !has(scope, 'in'))) return;
  throw new NotAnalysable(`${name} must be \`${name}\` or \`${name} is ${type}\``, name);
}

function actionsOf(scope: Loose): readonly ActionType[] {
  if (scope['op'] === 'All') return [];
  const entities = has(scope, 'entity') ? [scope['entity']] : itemsAt(scope, 'entities');
  if (entities.length === 0) throw new NotAnalysable('names no action', 'action');
  return entities.map((entity) => {
    const id = looseText(entity, 'id') ?? '';
    const known = ACTION_TYPES.find((action) => action === id);
    if (known === undefined || looseText(entity, 'type') !== 'Action')
      throw new NotAnalysable(`\`${id}\` is no action; ${didYouMean(id, ACTION_TYPES)}`, id);
    return known;
  });
}

/** The one operator of an expression and its two sides. */
function operation(expression: Loose): { readonly operator: string; readonly sides: Loose } {
  const [[operator, sides] = ['', undefined]] = Object.entries(expression);
  return { operator, sides: isLoose(sides) ? sides : {} };
}

function conjuncts(expression: Loose): readonly Condition[] {
  const { operator, sides } = operation(expression);
  if (operator !== '&&') return condition(expression);
  return [...conjuncts(looseAt(sides, 'left')), ...conjuncts(looseAt(sides, 'right'))];
}

/** `unless` and `!` are understood of a single flag. */
function negated(expression: Loose, word: string): Condition {
  const name = factOf(expression);
  const flag = FLAGS.find((one) => one === name);
  if (flag !== undefined) return { op: 'is', fact: flag, value: false };
  throw new NotAnalysable('`!` and `unless` may stand before a single flag only', word);
}

function factOf(expression: Loose): string | undefined {
  const access = looseAt(expression, '.');
  const isContext = looseText(looseAt(access, 'left'), 'Var') === 'context';
  return isContext ? looseText(access, 'attr') : undefined;
}

const ALL_FACTS: readonly string[] = [...FLAGS, ...INTEGERS, ...SETS, ...WORDS];

/** A fact that rules may ask about, or a refusal that says which word is near. */
function knownFact(expression: Loose): string {
  const name = factOf(expression);
  if (name === undefined)
    throw new NotAnalysable(
      `\`${operation(expression).operator || 'this'}\` is not in the analysable fragment`,
      'when',
    );
  if (name === 'mode')
    throw new NotAnalysable('`context.mode` is set by `modes:` beside the text, not in it', 'context.mode');
  if (!ALL_FACTS.includes(name))
    throw new NotAnalysable(`\`${name}\` is no fact; ${didYouMean(name, ALL_FACTS)}`, name);
  return name;
}

type Reader = (sides: Loose) => readonly Condition[];

const READERS: Readonly<Record<string, Reader>> = {
  '!': (sides) => [negated(looseAt(sides, 'arg'), '!')],
  '>=': (sides) => compared(sides, 'at-least', 0),
  '>': (sides) => compared(sides, 'at-least', 1),
  '<=': (sides) => compared(sides, 'at-most', 0),
  '<': (sides) => compared(sides, 'at-most', -1),
  '==': equal,
  containsAny: (sides) => [anyOf(looseAt(sides, 'left'), texts(looseAt(sides, 'right')))],
  contains,
  containsAll: (sides) => [only(looseAt(sides, 'right'), texts(looseAt(sides, 'left')))],
  isEmpty: (sides) => [only(looseAt(sides, 'arg'), [])],
};

function condition(expression: Loose): readonly Condition[] {
  const { operator, sides } = operation(expression);
  if (operator === '.') {
    const name = knownFact(expression);
    const flag = FLAGS.find((one) => one === name);
    if (flag !== undefined) return [{ op: 'is', fact: flag, value: true }];
    throw new NotAnalysable(`\`${name}\` is no flag and stands alone`, name);
  }
  const reader = Object.hasOwn(READERS, operator) ? READERS[operator] : undefined;
  if (reader !== undefined) return reader(sides);
  throw new NotAnalysable(
    `\`${operator}\` is not in the analysable fragment`,
    operator === 'if-then-else' ? 'if' : operator,
  );
}

function compared(sides: Loose, op: 'at-least' | 'at-most', shift: number): readonly Condition[] {
  const name = knownFact(looseAt(sides, 'left'));
  const fact = INTEGERS.find((one) => one === name);
  const value = looseAt(sides, 'right')['Value'];
  if (fact === undefined) throw new NotAnalysable(`\`${name}\` is no number`, name);
  if (typeof value !== 'number' || !Number.isSafeInteger(value + shift))
    throw new NotAnalysable(`\`${name}\` must be compared with a whole number up to 2^53-1 on the right`, name);
  return [{ op, fact, value: value + shift }];
}

function equal(sides: Loose): readonly Condition[] {
  const name = knownFact(looseAt(sides, 'left'));
  const value = looseAt(sides, 'right')['Value'];
  const flag = FLAGS.find((one) => one === name);
  if (flag !== undefined && typeof value === 'boolean') return [{ op: 'is', fact: flag, value }];
  const word = WORDS.find((one) => one === name);
  if (word !== undefined && typeof value === 'string') return [{ op: 'one-of', fact: word, values: [value] }];
  return [...compared(sides, 'at-least', 0), ...compared(sides, 'at-most', 0)];
}

/** `context.zones.contains("x")`, or `["none"].contains(context.rollbackKind)`. */
function contains(sides: Loose): readonly Condition[] {
  const [left, right] = [looseAt(sides, 'left'), looseAt(sides, 'right')];
  const item = right['Value'];
  if (typeof item === 'string') return [anyOf(left, [item])];
  const name = knownFact(right);
  const word = WORDS.find((one) => one === name);
  if (word === undefined) throw new NotAnalysable(`\`${name}\` is no word`, name);
  return [{ op: 'one-of', fact: word, values: texts(left) }];
}

function setOf(expression: Loose): (typeof SETS)[number] {
  const name = knownFact(expression);
  const set = SETS.find((one) => one === name);
  if (set === undefined) throw new NotAnalysable(`\`${name}\` is no set`, name);
  return set;
}
const anyOf = (expression: Loose, values: readonly string[]): Condition => ({
  op: 'any-of',
  fact: setOf(expression),
  values,
});
const only = (expression: Loose, values: readonly string[]): Condition => ({
  op: 'only',
  fact: setOf(expression),
  values,
});

function texts(expression: Loose): readonly string[] {
  if (!has(expression, 'Set')) throw new NotAnalysable('a list of texts like `["a", "b"]` must stand here', 'contains');
  return itemsAt(expression, 'Set').map((item) => {
    const value = isLoose(item) ? item['Value'] : undefined;
    if (typeof value !== 'string') throw new NotAnalysable('the list must hold texts only', 'contains');
    return value;
  });
}
