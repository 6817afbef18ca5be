/** Which way authority moves when a fact moves: read from the rules themselves, so that a new rule is never forgotten (E3). */
import type { FlagName, IntegerName, SetName } from '../attributes.ts';
import type { Condition, Rule } from '../rule.ts';
import type { Effect } from './outside-change.ts';

/** A fact that the envelope's own numbers make: what it could be before, and what it could be after. */
export type Move =
  | { readonly fact: IntegerName; readonly before: number; readonly after: number }
  | { readonly fact: FlagName; readonly before: boolean; readonly after: boolean }
  /** The set gains or loses this one item. */
  | { readonly fact: SetName; readonly item: string; readonly isGained: boolean };

/** Whether the condition held before and holds after, as far as this fact alone decides it; undefined: it asks about another. */
function answers(condition: Condition, move: Move): readonly [boolean, boolean] | undefined {
  if (condition.op === 'one-of' || condition.fact !== move.fact) return undefined;
  switch (condition.op) {
    case 'is':
      return 'before' in move ? [move.before === condition.value, move.after === condition.value] : undefined;
    case 'at-least':
    case 'at-most': {
      if (!('before' in move)) return undefined;
      const holds = (value: number | boolean): boolean =>
        condition.op === 'at-least' ? Number(value) >= condition.value : Number(value) <= condition.value;
      return [holds(move.before), holds(move.after)];
    }
    case 'any-of':
    case 'only': {
      if (!('item' in move)) return undefined;
      const isNamed = condition.values.includes(move.item);
      // Of the item alone: the others of the set stay as they are.
      const holdsWith = isNamed;
      const holdsWithout = condition.op === 'only';
      return move.isGained ? [holdsWithout, holdsWith] : [holdsWith, holdsWithout];
    }
  }
}

/** A route asks people: where it stops matching, somebody is no longer asked. So it weighs like a prohibition. */
const gives = ({ effect, modes }: Rule): boolean => effect === 'permit' && !modes.includes('route');

const keyOf = (condition: Condition): string => JSON.stringify(condition);

/**
 * Whether people are asked here whatever the fact is: by a route that asks nothing which this one does not, and nothing of the
 * fact. Without one a route that begins to match makes an act approvable that was not (D1).
 */
function isAskedAnyway(route: Rule, rules: readonly Rule[], { fact }: Move): boolean {
  const own = new Set(route.conditions.map(keyOf));
  const covers = ({ actions, conditions }: Rule): boolean =>
    (actions === 'every' || (route.actions !== 'every' && route.actions.every((action) => actions.includes(action)))) &&
    conditions.every((condition) => condition.fact !== fact && own.has(keyOf(condition)));
  return rules.some((rule) => rule.modes.includes('route') && covers(rule));
}

/** What these moves of facts do under these rules; both directions at once is `unclear`, which counts as widening. */
export function effectOf(rules: readonly Rule[], moves: readonly Move[]): Effect {
  let isWider = false;
  let isNarrower = false;
  for (const rule of rules)
    for (const condition of rule.conditions)
      for (const move of moves) {
        const held = answers(condition, move);
        if (held === undefined || held[0] === held[1]) continue;
        if (held[1] === gives(rule)) isWider = true;
        else {
          isNarrower = true;
          if (rule.modes.includes('route') && !isAskedAnyway(rule, rules, move)) isWider = true;
        }
      }
  if (isWider) return isNarrower ? 'unclear' : 'widens';
  return isNarrower ? 'narrows' : 'neutral';
}
