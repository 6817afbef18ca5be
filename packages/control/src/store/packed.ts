/** Many byte strings as one value: that goes to the database as it is, a list of them would go as hexadecimal text of twice the size. */
export interface Packed {
  readonly bytes: Buffer;
  /** Where each begins, counted from 1, as `substring` counts. */
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
}

export function packed(parts: readonly Uint8Array[]): Packed {
  const sizes = parts.map(({ length }) => length);
  return { bytes: Buffer.concat(parts), starts: startsOf(sizes), sizes };
}

/** Where parts of these sizes begin when they stand in one value. */
export function startsOf(sizes: readonly number[]): readonly number[] {
  let end = 1;
  return sizes.map((size) => (end += size) - size);
}
