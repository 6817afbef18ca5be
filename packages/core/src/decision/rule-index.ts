/**
 * Which rules can match at all. Each rule is filed under the rarest thing it asks for; a question looks only where its facts point,
 * so its cost follows the rules that are near to it and not all there are.
 */
import type { Attributes, FlagName, IntegerName, SetName, WordName } from '../envelope/attributes.ts';
import { holds, type Condition, type Rule } from '../envelope/rule.ts';

/** A rule whose whole numbers are compared: those that hold come before the first that does not. */
interface Threshold {
  readonly value: number;
  readonly place: number;
}

/** Rules that share a guard, those of them that compare one more number sorted so that what holds is a beginning. */
interface Bucket {
  readonly rest: readonly number[];
  readonly bound?: { readonly op: 'at-least' | 'at-most'; readonly fact: IntegerName };
  readonly thresholds: readonly Threshold[];
}

/** Places of rules in the list they were made from. */
export interface RuleIndex {
  readonly rules: readonly Rule[];
  /** Asks for nothing that can be looked up. */
  readonly always: readonly number[];
  readonly words: readonly (readonly [fact: SetName, byValue: ReadonlyMap<string, Bucket>])[];
  /** Nothing outside the values: the first item of the fact decides, and a fact without items is inside all. */
  readonly onlyWords: readonly (readonly [fact: SetName, byFirst: ReadonlyMap<string, Bucket>, all: Bucket])[];
  readonly flags: readonly (readonly [fact: FlagName, whenTrue: Bucket, whenFalse: Bucket])[];
  readonly kinds: readonly (readonly [fact: WordName, byValue: ReadonlyMap<string, Bucket>])[];
  /** Sorted so that what holds is a beginning: `at-least` upwards, `at-most` downwards. */
  readonly floors: readonly (readonly [fact: IntegerName, thresholds: readonly Threshold[]])[];
  readonly ceilings: readonly (readonly [fact: IntegerName, thresholds: readonly Threshold[]])[];
}

/** Every key under which a rule with this condition would be looked up. */
function keysOf(condition: Condition): readonly string[] {
  switch (condition.op) {
    case 'is':
      return [`is ${condition.fact} ${condition.value}`];
    case 'at-least':
    case 'at-most':
      return [`${condition.op} ${condition.fact} ${condition.value}`];
    case 'any-of':
    case 'only':
    case 'one-of':
      return condition.values.map((value) => `${condition.op} ${condition.fact} ${value}`);
  }
}

/** Comparing whole numbers finds a beginning of a list, everything else one place: of equally rare conditions the latter is better. */
const RANGE_WEIGHT = 64;

/** The condition whose busiest key the fewest rules share. */
function guardOf(rule: Rule, shared: ReadonlyMap<string, number>): Condition | undefined {
  let best: { readonly condition: Condition; readonly weight: number } | undefined;
  for (const condition of rule.conditions) {
    const isRange = condition.op === 'at-least' || condition.op === 'at-most';
    const load = keysOf(condition).reduce((most, key) => Math.max(most, shared.get(key) ?? 0), 0);
    const weight = isRange ? load * RANGE_WEIGHT : load;
    if (best === undefined || weight < best.weight) best = { condition, weight };
  }
  return best?.condition;
}

export function indexRules(rules: readonly Rule[]): RuleIndex {
  const shared = new Map<string, number>();
  for (const rule of rules)
    for (const key of new Set(rule.conditions.flatMap(keysOf))) shared.set(key, (shared.get(key) ?? 0) + 1);
  const filing = new Filing();
  rules.forEach((rule, place) => filing.file(guardOf(rule, shared), place));
  return { rules, ...filing.done((places) => bucketOf(rules, places)) };
}

/** Fewer rules are looked at one by one. */
const SMALL = 4;

