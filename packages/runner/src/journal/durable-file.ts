/** Small files that must survive: written beside, flushed, renamed. Used where there is no journal. */
import { closeSync, constants, existsSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../preflight/read-file.ts';

/** When it has returned, the file with this content is on disk. */
export function writeDurable(path: string, content: string): void {
  const temporary = `${path}.new`;
  const handle = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, path);
  flushFolder(dirname(path));
}

/** The names of the files in a folder are on disk. */
export function flushFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The content of a file that was written before is on disk; false when there is no such file any more. */
export function flushFile(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    const handle = openSync(path, constants.O_RDONLY);
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The content is on disk; its name may be lost with the machine. For copies of what can be made again. */
export function writeSynced(path: string, content: string): void {
  const handle = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
