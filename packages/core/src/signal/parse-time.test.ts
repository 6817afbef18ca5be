import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantOf } from '../shared/brand.ts';
import { parseRfc3339 } from './parse-time.ts';

const table = [
  ['2026-11-21T02:14:00Z', '2026-11-21T02:14:00.000Z'],
  ['2026-11-21T02:14:00.123456789Z', '2026-11-21T02:14:00.123Z'],
  ['2026-11-21t02:14:00.1z', '2026-11-21T02:14:00.100Z'],
  ['2026-11-21T02:14:00+01:00', '2026-11-21T01:14:00.000Z'],
  ['2026-12-31T23:30:00-05:30', '2027-01-01T05:00:00.000Z'],
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
  ['2024-02-29T00:00:00+14:00', '2024-02-28T10:00:00.000Z'],
] as const;
test.each(table)('an RFC 3339 time `%s` is %s', (text, expected) => {
  expect(parseRfc3339(text)).toBe(expected);
});

const refused = [
  '',
  '2026-11-21',
  '2026-11-21T02:14Z',
  '2026-11-21T02:14:00',
  '2026-02-30T00:00:00Z',
  '2026-11-21T24:00:00Z',
  '2026-11-21T02:14:61Z',
  '0001-01-01T00:00:00Z',
  '1970-01-01T00:00:00+01:00',
  '2026-11-21T02:14:00+24:00',
  '2026-11-21T02:14:00.Z',
  `2026-11-21T02:14:00.${'1'.repeat(60)}Z`,
];
test.each(refused)('`%s` is not a time we can name', (text) => {
  expect(parseRfc3339(text)).toBeUndefined();
});

test('our own form is read as itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
      expect(parseRfc3339(instantOf(ms))).toBe(instantOf(ms));
    }),
  );
});
