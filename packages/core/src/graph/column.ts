/** One attribute of every node as small numbers: most nodes share few owners, sites and zones. */

/** `codes[position] - 1` is a place in `values`; code 0, and a column without codes, means that the node has none. */
export interface Column<T> {
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
  readonly values: readonly T[];
}

/** Fills a column from first node to last; the narrowest numbers that hold its codes are chosen at the end. */
export class ColumnWriter<T> {
  readonly #codes: Uint32Array;
  readonly #values: T[] = [];
  readonly #known = new Map<string | number, number>();
  readonly #keyOf: (value: T) => string | number;

  constructor(size: number, keyOf: (value: T) => string | number) {
    this.#codes = new Uint32Array(size);
    this.#keyOf = keyOf;
  }

  set(position: number, value: T | undefined): void {
    if (value !== undefined) this.#codes[position] = this.#codeOf(value);
  }

  #codeOf(value: T): number {
    const key = this.#keyOf(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const code = this.#values.push(value);
    this.#known.set(key, code);
    return code;
  }

  column(): Column<T> {
    const count = this.#values.length;
    const values = this.#values;
    if (count === 0) return { codes: new Uint8Array(0), values };
    if (count < 256) return { codes: Uint8Array.from(this.#codes), values };
    return { codes: count < 65_536 ? Uint16Array.from(this.#codes) : this.#codes, values };
  }
}

export const valueAt = <T>({ codes, values }: Column<T>, position: number): T | undefined =>
  values[(codes[position] ?? 0) - 1];

export const sameKey = <T extends string | number>(value: T): T => value;
/** A list counts as one value; its order is kept. */
export const listKey = (list: readonly string[]): string => JSON.stringify(list);
