/**
 * Multi-valued decision diagrams over a box: each open variable has the finite classes that the tests tell apart, equal parts are
 * one node. Nodes 0 and 1 are "no" and "yes".
 */
import type { Box } from './box.ts';
import { known } from './known.ts';
import type { Test, Tests } from './partition.ts';

/** A variable with its classes: an integer's intervals from low to high, a choice's allowed values by position. */
export interface Level {
  readonly variable: number;
  readonly classes: readonly { readonly low: number; readonly high: number }[];
}
interface Node {
  readonly level: number;
  readonly children: readonly number[];
}

export const NO = 0;
export const YES = 1;
/** Of terminals: below every level. */
const BOTTOM = Number.MAX_SAFE_INTEGER;
const TERMINALS: readonly Node[] = [
  { level: BOTTOM, children: [] },
  { level: BOTTOM, children: [] },
];

export class Diagram {
  readonly levels: readonly Level[];
  readonly #levelOf: ReadonlyMap<number, number>;
  readonly #nodes: Node[] = [...TERMINALS];
  readonly #positions = new Map<string, number>();
  readonly #products = new Map<string, number>();

  constructor(levels: readonly Level[]) {
    this.levels = levels;
    this.#levelOf = new Map(levels.map(({ variable }, level) => [variable, level]));
  }

  get size(): number {
    return this.#nodes.length;
  }
  levelOfNode(node: number): number {
    return known(this.#nodes[node]).level;
  }
  child(node: number, position: number): number {
    return known(known(this.#nodes[node]).children[position]);
  }

  /** Yes where all tests pass. */
  all(tests: Tests): number {
    return tests.map((test) => this.#of(test)).reduce((one, other) => this.#and(one, other), YES);
  }

  #make(level: number, children: readonly number[]): number {
    const first = known(children[0]);
    if (children.every((child) => child === first)) return first;
    const key = `${level}:${children.join()}`;
    const same = this.#positions.get(key);
    if (same !== undefined) return same;
    this.#nodes.push({ level, children });
    this.#positions.set(key, this.#nodes.length - 1);
    return this.#nodes.length - 1;
  }

  #of(test: Test): number {
    switch (test.kind) {
      case 'from':
      case 'below': {
        const level = known(this.#levelOf.get(test.variable));
        const { classes } = known(this.levels[level]);
        const isFrom = test.kind === 'from';
        return this.#make(
          level,
          classes.map(({ low }) => (low >= test.value === isFrom ? YES : NO)),
        );
      }
      case 'among': {
        const level = known(this.#levelOf.get(test.variable));
        const { classes } = known(this.levels[level]);
        return this.#make(
          level,
          classes.map(({ low }) => (test.passes[low] === true ? YES : NO)),
        );
      }
      case 'some':
      case 'none': {
        const isSome = test.kind === 'some';
        const levels = test.variables
          .flatMap((variable) => this.#levelOf.get(variable) ?? [])
          .toSorted((a, b) => b - a);
        return levels.reduce((rest, level) => this.#make(level, [rest, isSome ? YES : NO]), isSome ? NO : YES);
      }
    }
  }

  #and(one: number, other: number): number {
    if (one === NO || other === NO) return NO;
    if (one === YES || one === other) return other;
    if (other === YES) return one;
    const key = one < other ? `${one},${other}` : `${other},${one}`;
    const same = this.#products.get(key);
    if (same !== undefined) return same;
    const level = Math.min(this.levelOfNode(one), this.levelOfNode(other));
    const classes = known(this.levels[level]).classes.keys();
    const part = (node: number, position: number): number =>
      this.levelOfNode(node) === level ? this.child(node, position) : node;
    const children = [...classes].map((position) => this.#and(part(one, position), part(other, position)));
    const product = this.#make(level, children);
    this.#products.set(key, product);
    return product;
  }
}

/**
 * The open variables of these tests with their classes, most telling first: one that stands in short covers decides early.
 * An item that is settled in the box has no level; a test over items looks only at those that have.
 */
export function levelsOf(box: Box, covers: readonly Tests[]): readonly Level[] {
  const cuts = new Map<number, Set<number>>();
  const weights = new Map<number, number>();
  const meet = (variable: number, weight: number, cut?: number): void => {
    const found = cuts.get(variable) ?? new Set();
    cuts.set(variable, cut === undefined ? found : found.add(cut));
    weights.set(variable, (weights.get(variable) ?? 0) + weight);
  };
  const isOpen = (variable: number): boolean => {
    // INVARIANT: a test over items that one of them decides is not open, so it is in no cover any more.
    if (box.low[variable] === 1) throw new Error('a decided test was left open');
    return box.high[variable] === 1;
  };
  for (const cover of covers)
    for (const test of cover) {
      const weight = 2 ** -cover.length;
      if (test.kind === 'among') meet(test.variable, weight);
      else if ('value' in test) meet(test.variable, weight, test.value);
      else for (const variable of test.variables.filter(isOpen)) meet(variable, weight / test.variables.length, 1);
    }
  return [...cuts]
    .toSorted(([one], [other]) => (weights.get(other) ?? 0) - (weights.get(one) ?? 0) || one - other)
    .map(([variable, values]) => ({ variable, classes: classesOfVariable(box, variable, values) }));
}

function classesOfVariable(box: Box, variable: number, cuts: ReadonlySet<number>): Level['classes'] {
  const allowed = box.allowed[variable];
  if (allowed !== undefined) return allowed.flatMap((is, value) => (is ? [{ low: value, high: value }] : []));
  const [low, high] = [known(box.low[variable]), known(box.high[variable])];
  const starts = [low, ...[...cuts].filter((cut) => cut > low && cut <= high).toSorted((a, b) => a - b)];
  return starts.map((start, position) => ({ low: start, high: (starts[position + 1] ?? high + 1) - 1 }));
}
