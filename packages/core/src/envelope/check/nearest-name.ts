/** "Did you mean": the known name that is the fewest edits away, when that is near enough to be a slip of the hand. */

/** Longer words are not compared: the cost grows with the square, and nobody mistypes that much. */
const MAX_LENGTH = 80;

/** Edits from one word to the other: a letter more, less or other, or two neighbours swapped. */
function editsBetween(one: string, other: string): number {
  const letters = Array.from(one);
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [line, letter] of letters.entries()) {
    const next = [line + 1];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = other[column - 1] === letter;
      const isSwapped = letter === other[column - 2] && letters[line - 1] === other[column - 1];
      const replaced = (row[column - 1] ?? 0) + (isSame ? 0 : 1);
      const swapped = isSwapped ? (before[column - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[other.length] ?? 0;
}

/** Undefined when nothing known is within a third of the word's letters. */
export function nearestName(word: string, known: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const most = Math.max(1, Math.floor(word.length / 3));
  const found = known
    .filter((name) => name.length <= MAX_LENGTH)
    .map((name) => ({ name, edits: editsBetween(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ edits }) => edits <= most)
    .toSorted((a, b) => a.edits - b.edits);
  return found[0]?.name;
}

/** The advice itself; names what is known when nothing is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearestName(word, known);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  return known.length === 0 ? 'none is defined' : `known are ${known.slice(0, 12).join(', ')}`;
}
