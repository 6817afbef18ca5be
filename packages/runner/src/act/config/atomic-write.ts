/** Replaces a file so that a reader, and a crash, sees the old content or the new one and nothing between. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ok, refuse, type Result } from '@countersign/core';
import { codeOf } from '../../preflight/read-file.ts';
import { pathOf, type ContainedFile } from './contained-file.ts';

// The calls are short except for the flush, which waits for the disk and must not hold up health checks.
const flush = promisify(fsync);
/** One name per target file: an act is never in flight twice, and a crash leaves at most one to overwrite. */
const TEMPORARY_SUFFIX = '.countersign-new';

export const temporaryName = (name: string): string => `.${name}${TEMPORARY_SUFFIX}`;

/** What the new file takes over from the one it replaces. */
export interface FileAttributes {
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** When it has returned, the new content and its name are on disk. */
export async function writeAtomic(file: ContainedFile, bytes: Uint8Array, as: FileAttributes): Promise<Result<true>> {
  const { mode, uid, gid } = as;
  const temporary = join(file.folder, temporaryName(file.name));
  try {
    removeIfThere(temporary);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const handle = openSync(temporary, flags, mode);
    try {
      writeAll(handle, bytes);
      // Before the mode: a change of the owner takes special bits away. A service must still be able to read its file.
      if (uid !== undefined && gid !== undefined) fchownSync(handle, uid, gid);
      fchmodSync(handle, mode);
      await flush(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, pathOf(file));
    await flushFolder(file.folder);
    return ok(true);
  } catch (error) {
    return refuse('write-failed', `the file cannot be replaced (${codeOf(error)})`);
  }
}

/** When it has returned, the file is gone for good. */
export async function removeFile(file: ContainedFile): Promise<Result<true>> {
  try {
    removeIfThere(pathOf(file));
    await flushFolder(file.folder);
    return ok(true);
  } catch (error) {
    return refuse('write-failed', `the file cannot be removed (${codeOf(error)})`);
  }
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function flushFolder(folder: string): Promise<void> {
  const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await flush(handle);
  } finally {
    closeSync(handle);
  }
}
