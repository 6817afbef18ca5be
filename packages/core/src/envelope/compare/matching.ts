/** Read policies put to one request: for examples, and to hold the diagrams against. */
import type { ActionType } from '../../proposal/change.ts';
import { FLAGS, INTEGERS, SETS, WORDS, type Attributes, type Mode } from '../attributes.ts';
import type { Literal } from './literal.ts';
import type { ReadPolicies } from './read-est.ts';

export interface Asked {
  readonly mode: Mode;
  readonly action: ActionType;
  readonly attributes: Attributes;
}

/** Ids of the policies that match, sorted. An expression that is not understood counts as true. */
export function satisfied(
  { policies }: ReadPolicies,
  asked: Asked,
): { readonly permits: readonly string[]; readonly forbids: readonly string[] } {
  const holds = holdsFor(asked);
  const ids = (effect: 'permit' | 'forbid'): readonly string[] =>
    policies
      .filter(
        (policy) =>
          policy.effect === effect &&
          policy.alternatives.some(({ modes, cube }) => modes.includes(asked.mode) && cube.every(holds)),
      )
      .map(({ id }) => id)
      .toSorted();
  return { permits: ids('permit'), forbids: ids('forbid') };
}

function holdsFor({ action, attributes }: Asked): (literal: Literal) => boolean {
  const integers = new Map<string, number>(INTEGERS.map((name) => [name, attributes[name]]));
  const flags = new Map<string, boolean>(FLAGS.map((name) => [name, attributes[name]]));
  const sets = new Map<string, readonly string[]>(SETS.map((name) => [name, attributes[name]]));
  const words = new Map<string, string>([
    ...WORDS.map((name) => [name, attributes[name]] as const),
    ['action', action],
  ]);
  return (literal) => {
    const { fact } = literal;
    switch (literal.kind) {
      case 'from':
        return (integers.get(fact) ?? NaN) >= literal.value;
      case 'below':
        return (integers.get(fact) ?? NaN) < literal.value;
      case 'is':
        return flags.has(fact) ? flags.get(fact) === literal.value : true;
      case 'among':
        return literal.values.includes(words.get(fact) ?? '');
      case 'outside':
        return !literal.values.includes(words.get(fact) ?? '');
      case 'some':
        return (sets.get(fact) ?? []).some((item) => literal.values.includes(item));
      case 'none':
        return !(sets.get(fact) ?? []).some((item) => literal.values.includes(item));
      case 'beyond':
        return !(sets.get(fact) ?? []).every((item) => literal.values.includes(item));
      case 'within':
        return (sets.get(fact) ?? []).every((item) => literal.values.includes(item));
    }
  };
}
