/** One rule of an envelope in a small total language: no negation, no arithmetic, no text matching, so it can be compared and proved. */
import type { ActionType } from '../proposal/change.ts';
import type { Attributes, FlagName, IntegerName, Mode, SetName, WordName } from './attributes.ts';

export type Condition =
  | { readonly op: 'is'; readonly fact: FlagName; readonly value: boolean }
  | { readonly op: 'at-least' | 'at-most'; readonly fact: IntegerName; readonly value: number }
  /** The set shares an item with `values`; it has none outside `values`. */
  | { readonly op: 'any-of' | 'only'; readonly fact: SetName; readonly values: readonly string[] }
  | { readonly op: 'one-of'; readonly fact: WordName; readonly values: readonly string[] };

/** All conditions must hold, in one of these modes, for one of these actions; a forbid outranks every permit. */
export interface Rule {
  /** Ids with a slash are ours; an envelope's ids cannot have one. */
  readonly id: string;
  readonly clause: string;
  readonly effect: 'permit' | 'forbid';
  readonly modes: readonly Mode[];
  readonly actions: readonly ActionType[] | 'every';
  readonly conditions: readonly Condition[];
}

/** Total over the language of conditions; a wrong kind of fact cannot reach it. */
export function holds(condition: Condition, attributes: Attributes): boolean {
  switch (condition.op) {
    case 'is':
      return attributes[condition.fact] === condition.value;
    case 'at-least':
      return attributes[condition.fact] >= condition.value;
    case 'at-most':
      return attributes[condition.fact] <= condition.value;
    case 'any-of':
      return attributes[condition.fact].some((item) => condition.values.includes(item));
    case 'only':
      return attributes[condition.fact].every((item) => condition.values.includes(item));
    case 'one-of':
      return condition.values.includes(attributes[condition.fact]);
  }
}
