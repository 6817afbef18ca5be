import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasCommon, parseRange, type AddressRange } from './address.ts';

const range = (text: string): AddressRange => {
  const read = parseRange(text);
  if (read === undefined) throw new Error(text);
  return read;
};
const number = (parts: readonly number[]): bigint => parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
const overlap = (one: string, other: string): boolean => hasCommon(range(one), range(other));

test('an address is a range of one, a prefix a range of many', () => {
  expect(range('10.0.0.1')).toEqual({ bits: 32, first: 0x0a00_0001n, last: 0x0a00_0001n });
  expect(range('10.20.0.0/16')).toEqual({ bits: 32, first: 0x0a14_0000n, last: 0x0a14_ffffn });
  expect(range('0.0.0.0/0')).toEqual({ bits: 32, first: 0n, last: 0xffff_ffffn });
  expect(range('::')).toEqual({ bits: 128, first: 0n, last: 0n });
  expect(range('::1')).toMatchObject({ first: 1n });
  expect(range('2001:db8::/32').last - range('2001:db8::/32').first).toBe(2n ** 96n - 1n);
  expect(range('::ffff:10.0.0.1').first).toBe(0xffff_0a00_0001n);
  expect(range('1:2:3:4:5:6:7:8').first).toBe(0x0001_0002_0003_0004_0005_0006_0007_0008n);
});

test.each([
  '',
  '10.0.0',
  '10.0.0.256',
  '10.0.0.01',
  '10.0.0.1/33',
  '10.0.0.1/16',
  '10.0.0.0/08',
  '10.0.0.0/',
  ' 10.0.0.1',
  '10.0.0.1/-1',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  '12345::',
  'fe80::1%eth0',
  '2001:db8::1/32',
  '10.0.0.1::',
  'pay-001',
  'f'.repeat(50),
])('`%s` is no address and no range', (text) => {
  expect(parseRange(text)).toBeUndefined();
});

test('ranges that touch have an address in common, others have none', () => {
  expect(overlap('10.20.3.4', '10.20.0.0/16')).toBe(true);
  expect(overlap('10.0.0.0/8', '10.20.0.0/16')).toBe(true);
  expect(overlap('10.21.0.0', '10.20.0.0/16')).toBe(false);
  expect(overlap('::a00:1', '10.0.0.1')).toBe(false);
  expect(overlap('2001:db8::7', '2001:db8::/64')).toBe(true);
});

test('every IPv4 address reads back, and lies in exactly the prefixes that share its bits', () => {
  const bytes = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  fc.assert(
    fc.property(bytes, bytes, fc.nat(32), (one, other, prefix) => {
      expect(range(one.join('.')).first).toBe(number(one));
      const shift = BigInt(32 - prefix);
      const base = (number(other) >> shift) << shift;
      const text = [24n, 16n, 8n, 0n].map((bits) => (base >> bits) & 255n).join('.');
      expect(overlap(one.join('.'), `${text}/${prefix}`)).toBe(number(one) >> shift === base >> shift);
    }),
  );
});
