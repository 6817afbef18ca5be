// V4, C2: whatever is handed to `cs verify` in the place of a bundle is refused before use, in one line, with the place.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { base64, bodies, bundle, leaves, proofOf, root, rootOf } from '../testkit/small-bundle.builder.ts';

const NOWHERE = { url: 'http://127.0.0.1:9' };
let folder = '';
const file = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-verify-'));
  writeFileSync(file('1.root.json'), rootOf(root));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Told = Awaited<ReturnType<typeof cs>>;
const verify = (name: string): Promise<Told> => cs(['verify', name, '--roots', file('1.root.json')], NOWHERE);
const told = (content: string | Uint8Array): Promise<Told> => {
  writeFileSync(file('b.json'), content);
  return verify(file('b.json'));
};
const whole = (): string => Buffer.from(bundle()).toString();

test('the file that all of these are made of verifies', async () => {
  expect((await told(bundle())).exit).toBe(EXIT.ok);
});

test.each<[string, () => string | Uint8Array, string]>([
  ['cut short', () => whole().slice(0, -5), 'an unfinished string or a control character in the string at character'],
  ['empty', () => '', 'a value is missing at character 0'],
  ['no JSON', () => 'bundle', 'at character 0'],
  [
    'with a key twice',
    () => whole().replace('{"payload":', '{"payload":"","payload":'),
    "duplicate key 'payload' at character",
  ],
  ['nested too deep', () => `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'more than 64 levels at character 64'],
  ['with a field nobody knows', () => whole().replace('{', '{"also":1,'), '/also is not a known field'],
  ['with a prototype', () => whole().replace('{', '{"__proto__":{},'), "forbidden key '__proto__' at character 12"],
  ['with a byte order mark', () => `\u{feff}${whole()}`, 'a byte order mark at character 0'],
  [
    'that reads backwards',
    () => whole().replace('P-1', 'P\u{202e}-1'),
    "the invisible character '\\u{202e}' in the string at character 1",
  ],
  [
    'with invisible text',
    () => whole().replace('P-1', 'P\u{200b}-1'),
    "the invisible character '\\u{200b}' in the string at character 1",
  ],
  ['of two documents', () => `${whole()}${whole()}`, 'text after the end of the document at character'],
  [
    'not UTF-8',
    () => Buffer.concat([Buffer.from(whole().slice(0, 50)), Buffer.from([0xff]), Buffer.from(whole().slice(50))]),
    'not UTF-8 at byte 50',
  ],
  ['a zip', () => Buffer.from('PK\u0003\u0004', 'latin1'), 'at character 0'],
])('a file that is %s is refused before use, with the exact reason', async (_what, content, why) => {
  const { exit, out, err } = await told(content());
  expect([exit, out]).toEqual([EXIT.unverified, '']);
  expect(err).toMatch(/^error: [^\n]+\n/);
  expect(err).toContain(why);
  expect(err).not.toMatch(/ at .*\.ts|Error:|internal|[^\n -~]/);
});

test.each([
  ['a proof of another entry', () => ({ proof: proofOf(1) })],
  ['the leaf of another entry', () => ({ leaf: base64(leaves[1]!) })],
  ['the body of another entry', () => ({ body: base64(bodies[1]!) })],
])('V3: %s in the place of the right one is refused, whoever seals the file', async (_what, change) => {
  const { exit, err } = await told(bundle(change()));
  expect([exit, err.split('\n')[0]]).toEqual([EXIT.unverified, expect.stringMatching(/^error: .{10,}/)]);
});

test('a file of any size, and one that never ends, is given up at the limit', async () => {
  writeFileSync(file('b.json'), '');
  truncateSync(file('b.json'), 134_217_729);
  for (const name of [file('b.json'), '/dev/zero']) {
    const { exit, err } = await verify(name);
    expect([exit, err]).toEqual([EXIT.usage, expect.stringContaining('has more than 134217728 bytes')]);
  }
});

test.each([
  ['a folder', () => folder],
  ['nothing', () => file('nowhere.json')],
])('%s where a file should be is said in one line', async (_what, name) => {
  const { exit, out, err } = await verify(name());
  expect([exit === EXIT.ok, out]).toEqual([false, '']);
  expect(err).toMatch(/^error: [^\n]+\n/);
  expect(err).not.toMatch(/ at .*\.ts|Error:/);
});
