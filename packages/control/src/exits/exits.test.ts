/**
 * T20: a word is planted wherever a text can enter, then every exit of control is walked as every kind of caller. Each word comes out only
 * where its statement says, and nothing that the mode of an enclave holds inside comes out anywhere.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signerPem } from '@countersign/seal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUrl, world } from '../flow/desk.builder.ts';
import { canary, kindsIn, KINDS, type Kind } from './canaries.builder.ts';
import { MASK, NO_MASK } from './planted.builder.ts';
import { DOOR, SHOWN, SILENT } from './statements.builder.ts';
import type { Seen } from './walk.builder.ts';
import { walked, type Walked } from './walked.builder.ts';

/** Each kind that a reader got at a route whose statement does not give it to them. */
const leaksIn = (seen: readonly Seen[]): readonly string[] => [
  ...new Set(
    seen.flatMap(({ route, reader, kinds }) =>
      [...kinds]
        .filter((kind) => !(SHOWN[route]?.shows[kind] ?? []).includes(reader))
        .map((kind) => `${route}: ${kind} to ${reader}`),
    ),
  ),
];

const toStranger = (kind: Kind): Seen => ({
  route: 'GET /api/v1/health',
  reader: 'stranger',
  status: 200,
  kinds: new Set([kind]),
  layers: [],
});

describe('T20, V2, V6: with the masks on', () => {
  let all: Walked;
  beforeAll(async () => {
    all = await walked(MASK);
  });
  afterAll(() => all.stop());

  test('every route has a statement, and every statement a route', () => {
    const mounted = all.routes.map(({ method, url }) => `${method} ${url}`);
    expect(mounted.length).toBeGreaterThan(100);
    expect(mounted.toSorted()).toEqual([...Object.keys(SHOWN), ...SILENT].toSorted());
    expect(all.door.map(({ method, url }) => `${method} ${url}`).toSorted()).toEqual(DOOR.toSorted());
  });

  test('each word comes out only where its statement gives it to that reader', () => {
    expect(leaksIn(all.seen)).toEqual([]);
    const answered = all.seen.filter(({ status }) => status < 300);
    expect(answered.length).toBeGreaterThan(300);
  });

  test('the walk looked: whatever a statement gives was found there by somebody', () => {
    const found = new Set(all.seen.flatMap(({ route, kinds }) => [...kinds].map((kind) => `${route}: ${kind}`)));
    const stated = Object.entries(SHOWN).flatMap(([route, { shows }]) =>
      Object.keys(shows).map((kind) => `${route}: ${kind}`),
    );
    expect(stated.filter((one) => !found.has(one))).toEqual([]);
  });

  test('V6: what an enclave sent as evidence is read only where the reading is an entry of the record', () => {
    const bare = Object.entries(SHOWN).filter(([, { shows, isRecorded }]) => {
      const isEvidence = (['evidence', 'detail'] as const).some((kind) => shows[kind] !== undefined);
      return isEvidence && isRecorded !== true;
    });
    expect([bare, all.unrecorded]).toEqual([[], []]);
  });

  test('no answer holds a token, a private key or the password of the database', () => {
    const { password } = new URL(databaseUrl());
    const pems = Object.values(world.keys).map((key) => signerPem(key).split('\n')[1] ?? '');
    const secrets = [...Object.values(world.tokens), ...pems, ...(password === '' ? [] : [password])];
    expect(secrets.every((secret) => secret.length > 7)).toBe(true);
    const told = all.seen.filter(({ layers }) =>
      layers.some((text) => secrets.some((secret) => text.includes(secret))),
    );
    expect(told.map(({ route, reader }) => `${route} ${reader}`)).toEqual([]);
  });

  test('no line that is logged holds a word', () => {
    expect([...kindsIn(all.reports)]).toEqual([]);
  });
});

test('T20: with the mask of the enclave off, the walk finds what should have stayed inside', async () => {
  const all = await walked(NO_MASK);
  const leaks = leaksIn(all.seen);
  await all.stop();
  expect(leaks).toContain('GET /api/v1/export: held to person');
  expect(leaks).toContain('GET /api/v1/proposals/{id}/bundle: held to person');
});

test('T20: a route that shows what its statement does not give is found out, whatever it is', () => {
  expect(leaksIn(KINDS.map(toStranger))).toHaveLength(KINDS.length);
});

test('T20: the search finds a word as it stands, in base64 and in base64 inside that', () => {
  const word = `before ${canary('held')} behind`;
  const once = Buffer.from(word).toString('base64');
  const twice = Buffer.from(JSON.stringify({ payload: once })).toString('base64url');
  for (const text of [word, once, twice]) expect([...kindsIn(text)]).toEqual(['held']);
});

test('V2: control opens a connection outward in one place, to the identity providers it was told of; there is no other sender', () => {
  const folder = join(import.meta.dirname, '..');
  const files = globSync('**/*.ts', { cwd: folder }).filter(
    (file) => !/\.(?:test|builder|main)\.ts$|^testkit\//.test(file),
  );
  expect(files.length).toBeGreaterThan(150);
  const OUTWARD =
    /\bfetch\(|import \{(?! type)[^}]*\b(?:request|connect|createConnection|get)\b[^}]*\} from 'node:(?:https?|http2|net|tls|dgram)'/;
  expect(files.filter((file) => OUTWARD.test(readFileSync(join(folder, file), 'utf8')))).toEqual([
    'identity/guarded-fetch.ts',
  ]);
});
