/**
 * Where `cs` keeps the session of a person: one file for each control plane, for its owner alone. It opens what that person may look at and
 * stop, for an hour at most, and it signs nothing (O4).
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { object, readShape, text, type Shape } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';

export interface StoredSession {
  /** The only address it is sent to. */
  readonly url: string;
  readonly organisation: string;
  readonly person: string;
  readonly secret: string;
  readonly endsAt: string;
}
type Environment = Readonly<Record<string, string | undefined>>;

const word = text({ min: 1, max: 400 });
const shape: Shape<StoredSession> = object<StoredSession>({
  url: word,
  organisation: word,
  person: word,
  secret: text({ min: 45, max: 172, pattern: /^[A-Za-z0-9._:-]+$/ }),
  endsAt: word,
});
const OTHERS = 0o077;

function folderOf(environment: Environment): string {
  const given = environment['CS_SESSION_DIR'] ?? '';
  const state = environment['XDG_STATE_HOME'] ?? '';
  if (given !== '') return given;
  return join(
    state === '' ? join(environment['HOME'] ?? homedir(), '.local', 'state') : state,
    'countersign',
    'sessions',
  );
}

/** The name is a digest: no address of a server becomes part of a path. */
const fileOf = (url: string, environment: Environment): string =>
  join(folderOf(environment), `${createHash('sha256').update(url).digest('hex').slice(0, 32)}.json`);

export function writeSession(session: StoredSession, environment: Environment): string {
  mkdirSync(folderOf(environment), { recursive: true, mode: 0o700 });
  const file = fileOf(session.url, environment);
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify(session)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(part, file);
  return file;
}

/** Undefined where nobody signed in, or the time is over. A file that others can read is refused like a key, and goes. */
export function readSession(url: string, environment: Environment, now: string): StoredSession | undefined {
  const file = fileOf(url, environment);
  let bytes: Uint8Array;
  let isOpen: boolean;
  try {
    isOpen = (statSync(file).mode & OTHERS) !== 0;
    bytes = readFileSync(file);
  } catch {
    // Missing: nobody signed in.
    return undefined;
  }
  if (isOpen) {
    removeSession(url, environment);
    throw new Failure(EXIT.authentication, {
      code: 'session-file-open',
      detail: `others could read \`${file}\`: it was removed`,
      next: ['cs sign-in'],
    });
  }
  const json = readStrictJson(bytes);
  const read = json.ok ? readShape(shape, json.value) : json;
  if (!read.ok || read.value.url !== url || read.value.endsAt <= now) return undefined;
  return read.value;
}

export const removeSession = (url: string, environment: Environment): void =>
  rmSync(fileOf(url, environment), { force: true });
