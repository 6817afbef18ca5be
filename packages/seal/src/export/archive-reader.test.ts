/** Archives that a hostile server would send: each is refused while it arrives, and nothing of it is ever written anywhere. */
import { describe, expect, test } from 'vitest';
import {
  ARCHIVE_END,
  archiveHeader,
  BLOCK_BYTES,
  kindOfEntry,
  MAX_ENTRY_BYTES,
  paddedBytes,
} from './archive-format.ts';
import { ArchiveReader, type ArchiveEntry } from './archive-reader.ts';
import { packLeaves, tilePath, unpackLeaves } from './export-format.ts';

interface Taken {
  readonly entries: readonly string[];
  readonly problem: string;
}
function read(...pieces: readonly Uint8Array[]): Taken {
  const entries: ArchiveEntry[] = [];
  const reader = new ArchiveReader((entry) => void entries.push(entry));
  for (const piece of pieces) if (!reader.push(piece)) break;
  return { entries: entries.map(({ name }) => name), problem: reader.end()?.detail ?? 'none' };
}
const body = (text: string): Uint8Array => {
  const block = Buffer.alloc(paddedBytes(text.length));
  block.write(text, 'latin1');
  return block;
};
const entry = (name: string, text: string): Uint8Array => Buffer.concat([archiveHeader(name, text.length), body(text)]);
const checkpoint = entry('checkpoint', 'a note');

