/** Sorting of many positions by small whole numbers, a digit of eleven bits at a time: no comparison is ever made. */

const DIGIT_BITS = 11;
const BUCKETS: number = 2 ** DIGIT_BITS;

/** Counting sort by one digit of the keys; keeps the order of those that are equal in it. */
function sortByDigit(positions: Uint32Array, keys: Uint32Array, shift: number): Uint32Array {
  const starts = new Uint32Array(BUCKETS + 1);
  const digitOf = (position: number): number => ((keys[position] ?? 0) >>> shift) & (BUCKETS - 1);
  for (let place = 0; place < positions.length; place += 1) {
    const after = digitOf(positions[place] ?? 0) + 1;
    starts[after] = (starts[after] ?? 0) + 1;
  }
  for (let digit = 0; digit < BUCKETS; digit += 1) starts[digit + 1] = (starts[digit + 1] ?? 0) + (starts[digit] ?? 0);
  const sorted = new Uint32Array(positions.length);
  for (let place = 0; place < positions.length; place += 1) {
    const position = positions[place] ?? 0;
    const digit = digitOf(position);
    const slot = starts[digit] ?? 0;
    starts[digit] = slot + 1;
    sorted[slot] = position;
  }
  return sorted;
}

/** The positions in the order of `keys[position]`, which are below `keys.length`; the input stays as it is. */
export function sortByKey(positions: Uint32Array, keys: Uint32Array): Uint32Array {
  let sorted = positions;
  for (let shift = 0; shift < 32 && (keys.length - 1) >>> shift > 0; shift += DIGIT_BITS)
    sorted = sortByDigit(sorted, keys, shift);
  return sorted === positions ? positions.slice() : sorted;
}
