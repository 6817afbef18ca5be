/**
 * Hostile text on a page that people sign (C3, T19): printable ASCII stays, everything else is shown as `\u{hex}`, a backslash
 * is doubled, so two different texts never look alike. Nothing is cut; long lines are continued.
 */
export const PAGE_WIDTH = 100;

const NOT_PLAIN = /[^ -~]|\\/gu;
const shown = (character: string): string =>
  character === '\\' ? '\\\\' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** One line of ASCII. Lone surrogates are shown by their code as well. */
export const plain = (text: string): string => text.replaceAll(NOT_PLAIN, shown);

/** How many characters of a text are not shown as themselves. */
export const hiddenCharacters = (text: string): number => (text.match(/[^ -~\n]/gu) ?? []).length;

/** Breaks one plain line at spaces where possible; a word longer than the line is broken hard and says so by a backslash. */
export function wrap(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    lines.push(space > 0 ? rest.slice(0, space) : `${rest.slice(0, width - 1)}\\`);
    rest = rest.slice(space > 0 ? space + 1 : width - 1);
  }
  return [...lines, rest];
}

/** Spaces that are lost to the eye: at an end, where lines are broken, and beside another one. */
const LOST_SPACE = /^ | $| (?= )/g;

/** A label and its value; the continuation stands under the value. Broken at single spaces only, so no space is lost. */
export function field(label: string, value: string, indent: number = 16): readonly string[] {
  return wrap(value.replaceAll(LOST_SPACE, '\\u{20}'), PAGE_WIDTH - indent).map((line, index) =>
    `${(index === 0 ? label : '').padEnd(indent)}${line}`.trimEnd(),
  );
}

/**
 * Every character of a content, line by line behind `|`; `+` continues a line that is too long, a space at an end is spelled
 * out, and it says so when the last line has no end.
 */
export function contentLines(content: string): readonly string[] {
  const lines = content.split('\n');
  const last = lines.pop() ?? '';
  const shownLines = [...lines, ...(last === '' ? [] : [last])].flatMap((line) => {
    const ascii = plain(line).replace(/ $/, '\\u{20}');
    return chunks(ascii, PAGE_WIDTH - 8).map((part, index) => `      ${index === 0 ? '|' : '+'} ${part}`);
  });
  const ending = content === '' ? '      (empty)' : '      (no line end after the last line)';
  return last === '' && content !== '' ? shownLines : [...shownLines, ending];
}

/** Pieces of at most `width` that do not end in a space, so that none is lost to the eye. */
function chunks(line: string, width: number): readonly string[] {
  const parts: string[] = [];
  for (let from = 0; from < line.length || from === 0;) {
    let end = Math.min(line.length, from + width);
    while (end < line.length && end > from + 1 && line[end - 1] === ' ') end -= 1;
    parts.push(line.slice(from, end));
    from = end;
    if (line.length === 0) break;
  }
  return parts;
}
