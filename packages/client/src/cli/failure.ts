/** Why a command did not do what it was asked to: one way to say it, whether the server or this program said no. */
import type { Refusal } from '@countersign/core';
import { escapeHostile } from '@countersign/seal';
import { Problem } from '../sdk/problem.ts';
import { EXIT, exitOfProblem, type ExitCode } from './exit-codes.ts';

export class Failure extends Error {
  readonly exit: ExitCode;
  readonly refusal: Refusal;

  constructor(exit: ExitCode, refusal: Refusal) {
    super(refusal.detail);
    this.name = 'Failure';
    this.exit = exit;
    this.refusal = refusal;
  }
}

/** The command was called in a way that cannot work. */
export const usage = (detail: string, ...next: readonly string[]): Failure =>
  new Failure(EXIT.usage, { code: 'usage', detail, next });

/** Bytes, digests or signatures do not hold together: nothing that follows may be believed. */
export const unverified = (refusal: Refusal): Failure => new Failure(EXIT.unverified, refusal);

export const failureOf = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  if (error instanceof Problem)
    return new Failure(exitOfProblem(error), {
      code: error.code,
      detail: error.detail,
      ...(error.clause !== undefined && { clause: error.clause }),
      eligible: error.eligible,
      next: error.next,
      complaints: error.complaints,
    });
  const file = fileProblem(error);
  if (file !== undefined) return file;
  const detail =
    error instanceof Error ? `${error.name}: ${error.message}` : 'something that is not an error was thrown';
  return new Failure(EXIT.failed, { code: 'internal', detail });
};

/** What the system says of a file, in words of people. */
const FILE_PROBLEMS: Readonly<Record<string, (path: string) => Omit<Refusal, 'code'>>> = {
  ENOENT: (path) => ({
    detail: `there is no file ${path}`,
    next: ['check its name: it is looked for from the folder you are in'],
  }),
  EACCES: (path) => ({ detail: `you may not read or write ${path}`, next: ['check its owner and mode'] }),
  EPERM: (path) => ({ detail: `you may not read or write ${path}`, next: ['check its owner and mode'] }),
  EISDIR: (path) => ({ detail: `${path} is a folder`, next: ['name a file in it'] }),
  ENOTDIR: (path) => ({ detail: `a part of ${path} is a file and no folder`, next: ['check the path'] }),
  EEXIST: (path) => ({ detail: `${path} is there already`, next: ['name another file, or take that one away'] }),
  ENOSPC: (path) => ({ detail: `the disk of ${path} is full`, next: ['make room and run the command again'] }),
};

function fileProblem(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const code = String(error.code);
  const tell = Object.hasOwn(FILE_PROBLEMS, code) ? FILE_PROBLEMS[code] : undefined;
  const path = 'path' in error && typeof error.path === 'string' ? `\`${error.path}\`` : 'the file';
  return tell === undefined ? undefined : new Failure(EXIT.failed, { code: 'no-file', ...tell(path) });
}

const MAX_LINE = 1000;
const MAX_COMPLAINTS = 50;
const line = (label: string, text: string): string => `${label}: ${escapeHostile(text, MAX_LINE)}`;

/** `error`, every complaint, who could do it, what to do next, where to read on: one fact a line, hostile text escaped. */
export function failureLines({ refusal }: Failure): readonly string[] {
  const { code, detail, clause, complaints = [], eligible = [], next = [] } = refusal;
  const left = complaints.length - MAX_COMPLAINTS;
  const topic = clause ?? code;
  return [
    line('error', clause === undefined ? detail : `${detail} (${clause})`),
    ...complaints.slice(0, MAX_COMPLAINTS).map(({ at, problem }) => line('  at', `${at === '' ? '/' : at} ${problem}`)),
    ...(left > 0 ? [`  and ${left} more`] : []),
    ...(eligible.length > 0 ? [line('eligible', eligible.join(', '))] : []),
    ...next.map((step) => line('next', step)),
    line('see', `cs explain ${topic.includes(' ') ? `"${topic}"` : topic}`),
  ];
}

export const failureDocument = ({ exit, refusal }: Failure): unknown => ({ error: { ...refusal, exit } });