/** The number whose bounds differ most among these rules parts them best. */
function bucketOf(rules: readonly Rule[], places: readonly number[]): Bucket {
  const plain: Bucket = { rest: places, thresholds: [] };
  if (places.length <= SMALL) return plain;
  const bounds = new Map<string, { readonly condition: Range; readonly values: Set<number> }>();
  for (const place of places)
    for (const condition of rangesOf(rules[place])) {
      const known = bounds.get(`${condition.op} ${condition.fact}`) ?? { condition, values: new Set<number>() };
      bounds.set(`${condition.op} ${condition.fact}`, known);
      known.values.add(condition.value);
    }
  const best = [...bounds.values()].reduce<{ readonly condition: Range; readonly values: Set<number> } | undefined>(
    (most, bound) => (most === undefined || bound.values.size > most.values.size ? bound : most),
    undefined,
  );
  if (best === undefined || best.values.size < 2) return plain;
  const { op, fact } = best.condition;
  const rest: number[] = [];
  const thresholds: Threshold[] = [];
  for (const place of places) {
    const own = rangesOf(rules[place]).find((condition) => condition.op === op && condition.fact === fact);
    if (own === undefined) rest.push(place);
    else thresholds.push({ value: own.value, place });
  }
  return { rest, bound: { op, fact }, thresholds: thresholds.toSorted(byHolding(op)) };
}

type Range = Extract<Condition, { readonly op: 'at-least' | 'at-most' }>;
const rangesOf = (rule: Rule | undefined): readonly Range[] =>
  (rule?.conditions ?? []).flatMap((condition) =>
    condition.op === 'at-least' || condition.op === 'at-most' ? [condition] : [],
  );
/** What is easiest to hold comes first. */
const byHolding =
  (op: Range['op']) =>
  (a: Threshold, b: Threshold): number =>
    op === 'at-least' ? a.value - b.value : b.value - a.value;

type Places = Map<string, number[]>;
type MakeBucket = (places: readonly number[]) => Bucket;
const buckets = (places: Places, make: MakeBucket): ReadonlyMap<string, Bucket> =>
  new Map([...places].map(([key, own]) => [key, make(own)]));

function placesAt<Fact extends string>(map: Map<Fact, Places>, fact: Fact): Places {
  const known = map.get(fact) ?? new Map<string, number[]>();
  map.set(fact, known);
  return known;
}
const add = (places: Places, key: string, place: number): void => {
  const known = places.get(key);
  if (known === undefined) places.set(key, [place]);
  else known.push(place);
};

class Filing {
  readonly #always: number[] = [];
  readonly #words = new Map<SetName, Places>();
  readonly #only = new Map<SetName, { readonly byFirst: Places; readonly all: number[] }>();
  readonly #flags = new Map<FlagName, { readonly whenTrue: number[]; readonly whenFalse: number[] }>();
  readonly #kinds = new Map<WordName, Places>();
  readonly #floors = new Map<IntegerName, Threshold[]>();
  readonly #ceilings = new Map<IntegerName, Threshold[]>();