/** A header of ours with bytes of theirs, and a checksum that fits. */
function forged(change: Readonly<Record<number, string>>, name = 'checkpoint', size = 6): Uint8Array {
  const block = Buffer.from(archiveHeader(name, size));
  for (const [at, text] of Object.entries(change)) block.write(text, Number(at), 'latin1');
  return summed(block);
}
function summed(block: Buffer): Uint8Array {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
const named = (name: string): Uint8Array => {
  const block = Buffer.from(archiveHeader('checkpoint', 6));
  block.fill(0, 0, 100);
  block.write(name.slice(0, 100), 0, 'latin1');
  return summed(block);
};

const HOSTILE_NAMES: readonly string[] = [
  '../checkpoint',
  '../../etc/passwd',
  'a/../../etc/passwd',
  './checkpoint',
  '.',
  '..',
  '/etc/passwd',
  '/checkpoint',
  '//server/share',
  '\\\\server\\share',
  '..\\..\\windows\\system.ini',
  'C:\\checkpoint',
  'c:/checkpoint',
  'CON',
  'NUL',
  'Checkpoint',
  'CHECKPOINT',
  'checkpoint ',
  ' checkpoint',
  'checkpoint.',
  'checkpoint/',
  'checkpoint\u0001',
  'checkpoint:stream',
  'check\u00ADpoint',
  'trust/../checkpoint',
  'trust/000000.JSON',
  'trust/0.json',
  'trust/000000.json/x',
  'trust//000000.json',
  'trust/-00001.json',
  'tile/0/../0/000',
  'tile/0/000.p/0',
  'tile/0/000.p/1000',
  'tile/1/000',
  'tile/entries/0',
  'tile/entries/x00/000',
  'tile/entries/000.p/',
  'objects/',
  'objects/../checkpoint',
  `objects/${'A'.repeat(64)}`,
  `objects/${'a'.repeat(63)}`,
  `objects/${'a'.repeat(65)}`,
  `objects/${'a'.repeat(64)}/x`,
  'remediations/1.json',
  'remediations/../000000.json',
  'remediations/P-1.json',
  'manifest.json~',
  'Manifest.json',
  'manifest',
  '.git/config',
  '.ssh/authorized_keys',
  'a'.repeat(100),
  '%2e%2e/checkpoint',
  'checkpoint%00',
  '\u00E9',
  '-rf',
  '--checkpoint-action=exec',
  '$(id)',
  '`id`',
  "';--",
];
const HOSTILE_TYPES: readonly string[] = [...'1234567LKxgSVDMNAX \0'];
const HOSTILE_FIELDS: readonly (readonly [string, Readonly<Record<number, string>>])[] = [
  ['set-user-id', { 100: '0004755' }],
  ['executable', { 100: '0000755' }],
  ['another owner', { 108: '0001750' }],
  ['another group', { 116: '0001750' }],
  ['a time', { 136: '14000000000' }],
  ['a link name', { 157: '/etc/passwd' }],
  ['an owner name', { 265: 'root' }],
  ['a group name', { 297: 'root' }],
  ['a device number', { 329: '0000001' }],
  ['a name prefix', { 345: '../..' }],
  ['bytes behind the header', { 505: 'x' }],
  ['GNU magic', { 257: 'ustar  ' }],
  ['no magic', { 257: '\0\0\0\0\0\0\0\0' }],
  ['version 99', { 263: '99' }],
  ['a size in base 256', { 124: '\u0080\0\0\0\0\0\0\0\0\0\0\u0006' }],
  ['a size with a sign', { 124: '-0000000006' }],
  ['a size with blanks', { 124: '          6' }],
  ['a size that is no octal', { 124: '00000000009' }],
  ['bytes behind the name', { 90: 'hidden' }],
];

describe('V4, T15: hostile archives', () => {
  test.each(HOSTILE_NAMES)('the name %j is refused', (name) => {
    expect(read(checkpoint, named(name), ARCHIVE_END)).toMatchObject({ entries: ['checkpoint'] });
    expect(read(named(name), body('a note'), ARCHIVE_END).problem).not.toBe('none');
  });

  test.each(HOSTILE_TYPES)('an entry of the type %j is refused, whatever it is called', (type) => {
    const { entries, problem } = read(forged({ 156: type }), body('a note'), ARCHIVE_END);
    expect(entries).toEqual([]);
    expect(problem).toMatch(/^it is (?:a|an|not a) /);
  });

  test.each(HOSTILE_FIELDS)('a header with %s is refused', (_, change) => {
    expect(read(forged(change), body('a note'), ARCHIVE_END)).toMatchObject({ entries: [] });
    expect(read(forged(change), body('a note'), ARCHIVE_END).problem).not.toBe('none');
  });

  test('a flipped bit anywhere in a header is refused', () => {
    for (let bit = 0; bit < BLOCK_BYTES * 8; bit += 1) {
      const copy = Uint8Array.from(checkpoint);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect([bit, read(copy, ARCHIVE_END).problem]).not.toEqual([bit, 'none']);
    }
  });

  test.each([
    ['more than an entry may have', MAX_ENTRY_BYTES + 1],
    ['eight gigabytes', 8 ** 11 - 1],
  ])('an entry that says it has %s is refused before a byte of it is read', (_, size) => {
    const { problem } = read(forged({ 124: size.toString(8).padStart(11, '0') }), body('a note'));
    expect(problem).toContain(`more than ${MAX_ENTRY_BYTES}`);
  });

  test('an entry may not come twice, nor before what it follows', () => {
    expect(read(checkpoint, checkpoint, ARCHIVE_END).problem).toBe('the file holds it twice');
    const trust = entry('trust/000000.json', '{}');
    expect(read(trust, checkpoint, ARCHIVE_END).problem).toBe('it may not come after trust/000000.json');
    expect(read(entry('manifest.json', '{}'), trust, ARCHIVE_END).problem).toContain('may not come after');
  });

  test.each([
    ['nothing', [], 'the file ends in the middle'],
    ['half a header', [checkpoint.subarray(0, 100)], 'the file ends in the middle'],
    ['half an entry', [checkpoint.subarray(0, 600)], 'the file ends in the middle'],
    ['no end', [checkpoint], 'the file ends in the middle'],
    ['half an end', [checkpoint, ARCHIVE_END.subarray(0, 512)], 'the file ends in the middle'],
    [
      'a third block of zeros',
      [checkpoint, ARCHIVE_END, ARCHIVE_END.subarray(0, 512)],
      'bytes follow behind the end of the archive',
    ],
    [
      'one byte behind its end',
      [checkpoint, ARCHIVE_END, Buffer.from('x')],
      'bytes follow behind the end of the archive',
    ],
    [
      'an entry inside its end',
      [checkpoint, ARCHIVE_END.subarray(0, 512), checkpoint],
      'the end of the archive is not two blocks of zeros',
    ],
    [
      'bytes in its padding',
      [archiveHeader('checkpoint', 6), body('a note and more')],
      'the padding behind it is not empty',
    ],
    [
      'gzip instead of tar',
      [Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(508, 1)])],
      'it is not a regular file',
    ],
    [
      'zip instead of tar',
      [Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), Buffer.alloc(508)])],
      'it is not a regular file',
    ],
  ])('a file with %s is refused', (_, pieces, why) => {
    expect(read(...pieces).problem).toBe(why);
  });

  test('after the first problem nothing more is handed on', () => {
    expect(
      read(checkpoint, named('../x'), body('a note'), entry('trust/000000.json', '{}'), ARCHIVE_END).entries,
    ).toEqual(['checkpoint']);
  });
});

