/**
 * The folder of a ceremony, which travels on sticks between machines that trust each other little. Names are made of checked
 * numbers, links are not followed, sizes are limited, and a file that people signed is never written again.
 */
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';

const MAX_FILE_BYTES = 4_194_304;
const MAX_LISTED = 256;

const READ_FLAGS = constants.O_RDONLY + (constants.O_NOFOLLOW ?? 0) + (constants.O_NONBLOCK ?? 0);

const faulty = (name: string, problem: string): Failure =>
  new Failure(EXIT.unverified, { code: 'malformed', detail: `\`${name}\` ${problem}`, clause: 'X1' });

/** Undefined when there is no such file; anything but a plain file of bounded size is refused. */
export function readTrustFile(folder: string, name: string): Uint8Array | undefined {
  const handle = opened(join(folder, name), name);
  if (handle === undefined) return undefined;
  try {
    const about = fstatSync(handle);
    if (!about.isFile()) throw faulty(name, 'is not a plain file');
    if (about.size > MAX_FILE_BYTES) throw faulty(name, `has more than ${MAX_FILE_BYTES} bytes`);
    const bytes = Buffer.alloc(about.size);
    const length = readSync(handle, bytes);
    if (length !== about.size) throw faulty(name, 'changed while it was read');
    return Uint8Array.from(bytes);
  } finally {
    closeSync(handle);
  }
}

function opened(path: string, name: string): number | undefined {
  try {
    return openSync(path, READ_FLAGS);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ELOOP') throw faulty(name, 'is a link');
    throw error;
  }
}

/** Names in a folder below, sorted; none when it does not exist. */
export function namesIn(folder: string, below: string): readonly string[] {
  try {
    const names = readdirSync(join(folder, below)).toSorted();
    if (names.length > MAX_LISTED) throw faulty(below, `holds more than ${MAX_LISTED} files`);
    return names;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Refuses when the file is there: what people signed, or may be signing elsewhere, stays as it is. */
export function writeOnce(folder: string, name: string, bytes: Uint8Array): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(path, bytes, { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new Failure(EXIT.conflict, {
        code: 'conflict',
        detail: `\`${name}\` is there already and is never written over`,
        next: ['look at it with `cs trust show`'],
      });
    throw error;
  }
}

/** For drafts nobody signed, and for the timestamp, whose name has no version: the old or the new one is there, never half of one. */
export function replaceFile(folder: string, name: string, bytes: Uint8Array): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}
