/** Industry packs (E1): rules, calendars, retention and cases that an envelope includes by name. They only restrict. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuse, type Result } from '@countersign/core';
import { isLoose, looseAt, type Loose } from '../authoring/loose.ts';
import { readYaml } from '../authoring/yaml-source.ts';

export const PACK_NAMES = ['finance', 'healthcare', 'ot', 'public-sector'] as const;
export type PackName = (typeof PACK_NAMES)[number];

export interface Pack {
  readonly name: PackName;
  readonly title: string;
  /** `calendars`, `prohibited`, `humanOnly`, `routes`, `retention`. A pack has no grant. */
  readonly blocks: Loose;
}

/** Blocks a pack may bring; none of them can permit anything. */
const BLOCKS: ReadonlySet<string> = new Set(['calendars', 'prohibited', 'humanOnly', 'routes', 'retention']);

export const isPackName = (name: unknown): name is PackName => PACK_NAMES.some((one) => one === name);

const read = (name: PackName, kind: 'yaml' | 'cases.yaml'): Result<unknown> => {
  const source = readYaml(readFileSync(join(import.meta.dirname, `${name}.${kind}`), 'utf8'));
  return source.ok ? { ok: true, value: source.value.data } : source;
};

export function loadPack(name: PackName): Result<Pack> {
  const source = read(name, 'yaml');
  if (!source.ok) return source;
  const data = isLoose(source.value) ? source.value : {};
  const { title, ...rest } = data;
  const stranger = Object.keys(rest).find((block) => !BLOCKS.has(block));
  if (stranger !== undefined) return refuse('malformed', `a pack has no block \`${stranger}\``);
  return { ok: true, value: { name, title: String(title), blocks: looseAt({ rest }, 'rest') } };
}

/** The envelope tests that come with a pack (E5), as plain data for the reader of suites. */
export const loadPackCases = (name: PackName): Result<unknown> => read(name, 'cases.yaml');
