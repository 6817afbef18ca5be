/**
 * Reads Cedar's JSON form into formulas over facts. What it does not understand becomes one free yes-or-no question, the same
 * wherever the same expression stands: a proof about all answers holds for the real ones, and an example is then only a candidate.
 */
import { ok, refuse, type Complaint, type Result } from '../../shared/result.ts';
import { FLAGS, INTEGERS, MODES, SETS, WORDS, type Mode } from '../attributes.ts';
import type { CedarJson } from './est.ts';
import { cubesOf, keyOf, opposite, type Cube, type Formula, type Literal } from './literal.ts';

/** One way to match: in these modes, when all questions are answered yes. Equal keys ask the same. */
export interface Alternative {
  readonly modes: readonly Mode[];
  readonly cube: Cube;
  readonly key: string;
}
export interface ReadPolicy {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly alternatives: readonly Alternative[];
}
export interface ReadPolicies {
  readonly policies: readonly ReadPolicy[];
  /** Expressions that stand as free questions. */
  readonly unsupported: readonly string[];
  /** Instants from which permits hold, in milliseconds: where an example is in time. */
  readonly validFromMs: readonly number[];
}

export interface ReadOptions {
  /** Permits are read as if they held at all times: dates are compared elsewhere. A forbid keeps its dates. */
  readonly ignoreValidity?: boolean;
}

const MAX_DEPTH = 1000;
const MAX_POLICIES = 10_000;
const KIND_OF: ReadonlyMap<string, 'integer' | 'flag' | 'set' | 'word'> = new Map([
  ...INTEGERS.map((name) => [name, 'integer'] as const),
  ...FLAGS.map((name) => [name, 'flag'] as const),
  ...SETS.map((name) => [name, 'set'] as const),
  ...[...WORDS, 'mode'].map((name) => [name, 'word'] as const),
]);

type Loose = Readonly<Record<string, unknown>>;
const isLoose = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const field = (value: unknown, name: string): unknown =>
  isLoose(value) && Object.hasOwn(value, name) ? value[name] : undefined;
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What is being read, and what was met on the way. */
interface Reading {
  readonly at: string;
  readonly ignoresTime: boolean;
  readonly complaints: Complaint[];
  readonly unsupported: Set<string>;
  readonly validFromMs: Set<number>;
}

/** All policies; refuses the whole set when one cannot be read safely (too deep, arithmetic that can fail, no policy at all). */
export function readEst(json: CedarJson, { ignoreValidity = false }: ReadOptions = {}): Result<ReadPolicies> {
  const entries = Object.entries(isLoose(json.staticPolicies) ? json.staticPolicies : {});
  const complaints: Complaint[] = [];
  if (entries.length > MAX_POLICIES) complaints.push({ at: '', problem: `has more than ${MAX_POLICIES} policies` });
  const [unsupported, validFromMs] = [new Set<string>(), new Set<number>()];
  const policies = entries.slice(0, MAX_POLICIES).map(([id, policy]) => {
    const ignoresTime = ignoreValidity && field(policy, 'effect') === 'permit';
    return readPolicy(id, policy, { at: `/${id}`, ignoresTime, complaints, unsupported, validFromMs });
  });
  if (complaints.length > 0)
    return refuse('policies-unreadable', 'the policies cannot be compared', { clause: 'E3', complaints });
  return ok({ policies, unsupported: [...unsupported].toSorted(), validFromMs: [...validFromMs] });
}

function complain(reading: Reading, problem: string): void {
  reading.complaints.push({ at: reading.at, problem });
}

function readPolicy(id: string, policy: unknown, reading: Reading): ReadPolicy {
  const effect = field(policy, 'effect');
  if (effect !== 'permit' && effect !== 'forbid') complain(reading, 'has no effect');
  if (isTooDeep(policy)) {
    complain(reading, 'is nested too deeply');
    return { id, effect: 'forbid', alternatives: [] };
  }
  const conditions = items(field(policy, 'conditions')).map((condition) => {
    const kind = field(condition, 'kind');
    if (kind !== 'when' && kind !== 'unless') complain(reading, 'has a condition that is neither when nor unless');
    return formulaOf(field(condition, 'body'), kind === 'when', reading);
  });
  const formula: Formula = {
    kind: 'all',
    parts: [
      partyScope(field(policy, 'principal'), 'Agent', reading),
      actionScope(field(policy, 'action'), reading),
      partyScope(field(policy, 'resource'), 'Operation', reading),
      ...conditions,
    ],
  };
  const cubes = cubesOf(formula) ?? [[free(policy, reading)]];
  return { id, effect: effect === 'permit' ? 'permit' : 'forbid', alternatives: cubes.map(alternativeOf) };
}

/** The mode is settled by whoever asks, so it is no question any more. */
function alternativeOf(cube: Cube): Alternative {
  const modes = MODES.filter((mode) =>
    cube.every((literal) => {
      if (literal.fact !== 'mode' || !('values' in literal)) return true;
      return literal.values.includes(mode) === (literal.kind === 'among');
    }),
  );
  const asked = new Map(
    cube.filter(({ fact }) => fact !== 'mode').map((literal) => [keyOf(literal), literal] as const),
  );
  return { modes, cube: [...asked.values()], key: [...asked.keys()].toSorted().join('&') };
}

