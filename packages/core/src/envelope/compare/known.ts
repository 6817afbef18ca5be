/** For positions that exist by construction: a hole is a broken invariant of this folder, never an answer. */
export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a position of the comparison does not exist');
  return value;
}
