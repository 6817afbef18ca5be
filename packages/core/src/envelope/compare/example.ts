/** From a class of requests to one request a person can look at: whole attributes, near an uneventful request, real if it can be. */
import { ACTION_TYPES, type ActionType } from '../../proposal/change.ts';
import type { Attributes } from '../attributes.ts';
import { attributesFrom } from './attributes.parse.ts';
import { copyOf, type Box } from './box.ts';
import { USUAL_FLAGS, USUAL_INTEGERS, USUAL_ITEMS, USUAL_WORDS } from './invariants.ts';
import { known } from './known.ts';
import { OTHER, type Partition } from './partition.ts';
import { Realism, settleFreely, type Bounds } from './realism.ts';
import type { Choice, Effort, Found, Search } from './search.ts';

export interface Request {
  readonly action: ActionType;
  readonly attributes: Attributes;
  /** The invariants between facts hold and no expression had to be guessed. */
  readonly isRealistic: boolean;
}

/** How far to look for a realistic request before an unrealistic one is shown. */
const REALISTIC_STEPS = 5000;

export class Examples {
  readonly #partition: Partition;
  readonly #realism: Realism;
  readonly #usual: readonly number[];

  /** `nowMs`: the time of the examples as far as the rules leave it open. */
  constructor(partition: Partition, nowMs: number) {
    this.#partition = partition;
    this.#realism = new Realism(partition);
    this.#usual = usualValues(partition, nowMs);
  }

  usual = (position: number): number => known(this.#usual[position]);

  /** `box` and `found` say what is left; the same search is asked again for a request that could really be. */
  of(box: Box, search: Search, found: Found & { readonly kind: 'left' }): Request {
    return this.#realistic(box, search) ?? this.#onPaper(box, found.choice);
  }

  #realistic(box: Box, search: Search): Request | undefined {
    const start = this.#realism.within(box);
    if (start === undefined) return undefined;
    let settled: { readonly bounds: Bounds; readonly choice: Choice } | undefined;
    const accepts = (choice: Choice, isWhole: boolean): boolean => {
      const bounds = within(start, choice);
      const isPossible = [...choice].every(
        ([position, { low }]) => box.allowed[position] === undefined || this.#realism.isRealisticWord(position, low),
      );
      if (!isPossible || !this.#realism.narrow(bounds)) return false;
      if (!isWhole) return true;
      if (!this.#realism.settle(bounds, this.usual)) return false;
      settled = { bounds, choice: new Map(choice) };
      return true;
    };
    const effort: Effort = { steps: 0, nodes: 0, maxSteps: REALISTIC_STEPS, maxNodes: Number.MAX_SAFE_INTEGER };
    search.run({ usual: this.usual, accepts }, effort);
    return settled && this.#request(box, settled, true);
  }

  #onPaper(box: Box, choice: Choice): Request {
    const bounds = within(copyOf(box), choice);
    settleFreely(bounds, this.usual);
    return this.#request(box, { bounds, choice }, false);
  }

  #request(
    box: Box,
    { bounds, choice }: { readonly bounds: Bounds; readonly choice: Choice },
    isRealistic: boolean,
  ): Request {
    const { positionOf, itemsOf, variables } = this.#partition;
    const chosen = (fact: string): string | typeof OTHER => {
      const position = known(positionOf.get(fact));
      const variable = known(variables[position]);
      return known(variable.kind === 'choice' ? variable.values[this.#valueOf(box, choice, position)] : undefined);
    };
    const valueOf = (fact: string): number => known(bounds.low[known(positionOf.get(fact))]);
    const isGuessed = variables.some(
      ({ fact }, position) =>
        fact.startsWith('free:') && (choice.has(position) || box.low[position] === box.high[position]),
    );
    const isUnheard = variables.some(
      ({ kind }, position) =>
        kind === 'choice' && !this.#realism.isRealisticWord(position, this.#valueOf(box, choice, position)),
    );
    const attributes = attributesFrom({
      integer: valueOf,
      flag: (fact) => valueOf(fact) === 1,
      word: (fact) => {
        const value = chosen(fact);
        return value === OTHER ? unlike(variables.flatMap((one) => (one.kind === 'choice' ? one.values : []))) : value;
      },
      set: (fact) => {
        const items = [...known(itemsOf.get(fact))].filter(([, position]) => bounds.low[position] === 1);
        const others = [...known(itemsOf.get(fact)).keys()];
        return items.map(([item]) => (item === OTHER ? unlike(others) : item));
      },
    });
    const action = ACTION_TYPES.find((type) => type === chosen('action'));
    return { action: known(action), attributes, isRealistic: isRealistic && !isGuessed && !isUnheard };
  }

  /** The value of a choice: the one on the way, else the usual one when the box allows it, else the first it allows. */
  #valueOf(box: Box, choice: Choice, position: number): number {
    const onTheWay = choice.get(position);
    if (onTheWay !== undefined) return onTheWay.low;
    const allowed = known(box.allowed[position]);
    return allowed[this.usual(position)] === true ? this.usual(position) : allowed.indexOf(true);
  }
}

function within({ low, high }: Bounds, choice: Choice): Bounds {
  const bounds: Bounds = { low: [...low], high: [...high] };
  for (const [position, range] of choice) {
    bounds.low[position] = Math.max(known(bounds.low[position]), range.low);
    bounds.high[position] = Math.min(known(bounds.high[position]), range.high);
  }
  return bounds;
}

/** A name that none of these is. */
function unlike(names: readonly (string | typeof OTHER)[]): string {
  let name = 'another';
  while (names.includes(name)) name = `${name}-one`;
  return name;
}

function usualValues({ variables }: Partition, nowMs: number): readonly number[] {
  const integers: Readonly<Record<string, number | undefined>> = { ...USUAL_INTEGERS, nowMs };
  const words: Readonly<Record<string, string | undefined>> = USUAL_WORDS;
  const items: Readonly<Record<string, readonly (string | symbol)[] | undefined>> = USUAL_ITEMS;
  return variables.map((variable) => {
    switch (variable.kind) {
      case 'integer':
        return integers[variable.fact] ?? 0;
      case 'flag':
        return USUAL_FLAGS.has(variable.fact) ? 1 : 0;
      case 'item':
        return items[variable.fact]?.includes(variable.item) === true ? 1 : 0;
      case 'choice':
        return Math.max(
          0,
          variable.values.findIndex((value) => value === words[variable.fact]),
        );
    }
  });
}
