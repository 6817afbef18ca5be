/** What the database said no to: the whole transaction was rolled back. */
const UNIQUE_VIOLATION = '23505';
const DIVISION_BY_ZERO = '22012';

const codeOf = (error: unknown): unknown => (error instanceof Error ? Reflect.get(error, 'code') : undefined);

/** A row that is there already, named by the constraint it violates. */
export const isDuplicate = (error: unknown, constraint: string): boolean =>
  codeOf(error) === UNIQUE_VIOLATION && error instanceof Error && Reflect.get(error, 'constraint') === constraint;

/** A statement divides by nought where what it demands does not hold, so that nobody has to wait for its answer. */
export const isUnmet = (error: unknown): boolean => codeOf(error) === DIVISION_BY_ZERO;