test('a sound archive is read whole, in pieces of any size', () => {
  const all = Buffer.concat([
    checkpoint,
    entry('trust/000000.json', ''),
    entry('manifest.json', 'x'.repeat(512)),
    ARCHIVE_END,
  ]);
  for (const size of [1, 7, 511, 512, 513, all.length]) {
    const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, n) =>
      all.subarray(n * size, (n + 1) * size),
    );
    expect(read(...pieces)).toEqual({ entries: ['checkpoint', 'trust/000000.json', 'manifest.json'], problem: 'none' });
  }
});

test('the closed list knows each kind of entry by its name', () => {
  expect(
    ['checkpoint', 'trust/000001.json', 'tile/0/x001/234', 'tile/entries/000.p/7', `objects/${'0'.repeat(64)}`].map(
      kindOfEntry,
    ),
  ).toEqual(['checkpoint', 'trust', 'hashes', 'leaves', 'objects']);
  expect(() => archiveHeader('../x', 1)).toThrow(RangeError);
});

test('C2SP: tiles are called as the tlog-tiles specification says, and hold leaves behind their length', () => {
  expect(tilePath('entries', 0, 256)).toBe('tile/entries/000');
  expect(tilePath('0', 1234067, 256)).toBe('tile/0/x001/x234/067');
  expect(tilePath('entries', 1000, 8)).toBe('tile/entries/x001/000.p/8');
  const leaves = ['', 'a', 'b'.repeat(300)].map((text) => Buffer.from(text));
  expect(unpackLeaves(packLeaves(leaves))?.map((leaf) => Buffer.from(leaf).toString())).toEqual(leaves.map(String));
  expect(unpackLeaves(Buffer.from([0]))).toBeUndefined();
  expect(unpackLeaves(Buffer.from([0, 2, 1]))).toBeUndefined();
  expect(() => packLeaves([new Uint8Array(65_536)])).toThrow(RangeError);
});

test.each([1, 7, 100, 511, 512, 513, 700, 4096])(
  'V4: what is read through one buffer of %i bytes, used again and again, is handed on as it was',
  (size) => {
    const told = 'a note that is longer than a block: '.repeat(40);
    const file = Buffer.concat([entry('checkpoint', told), entry('manifest.json', 'x'.repeat(1500)), ARCHIVE_END]);
    const entries: ArchiveEntry[] = [];
    const reader = new ArchiveReader((one) => void entries.push(one));
    const buffer = Buffer.alloc(size);
    for (let from = 0; from < file.length; from += size) {
      const length = file.copy(buffer, 0, from, Math.min(from + size, file.length));
      expect(reader.push(buffer.subarray(0, length))).toBe(true);
    }
    buffer.fill(0xff);
    expect(reader.end()).toBeUndefined();
    expect(entries.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([told, 'x'.repeat(1500)]);
  },
);
