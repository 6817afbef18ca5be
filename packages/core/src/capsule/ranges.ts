/** Many ids on little paper, none left out: `web-001 to web-003 (3)`. Ids can't contain a space, so nothing is ambiguous. */
const NUMBERED = /^(.*?)(\d{1,9})$/;

interface Run {
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

/** The id that follows, if it ends in a number: same prefix, same width. */
function successor(id: string): string | undefined {
  const [, prefix, digits] = NUMBERED.exec(id) ?? [];
  if (prefix === undefined || digits === undefined) return undefined;
  const next = String(Number(digits) + 1).padStart(digits.length, '0');
  return next.length === digits.length ? `${prefix}${next}` : undefined;
}

/** Ids in the given order; only neighbours that follow each other are drawn together. */
export function compactIds(ids: readonly string[]): readonly string[] {
  const runs: Run[] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    if (run !== undefined && successor(run.last) === id)
      runs[runs.length - 1] = { ...run, last: id, count: run.count + 1 };
    else runs.push({ first: id, last: id, count: 1 });
  }
  return runs.flatMap(({ first, last, count }) => {
    if (count > 2) return [`${first} to ${last} (${count})`];
    return count === 2 ? [first, last] : [first];
  });
}
