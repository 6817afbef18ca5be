import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, isEverywhere, overlaps, parseBlock, renderBlock, type Block } from './cidr.ts';

const block = (text: string): Block => {
  const read = parseBlock(text);
  if (read === undefined) throw new Error(`the test names no block: ${text}`);
  return read;
};

const forms = [
  ['10.4.0.0/16', '10.4.0.0/16'],
  ['10.4.1.9/16', '10.4.0.0/16'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['255.255.255.255', '255.255.255.255/32'],
  ['10.4.0.0/32', '10.4.0.0/32'],
  ['::/0', '0:0:0:0:0:0:0:0/0'],
  ['::1', '0:0:0:0:0:0:0:1/128'],
  ['2001:DB8::/32', '2001:db8:0:0:0:0:0:0/32'],
  ['2001:db8:ffff::1/32', '2001:db8:0:0:0:0:0:0/32'],
  ['1:2:3:4:5:6:7:8/128', '1:2:3:4:5:6:7:8/128'],
  ['1:2:3:4:5:6:7::/112', '1:2:3:4:5:6:7:0/112'],
  ['::ffff:10.4.0.0/112', '10.4.0.0/16'],
  ['::ffff:a04:0/112', '10.4.0.0/16'],
  ['64:ff9b::10.4.0.1', '64:ff9b:0:0:0:0:a04:1/128'],
] as const;
test.each(forms)('G1: %s is the block %s', (text, normal) => {
  expect(renderBlock(block(text))).toBe(normal);
});

const malformed = [
  '',
  '/',
  '/8',
  '10.4.0.0/',
  '10.4.0.0/33',
  '10.4.0.0/-1',
  '10.4.0.0/+8',
  '10.4.0.0/08',
  '10.4.0.0/8/8',
  '10.4.0.0/ 8',
  '10.4.0',
  '10.4.0.0.0',
  '010.4.0.0/8',
  '0x0a.4.0.0/8',
  '256.0.0.0/8',
  '10.4.0.1e1/8',
  '10..0.0/8',
  ' 10.4.0.0/8',
  '１0.4.0.0/8',
  '::/129',
  ':::/0',
  '1::2::3/64',
  '1:2:3:4:5:6:7/64',
  '1:2:3:4:5:6:7:8:9/64',
  '1:2:3:4:5:6:7:8::/64',
  '12345::/16',
  'g::/16',
  'fe80::1%eth0/64',
  '10.4.0.0::/64',
  '1:2:3:4:5:6:7:10.4.0.0',
  '::10.4.0/96',
  ':1:2:3:4:5:6:7/64',
  'localhost',
  '1'.repeat(60),
] as const;
test.each(malformed)('G1: %j is no block: two programs might read it differently', (text) => {
  expect(parseBlock(text)).toBeUndefined();
});

const pairs = [
  { one: '10.4.0.0/16', other: '10.4.9.0/24', meets: true, holds: true },
  { one: '10.4.9.0/24', other: '10.4.0.0/16', meets: true, holds: false },
  { one: '10.4.0.0/16', other: '10.8.0.0/16', meets: false, holds: false },
  { one: '10.4.0.0/15', other: '10.5.255.255', meets: true, holds: true },
  { one: '10.4.0.0/15', other: '10.6.0.0', meets: false, holds: false },
  { one: '0.0.0.0/0', other: '10.8.0.0/16', meets: true, holds: true },
  { one: '10.4.0.0/16', other: '::ffff:10.4.7.7', meets: true, holds: true },
  { one: '10.4.0.0/16', other: '2001:db8::/32', meets: false, holds: false },
  { one: '2001:db8::/32', other: '2001:db8:1::/48', meets: true, holds: true },
  { one: '2001:db8::/32', other: '2001:db9::/32', meets: false, holds: false },
  { one: '::/0', other: '10.4.0.0/16', meets: true, holds: true },
] as const;
test.each(pairs)('scenario C: $one and $other meet: $meets; the first holds the second: $holds', (pair) => {
  expect(overlaps(block(pair.one), block(pair.other))).toBe(pair.meets);
  expect(overlaps(block(pair.other), block(pair.one))).toBe(pair.meets);
  expect(contains(block(pair.one), block(pair.other))).toBe(pair.holds);
});

test('scenario C: all addresses of a family name no place', () => {
  expect(
    ['0.0.0.0/0', '::/0', '::ffff:0:0/96', '0.0.0.0/1', '10.4.0.0/16'].map((text) => isEverywhere(block(text))),
  ).toEqual([true, true, true, false, false]);
});

/** A block inside 10.4.0.0/24 as the set of its last bytes, by counting. */
const lastBytes = (first: number, length: number): ReadonlySet<number> => {
  const size = 2 ** (32 - length);
  const start = Math.floor(first / size) * size;
  return new Set(Array.from({ length: size }, (_, n) => start + n));
};
const small = fc.record({ first: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 24, max: 32 }) });

test('G1: on small prefixes overlap and containment are what counting says, both ways, in IPv4 and IPv6', () => {
  fc.assert(
    fc.property(small, small, (a, b) => {
      const [left, right] = [lastBytes(a.first, a.length), lastBytes(b.first, b.length)];
      const meets = [...left].some((byte) => right.has(byte));
      const holds = [...right].every((byte) => left.has(byte));
      const asIpv4 = (of: typeof a): Block => block(`10.4.0.${of.first}/${of.length}`);
      const asIpv6 = (of: typeof a): Block => block(`2001:db8::${of.first.toString(16)}/${of.length + 96}`);
      for (const read of [asIpv4, asIpv6]) {
        expect(overlaps(read(a), read(b))).toBe(meets);
        expect(overlaps(read(b), read(a))).toBe(meets);
        expect(contains(read(a), read(b))).toBe(holds);
      }
    }),
  );
});

const ipv4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
const ipv6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }));
test('G1: every address of either family is read, and what is rendered reads back as the same block', () => {
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), ([address, length]) => {
      const read = block(`${address}/${length}`);
      expect(parseBlock(renderBlock(read))).toEqual(read);
      expect(contains(read, block(address))).toBe(true);
    }),
  );
});

test('G1: other text is no reason to fail', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      expect(() => parseBlock(text)).not.toThrow();
    }),
  );
});
