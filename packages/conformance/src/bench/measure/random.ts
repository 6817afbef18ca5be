/** Seeded numbers, so that a benchmark can be run again in the same order. */

export type Random = () => number;

/** xorshift32: numbers from 0 up to 1, the same for everyone who has the seed. */
export function randomFrom(seed: number): Random {
  // Zero is the one state that never changes.
  let state = Math.trunc(seed) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4_294_967_296;
  };
}

/** Each item gets a drawn key and the keys are sorted; the input stays as it is. */
export function inRandomOrder<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .toSorted((left, right) => left.key - right.key)
    .map(({ item }) => item);
}
