/** What one fact of a request is asked. Every question's opposite is a question too, so a formula never needs a "not". */
export type Literal =
  /** An integer fact is `value` or more; is less. */
  | { readonly kind: 'from' | 'below'; readonly fact: string; readonly value: number }
  /** A flag, or an expression nobody here can read: then `fact` names the expression. */
  | { readonly kind: 'is'; readonly fact: string; readonly value: boolean }
  /** A word, the action or the mode is one of these; is none of these. */
  | { readonly kind: 'among' | 'outside'; readonly fact: string; readonly values: readonly string[] }
  /** A set has one of these; has none of these. */
  | { readonly kind: 'some' | 'none'; readonly fact: string; readonly values: readonly string[] }
  /** A set has something besides these; has nothing besides these. */
  | { readonly kind: 'beyond' | 'within'; readonly fact: string; readonly values: readonly string[] };

export function opposite(literal: Literal): Literal {
  switch (literal.kind) {
    case 'is':
      return { ...literal, value: !literal.value };
    case 'from':
    case 'below':
      return { ...literal, kind: literal.kind === 'from' ? 'below' : 'from' };
    case 'among':
    case 'outside':
      return { ...literal, kind: literal.kind === 'among' ? 'outside' : 'among' };
    case 'some':
    case 'none':
      return { ...literal, kind: literal.kind === 'some' ? 'none' : 'some' };
    case 'beyond':
    case 'within':
      return { ...literal, kind: literal.kind === 'beyond' ? 'within' : 'beyond' };
  }
}

/** Equal questions have equal keys, however their values were ordered. */
export function keyOf(literal: Literal): string {
  const values = 'values' in literal ? [...new Set(literal.values)].toSorted() : [literal.value];
  return JSON.stringify([literal.kind, literal.fact, values]);
}

/** All of these questions answered yes. */
export type Cube = readonly Literal[];

/** Of questions, without "not". */
export type Formula =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'literal'; readonly literal: Literal }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Formula[] };

/** More alternatives than this of one policy are not written out. */
const MAX_CUBES = 64;

/** The alternatives of a formula; undefined when there are too many. */
export function cubesOf(formula: Formula): readonly Cube[] | undefined {
  switch (formula.kind) {
    case 'constant':
      return formula.value ? [[]] : [];
    case 'literal':
      return [[formula.literal]];
    case 'any': {
      const parts = formula.parts.map(cubesOf);
      const cubes = parts.flatMap((part) => part ?? []);
      return parts.includes(undefined) || cubes.length > MAX_CUBES ? undefined : cubes;
    }
    case 'all': {
      let cubes: readonly Cube[] = [[]];
      for (const part of formula.parts.map(cubesOf)) {
        if (part === undefined || cubes.length * part.length > MAX_CUBES) return undefined;
        cubes = cubes.flatMap((cube) => part.map((more) => [...cube, ...more]));
      }
      return cubes;
    }
  }
}
