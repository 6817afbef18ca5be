/**
 * What would have had to be different for it to run alone (D1): the smallest sets of changes, found by search over the facts and each
 * checked by deciding again with the changed facts. Searched only among the nearest grants, in bounded steps.
 */
import type { Calendar, Envelope } from '../envelope/envelope.ts';
import type { Attributes, SetName } from '../envelope/attributes.ts';
import { holds, type Condition, type Rule } from '../envelope/rule.ts';
import type { Floor } from '../people/trust-bundle.ts';
import type { Counterfactual, Decision } from './decision.ts';
import { answerOf, attributesOf, type CompiledEnvelope } from './evaluate.ts';
import { applyChange, canLeaveOut, CHANGE_COSTS, withWords, type FactChange, type Wanted } from './fact-change.ts';
import type { Facts } from './facts.ts';
import { floorReasons } from './floor.ts';
import { nextInstant } from './next-opening.ts';

/** How many are told. */
const NEAREST = 3;
/** Grants searched, changes in a set, steps of one search: beyond them nobody would follow the advice. */
const GRANTS = 8;
const MOST_CHANGES = 10;
const MOST_STEPS = 400;

export interface Ruling {
  readonly compiled: CompiledEnvelope;
  readonly floor: Floor;
  readonly stage: Decision['stage'];
}

/** Whether rules and floor let these facts run alone. */
export function runsAlone({ compiled, floor, stage }: Ruling, facts: Facts): boolean {
  const attributes = attributesOf(facts);
  const { action } = facts;
  return (
    answerOf(compiled, { action, attributes, mode: 'approved' }).isAllowed &&
    answerOf(compiled, { action, attributes, mode: 'autonomous' }).isAllowed &&
    floorReasons(facts, floor, stage).length === 0
  );
}

/** The nearest first; empty when nothing anybody can change would do. */
export function counterfactuals(ruling: Ruling, facts: Facts): readonly Counterfactual[] {
  const found = nearestGrants(ruling.compiled, facts).flatMap((grant) => new Search(ruling, facts, grant).best());
  const ranked = found.toSorted(
    (a, b) => a.cost - b.cost || a.changes.length - b.changes.length || (a.rule < b.rule ? -1 : 1),
  );
  return ranked.slice(0, NEAREST);
}

export const applyAll = (facts: Facts, changes: readonly Wanted[], calendars: readonly Calendar[]): Facts =>
  changes.reduce((changed, change) => applyChange(changed, change, calendars), facts);

/** Grants of this action by how many conditions they lack. */
function nearestGrants(compiled: CompiledEnvelope, facts: Facts): readonly Rule[] {
  const attributes = attributesOf(facts);
  const speaking = compiled.byQuestion.get(`autonomous ${facts.action}`) ?? [];
  return speaking
    .filter(({ effect }) => effect === 'permit')
    .map((grant) => ({ grant, lacks: grant.conditions.filter((one) => !holds(one, attributes)).length }))
    .toSorted((a, b) => a.lacks - b.lacks || (a.grant.id < b.grant.id ? -1 : 1))
    .slice(0, GRANTS)
    .map(({ grant }) => grant);
}

/** Depth first, one obstacle after the other; every way around the first one is tried. */
class Search {
  readonly #ruling: Ruling;
  readonly #facts: Facts;
  readonly #grant: Rule;
  readonly #envelope: Envelope;
  #steps = 0;
  #best: readonly FactChange[] | undefined;

  constructor(ruling: Ruling, facts: Facts, grant: Rule) {
    this.#ruling = ruling;
    this.#facts = facts;
    this.#grant = grant;
    this.#envelope = ruling.compiled.envelope;
  }

