/**
 * A folder as a queue between two programs that share nothing else. A file appears whole or not at all (temporary name, then
 * rename); a reader wakes at once and looks again now and then, because a watch can miss an event.
 */
import { mkdirSync, readdirSync, renameSync, unlinkSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../preflight/read-file.ts';

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
    return readdirSync(this.path)
      .filter((name) => NAME.test(name))
      .toSorted();
  }

  hasHalt(): boolean {
    return readdirSync(this.path).includes(HALT_FILE);
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** Not flushed: the writer keeps the document until it is known to have been read. */
  put(name: string, content: string): void {
    if (!NAME.test(name)) throw new RangeError('not a name for a document');
    const temporary = this.at(`.${name}.part`);
    writeFileSync(temporary, content);
    renameSync(temporary, this.at(name));
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
  const watcher = watch(folder.path, (_event, name) => {
    if (name === null || !TEMPORARY.test(name)) wake();
  });
  // Without the watch the rescan still finds everything, later.
  watcher.on('error', () => watcher.close());
  const timer = setInterval(wake, rescanMs);
  wake();
  return {
    close: () => {
      closed.abort();
      clearInterval(timer);
      watcher.close();
    },
  };
}
