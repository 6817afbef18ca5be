/**
 * Files below a target's root and nowhere else. Every folder on the way is checked for links, and the last part is opened
 * without following one, so neither a planted link nor `..` leads outside (T22).
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { ok, refuse, type Result } from '@countersign/core';
import { codeOf } from '../../preflight/read-file.ts';

/** A file inside a root: its real folder and its name there. */
export interface ContainedFile {
  readonly folder: string;
  readonly name: string;
}

const MAX_FILE_BYTES = 1_048_576;
const RELATIVE = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+){0,15}$/;

export function contain(root: string, path: string): Result<ContainedFile> {
  const parts = path.split('/');
  if (!RELATIVE.test(path) || parts.includes('..') || parts.includes('.'))
    return refuse('path-outside', 'the path is not a plain relative path', { clause: 'X2' });
  try {
    const realRoot = realpathSync(root);
    const folder = realpathSync(join(realRoot, dirname(path)));
    const expected = dirname(path) === '.' ? realRoot : join(realRoot, dirname(path));
    // A link that stays inside is refused too: what was approved is the path as written.
    if (folder !== expected || !(folder === realRoot || folder.startsWith(realRoot + sep)))
      return refuse('path-outside', 'a folder of the path is a link', { clause: 'X2' });
    return ok({ folder, name: basename(path) });
  } catch (error) {
    return refuse('path-missing', `the folder of the file cannot be reached (${codeOf(error)})`);
  }
}

export const pathOf = ({ folder, name }: ContainedFile): string => join(folder, name);

export interface FileState {
  readonly bytes: Uint8Array;
  readonly mode: number;
  /** Numbers of the user and group it belongs to. */
  readonly uid: number;
  readonly gid: number;
}

/** Undefined when there is no file; links, folders, devices and files with a second name are refused. */
export function readContained(file: ContainedFile): Result<FileState | undefined> {
  const path = pathOf(file);
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return ok(undefined);
    const handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size, mode, nlink, uid, gid } = fstatSync(handle);
      if ((mode & constants.S_IFMT) !== constants.S_IFREG)
        return refuse('not-a-file', 'the path is not a regular file');
      if (nlink !== 1) return refuse('not-a-file', 'the file has a second name');
      if (size > MAX_FILE_BYTES) return refuse('too-large', `the file has more than ${MAX_FILE_BYTES} bytes`);
      const bytes = Buffer.alloc(size);
      const read = size === 0 ? 0 : readSync(handle, bytes, 0, size, 0);
      return read === size
        ? ok({ bytes, mode: mode & 0o777, uid, gid })
        : refuse('unreadable', 'the file changed while it was read');
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ELOOP') return refuse('path-outside', 'the file is a link', { clause: 'X2' });
    return refuse('unreadable', `the file cannot be read (${code})`);
  }
}
