import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCursor, encodeCursor, pageOf } from './cursor.parse.ts';
import { RateLimit } from './rate-limit.ts';

describe('cursors', () => {
  const key = fc.tuple(fc.string({ maxLength: 60, unit: 'grapheme-ascii' }), fc.nat());

  test('come back as the key they were made of', () => {
    fc.assert(
      fc.property(key, (given) => {
        const read = decodeCursor(encodeCursor(given), ['string', 'number']);
        expect(read.ok && read.value).toEqual(given);
      }),
    );
  });

  test('of another list are refused, whatever they hold', () => {
    fc.assert(
      fc.property(key, (given) => {
        expect(decodeCursor(encodeCursor(given), ['string']).ok).toBe(false);
        expect(decodeCursor(encodeCursor(given), ['number', 'string']).ok).toBe(false);
      }),
    );
  });

  test('made of anything else are refused and never throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((text) => Buffer.from(text).toString('base64url')),
        ),
        (text) => {
          const read = decodeCursor(text, ['string', 'string', 'string']);
          expect(read.ok ? read.value?.length : 'refused').toBe(read.ok ? 3 : 'refused');
        },
      ),
    );
  });

  test('are absent on the last page and name the last item on the others', () => {
    const rule = { limit: 2, key: (row: number) => [row], item: (row: number) => ({ row }) };
    expect(pageOf([1, 2], rule)).toEqual({ items: [{ row: 1 }, { row: 2 }] });
    expect(pageOf([1, 2, 3], rule)).toEqual({ items: [{ row: 1 }, { row: 2 }], next: encodeCursor([2]) });
    expect(pageOf([], rule)).toEqual({ items: [] });
  });
});

test('a rate limit counts in its window and starts again after it', () => {
  const limit = new RateLimit(2, 1000);
  expect([5000, 5001, 5002, 5999, 6000, 6001, 6002].map((now) => limit.allows(now))).toEqual([
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
});
