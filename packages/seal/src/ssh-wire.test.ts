import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mpintToFixed, WireReader, wireMpint, wireString, wireUint32 } from './ssh-wire.ts';

const blob = fc.uint8Array({ maxLength: 80 });

test('RFC 4251: these bytes and no others', () => {
  expect([...wireUint32(699_921_578)]).toEqual([0x29, 0xb7, 0xf4, 0xaa]);
  expect([...wireString('testing')]).toEqual([0, 0, 0, 7, ...Buffer.from('testing')]);
  const mpints: readonly (readonly [readonly number[], readonly number[]])[] = [
    [[], [0, 0, 0, 0]],
    [
      [0, 0],
      [0, 0, 0, 0],
    ],
    [
      [0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7],
      [0, 0, 0, 8, 0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7],
    ],
    [[0x80], [0, 0, 0, 2, 0, 0x80]],
  ];
  for (const [value, wire] of mpints) expect([...wireMpint(Uint8Array.from(value))]).toEqual(wire);
});

test('what is written is read back, and then nothing is left', () => {
  fc.assert(
    fc.property(fc.array(blob, { maxLength: 6 }), fc.nat({ max: 0xffffffff }), (strings, number) => {
      const reader = new WireReader(Buffer.concat([wireUint32(number), ...strings.map(wireString)]));
      expect(reader.uint32()).toBe(number);
      for (const one of strings) expect([...reader.string()]).toEqual([...one]);
      expect(reader.isComplete).toBe(true);
    }),
  );
});

test('cut anywhere it is never complete, and nothing that is read afterwards has a byte', () => {
  fc.assert(
    fc.property(fc.array(blob, { minLength: 1, maxLength: 4 }), fc.nat(), (strings, at) => {
      const whole = Buffer.concat(strings.map(wireString));
      const reader = new WireReader(whole.subarray(0, at % whole.length));
      const read = strings.map(() => reader.string());
      expect(reader.isComplete).toBe(false);
      expect(read.length).toBe(strings.length);
      expect([reader.byte(), reader.uint32(), reader.rest().length, reader.text()]).toEqual([0, 0, 0, '']);
    }),
  );
});

test('a length that lies reads nothing, however large it is', () => {
  for (const length of [5, 0x7fffffff, 0xffffffff]) {
    const reader = new WireReader(Buffer.concat([wireUint32(length), Buffer.from('four')]));
    expect([reader.string().length, reader.isComplete]).toEqual([0, false]);
  }
});

test('what is read is a copy: whoever holds the blob changes nothing of it', () => {
  const bytes = Buffer.from(wireString('abc'));
  const reader = new WireReader(bytes);
  bytes.fill(0);
  expect(Buffer.from(reader.string()).toString()).toBe('abc');
});

test('a number comes back at its fixed length; one that is longer, negative or padded does not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (value) => {
      const wire = new WireReader(wireMpint(value));
      const read = mpintToFixed(wire.string(), 32);
      expect(read === undefined ? undefined : [...read]).toEqual([...value]);
    }),
  );
  const refused = [[0x80], [0, 0x01], [0, 0], Array.from({ length: 33 }, () => 1)];
  expect(refused.map((bytes) => mpintToFixed(Uint8Array.from(bytes), 32))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
