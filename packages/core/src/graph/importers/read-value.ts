/** Looks into values of unknown form without trusting any of it: only own fields count, so `__proto__` is a name like others. */
const MAX_TEXT = 4096;
/** Makes text look like something it is not; a signed graph must hold none of it, or nobody can read it back (A2). */
const INVISIBLE = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/u;

type Fields = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const step = (value: unknown, name: string): unknown =>
  isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** The value under these names, one inside the other; undefined when one of them is missing. */
export const inside = (value: unknown, ...names: readonly string[]): unknown => names.reduce(step, value);

/** A text that says something, without spaces around it. Numbers and truth values are what YAML makes of unquoted words. */
export function wordOf(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string' || text.length > MAX_TEXT || !text.isWellFormed()) return undefined;
  const word = text.trim();
  return word === '' || INVISIBLE.test(word) ? undefined : word;
}

export const wordIn = (value: unknown, ...names: readonly string[]): string | undefined =>
  wordOf(inside(value, ...names));

/** The items of a list; none when it is something else. */
export function itemsIn(value: unknown, ...names: readonly string[]): readonly unknown[] {
  const found = inside(value, ...names);
  return Array.isArray(found) ? found : [];
}

export function entriesIn(value: unknown, ...names: readonly string[]): readonly (readonly [string, unknown])[] {
  const found = inside(value, ...names);
  return isRecord(found) ? Object.entries(found) : [];
}

/** A map of words, e.g. labels; entries that are no words are left out. */
export const wordsIn = (value: unknown, ...names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    entriesIn(value, ...names).flatMap(([name, entry]): [string, string][] => {
      const word = wordOf(entry);
      return word === undefined ? [] : [[name, word]];
    }),
  );

/** Whole numbers from 0, also as digits in a text. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Amounts as telemetry writes them: numbers, or texts of digits; never negative, infinite or no number at all. */
export function amountOf(value: unknown): number | undefined {
  const number =
    typeof value === 'string' && /^\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?$/i.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}