  best(): readonly Counterfactual[] {
    this.#walk(this.#facts, []);
    if (this.#best === undefined) return [];
    return [{ rule: this.#grant.id, cost: costOf(this.#best), changes: this.#best }];
  }

  #walk(facts: Facts, changes: readonly FactChange[]): void {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS || changes.length > MOST_CHANGES) return;
    if (this.#best !== undefined && costOf(changes) >= costOf(this.#best)) return;
    const ways = this.#waysOn(facts);
    if (ways === undefined) return this.#keep(changes);
    for (const way of ways) {
      const changed = applyChange(facts, way, this.#envelope.calendars);
      this.#walk(changed, [...changes, withWords(way)]);
    }
  }

  /** Changes that get past the first obstacle; empty: nothing does; undefined: there is none. */
  #waysOn(facts: Facts): readonly Wanted[] | undefined {
    const attributes = attributesOf(facts);
    const calendars = this.#envelope.calendars;
    const unmet = this.#grant.conditions.find((condition) => !holds(condition, attributes));
    if (unmet !== undefined) return possible(waysToMeet(unmet, facts, calendars), facts);
    const { compiled, floor, stage } = this.#ruling;
    const forbidding = this.#forbidding(attributes, facts);
    if (forbidding !== undefined)
      return possible(
        forbidding.conditions.flatMap((condition) => waysAround(condition, facts, calendars)),
        facts,
      );
    const [reason] = floorReasons(facts, floor, stage);
    if (reason !== undefined) return possible(waysToFloor(facts, floor), facts);
    const approved = answerOf(compiled, { action: facts.action, attributes, mode: 'approved' });
    return approved.isAllowed ? undefined : [];
  }

  #forbidding(attributes: Attributes, { action }: Facts): Rule | undefined {
    const { compiled } = this.#ruling;
    const { forbids } = answerOf(compiled, { action, attributes, mode: 'autonomous' });
    const [first] = forbids;
    return first === undefined
      ? undefined
      : (compiled.byQuestion.get(`autonomous ${action}`) ?? []).find(({ id }) => id === first);
  }

  /** Without any change that the rest does not need; then it must really run alone. */
  #keep(changes: readonly FactChange[]): void {
    const { calendars } = this.#envelope;
    const suffices = (some: readonly FactChange[]): boolean => {
      const changed = applyAll(this.#facts, some, calendars);
      // Leaving everything out is not a way to do it.
      return changed.targets > 0 && runsAlone(this.#ruling, changed);
    };
    if (!suffices(changes)) return;
    let needed = changes;
    for (const change of changes) {
      const without = needed.filter((one) => one !== change);
      if (suffices(without)) needed = without;
    }
    if (this.#best === undefined || costOf(needed) < costOf(this.#best)) this.#best = needed;
  }
}

const costOf = (changes: readonly Wanted[]): number =>
  changes.reduce((sum, { fact }) => sum + (CHANGE_COSTS[fact] ?? 0), 0);

/** Changes that somebody can bring about and that are changes. */
const possible = (ways: readonly Wanted[], facts: Facts): readonly Wanted[] =>
  ways.filter(
    (way) =>
      CHANGE_COSTS[way.fact] !== undefined &&
      !(way.fact === 'targets' && way.op === 'at-most' && way.value < 1) &&
      !((way.op === 'only' || way.op === 'none-of') && !leavesSomething(way, facts)),
  );

const leavesSomething = (
  { fact, op, value }: { readonly fact: SetName; readonly op: 'only' | 'none-of'; readonly value: readonly string[] },
  facts: Facts,
): boolean => canLeaveOut(facts, fact, (item) => value.includes(item) === (op === 'only'));

/** How a condition of a grant comes to hold. */
function waysToMeet(condition: Condition, { now }: Facts, calendars: readonly Calendar[]): readonly Wanted[] {
  switch (condition.op) {
    case 'is':
      return [{ fact: condition.fact, op: 'is', value: condition.value }];
    case 'at-least':
    case 'at-most':
      return [{ fact: condition.fact, op: condition.op, value: condition.value }];
    case 'only':
      return [{ fact: condition.fact, op: 'only', value: condition.values }];
    case 'one-of':
      return condition.values.includes('restore') ? [{ fact: 'rollbackKind', op: 'is', value: 'restore' }] : [];
    case 'any-of': {
      if (condition.fact !== 'openCalendars') return [];
      const isOpen = (open: readonly string[]): boolean => open.some((name) => condition.values.includes(name));
      return waitUntil(nextInstant(calendars, now, isOpen));
    }
  }
}

/** How a condition of a rule that forbids stops to hold: one of them is enough. */
function waysAround(condition: Condition, { now }: Facts, calendars: readonly Calendar[]): readonly Wanted[] {
  switch (condition.op) {
    case 'is':
      return [{ fact: condition.fact, op: 'is', value: !condition.value }];
    case 'at-least':
      return [{ fact: condition.fact, op: 'at-most', value: condition.value - 1 }];
    case 'at-most':
      return [{ fact: condition.fact, op: 'at-least', value: condition.value + 1 }];
    case 'one-of':
      return condition.values.includes('restore') ? [] : [{ fact: 'rollbackKind', op: 'is', value: 'restore' }];
    case 'only':
      return [];
    case 'any-of': {
      if (condition.fact !== 'openCalendars') return [{ fact: condition.fact, op: 'none-of', value: condition.values }];
      const isShut = (open: readonly string[]): boolean => !open.some((name) => condition.values.includes(name));
      return waitUntil(nextInstant(calendars, now, isShut));
    }
  }
}

const waitUntil = (at: Facts['now'] | undefined): readonly Wanted[] =>
  at === undefined ? [] : [{ fact: 'openCalendars', op: 'at', value: at }];

/** Of the floor only the size and safety-critical targets among others can be helped (L7). */
function waysToFloor(facts: Facts, floor: Floor): readonly Wanted[] {
  if (facts.unknownTargets > 0) return [{ fact: 'unknownTargets', op: 'at-most', value: 0 }];
  if (facts.tiers.includes('safety-critical')) return [{ fact: 'safetyCriticalTargets', op: 'at-most', value: 0 }];
  if (facts.targets > floor.autonomousTargets)
    return [{ fact: 'targets', op: 'at-most', value: floor.autonomousTargets }];
  return [];
}
