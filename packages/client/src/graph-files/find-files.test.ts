import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesOf } from './find-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-graph-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string = 'x'): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const found = (...endings: readonly string[]): readonly string[] =>
  filesOf(folder, endings).map(({ name }) => relative(folder, name));

test('a file is itself, whatever its name', () => {
  const path = write('notes.txt', 'hello');
  expect(filesOf(path, ['.yaml']).map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([
    [path, 'hello'],
  ]);
});

test('a folder is its fitting files, folders inside it too, always in the same order', () => {
  for (const name of ['b.yaml', 'a.yml', 'readme.md', 'sub/c.yaml', 'sub/deep/d.yaml', 'z.json']) write(name);
  expect(found('.yaml', '.yml')).toEqual(['a.yml', 'b.yaml', 'sub/c.yaml', 'sub/deep/d.yaml']);
});

test('links are not followed out of a folder', () => {
  const outside = mkdtempSync(join(tmpdir(), 'cs-outside-'));
  writeFileSync(join(outside, 'secret.yaml'), 'x');
  write('a.yaml');
  symlinkSync(outside, join(folder, 'linked'));
  symlinkSync(join(outside, 'secret.yaml'), join(folder, 'secret.yaml'));
  expect(found('.yaml')).toEqual(['a.yaml']);
  rmSync(outside, { recursive: true });
});

test('a folder without a fitting file, too deep or with something too large is refused', () => {
  write('a.md');
  expect(() => found('.yaml', '.yml')).toThrow('ends with .yaml or .yml');
  write(`${'d/'.repeat(17)}x.yaml`);
  expect(() => found('.yaml')).toThrow('nested more than 16 folders deep');
  expect(() => filesOf(write('large.csv', 'x'.repeat(16_777_217)), ['.csv'])).toThrow('more than 16777216 bytes');
});
