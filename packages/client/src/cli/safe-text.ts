/** Text from outside on its way to a terminal: nothing in it may move the cursor, change colours or reorder what is read. */
import { escapeHostile } from '@countersign/seal';

const MAX_LINE = 4000;

/** One line. */
export const safe = (text: string, max: number = MAX_LINE): string => escapeHostile(text, max);

/** A text of several lines, each made safe by itself; back-ticks stay, they harm nothing on a line of their own. */
export const safeLines = (text: string): readonly string[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) =>
      line
        .split('`')
        .map((piece) => escapeHostile(piece, MAX_LINE))
        .join('`'),
    );

const NOT_ASCII = /[^\n -~]/g;
/** JSON that is safe on a terminal and still the same document: everything but ASCII is written as `\u`. */
export const safeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replaceAll(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
