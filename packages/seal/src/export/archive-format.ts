/**
 * The file of an export: a tar archive (POSIX ustar) of which every byte is fixed by names and contents. Other tools open it; this reader
 * takes no other spelling, so there is nowhere to hide a byte.
 */

export const BLOCK_BYTES = 512;
/** Of one entry; a system graph is the largest thing there is. */
export const MAX_ENTRY_BYTES = 67_108_864;
/** Of the whole file. */
export const MAX_ARCHIVE_BYTES = 4_294_967_296;
export const MAX_ENTRIES = 2_000_000;
const NAME_BYTES = 100;

/** What an export may hold, by its place in the order of the file: kinds of one place alternate, the manifest ends it. */
export const ENTRY_PLACES = {
  checkpoint: 0,
  checkpoints: 1,
  trust: 2,
  hashes: 3,
  leaves: 3,
  objects: 4,
  remediations: 4,
  entries: 5,
  manifest: 6,
} as const;
export type EntryKind = keyof typeof ENTRY_PLACES;

/** Closed: a name of any other form is no entry. No form has a dot segment, an absolute path or an upper-case letter. */
const NAMES: readonly (readonly [EntryKind, RegExp])[] = [
  ['checkpoint', /^checkpoint$/],
  ['checkpoints', /^checkpoints\.json$/],
  ['trust', /^trust\/\d{6}\.json$/],
  // C2SP tlog-tiles: the hashes of leaves, and the leaves.
  ['hashes', /^tile\/0\/(?:x\d{3}\/)*\d{3}(?:\.p\/[1-9]\d{0,2})?$/],
  ['leaves', /^tile\/entries\/(?:x\d{3}\/)*\d{3}(?:\.p\/[1-9]\d{0,2})?$/],
  ['objects', /^objects\/[0-9a-f]{64}$/],
  ['remediations', /^remediations\/\d{6}\.json$/],
  ['entries', /^entries\.json$/],
  ['manifest', /^manifest\.json$/],
];

/** The kind of an entry by its name; undefined for a name that no export has. */
export const kindOfEntry = (name: string): EntryKind | undefined => NAMES.find(([, form]) => form.test(name))?.[0];

export const paddedBytes = (size: number): number => Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;

const MODE = '0000644';
const VERSION = '00';
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

/** The one header of a regular file of this name and size: no owner, no time, no device, nothing that depends on a machine. */
export function archiveHeader(name: string, size: number): Uint8Array {
  if (kindOfEntry(name) === undefined || name.length > NAME_BYTES)
    throw new RangeError(`no entry is called \`${name}\``);
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0, 'ascii');
  block.write(MODE, 100, 'ascii');
  block.write('0000000', 108, 'ascii');
  block.write('0000000', 116, 'ascii');
  block.write(size.toString(8).padStart(11, '0'), 124, 'ascii');
  block.write('00000000000', 136, 'ascii');
  block.write(' '.repeat(CHECKSUM_BYTES), CHECKSUM_AT, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\0' + VERSION, 257, 'ascii');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, CHECKSUM_AT, 'ascii');
  return block;
}

/** Two blocks of zeros and not a byte behind them. */
export const ARCHIVE_END: Uint8Array = new Uint8Array(2 * BLOCK_BYTES);

export interface ReadHeader {
  readonly name: string;
  readonly size: number;
}

/** A header as an export has it, or in words why it is none. Nothing of it is used before it is equal to the one we would write. */
export function readHeader(block: Uint8Array): ReadHeader | string {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  const type = String.fromCharCode(bytes[156] ?? 0);
  if (type !== '0') return `it is ${SPECIAL[type] ?? 'not a regular file'}`;
  const end = bytes.subarray(0, NAME_BYTES).indexOf(0);
  const name = bytes.subarray(0, end === -1 ? NAME_BYTES : end).toString('latin1');
  if (kindOfEntry(name) === undefined) return 'its name is not one that an export has';
  const octal = bytes.subarray(124, 135).toString('latin1');
  if (!/^[0-7]{11}$/.test(octal)) return 'its size is not a number';
  const size = Number.parseInt(octal, 8);
  if (size > MAX_ENTRY_BYTES) return `it says that it has ${size} bytes, more than ${MAX_ENTRY_BYTES}`;
  return bytes.equals(archiveHeader(name, size)) ? { name, size } : 'its header is not in the one form there is';
}

const SPECIAL: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '5': 'a folder',
  '6': 'a pipe',
  '7': 'a contiguous file',
  L: 'an extended name',
  K: 'an extended link',
  x: 'an extended header',
  g: 'a global header',
  S: 'a sparse file',
  V: 'a volume label',
  D: 'a dumped folder',
  M: 'a continued file',
};
