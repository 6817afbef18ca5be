import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { integer } from '@countersign/core';
import { readBounded, readPlanted } from '../preflight/read-file.ts';
import { until } from '../testkit/runner-house.ts';
import { DropFolder, watchFolder } from './drop-folder.ts';

const fresh = (): DropFolder => new DropFolder(mkdtempSync(join(tmpdir(), 'countersign-drop-')));

test('X5: whatever is called HALT stops: a file, a folder, a link that leads nowhere', () => {
  const [file, folder, link, none] = [fresh(), fresh(), fresh(), fresh()];
  writeFileSync(file.at('HALT'), '');
  mkdirSync(folder.at('HALT'));
  symlinkSync('/nowhere', link.at('HALT'));
  expect([file, folder, link, none].map((one) => one.hasHalt())).toEqual([true, true, true, false]);
});

test('only whole documents with a plain name are looked at, in the order of their names', () => {
  const folder = fresh();
  for (const name of ['b.json', 'a.json', '.a.json.part', 'a.json.new', 'a.txt', 'ä.json'])
    writeFileSync(folder.at(name), '{}');
  mkdirSync(folder.at('c.json'));
  symlinkSync('/etc/hostname', folder.at('d.json'));
  expect(folder.names()).toEqual(['a.json', 'b.json']);
});

/** False when the folder refuses the name. */
function tryPut(folder: DropFolder, name: string): boolean {
  try {
    folder.put(name, '{}');
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

test('T22: no name leads out of the folder (any name)', () => {
  const folder = fresh();
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' }), (text) => {
      const name = `${text}.json`;
      const isTaken = tryPut(folder, name);
      expect(isTaken && folder.names().includes(name)).toBe(isTaken);
      expect(isTaken && /[/\\]|^\./.test(name)).toBe(false);
      if (isTaken) folder.remove(name);
    }),
    { numRuns: 300 },
  );
  expect(readdirSync(folder.path)).toEqual([]);
});

test('T22: a link planted where a document is written first is replaced, not followed', () => {
  const folder = fresh();
  const precious = join(mkdtempSync(join(tmpdir(), 'countersign-drop-')), 'precious');
  writeFileSync(precious, 'as it was');
  symlinkSync(precious, folder.at('.a.json.part'));
  folder.put('a.json', '{}');
  expect([readFileSync(precious, 'utf8'), readFileSync(folder.at('a.json'), 'utf8')]).toEqual(['as it was', '{}']);
  expect(folder.names()).toEqual(['a.json']);
  // What a crash left half written is in nobody's way.
  writeFileSync(folder.at('.b.json.part'), '{"half');
  folder.put('b.json', '{}');
  expect(folder.names()).toEqual(['a.json', 'b.json']);
});

test('T22: a document that became a link after the folder was looked through is not read', () => {
  const folder = fresh();
  const elsewhere = join(mkdtempSync(join(tmpdir(), 'countersign-drop-')), 'real.json');
  writeFileSync(elsewhere, '7');
  symlinkSync(elsewhere, folder.at('a.json'));
  folder.put('b.json', '8');
  const seven = integer({ min: 0, max: 9 });
  expect(['a.json', 'b.json'].map((name) => folder.read(name, seven, 100).ok)).toEqual([false, true]);
});

test('a document moves as it is, and one that is gone is no error', () => {
  const [from, to] = [fresh(), fresh()];
  writeFileSync(from.at('a.json'), Buffer.from([0xff, 0xfe, 0x00]));
  from.moveTo(to, 'a.json');
  from.moveTo(to, 'a.json');
  from.remove('a.json');
  expect([...readFileSync(to.at('a.json'))]).toEqual([0xff, 0xfe, 0x00]);
  expect(from.writtenMs('a.json')).toBeUndefined();
});

test('a watch calls again for what comes while it looks, and never twice at once', async () => {
  const folder = fresh();
  let [looks, atOnce, most] = [0, 0, 0];
  const watching = watchFolder(
    folder,
    async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      looks += 1;
      if (looks === 1) folder.put('a.json', '{}');
      await new Promise((resolve) => void setImmediate(resolve));
      atOnce -= 1;
    },
    20,
  );
  await until('three looks', () => looks >= 3);
  watching.close();
  expect(most).toBe(1);
});

const said = (read: ReturnType<typeof readBounded>): string =>
  read.ok ? Buffer.from(read.value).toString() : read.refusal.code;

test('X1: a device or a pipe is not read, a link only where the enclave itself made it', () => {
  const folder = fresh();
  writeFileSync(folder.at('real'), 'text');
  symlinkSync('real', folder.at('link'));
  expect(said(readBounded(folder.at('link'), 10))).toBe('text');
  expect(said(readPlanted(folder.at('link'), 10))).toBe('unreadable');
  expect(said(readBounded('/dev/zero', 10))).toBe('unreadable');
  expect(said(readBounded(folder.at('real'), 3))).toBe('too-large');
});
