/** Data goes to stdout, everything else to stderr; colour only where a person looks at it. */
import { safeJson } from './safe-text.ts';
import type { Settings } from './settings.ts';
import type { World } from './world.ts';

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Style = keyof typeof STYLES;

export class Output {
  readonly #world: World;
  readonly #settings: Pick<Settings, 'isQuiet' | 'hasColor'>;

  constructor(world: World, settings: Pick<Settings, 'isQuiet' | 'hasColor'>) {
    this.#world = world;
    this.#settings = settings;
  }

  /** Safe text only: callers escape what comes from outside. */
  line(text: string = ''): void {
    this.#world.out(`${text}\n`);
  }

  lines(texts: readonly string[]): void {
    if (texts.length > 0) this.#world.out(`${texts.join('\n')}\n`);
  }

  /** One document, or one line of a stream of documents. */
  json(value: unknown, form: 'document' | 'line' = 'document'): void {
    this.line(safeJson(value, form === 'document' ? 2 : undefined));
  }

  /** For people who watch; not data. */
  note(text: string): void {
    if (!this.#settings.isQuiet) this.#world.err(`${text}\n`);
  }

  style(style: Style, text: string): string {
    return this.#settings.hasColor ? `\u{1b}[${STYLES[style]}m${text}\u{1b}[0m` : text;
  }
}

/** Columns as wide as their widest cell; the last one runs free. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (most, row) => row.map((cell, column) => Math.max(most[column] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** A label and its value, continued under the value. */
export const labelled = (label: string, values: readonly string[]): readonly string[] =>
  values.map((value, index) => `${(index === 0 ? label : '').padEnd(9)} ${value}`.trimEnd());
