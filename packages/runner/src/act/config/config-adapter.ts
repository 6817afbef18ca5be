/** `config`: one file gets exactly the content the capsule holds; the bytes before are kept and can be put back (X6). */
import { ok, refuse, type Result, type RunnableStep } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import type { LocalTarget } from '../../preflight/inventory.ts';
import type { Adapter, Back, Captured, ProbeResult } from '../adapter.ts';
import { removeFile, writeAtomic } from './atomic-write.ts';
import { contain, readContained } from './contained-file.ts';

export type ConfigStep = Extract<RunnableStep, { adapter: 'config' }>;

const NEW_FILE_MODE = 0o644;
const encode = (content: string): Uint8Array => new TextEncoder().encode(content);

export const configAdapter: Adapter<ConfigStep> = {
  contract: {
    isIdempotent: true,
    hasProbe: true,
    hasFence: true,
    deadlineMs: 30_000,
    capture: 'file-bytes',
    dataEffects: 'none',
    zones: ['enterprise', 'dmz', 'site'],
  },
  capture,
  apply,
  probe,
  undo,
};

function capture(step: ConfigStep, target: LocalTarget): Result<Captured | undefined> {
  const file = contain(target.root, step.path);
  if (!file.ok) return file;
  const state = readContained(file.value);
  if (!state.ok) return state;
  if (state.value === undefined) return ok({ path: step.path, mode: NEW_FILE_MODE });
  const { bytes, mode } = state.value;
  return ok({ path: step.path, bytes, mode });
}

async function apply(step: ConfigStep, target: LocalTarget): Promise<Result<string>> {
  const problem = validate(step);
  if (problem !== undefined) return refuse('invalid-content', problem);
  const file = contain(target.root, step.path);
  if (!file.ok) return file;
  const before = readContained(file.value);
  if (!before.ok) return before;
  const written = await writeAtomic(file.value, encode(step.content), before.value ?? { mode: NEW_FILE_MODE });
  return written.ok ? ok(`wrote ${step.path}`) : written;
}

/** Checked before the file is replaced: a broken document never becomes the live one. */
function validate(step: ConfigStep): string | undefined {
  switch (step.validate) {
    case 'none':
      return undefined;
    case 'json': {
      const json = readStrictJson(encode(step.content), { allowFloats: true });
      return json.ok ? undefined : `the new content is not JSON: ${json.refusal.detail}`;
    }
  }
}

async function probe(step: ConfigStep, target: LocalTarget): Promise<ProbeResult> {
  const file = contain(target.root, step.path);
  if (!file.ok) return 'unclear';
  const state = readContained(file.value);
  if (!state.ok) return 'unclear';
  return state.value !== undefined && Buffer.compare(state.value.bytes, encode(step.content)) === 0
    ? 'done'
    : 'not-done';
}

async function undo(step: ConfigStep, target: LocalTarget, { captured }: Back): Promise<Result<string>> {
  if (captured === undefined)
    return refuse('no-capture', 'the state before the change was not captured', { clause: 'X6' });
  const file = contain(target.root, step.path);
  if (!file.ok) return file;
  const now = readContained(file.value);
  if (!now.ok) return now;
  if (isSame(now.value?.bytes, captured.bytes)) return ok(`${step.path} already holds its earlier content`);
  // Neither as it was nor as this change left it: somebody else has written since, and their work is not ours to take away.
  if (!isSame(now.value?.bytes, encode(step.content)))
    return refuse('changed-since', `${step.path} was changed by somebody else since`, { clause: 'X6' });
  const done =
    captured.bytes === undefined
      ? await removeFile(file.value)
      : await writeAtomic(file.value, captured.bytes, { ...now.value, mode: captured.mode });
  return done.ok ? ok(captured.bytes === undefined ? `removed ${step.path}` : `restored ${step.path}`) : done;
}

const isSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
