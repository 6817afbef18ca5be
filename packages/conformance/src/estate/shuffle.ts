/** A repeatable shuffle: the same seed gives the same order on every machine. */

/** Mulberry32: enough for placing demo hosts, never for secrets. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sorts by a random key; ties keep their order. */
export function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const random = randomOf(seed);
  return items
    .map((item, index) => ({ item, index, key: random() }))
    .toSorted((a, b) => a.key - b.key || a.index - b.index)
    .map(({ item }) => item);
}
