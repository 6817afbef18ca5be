/**
 * A folder as a queue between two programs that share nothing else. A file appears whole or not at all (temporary name, then
 * rename); a reader wakes at once and looks again now and then, because a watch can miss an event.
 */
import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  watch,
  writeFileSync,
  type FSWatcher,
} from 'node:fs';
import { join } from 'node:path';
import type { Result, Shape } from '@countersign/core';
import { codeOf, readBytes, readPlanted } from '../preflight/read-file.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,160}\.json$/;
const TEMPORARY = /^\..*\.part$/;
const HALT_FILE = 'HALT';

export class DropFolder {
  readonly path: string;

  constructor(path: string) {
    mkdirSync(path, { recursive: true });
    this.path = path;
  }

  /** Names of complete documents in the order of their names; anything else in the folder is not looked at. */
  names(): readonly string[] {
    // Links, pipes and folders are nobody's document, and could neither be read to an end nor removed.
    return readdirSync(this.path, { withFileTypes: true })
      .filter((entry) => entry.isFile() && NAME.test(entry.name))
      .map(({ name }) => name)
      .toSorted();
  }

  /** Asked at every lease, so one look-up however full the folder is. Whatever has the name stops. */
  hasHalt(): boolean {
    try {
      return lstatSync(this.at(HALT_FILE), { throwIfNoEntry: false }) !== undefined;
    } catch {
      return true;
    }
  }

  /** When the file was written last, in milliseconds since 1970; undefined when it is gone. */
  writtenMs(name: string): number | undefined {
    return statSync(this.at(name), { throwIfNoEntry: false })?.mtimeMs;
  }

  /** The document as it is, unread, into another folder. */
  moveTo(other: DropFolder, name: string): void {
    try {
      renameSync(this.at(name), other.at(name));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      if (codeOf(error) !== 'EXDEV') throw error;
      copyFileSync(this.at(name), other.at(name));
      this.remove(name);
    }
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** Not flushed: the writer keeps the document until it is known to have been read. */
  put(name: string, content: string): void {
    if (!NAME.test(name)) throw new RangeError('not a name for a document');
    const temporary = `.${name}.part`;
    this.remove(temporary);
    // Others write here too: what stands at this name again, a link above all, is not written through.
    writeFileSync(this.at(temporary), content, { flag: 'wx' });
    renameSync(this.at(temporary), this.at(name));
  }

  /** One document of a known shape; a link that took the place of a file since `names` is not followed. */
  read<T>(name: string, shape: Shape<T>, maxBytes: number): Result<T> {
    const bytes = readPlanted(this.at(name), maxBytes);
    return bytes.ok ? readBytes(bytes.value, shape, maxBytes) : bytes;
  }

  remove(name: string): void {
    try {
      unlinkSync(this.at(name));
    } catch (error) {
      // Someone else removed it: what was wanted.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

export interface Watching {
  readonly close: () => void;
}

/** Calls `look` now, soon after each change, and every `rescanMs`; never twice at the same time. */
export function watchFolder(folder: DropFolder, look: () => Promise<void>, rescanMs: number): Watching {
  const closed = new AbortController();
  let [isLooking, isWanted] = [false, false];
  const wake = (): void => {
    isWanted = true;
    if (isLooking || closed.signal.aborted) return;
    isLooking = true;
    void run();
  };
  const run = async (): Promise<void> => {
    while (isWanted && !closed.signal.aborted) {
      isWanted = false;
      await look();
    }
    isLooking = false;
  };
  const watcher = watchIfPossible(folder.path, wake);
  const timer = setInterval(wake, rescanMs);
  wake();
  return {
    close: () => {
      closed.abort();
      clearInterval(timer);
      watcher?.close();
    },
  };
}

/** Without the watch, e.g. when the system has no more of them, the rescan still finds everything, later. */
function watchIfPossible(path: string, wake: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, (_event, name) => {
      if (name === null || !TEMPORARY.test(name)) wake();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
