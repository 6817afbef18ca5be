/** An export is read in pieces of a megabyte into one buffer; what spans two pieces must come out as it went in (V4). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Estate } from '@countersign/seal/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cs } from '../testkit/cli.builder.ts';

const PIECE_BYTES = 1_048_576;
const nowhere = { url: 'http://127.0.0.1:9' };
let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-export-'));
  const estate = new Estate();
  for (let n = 0; n < 60; n += 1) estate.remediate('approved', { prompt: 'x'.repeat(40_000) });
  const file = estate.export();
  expect(file.length).toBeGreaterThan(2 * PIECE_BYTES);
  writeFileSync(at('large.csx'), file);
  writeFileSync(at('1.root.json'), estate.root);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('V4: a sound export that is larger than one read verifies by `cs verify`', async () => {
  const { exit, out, err } = await cs(['verify', at('large.csx'), '--roots', at('1.root.json')], nowhere);
  expect([exit, err]).toEqual([0, '']);
  expect(out).toContain('60 remediations');
});
