/**
 * The finite view of all requests: one variable an integer, a flag or a free question; one of several values an action or a word;
 * one yes-or-no a set's item that any policy mentions, and one for everything else it may hold. No request is left out.
 */
import { ACTION_TYPES } from '../../proposal/change.ts';
import { FLAGS, INTEGERS, SETS, WORDS } from '../attributes.ts';
import { CLOSED_SETS, CLOSED_WORDS, INCLUDED_SETS } from './invariants.ts';
import { known } from './known.ts';
import type { Cube, Literal } from './literal.ts';

/** Stands for every value that no policy mentions. */
export const OTHER: unique symbol = Symbol('other');

export type Variable =
  | { readonly kind: 'integer' | 'flag'; readonly fact: string }
  | { readonly kind: 'item'; readonly fact: string; readonly item: string | typeof OTHER }
  | { readonly kind: 'choice'; readonly fact: string; readonly values: readonly (string | typeof OTHER)[] };

/** A literal over positions of variables. Yes-or-no variables are the integers 0 and 1. */
export type Test =
  | { readonly kind: 'from' | 'below'; readonly variable: number; readonly value: number }
  /** Per value of the choice, whether it passes. */
  | { readonly kind: 'among'; readonly variable: number; readonly passes: readonly boolean[] }
  | { readonly kind: 'some' | 'none'; readonly variables: readonly number[] };

export const oppositeTest = (test: Test): Test => {
  switch (test.kind) {
    case 'from':
    case 'below':
      return { ...test, kind: test.kind === 'from' ? 'below' : 'from' };
    case 'among':
      return { ...test, passes: test.passes.map((passes) => !passes) };
    case 'some':
    case 'none':
      return { ...test, kind: test.kind === 'some' ? 'none' : 'some' };
  }
};

export interface Partition {
  readonly variables: readonly Variable[];
  /** Of an integer, flag, free question, word or action. */
  readonly positionOf: ReadonlyMap<string, number>;
  /** Of the items of a set; `OTHER` is always one of them. */
  readonly itemsOf: ReadonlyMap<string, ReadonlyMap<string | typeof OTHER, number>>;
}

/** Of everything these alternatives mention, and of every fact there is, so that an example can be a whole request. */
export function partitionOf(cubes: readonly Cube[]): Partition {
  const mentioned = new Map<string, Set<string>>();
  const mention = (fact: string): Set<string> => {
    const values = mentioned.get(fact) ?? new Set();
    mentioned.set(fact, values);
    return values;
  };
  const flags = new Set<string>(FLAGS);
  for (const literal of cubes.flat()) {
    if ('values' in literal) for (const value of literal.values) mention(literal.fact).add(value);
    if (literal.kind === 'is') flags.add(literal.fact);
  }
  for (const [fact, values] of Object.entries(CLOSED_SETS)) for (const value of values) mention(fact).add(value);
  for (const [fact, values] of Object.entries(CLOSED_WORDS)) for (const value of values) mention(fact).add(value);
  // What a set holds the other holds too: both are asked about the same items.
  for (const [inner, outer] of INCLUDED_SETS) {
    const all = new Set([...mention(inner), ...mention(outer)]);
    mentioned.set(inner, all);
    mentioned.set(outer, all);
  }
  const valuesOf = (fact: string): readonly string[] => [...mention(fact)].toSorted();
  return positioned([
    { kind: 'choice', fact: 'action', values: ACTION_TYPES },
    ...INTEGERS.map((fact): Variable => ({ kind: 'integer', fact })),
    ...[...flags].toSorted().map((fact): Variable => ({ kind: 'flag', fact })),
    ...WORDS.map((fact): Variable => ({ kind: 'choice', fact, values: [...valuesOf(fact), OTHER] })),
    ...SETS.flatMap((fact) => itemsOf(valuesOf(fact)).map((item): Variable => ({ kind: 'item', fact, item }))),
  ]);
}

const itemsOf = (values: readonly string[]): readonly (string | typeof OTHER)[] => [...values, OTHER];

function positioned(variables: readonly Variable[]): Partition {
  const positionOf = new Map<string, number>();
  const positionsOf = new Map<string, Map<string | typeof OTHER, number>>();
  for (const [position, variable] of variables.entries()) {
    if (variable.kind === 'item') {
      const items = positionsOf.get(variable.fact) ?? new Map<string | typeof OTHER, number>();
      positionsOf.set(variable.fact, items.set(variable.item, position));
    } else positionOf.set(variable.fact, position);
  }
  return { variables, positionOf, itemsOf: positionsOf };
}

/** All of these tests pass. */
export type Tests = readonly Test[];

export function testOf(partition: Partition, literal: Literal): Test {
  const variable = (): number => known(partition.positionOf.get(literal.fact));
  switch (literal.kind) {
    case 'from':
    case 'below':
      return { kind: literal.kind, variable: variable(), value: literal.value };
    case 'is':
      return { kind: literal.value ? 'from' : 'below', variable: variable(), value: 1 };
    case 'among':
    case 'outside': {
      const position = variable();
      const chosen = known(partition.variables[position]);
      const values = chosen.kind === 'choice' ? chosen.values : [];
      const isListed = literal.kind === 'among';
      const passes = values.map((value) => (value !== OTHER && literal.values.includes(value)) === isListed);
      return { kind: 'among', variable: position, passes };
    }
    case 'some':
    case 'none':
    case 'beyond':
    case 'within': {
      const items = known(partition.itemsOf.get(literal.fact));
      const isListed = literal.kind === 'some' || literal.kind === 'none';
      const isPresence = literal.kind === 'some' || literal.kind === 'beyond';
      const listed = new Set<string | typeof OTHER>(literal.values);
      const variables = [...items].filter(([item]) => listed.has(item) === isListed).map(([, position]) => position);
      return { kind: isPresence ? 'some' : 'none', variables };
    }
  }
}

/** How many classes of requests these tests tell apart, of the whole partition. */
export function classesOf({ variables }: Partition, cubes: readonly Cube[]): bigint {
  const cuts = new Map<string, Set<number>>();
  for (const literal of cubes.flat()) {
    if (literal.kind !== 'from' && literal.kind !== 'below') continue;
    cuts.set(literal.fact, (cuts.get(literal.fact) ?? new Set()).add(literal.value));
  }
  const sizes = variables.map((variable) => {
    switch (variable.kind) {
      case 'integer':
        return (cuts.get(variable.fact)?.size ?? 0) + 1;
      case 'flag':
      case 'item':
        return 2;
      case 'choice':
        return variable.values.length;
    }
  });
  return sizes.reduce((product, size) => product * BigInt(size), 1n);
}
