/** A set of requests, each variable within bounds of its own; narrowed in place until a question is decided or needs a diagram. */
import { known } from './known.ts';
import { oppositeTest, type Partition, type Test, type Tests, type Variable } from './partition.ts';

/** `low` and `high` of integers and yes-or-no variables; `allowed` of choices; of the items of a clause at least one is there. */
export interface Box {
  readonly low: number[];
  readonly high: number[];
  readonly allowed: (readonly boolean[] | undefined)[];
  clauses: (readonly number[])[];
}

const highOf = (variable: Variable): number => {
  switch (variable.kind) {
    case 'integer':
      return Number.MAX_SAFE_INTEGER;
    case 'flag':
    case 'item':
      return 1;
    case 'choice':
      return variable.values.length - 1;
  }
};

/** Every request there is. Integers are safe ones: others reach no engine. */
export function wholeBox({ variables }: Partition): Box {
  return {
    low: variables.map(({ kind }) => (kind === 'integer' ? Number.MIN_SAFE_INTEGER : 0)),
    high: variables.map(highOf),
    allowed: variables.map((variable) => (variable.kind === 'choice' ? variable.values.map(() => true) : undefined)),
    clauses: [],
  };
}

export const copyOf = ({ low, high, allowed, clauses }: Box): Box => ({
  low: [...low],
  high: [...high],
  allowed: [...allowed],
  clauses: [...clauses],
});

/** Whether every request of the box passes the test, none does, or it is open. */
function truthOf(box: Box, test: Test): boolean | undefined {
  switch (test.kind) {
    case 'from':
      if (known(box.low[test.variable]) >= test.value) return true;
      return known(box.high[test.variable]) < test.value ? false : undefined;
    case 'below':
      if (known(box.high[test.variable]) < test.value) return true;
      return known(box.low[test.variable]) >= test.value ? false : undefined;
    case 'among':
      return truthOfChoice(known(box.allowed[test.variable]), test.passes);
    case 'some':
      return truthOfSome(box, test.variables);
    case 'none': {
      const some = truthOfSome(box, test.variables);
      return some === undefined ? undefined : !some;
    }
  }
}

function truthOfChoice(allowed: readonly boolean[], passes: readonly boolean[]): boolean | undefined {
  let [isSome, isEvery] = [false, true];
  for (let value = 0; value < allowed.length; value += 1) {
    if (allowed[value] !== true) continue;
    if (passes[value] === true) isSome = true;
    else isEvery = false;
    if (isSome && !isEvery) return undefined;
  }
  return isSome;
}

function truthOfSome({ low, high }: Box, variables: readonly number[]): boolean | undefined {
  let isOpen = false;
  for (const variable of variables) {
    if (low[variable] === 1) return true;
    if (high[variable] === 1) isOpen = true;
  }
  return isOpen ? undefined : false;
}

/** Narrows the box to the requests that pass; false when there are none. */
export function assume(box: Box, test: Test): boolean {
  switch (test.kind) {
    case 'from':
      box.low[test.variable] = Math.max(known(box.low[test.variable]), test.value);
      return known(box.low[test.variable]) <= known(box.high[test.variable]);
    case 'below':
      box.high[test.variable] = Math.min(known(box.high[test.variable]), test.value - 1);
      return known(box.low[test.variable]) <= known(box.high[test.variable]);
    case 'among': {
      const allowed = known(box.allowed[test.variable]).map((is, value) => is && test.passes[value] === true);
      box.allowed[test.variable] = allowed;
      return allowed.includes(true);
    }
    case 'none':
      return test.variables.every((variable) => assume(box, { kind: 'below', variable, value: 1 }));
    case 'some':
      box.clauses.push(test.variables);
      return settleClauses(box) !== 'empty';
  }
}

/** Clauses that are met go; one whose last item is open fixes it; one that cannot be met empties the box. */
function settleClauses(box: Box): 'same' | 'narrowed' | 'empty' {
  let isNarrowed = false;
  for (;;) {
    const open = box.clauses.flatMap((clause) => {
      if (clause.some((variable) => box.low[variable] === 1)) return [];
      return [clause.filter((variable) => box.high[variable] === 1)];
    });
    if (open.some(({ length }) => length === 0)) return 'empty';
    const single = open.find(({ length }) => length === 1)?.[0];
    box.clauses = open;
    if (single === undefined) return isNarrowed ? 'narrowed' : 'same';
    box.low[single] = 1;
    isNarrowed = true;
  }
}

/**
 * Takes away what the `covers` cover as far as that leaves a box: a cover with one open test is a bound. Undefined when nothing
 * is left; otherwise the covers that are still open, each with two open tests or more.
 */
export function narrow(box: Box, covers: readonly Tests[]): readonly Tests[] | undefined {
  let open = covers;
  for (;;) {
    const next: Tests[] = [];
    let isNarrowed = false;
    for (const cover of open) {
      const rest = openTests(box, cover);
      if (rest === undefined) continue;
      const [only] = rest;
      if (only === undefined) return undefined;
      if (rest.length > 1) {
        next.push(rest);
        continue;
      }
      isNarrowed = true;
      if (!assume(box, oppositeTest(only))) return undefined;
    }
    const settled = settleClauses(box);
    if (settled === 'empty') return undefined;
    // What a clause has just fixed may decide a cover that was open a moment ago.
    if (!isNarrowed && settled === 'same') return next;
    open = next;
  }
}

/** The tests of a cover that some request of the box passes and some does not; undefined when no request passes all. */
function openTests(box: Box, cover: Tests): Tests | undefined {
  let isAllOpen = true;
  for (const test of cover) {
    const truth = truthOf(box, test);
    if (truth === false) return undefined;
    if (truth === true) isAllOpen = false;
  }
  return isAllOpen ? cover : cover.filter((test) => truthOf(box, test) === undefined);
}
