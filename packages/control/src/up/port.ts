/** Who has the port: nobody, this very installation, or somebody else. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { integer, map, object, readShape } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';

export type PortHolder = 'free' | 'ours' | 'other';

interface Mark {
  readonly pid: number;
  readonly port: number;
  /** Process ids of the running programs. */
  readonly programs: Readonly<Record<string, number>>;
}

const LOOPBACK = '127.0.0.1';
const processId = integer({ min: 0, max: 4_194_304 });
const markShape = object<Mark>({
  pid: processId,
  port: integer({ min: 1, max: 65_535 }),
  programs: map(processId, { max: 100 }),
});
const markFile = (state: string): string => join(state, 'up.json');

export async function whoHasPort(port: number, state: string): Promise<PortHolder> {
  if (await isFree(port)) return 'free';
  const mark = readMark(state);
  return mark?.port === port && isOurs(mark.pid) ? 'ours' : 'other';
}

/** Leaves word that this process runs the installation, and which programs it runs. */
export function claim(state: string, port: number): Claim {
  const update = (programs: Mark['programs']): void => {
    const temporary = `${markFile(state)}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify({ pid: process.pid, port, programs } satisfies Mark), { mode: 0o600 });
    renameSync(temporary, markFile(state));
  };
  update({});
  return { update, release: () => rmSync(markFile(state), { force: true }) };
}

export interface Claim {
  readonly update: (programs: Readonly<Record<string, number>>) => void;
  readonly release: () => void;
}

function readMark(state: string): Mark | undefined {
  try {
    const json = readStrictJson(readFileSync(markFile(state)), { maxBytes: 1000 });
    const read = json.ok ? readShape(markShape, json.value) : json;
    return read.ok ? read.value : undefined;
  } catch {
    // No mark: nobody of ours was here.
    return undefined;
  }
}

/** A pid may have been given to another program since; where the system tells, its command line must be ours. */
function isOurs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('up.ts');
  } catch {
    return false;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false)).listen(port, LOOPBACK, () => probe.close(() => done(true)));
  });
