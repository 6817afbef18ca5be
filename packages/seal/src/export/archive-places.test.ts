/** Where an archive stops being one: every refusal names the entry and the byte, and hands on nothing of what it refuses. */
import { describe, expect, test } from 'vitest';
import { ARCHIVE_END, archiveHeader, MAX_ENTRY_BYTES, paddedBytes, readHeader } from './archive-format.ts';
import { ArchiveReader, type ArchiveEntry, type ArchiveProblem } from './archive-reader.ts';

const entry = (name: string, text: string): Uint8Array => {
  const body = Buffer.alloc(paddedBytes(text.length));
  body.write(text, 'latin1');
  return Buffer.concat([archiveHeader(name, text.length), body]);
};
/** Read through pieces of a size; the offsets of what was taken, and the problem. */
function read(
  file: Uint8Array,
  size = file.length,
): { readonly taken: readonly string[]; readonly problem?: ArchiveProblem } {
  const taken: string[] = [];
  const reader = new ArchiveReader(
    ({ name, kind, offset, bytes }: ArchiveEntry) => void taken.push(`${name} ${kind} ${offset} ${bytes.length}`),
  );
  for (let at = 0; at < file.length && reader.push(file.subarray(at, at + size)); at += size);
  const problem = reader.end();
  return { taken, ...(problem !== undefined && { problem }) };
}
const SIZES = [1, 100, 512, 513, 4096];
const A = entry('checkpoint', 'a note');
const EMPTY = entry('trust/000000.json', '');
const B = entry('manifest.json', 'x'.repeat(700));
const sound = Buffer.concat([A, EMPTY, B, ARCHIVE_END]);
const SOUND = ['checkpoint checkpoint 0 6', 'trust/000000.json trust 1024 0', 'manifest.json manifest 1536 700'];

describe('V4: places in an archive', () => {
  test.each(SIZES)('entries have the place of their header, empty ones too, in pieces of %i', (size) => {
    expect(read(sound, size)).toEqual({ taken: SOUND });
  });

  test.each(SIZES)('an archive that is cut says where it ends and what it was in, in pieces of %i', (size) => {
    const beginning = 'the beginning of the file';
    for (const [cut, item, taken] of [
      [0, beginning, 0],
      [1, beginning, 0],
      [511, beginning, 0],
      [512, 'checkpoint', 0],
      [1000, 'checkpoint', 0],
      [1024, 'checkpoint', 1],
      [1535, 'checkpoint', 1],
      [1536, 'trust/000000.json', 2],
      [2048, 'manifest.json', 2],
      [3071, 'manifest.json', 2],
      [3072, 'manifest.json', 3],
      [3584, 'manifest.json', 3],
      [4095, 'manifest.json', 3],
    ] as const) {
      const cutOff = read(sound.subarray(0, cut), size);
      expect(cutOff).toEqual({
        taken: SOUND.slice(0, taken),
        problem: { item, offset: cut, detail: 'the file ends in the middle' },
      });
    }
  });

  test.each(SIZES)('every byte of padding and of the end is at its place, in pieces of %i', (size) => {
    const inPadding = [518, 519, 1023];
    for (const at of inPadding) {
      const changed = Buffer.from(sound);
      changed[at] = 1;
      expect(read(changed, size)).toEqual({
        taken: [],
        problem: { item: 'checkpoint', offset: at, detail: 'the padding behind it is not empty' },
      });
    }
    for (const at of [3072 + 512, 4095]) {
      const changed = Buffer.from(sound);
      changed[at] = 1;
      expect(read(changed, size)).toEqual({
        taken: SOUND,
        problem: { item: 'manifest.json', offset: 3584, detail: 'the end of the archive is not two blocks of zeros' },
      });
    }
    expect(read(Buffer.concat([sound, Buffer.of(0)]), size).problem).toEqual({
      item: 'manifest.json',
      offset: 4096,
      detail: 'bytes follow behind the end of the archive',
    });
  });

  test.each(SIZES)('a refused entry is not handed on, not even an empty one, in pieces of %i', (size) => {
    expect(read(Buffer.concat([A, EMPTY, EMPTY, ARCHIVE_END]), size)).toEqual({
      taken: SOUND.slice(0, 2),
      problem: { item: 'trust/000000.json', offset: 1536, detail: 'the file holds it twice' },
    });
    expect(read(Buffer.concat([B, EMPTY, ARCHIVE_END]), size)).toEqual({
      taken: ['manifest.json manifest 0 700'],
      problem: { item: 'trust/000000.json', offset: 1536, detail: 'it may not come after manifest.json' },
    });
    const hostile = Buffer.from(A);
    hostile[156] = 0x32;
    expect(read(Buffer.concat([A, hostile, ARCHIVE_END]), size)).toEqual({
      taken: SOUND.slice(0, 1),
      problem: { item: 'the entry after checkpoint', offset: 1024, detail: 'it is a symbolic link' },
    });
  });

  test('what comes behind a problem is not looked at', () => {
    const reader = new ArchiveReader(() => undefined);
    const hostile = Buffer.from(A);
    hostile[156] = 0x35;
    expect(reader.push(hostile)).toBe(false);
    const { problem } = reader;
    expect(reader.push(sound)).toBe(false);
    expect([reader.end(), reader.problem]).toEqual([problem, problem]);
    expect(problem?.detail).toBe('it is a folder');
  });
});

