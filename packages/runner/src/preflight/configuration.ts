/** What the programs of this package share about their configuration: one file, strict, paths relative to that file. */
import { dirname, resolve } from 'node:path';
import { refuse, text, type Result, type Shape } from '@countersign/core';
import { readTufRoot } from '@countersign/seal';
import { readBounded, readDocument } from './read-file.ts';

const MAX_CONFIG_BYTES = 262_144;

export const path: Shape<string> = text({ min: 1, max: 1000 });
export const httpUrl: Shape<string> = text({
  min: 8,
  max: 400,
  pattern: /^https?:\/\/[A-Za-z0-9.[\]:-]+(?:\/[A-Za-z0-9._~/-]*)?$/,
});

/** Where the configuration is: the first argument, or the environment. Nothing else reads either. */
export const configPath = (): string | undefined => process.argv[2] ?? process.env['COUNTERSIGN_CONFIG'];

export interface LoadedConfig<T> {
  readonly config: T;
  /** Makes a path of the configuration absolute. */
  readonly at: (path: string) => string;
}

export function loadConfig<T>(file: string, shape: Shape<T>): Result<LoadedConfig<T>> {
  const config = readDocument(file, shape, MAX_CONFIG_BYTES);
  if (!config.ok) return config;
  const folder = dirname(resolve(file));
  return { ok: true, value: { config: Object.freeze(config.value), at: (name) => resolve(folder, name) } };
}

const MAX_ROOT_BYTES = 524_288;

/** The root of trust in its file; who signed it is checked whenever it is used. */
export function loadRoot(file: string): Result<Uint8Array> {
  const bytes = readBounded(file, MAX_ROOT_BYTES);
  const root = bytes.ok ? readTufRoot(bytes.value) : bytes;
  return root.ok ? bytes : refuse(root.refusal.code, `the root of trust: ${root.refusal.detail}`, { clause: 'X1' });
}
