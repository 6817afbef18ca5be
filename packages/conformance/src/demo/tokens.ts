/**
 * Bearer tokens of the demo's people, sources and witness, made once: `<kind>:<id>` to token. Nobody approves with one. Agents sign who
 * they are and enclaves have certificates, so they are not here.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { map, readShape, text } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import { DEMO_PEOPLE, DEMO_SOURCES } from './people.ts';
import { writeJson } from './files.ts';

export type Tokens = Readonly<Record<string, string>>;

const shape = map(text({ min: 20, max: 200 }), { max: 200, key: /^[a-z]+:[A-Za-z0-9._-]+$/ });

export function demoTokens(file: string): Tokens {
  const known = existsSync(file) ? readTokens(file) : {};
  const wanted = [
    ...DEMO_PEOPLE.map(({ id }) => `person:${id}`),
    ...DEMO_SOURCES.map(({ id }) => `source:${id}`),
    'witness:witness',
  ];
  const tokens = Object.fromEntries(wanted.map((name) => [name, known[name] ?? randomBytes(24).toString('base64url')]));
  writeJson(file, tokens);
  return tokens;
}

export function readTokens(file: string): Tokens {
  const json = readStrictJson(readFileSync(file));
  const read = json.ok ? readShape(shape, json.value) : json;
  if (!read.ok) throw new Error(`the token file is malformed: ${read.refusal.detail}`);
  return read.value;
}
