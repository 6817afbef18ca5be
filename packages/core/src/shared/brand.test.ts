import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantOf, msOf, parseDigest, parseId, parseInstant, plusMs } from './brand.ts';

test.each(['a', '0', 'A.b_c-9', 'x'.repeat(64), '1..', 'a--'])('%j is an id', (text) => {
  expect(parseId(text)).toBe(text);
});

test.each([
  ['nothing', ''],
  ['too long', 'x'.repeat(65)],
  ['a leading dot, which a path would read as here or above', '..'],
  ['a leading dash, which a command would read as an option', '-rf'],
  ['a leading underscore', '__proto__'],
  ['a slash', 'a/b'],
  ['a colon, which separates kind and id in the record', 'a:b'],
  ['a space', 'a b'],
  ['a line end after it', 'a\n'],
  ['a line end before it', '\na'],
  ['a null character', 'a\0'],
  ['a look-alike letter', 'p\u0430ypal'],
  ['a letter with an accent', 'é'],
])('T19: no id: %s', (_, text) => {
  expect(parseId(text)).toBeUndefined();
});

const hex = '0123456789abcdef'.repeat(4);
test('C1: a digest is sha256 and 64 lower-case hex digits', () => {
  expect(parseDigest(`sha256:${hex}`)).toBe(`sha256:${hex}`);
});

test.each([
  ['upper case', `sha256:${hex.toUpperCase()}`],
  ['one digit less', `sha256:${hex.slice(1)}`],
  ['one digit more', `sha256:${hex}0`],
  ['another hash', `sha512:${hex}`],
  ['no hash', hex],
  ['the hash in capitals', `SHA256:${hex}`],
  ['a line end after it', `sha256:${hex}\n`],
  ['a letter that is no digit', `sha256:g${hex.slice(1)}`],
  ['nothing', ''],
])('C1: no digest: %s', (_, text) => {
  expect(parseDigest(text)).toBeUndefined();
});

test.each([
  ['the first moment', '1970-01-01T00:00:00.000Z', 0],
  ['the last moment', '9999-12-31T23:59:59.999Z', 253_402_300_799_999],
  ['a leap day', '2024-02-29T00:00:00.000Z', 1_709_164_800_000],
  ['the day after it', '2024-03-01T00:00:00.000Z', 1_709_251_200_000],
  ['the leap day of a fourth century', '2000-02-29T12:00:00.000Z', 951_825_600_000],
  ['the leap day after a century without one', '2104-02-29T00:00:00.000Z', 4_233_686_400_000],
  ['the end of the 32-bit seconds', '2038-01-19T03:14:07.999Z', 2_147_483_647_999],
  ['an hour that a clock change would skip', '2026-03-29T02:30:00.000Z', 1_774_751_400_000],
])('%s is %s, %d ms since 1970', (_, text, ms) => {
  const instant = parseInstant(text);
  expect(instant).toBe(text);
  expect(instant && msOf(instant)).toBe(ms);
  expect(instantOf(ms)).toBe(text);
});

test.each([
  ['the 29th of February in a common year', '2026-02-29T00:00:00.000Z'],
  ['the 29th of February in a century without one', '2100-02-29T00:00:00.000Z'],
  ['the 30th of February in a leap year', '2024-02-30T00:00:00.000Z'],
  ['the 31st of April', '2026-04-31T00:00:00.000Z'],
  ['the day 0', '2026-01-00T00:00:00.000Z'],
  ['the month 13', '2026-13-01T00:00:00.000Z'],
  ['the month 0', '2026-00-01T00:00:00.000Z'],
  ['the hour 24', '2026-01-01T24:00:00.000Z'],
  ['the minute 60', '2026-01-01T00:60:00.000Z'],
  ['a leap second', '2016-12-31T23:59:60.000Z'],
  ['a year before 1970', '1969-12-31T23:59:59.999Z'],
  ['a year of five digits', '10000-01-01T00:00:00.000Z'],
  ['an offset', '2026-01-01T00:00:00.000+00:00'],
  ['a small z', '2026-01-01T00:00:00.000z'],
  ['no milliseconds', '2026-01-01T00:00:00Z'],
  ['microseconds', '2026-01-01T00:00:00.000000Z'],
  ['a space for the T', '2026-01-01 00:00:00.000Z'],
  ['a date', '2026-01-01'],
  ['a line end after it', '2026-01-01T00:00:00.000Z\n'],
  ['other digits', '２026-01-01T00:00:00.000Z'],
  ['nothing', ''],
])('no instant: %s', (_, text) => {
  expect(parseInstant(text)).toBeUndefined();
});

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

test('every day from 1970 to 2110 follows the one before, with the lengths of the months', () => {
  const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const wrong: string[] = [];
  let day = 0;
  for (let year = 1970; year <= 2110; year += 1)
    for (const [index, length] of lengths.entries())
      for (let date = 1; date <= length + (index === 1 && isLeap(year) ? 1 : 0); date += 1) {
        const text = `${year}-${String(index + 1).padStart(2, '0')}-${String(date).padStart(2, '0')}T00:00:00.000Z`;
        if (instantOf(day * 86_400_000) !== text) wrong.push(text);
        day += 1;
      }
  expect(wrong).toEqual([]);
  expect(day).toBe(51_499);
});

const anyMs = fc.integer({ min: 0, max: 253_402_300_799_999 });

test('an instant and its milliseconds are the same thing in two forms', () => {
  fc.assert(
    fc.property(anyMs, (ms) => {
      const instant = instantOf(ms);
      expect(msOf(instant)).toBe(ms);
      expect(parseInstant(instant)).toBe(instant);
    }),
  );
});

test('two instants compare as texts exactly as they do in time', () => {
  fc.assert(
    fc.property(anyMs, anyMs, (a, b) => {
      expect(instantOf(a) < instantOf(b)).toBe(a < b);
    }),
  );
});

test('adding and taking away time is exact within the range, and stops at its ends', () => {
  fc.assert(
    fc.property(anyMs, fc.integer({ min: -1e14, max: 1e14 }), (ms, more) => {
      const wanted = Math.min(Math.max(ms + more, 0), 253_402_300_799_999);
      expect(msOf(plusMs(instantOf(ms), more))).toBe(wanted);
    }),
  );
});

test('a fraction of a millisecond is cut off, never rounded into the future', () => {
  expect(instantOf(999.999)).toBe('1970-01-01T00:00:00.999Z');
  expect(instantOf(-0.5)).toBe('1970-01-01T00:00:00.000Z');
});
