/**
 * Requests near the boundaries of some rules: one rule's conditions are met, then a few facts are put on, just before or just
 * after a constant that the rules name. Generic over the vocabulary: a new fact is asked about from the day a rule names it.
 */
import {
  ACTION_TYPES,
  FLAGS,
  INTEGERS,
  MODES,
  SETS,
  WORDS,
  type Attributes,
  type Condition,
  type Mode,
  type Rule,
} from '@countersign/core';
import type { Random } from '../bench/measure/random.ts';
import type { Asked } from './real-cedar.ts';

type Values = Record<string, number | boolean | string | readonly string[]>;

const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
};

/** Every fact with nothing in it. */
export const emptyValues = (): Values =>
  Object.fromEntries<Values[string]>([
    ...INTEGERS.map((name) => [name, 0] as const),
    ...FLAGS.map((name) => [name, false] as const),
    ...SETS.map((name) => [name, []] as const),
    ...WORDS.map((name) => [name, 'restore'] as const),
  ]);

function meet(values: Values, condition: Condition, random: Random): void {
  const { fact } = condition;
  switch (condition.op) {
    case 'is':
      values[fact] = condition.value;
      break;
    case 'at-least':
      values[fact] = Math.max(Number(values[fact]), condition.value);
      break;
    case 'at-most':
      values[fact] = Math.min(Number(values[fact]), condition.value);
      break;
    case 'any-of':
      values[fact] = condition.values.length === 0 ? [] : [pick(random, condition.values)];
      break;
    case 'only':
      values[fact] = condition.values.filter(() => random() < 0.5);
      break;
    case 'one-of':
      values[fact] = condition.values.length === 0 ? 'restore' : pick(random, condition.values);
      break;
  }
}

/** Around a boundary of this condition. */
function disturb(values: Values, condition: Condition, random: Random): void {
  const { fact } = condition;
  switch (condition.op) {
    case 'is':
      values[fact] = random() < 0.5;
      break;
    case 'at-least':
    case 'at-most':
      values[fact] = condition.value + pick(random, [-1, 0, 1]);
      break;
    case 'any-of':
    case 'only':
      values[fact] = [...condition.values, 'elsewhere'].filter(() => random() < 0.4);
      break;
    case 'one-of':
      values[fact] = pick(random, [...condition.values, 'restore', 'strange']);
      break;
  }
}

/** A whole request; which names there are is `emptyValues`' business, so every attribute is there. */
export function randomRequest(random: Random, rules: readonly Rule[]): Asked {
  const values = emptyValues();
  // Everything a usual request has, so that permits are met too.
  for (const rule of rules)
    if (rule.effect === 'forbid' && rule.conditions.length === 1)
      for (const condition of rule.conditions) if (condition.op === 'is') values[condition.fact] = !condition.value;
  const wanted = pick(random, random() < 0.8 ? rules.filter(({ effect }) => effect === 'permit') : rules);
  for (const condition of wanted.conditions) meet(values, condition, random);
  const disturbances = pick(random, [0, 0, 1, 2]);
  for (let count = 0; count < disturbances; count += 1) {
    const { conditions } = pick(random, rules);
    if (conditions.length > 0) disturb(values, pick(random, conditions), random);
  }
  const mode: Mode = random() < 0.9 ? pick(random, wanted.modes) : pick(random, MODES);
  const own = wanted.actions === 'every' ? [] : wanted.actions;
  const action = pick(random, own.length > 0 && random() < 0.9 ? own : ACTION_TYPES);
  return { mode, action, attributes: attributesOfValues(values) };
}

const numberOf = (value: Values[string] | undefined): number => (typeof value === 'number' ? value : 0);
const setOf = (value: Values[string] | undefined): readonly string[] => (typeof value === 'object' ? value : []);

function attributesOfValues(values: Values): Attributes {
  const whole: unknown = Object.fromEntries([
    ...INTEGERS.map((name) => [name, numberOf(values[name])] as const),
    ...FLAGS.map((name) => [name, values[name] === true] as const),
    ...SETS.map((name) => [name, setOf(values[name]).toSorted()] as const),
    ...WORDS.map((name) => [name, String(values[name])] as const),
  ]);
  if (!isWhole(whole)) throw new Error('a fact is missing');
  return whole;
}

const isWhole = (value: unknown): value is Attributes =>
  typeof value === 'object' &&
  value !== null &&
  [...INTEGERS, ...FLAGS, ...SETS, ...WORDS].every((name) => name in value);