const changed = (at: number, text: string): Uint8Array => {
  const block = Buffer.from(archiveHeader('checkpoint', 6));
  block.write(text, at, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
};
const sized = (size: number): Uint8Array => changed(124, size.toString(8).padStart(11, '0'));
describe('V4: what a header says', () => {
  test.each([
    ['1', 'a hard link'],
    ['2', 'a symbolic link'],
    ['3', 'a device'],
    ['4', 'a device'],
    ['5', 'a folder'],
    ['6', 'a pipe'],
    ['7', 'a contiguous file'],
    ['L', 'an extended name'],
    ['K', 'an extended link'],
    ['x', 'an extended header'],
    ['g', 'a global header'],
    ['S', 'a sparse file'],
    ['V', 'a volume label'],
    ['D', 'a dumped folder'],
    ['M', 'a continued file'],
    ['\0', 'not a regular file'],
    ['A', 'not a regular file'],
    ['\u00ff', 'not a regular file'],
  ])('the type %j is %s', (type, name) => {
    expect(readHeader(changed(156, type))).toBe(`it is ${name}`);
  });

  test.each([
    '0000000000 ',
    ' 0000000006',
    '-0000000006',
    '0000000006\0',
    '00000000008',
    '0x000000006',
    '\u0080\0\0\0\0\0\0\0\0\0\u0006',
  ])('the size %j is not a number', (size) => {
    expect(readHeader(changed(124, size))).toBe('its size is not a number');
  });

  test('an entry has at most 64 MiB', () => {
    expect(readHeader(sized(MAX_ENTRY_BYTES))).toEqual({ name: 'checkpoint', size: MAX_ENTRY_BYTES });
    expect(readHeader(sized(MAX_ENTRY_BYTES + 1))).toBe(
      `it says that it has ${MAX_ENTRY_BYTES + 1} bytes, more than ${MAX_ENTRY_BYTES}`,
    );
  });

  test('a header that is another one in any way is not in the one form there is', () => {
    for (const at of [11, 99, 100, 107, 115, 123, 135, 136, 147, 157, 256, 262, 263, 265, 296, 328, 344, 499, 511])
      expect([at, readHeader(changed(at, '\u0001'))]).toEqual([
        at,
        expect.stringMatching(/one form there is|not one that an export has/),
      ]);
    const noSum = Buffer.from(archiveHeader('checkpoint', 6));
    noSum[148] = 0x37;
    expect(readHeader(noSum)).toBe('its header is not in the one form there is');
  });
});
