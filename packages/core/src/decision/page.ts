/** A page of plain text: so wide and so long that it is read whole in a terminal or a mail. */
export const PAGE_COLUMNS = 79;
export const PAGE_LINES = 60;

export interface Prefixes {
  readonly first: string;
  readonly rest: string;
}

/** Hostile names must not draw on the page or turn its direction: what is not plain ASCII is a question mark. */
const printable = (text: string): string => text.replaceAll(/[^ -~]/gu, '?');

/** Lines of at most `PAGE_COLUMNS`, broken at spaces; a longer word is broken hard. */
export function wrapWords(text: string, { first, rest }: Prefixes = { first: '', rest: '' }): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of printable(text).split(' ').flatMap(piecesOf)) {
    if (!isEmpty && line.length + 1 + word.length > PAGE_COLUMNS) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line = isEmpty ? line + word : `${line} ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

const PIECE = PAGE_COLUMNS - 8;

function piecesOf(word: string): readonly string[] {
  if (word.length <= PIECE) return [word];
  const count = Math.ceil(word.length / PIECE);
  return Array.from({ length: count }, (_, piece) => word.slice(piece * PIECE, (piece + 1) * PIECE));
}