  file(guard: Condition | undefined, place: number): void {
    if (guard === undefined) return void this.#always.push(place);
    switch (guard.op) {
      case 'is': {
        const known = this.#flags.get(guard.fact) ?? { whenTrue: [], whenFalse: [] };
        this.#flags.set(guard.fact, known);
        return void (guard.value ? known.whenTrue : known.whenFalse).push(place);
      }
      case 'at-least':
        return this.#fileThreshold(this.#floors, guard.fact, { value: guard.value, place });
      case 'at-most':
        return this.#fileThreshold(this.#ceilings, guard.fact, { value: guard.value, place });
      case 'any-of':
        for (const value of new Set(guard.values)) add(placesAt(this.#words, guard.fact), value, place);
        return;
      case 'only': {
        const known = this.#only.get(guard.fact) ?? { byFirst: new Map<string, number[]>(), all: [] };
        this.#only.set(guard.fact, known);
        known.all.push(place);
        for (const value of new Set(guard.values)) add(known.byFirst, value, place);
        return;
      }
      case 'one-of':
        for (const value of new Set(guard.values)) add(placesAt(this.#kinds, guard.fact), value, place);
        return;
    }
  }

  #fileThreshold(map: Map<IntegerName, Threshold[]>, fact: IntegerName, threshold: Threshold): void {
    const known = map.get(fact);
    if (known === undefined) map.set(fact, [threshold]);
    else known.push(threshold);
  }

  done(make: MakeBucket): Omit<RuleIndex, 'rules'> {
    return {
      always: this.#always,
      words: [...this.#words].map(([fact, byValue]) => [fact, buckets(byValue, make)]),
      onlyWords: [...this.#only].map(([fact, { byFirst, all }]) => [fact, buckets(byFirst, make), make(all)]),
      flags: [...this.#flags].map(([fact, { whenTrue, whenFalse }]) => [fact, make(whenTrue), make(whenFalse)]),
      kinds: [...this.#kinds].map(([fact, byValue]) => [fact, buckets(byValue, make)]),
      floors: [...this.#floors].map(([fact, list]) => [fact, list.toSorted(byHolding('at-least'))]),
      ceilings: [...this.#ceilings].map(([fact, list]) => [fact, list.toSorted(byHolding('at-most'))]),
    };
  }
}

/** Rules of which every condition holds, in no particular order; each at most once. */
export function matchingRules(index: RuleIndex, attributes: Attributes): readonly Rule[] {
  const look = new Look(index.rules, attributes);
  look.places(index.always);
  for (const [fact, whenTrue, whenFalse] of index.flags) look.bucket(attributes[fact] ? whenTrue : whenFalse);
  for (const [fact, byValue] of index.kinds) look.bucket(byValue.get(attributes[fact]));
  for (const [fact, byFirst, all] of index.onlyWords) {
    const [first] = attributes[fact];
    look.bucket(first === undefined ? all : byFirst.get(first));
  }
  for (const [fact, byValue] of index.words) look.words(attributes[fact], byValue);
  for (const [fact, thresholds] of index.floors) look.beginning(thresholds, 'at-least', attributes[fact]);
  for (const [fact, thresholds] of index.ceilings) look.beginning(thresholds, 'at-most', attributes[fact]);
  return look.matched;
}

class Look {
  readonly #rules: readonly Rule[];
  readonly #attributes: Attributes;
  readonly matched: Rule[] = [];

  constructor(rules: readonly Rule[], attributes: Attributes) {
    this.#rules = rules;
    this.#attributes = attributes;
  }

  places(places: readonly number[]): void {
    for (const place of places) this.#at(place);
  }

  bucket(bucket: Bucket | undefined): void {
    if (bucket === undefined) return;
    this.places(bucket.rest);
    const { bound } = bucket;
    if (bound !== undefined) this.beginning(bucket.thresholds, bound.op, this.#attributes[bound.fact]);
  }

  beginning(thresholds: readonly Threshold[], op: Range['op'], value: number): void {
    for (const threshold of thresholds) {
      if (op === 'at-least' ? value < threshold.value : value > threshold.value) return;
      this.#at(threshold.place);
    }
  }

  /** A rule that names several of the items is filed under each and counts once. */
  words(items: readonly string[], byValue: ReadonlyMap<string, Bucket>): void {
    const before = this.matched.length;
    for (const item of items) this.bucket(byValue.get(item));
    if (items.length < 2 || this.matched.length - before < 2) return;
    const distinct = new Set(this.matched.splice(before));
    this.matched.push(...distinct);
  }

  #at(place: number): void {
    const rule = this.#rules[place];
    if (rule !== undefined && holdsWholly(rule, this.#attributes)) this.matched.push(rule);
  }
}

function holdsWholly({ conditions }: Rule, attributes: Attributes): boolean {
  for (const condition of conditions) if (!holds(condition, attributes)) return false;
  return true;
}
