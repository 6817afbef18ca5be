/** Keeps the bounds of a request's variables consistent with the invariants, and settles each on one value. */
import type { Box } from './box.ts';
import {
  CLOSED_SETS,
  CLOSED_WORDS,
  COUNT,
  FILLED_SETS,
  INCLUDED_SETS,
  NOT_MORE,
  PRESENT,
  RANGES,
  SUMS,
} from './invariants.ts';
import { known } from './known.ts';
import { OTHER, type Partition } from './partition.ts';

type Constraint =
  | { readonly kind: 'not-more'; readonly less: number; readonly more: number }
  | { readonly kind: 'sum'; readonly total: number; readonly parts: readonly number[] }
  | { readonly kind: 'present'; readonly item: number; readonly count: number }
  | { readonly kind: 'some'; readonly items: readonly number[] };

/** Bounds by position. */
export interface Bounds {
  readonly low: number[];
  readonly high: number[];
}

export class Realism {
  readonly #constraints: readonly Constraint[];
  readonly #partition: Partition;

  constructor(partition: Partition) {
    this.#partition = partition;
    const integer = (name: string): number => known(partition.positionOf.get(name));
    const items = (set: string): ReadonlyMap<string | typeof OTHER, number> => known(partition.itemsOf.get(set));
    this.#constraints = [
      ...NOT_MORE.map(([less, more]): Constraint => ({ kind: 'not-more', less: integer(less), more: integer(more) })),
      ...SUMS.map(({ total, parts }): Constraint => ({
        kind: 'sum',
        total: integer(total),
        parts: parts.map(integer),
      })),
      ...PRESENT.map(({ set, item, count }): Constraint => ({
        kind: 'present',
        item: known(items(set).get(item)),
        count: integer(count),
      })),
      ...INCLUDED_SETS.flatMap(([inner, outer]) =>
        [...items(inner)].map(([item, less]): Constraint => ({
          kind: 'not-more',
          less,
          more: known(items(outer).get(item)),
        })),
      ),
      ...FILLED_SETS.map((set): Constraint => ({ kind: 'some', items: [...items(set).values()] })),
    ];
  }

  /** The realistic part of a box's bounds; undefined when there is none. Words and actions are the box's own business. */
  within(box: Box): Bounds | undefined {
    const bounds: Bounds = { low: [...box.low], high: [...box.high] };
    for (const [position, variable] of this.#partition.variables.entries()) {
      if (variable.kind === 'integer') limit(bounds, position, rangeOf(variable.fact));
      if (variable.kind === 'item' && !isHeardOf(CLOSED_SETS, variable.fact, variable.item))
        limit(bounds, position, [0, 0]);
    }
    return this.narrow(bounds) ? bounds : undefined;
  }

  /** A word of which all values are known has no other. */
  isRealisticWord(position: number, value: number): boolean {
    const variable = known(this.#partition.variables[position]);
    return variable.kind !== 'choice' || isHeardOf(CLOSED_WORDS, variable.fact, known(variable.values[value]));
  }

  /** False: no values fit. */
  narrow(bounds: Bounds): boolean {
    for (let isChanged = true; isChanged;) {
      isChanged = false;
      for (const constraint of this.#constraints) {
        const change = applied(bounds, constraint);
        if (change === 'empty') return false;
        isChanged ||= change === 'changed';
      }
    }
    return bounds.low.every((low, position) => low <= known(bounds.high[position]));
  }

  /** One value each, near the usual ones. False: there are none. */
  settle(bounds: Bounds, usual: (position: number) => number): boolean {
    return bounds.low.every((_, position) => {
      settleOne(bounds, position, usual(position));
      return this.narrow(bounds);
    });
  }
}

/** Where every value is known by name, no other is realistic, even when a rule names it. */
function isHeardOf(
  closed: Readonly<Record<string, readonly string[] | undefined>>,
  fact: string,
  value: string | typeof OTHER,
): boolean {
  const values = Object.hasOwn(closed, fact) ? closed[fact] : undefined;
  return values === undefined || (value !== OTHER && values.includes(value));
}

function settleOne({ low, high }: Bounds, position: number, usual: number): void {
  const value = Math.min(Math.max(usual, known(low[position])), known(high[position]));
  low[position] = value;
  high[position] = value;
}

/** Without any invariant: for an example that is only possible on paper. */
export function settleFreely(bounds: Bounds, usual: (position: number) => number): void {
  for (const position of bounds.low.keys()) settleOne(bounds, position, usual(position));
}

const rangeOf = (fact: string): readonly [number, number] =>
  Object.entries(RANGES).find(([name]) => name === fact)?.[1] ?? COUNT;

function limit({ low, high }: Bounds, position: number, [least, most]: readonly [number, number]): boolean {
  const [oldLow, oldHigh] = [known(low[position]), known(high[position])];
  low[position] = Math.max(oldLow, least);
  high[position] = Math.min(oldHigh, most);
  return low[position] !== oldLow || high[position] !== oldHigh;
}

const isEmpty = ({ low, high }: Bounds, positions: readonly number[]): boolean =>
  positions.some((position) => known(low[position]) > known(high[position]));

function applied(bounds: Bounds, constraint: Constraint): 'changed' | 'same' | 'empty' {
  const { low, high } = bounds;
  const lowOf = (position: number): number => known(low[position]);
  const highOf = (position: number): number => known(high[position]);
  const result = (changes: readonly boolean[], touched: readonly number[]): 'changed' | 'same' | 'empty' =>
    isEmpty(bounds, touched) ? 'empty' : changes.includes(true) ? 'changed' : 'same';
  const everything: readonly [number, number] = [-Infinity, Infinity];
  switch (constraint.kind) {
    case 'not-more': {
      const { less, more } = constraint;
      const changes = [limit(bounds, less, [-Infinity, highOf(more)]), limit(bounds, more, [lowOf(less), Infinity])];
      return result(changes, [less, more]);
    }
    case 'sum': {
      const { total, parts } = constraint;
      const sum = (boundOf: (position: number) => number, but?: number): number =>
        parts.filter((part) => part !== but).reduce((all, part) => all + boundOf(part), 0);
      const changes = [
        limit(bounds, total, [sum(lowOf), sum(highOf)]),
        ...parts.map((part) =>
          limit(bounds, part, [lowOf(total) - sum(highOf, part), highOf(total) - sum(lowOf, part)]),
        ),
      ];
      return result(changes, [total, ...parts]);
    }
    case 'present': {
      const { item, count } = constraint;
      const isThere = lowOf(item) === 1 || lowOf(count) >= 1;
      const isGone = highOf(item) === 0 || highOf(count) < 1;
      const changes = [
        limit(bounds, item, isThere ? [1, 1] : everything),
        limit(bounds, count, isThere ? [1, Infinity] : everything),
        limit(bounds, item, isGone ? [0, 0] : everything),
        limit(bounds, count, isGone ? [-Infinity, 0] : everything),
      ];
      return result(changes, [item, count]);
    }
    case 'some': {
      const open = constraint.items.filter((item) => highOf(item) === 1);
      const [only] = open;
      if (only === undefined) return 'empty';
      return open.length === 1 && limit(bounds, only, [1, 1]) ? 'changed' : 'same';
    }
  }
}