/** Asked before anything else is read recursively; itself it never goes deeper than it allows. */
function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth > MAX_DEPTH) return true;
  for (const inner of Object.values(value)) if (isTooDeep(inner, depth + 1)) return true;
  return false;
}

const constant = (value: boolean): Formula => ({ kind: 'constant', value });
const literalOf = (literal: Literal, isPositive: boolean): Formula => ({
  kind: 'literal',
  literal: isPositive ? literal : opposite(literal),
});

/** An expression as text with sorted keys: equal expressions are one question. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  if (!isLoose(value)) return JSON.stringify(value) ?? 'undefined';
  const fields = Object.keys(value).toSorted();
  return `{${fields.map((name) => `${JSON.stringify(name)}:${textOf(value[name])}`).join(',')}}`;
}

/** A question of its own. Arithmetic can overflow, and a policy that fails is skipped: that is no yes-or-no question. */
function free(expression: unknown, reading: Reading): Literal {
  const text = textOf(expression);
  if (/\{"[+*-]":/.test(text)) complain(reading, 'calculates: that can fail while it is evaluated');
  reading.unsupported.add(text);
  return { kind: 'is', fact: `free:${text}`, value: true };
}

function partyScope(scope: unknown, type: string, reading: Reading): Formula {
  const operator = field(scope, 'op');
  if (operator === 'All') return constant(true);
  if (operator === 'is' && field(scope, 'entity_type') === type && field(scope, 'in') === undefined)
    return constant(true);
  return literalOf(free({ type, scope }, reading), true);
}

function actionScope(scope: unknown, reading: Reading): Formula {
  const operator = field(scope, 'op');
  if (operator === 'All') return constant(true);
  const entities = field(scope, 'entities') === undefined ? [field(scope, 'entity')] : items(field(scope, 'entities'));
  const ids = entities.map((entity) => (field(entity, 'type') === 'Action' ? field(entity, 'id') : undefined));
  const names = ids.filter((id) => typeof id === 'string');
  if ((operator !== 'in' && operator !== '==') || names.length < ids.length)
    return literalOf(free({ scope }, reading), true);
  return literalOf({ kind: 'among', fact: 'action', values: names }, true);
}

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const;
type Comparison = (typeof COMPARISONS)[number];
const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** The formula of `expression`, or of its opposite. */
function formulaOf(expression: unknown, isPositive: boolean, reading: Reading): Formula {
  const part = (inner: unknown, isSame = true): Formula => formulaOf(inner, isSame ? isPositive : !isPositive, reading);
  const value = field(expression, 'Value');
  if (typeof value === 'boolean') return constant(value === isPositive);
  for (const operator of ['&&', '||'] as const) {
    const sides = field(expression, operator);
    if (sides === undefined) continue;
    const kind = (operator === '&&') === isPositive ? 'all' : 'any';
    return { kind, parts: chainOf(expression, operator).map((one) => part(one)) };
  }
  const negated = field(expression, '!');
  if (negated !== undefined) return part(field(negated, 'arg'), false);
  const choice = field(expression, 'if-then-else');
  if (choice !== undefined) return choiceFormula(choice, part, reading);
  const name = factOf(expression);
  if (name !== undefined && KIND_OF.get(name) === 'flag')
    return literalOf({ kind: 'is', fact: name, value: true }, isPositive);
  const known = comparisonFormula(expression, isPositive, reading) ?? setFormula(expression, isPositive);
  return known ?? literalOf(free(expression, reading), isPositive);
}

/** `a && b && c` is nested to the left; its parts in their order. */
function chainOf(expression: unknown, operator: '&&' | '||'): readonly unknown[] {
  const parts: unknown[] = [];
  let rest = expression;
  for (let sides = field(rest, operator); sides !== undefined; sides = field(rest, operator)) {
    parts.push(field(sides, 'right'));
    rest = field(sides, 'left');
  }
  return [rest, ...parts.toReversed()];
}

function choiceFormula(choice: unknown, part: (inner: unknown) => Formula, reading: Reading): Formula {
  const condition = field(choice, 'if');
  const branch = (holds: boolean, name: string): Formula => ({
    kind: 'all',
    parts: [formulaOf(condition, holds, reading), part(field(choice, name))],
  });
  return { kind: 'any', parts: [branch(true, 'then'), branch(false, 'else')] };
}

/** The name in `context.name`. */
function factOf(expression: unknown): string | undefined {
  const access = field(expression, '.');
  const name = field(access, 'attr');
  return field(field(access, 'left'), 'Var') === 'context' && typeof name === 'string' ? name : undefined;
}

const valueOf = (expression: unknown): unknown => field(expression, 'Value');

function stringsOf(expression: unknown): readonly string[] | undefined {
  const set = field(expression, 'Set');
  if (!Array.isArray(set)) return undefined;
  const strings = set.map(valueOf).filter((value) => typeof value === 'string');
  return strings.length === set.length ? strings : undefined;
}

function comparisonFormula(expression: unknown, isPositive: boolean, reading: Reading): Formula | undefined {
  const operator = COMPARISONS.find((candidate) => field(expression, candidate) !== undefined);
  if (operator === undefined) return undefined;
  const sides = field(expression, operator);
  const isMirrored = factOf(field(sides, 'left')) === undefined;
  const [name, value] = [field(sides, isMirrored ? 'right' : 'left'), field(sides, isMirrored ? 'left' : 'right')];
  const fact = factOf(name);
  const kind = fact === undefined ? undefined : KIND_OF.get(fact);
  if (fact === undefined || kind === undefined) return undefined;
  return compared(
    { fact, kind, operator: isMirrored ? MIRRORED[operator] : operator, to: valueOf(value) },
    { isPositive, reading },
  );
}

interface Compared {
  readonly fact: string;
  readonly kind: 'integer' | 'flag' | 'set' | 'word';
  readonly operator: Comparison;
  readonly to: unknown;
}

function compared(
  { fact, kind, operator, to }: Compared,
  { isPositive, reading }: { readonly isPositive: boolean; readonly reading: Reading },
): Formula | undefined {
  const isEqual = operator === '==';
  if (kind === 'integer' && typeof to === 'number') {
    if (!Number.isSafeInteger(to) || !Number.isSafeInteger(to + 1)) {
      complain(reading, 'compares with a number that is not a safe integer');
      return constant(false);
    }
    if (fact === 'nowMs' && (operator === '>=' || operator === '>')) reading.validFromMs.add(to);
    if (fact === 'nowMs' && reading.ignoresTime) return constant(isPositive);
    return integerFormula({ fact, operator, to }, isPositive);
  }
  if (!isEqual && operator !== '!=') return undefined;
  if (kind === 'flag' && typeof to === 'boolean')
    return literalOf({ kind: 'is', fact, value: to === isEqual }, isPositive);
  if (kind === 'word' && typeof to === 'string')
    return literalOf({ kind: isEqual ? 'among' : 'outside', fact, values: [to] }, isPositive);
  return undefined;
}

function integerFormula(
  { fact, operator, to }: { readonly fact: string; readonly operator: Comparison; readonly to: number },
  isPositive: boolean,
): Formula {
  const from = (value: number): Literal => ({ kind: 'from', fact, value });
  const both = (isInside: boolean): Formula => ({
    kind: isInside ? 'all' : 'any',
    parts: [literalOf(from(to), isInside), literalOf(from(to + 1), !isInside)],
  });
  switch (operator) {
    case '>=':
      return literalOf(from(to), isPositive);
    case '<':
      return literalOf(from(to), !isPositive);
    case '>':
      return literalOf(from(to + 1), isPositive);
    case '<=':
      return literalOf(from(to + 1), !isPositive);
    case '==':
      return both(isPositive);
    case '!=':
      return both(!isPositive);
  }
}

function setFormula(expression: unknown, isPositive: boolean): Formula | undefined {
  const empty = factOf(field(field(expression, 'isEmpty'), 'arg'));
  if (empty !== undefined) return setLiteral('within', empty, { values: [], isPositive });
  for (const operator of ['contains', 'containsAny', 'containsAll'] as const) {
    const sides = field(expression, operator);
    if (sides === undefined) continue;
    return containment(operator, [field(sides, 'left'), field(sides, 'right')], isPositive);
  }
  return undefined;
}

function containment(
  operator: 'contains' | 'containsAny' | 'containsAll',
  [left, right]: readonly [unknown, unknown],
  isPositive: boolean,
): Formula | undefined {
  const [name, values] = [factOf(left), stringsOf(right)];
  const [otherName, otherValues] = [factOf(right), stringsOf(left)];
  if (operator === 'contains') {
    const item = valueOf(right);
    if (name !== undefined && typeof item === 'string') return setLiteral('some', name, { values: [item], isPositive });
    if (otherName === undefined || otherValues === undefined || KIND_OF.get(otherName) !== 'word') return undefined;
    return literalOf({ kind: 'among', fact: otherName, values: otherValues }, isPositive);
  }
  if (operator === 'containsAny') {
    if (name !== undefined && values !== undefined) return setLiteral('some', name, { values, isPositive });
    if (otherName === undefined || otherValues === undefined) return undefined;
    return setLiteral('some', otherName, { values: otherValues, isPositive });
  }
  if (otherName !== undefined && otherValues !== undefined)
    return setLiteral('within', otherName, { values: otherValues, isPositive });
  if (name === undefined || values === undefined || KIND_OF.get(name) !== 'set') return undefined;
  const parts = values.map((value) => literalOf({ kind: 'some', fact: name, values: [value] }, isPositive));
  return { kind: isPositive ? 'all' : 'any', parts };
}

function setLiteral(
  kind: 'some' | 'within',
  fact: string,
  { values, isPositive }: { readonly values: readonly string[]; readonly isPositive: boolean },
): Formula | undefined {
  return KIND_OF.get(fact) === 'set' ? literalOf({ kind, fact, values }, isPositive) : undefined;
}
