/**
 * Is anything left of a box once its covers are taken away? The product of the diagrams is unfolded from the top and every state
 * is remembered, so the answer is exact: either a class of requests, or a proof that there is none.
 */
import type { Box } from './box.ts';
import { Diagram, levelsOf, NO, YES } from './diagram.ts';
import { known } from './known.ts';
import type { Tests } from './partition.ts';

/** Shared by the questions of one comparison: there is no clock here, so effort is counted. */
export interface Effort {
  steps: number;
  nodes: number;
  readonly maxSteps: number;
  readonly maxNodes: number;
}

/** A class of each open variable, from low to high; the box says the rest. */
export type Choice = ReadonlyMap<number, { readonly low: number; readonly high: number }>;

export type Found =
  | { readonly kind: 'left'; readonly choice: Choice }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'gave-up' };

/** Every one of `musts` has to be yes, none of `covers` may be. */
interface State {
  readonly musts: readonly number[];
  readonly covers: readonly number[];
}

export interface SearchOptions {
  /** The value to try first, of an integer or the position of a choice. */
  readonly usual: (variable: number) => number;
  /** Follows the choices, `isWhole` at the end of a way; false: nothing that is wanted lies this way. */
  readonly accepts?: (choice: Choice, isWhole: boolean) => boolean;
}

export class Search {
  readonly #diagram: Diagram;
  readonly #start: State | undefined;
  readonly #empty = new Set<string>();
  readonly #choice = new Map<number, { readonly low: number; readonly high: number }>();

  constructor(box: Box, covers: readonly Tests[], effort: Effort) {
    const musts = box.clauses.map((variables): Tests => [{ kind: 'some', variables }]);
    this.#diagram = new Diagram(levelsOf(box, [...covers, ...musts]));
    this.#start = stateOf(
      musts.map((tests) => this.#diagram.all(tests)),
      covers.map((tests) => this.#diagram.all(tests)),
    );
    effort.nodes += this.#diagram.size;
  }

  /** Without `accepts` the answer is exact; with it, a request it refuses is passed over and nothing is remembered of it. */
  run(options: SearchOptions, effort: Effort): Found {
    this.#choice.clear();
    if (this.#start === undefined) return { kind: 'nothing' };
    const found = this.#visit(this.#start, options, effort);
    if (found === undefined) return { kind: 'gave-up' };
    return found ? { kind: 'left', choice: new Map(this.#choice) } : { kind: 'nothing' };
  }

  /** True: `#choice` is a way to something left. Undefined: the effort is spent. */
  #visit(state: State, options: SearchOptions, effort: Effort): boolean | undefined {
    const { accepts } = options;
    const isWhole = state.musts.length === 0 && state.covers.length === 0;
    if (accepts !== undefined && !accepts(this.#choice, isWhole)) return false;
    if (isWhole) return true;
    const key = `${state.musts.join()}|${state.covers.join()}`;
    if (this.#empty.has(key)) return false;
    effort.steps += 1;
    if (effort.steps > effort.maxSteps || effort.nodes > effort.maxNodes) return undefined;
    const nodes = [...state.musts, ...state.covers];
    const level = Math.min(...nodes.map((node) => this.#diagram.levelOfNode(node)));
    const { variable, classes } = known(this.#diagram.levels[level]);
    for (const position of usualFirst(classes, options.usual(variable))) {
      const next = this.#step(state, level, position);
      if (next === undefined) continue;
      this.#choice.set(variable, known(classes[position]));
      const found = this.#visit(next, options, effort);
      if (found !== false) return found;
      this.#choice.delete(variable);
    }
    if (accepts !== undefined) return false;
    this.#empty.add(key);
    effort.nodes += 1;
    return false;
  }

  #step({ musts, covers }: State, level: number, position: number): State | undefined {
    const diagram = this.#diagram;
    const follow = (node: number): number =>
      diagram.levelOfNode(node) === level ? diagram.child(node, position) : node;
    return stateOf(musts.map(follow), covers.map(follow));
  }
}

/** Undefined when nothing is left: a must failed or a cover covers all. Equal nodes are one, whoever's they were. */
function stateOf(musts: readonly number[], covers: readonly number[]): State | undefined {
  if (musts.includes(NO) || covers.includes(YES)) return undefined;
  return { musts: sortedOnce(musts, YES), covers: sortedOnce(covers, NO) };
}

const sortedOnce = (nodes: readonly number[], settled: number): readonly number[] =>
  [...new Set(nodes.filter((node) => node !== settled))].toSorted((one, other) => one - other);

/** Positions of the classes, the one with the usual value first, then by distance. */
function usualFirst(
  classes: readonly { readonly low: number; readonly high: number }[],
  usual: number,
): readonly number[] {
  const distance = (position: number): number => {
    const { low, high } = known(classes[position]);
    return usual < low ? low - usual : usual > high ? usual - high : 0;
  };
  return [...classes.keys()].toSorted((one, other) => distance(one) - distance(other));
}
