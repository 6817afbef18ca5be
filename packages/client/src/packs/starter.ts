/** What `cs envelope new` writes: a first envelope that lets nothing run, explained line by line, with three grants switched off. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plusMs, type Instant } from '@countersign/core';
import type { PackName } from './load-pack.ts';

const DAY_MS = 86_400_000;

export interface StarterOptions {
  readonly organisation: string;
  readonly owner: string;
  readonly packs: readonly PackName[];
  readonly now: Instant;
}

const date = (instant: Instant): string => instant.slice(0, 10);

/** YAML text; it compiles as it is. `organisation` and `owner` are ids, so they cannot leave their line. */
export function starterText({ organisation, owner, packs, now }: StarterOptions): string {
  const values: Readonly<Record<string, string>> = {
    organisation,
    owner,
    validFrom: date(now),
    validUntil: date(plusMs(now, 90 * DAY_MS)),
    packs:
      packs.length === 0
        ? '# packs: [finance] # rules of your industry: finance, healthcare, ot, public-sector; they only restrict'
        : `packs: [${packs.join(', ')}] # rules of your industry; they only restrict`,
  };
  const template = readFileSync(join(import.meta.dirname, 'starter.template'), 'utf8');
  return template.replaceAll(/\$([a-zA-Z]+)/g, (whole, name: string) => values[name] ?? whole);
}
