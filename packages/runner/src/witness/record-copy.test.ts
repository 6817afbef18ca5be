import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeEntries,
  encodeBase64,
  generateSigner,
  rootFromNodes,
  decodeTile,
  signCheckpoint,
  tilePath,
  tileReader,
  tilesOf,
  type Checkpoint,
} from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { good } from '../testkit/made.ts';
import { RecordCopy } from './record-copy.ts';

const KEY = generateSigner('ed25519');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-copy-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): RecordCopy => good(RecordCopy.open(folder));
const entryOf = (place: number): Uint8Array => Buffer.from(`entry ${place}`);
const sign = (head: Pick<Checkpoint, 'size' | 'root'>): string => signCheckpoint({ origin: 'test', ...head }, KEY);
/** Entries up to this size in one step. */
async function upTo(copy: RecordCopy, size: number): Promise<void> {
  await copy.add(Array.from({ length: size - copy.size }, (_, more) => entryOf(copy.size + more)));
  await copy.keep(sign);
}
const filesIn = (at: string): readonly string[] =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(at.length + 1))
    .toSorted();

/** The folder as anybody reads it: its entries, and whether its tiles lead to its checkpoint. */
function readAsTiles(at: string): { readonly entries: readonly string[]; readonly isTrue: boolean } {
  const [, sizeText = '', root] = readFileSync(join(at, 'checkpoint'), 'utf8').split('\n');
  const size = Number(sizeText);
  const hashes = new Map<string, readonly Uint8Array[]>();
  const entries: string[] = [];
  for (const tile of tilesOf(size)) {
    const bytes = readFileSync(join(at, tilePath(tile)));
    if (tile.level === 'entries') entries.push(...good(decodeEntries(tile, bytes)).map(String));
    else hashes.set(tilePath(tile), good(decodeTile(tile, bytes)));
  }
  return { entries, isTrue: encodeBase64(good(rootFromNodes(tileReader(size, hashes), size))) === root };
}

test('V3: what was kept is there after the machine stopped, and after it was closed it is tiles and nothing else', async () => {
  let copy = open();
  for (const size of [1, 3, 200, 256, 300, 900, 1025]) {
    await upTo(copy, size);
    // Not closed: as a machine that stops leaves it.
    copy = open();
    expect(copy.size).toBe(size);
  }
  await copy.close();
  const { entries, isTrue } = readAsTiles(folder);
  expect([entries.length, entries[1024], isTrue]).toEqual([1025, 'entry 1024', true]);
  const tiles = [...tilesOf(1025)].map(tilePath);
  expect(filesIn(folder)).toEqual(['checkpoint', ...tiles, 'steps.log'].toSorted());
  expect(statSync(join(folder, 'steps.log')).size).toBe(0);
});

test('tiles that were partial when they were published go when they are full', async () => {
  const copy = open();
  for (const size of [10, 255, 256, 600]) {
    await upTo(copy, size);
    await copy.publish();
    expect(filesIn(join(folder, 'tile')).map((name) => `tile/${name}`)).toEqual(
      [...tilesOf(size)].map(tilePath).toSorted(),
    );
  }
  await copy.close();
});

test('a step that was torn is forgotten, and those after it are not', async () => {
  const copy = open();
  await upTo(copy, 5);
  await upTo(copy, 9);
  truncateSync(join(folder, 'steps.log'), statSync(join(folder, 'steps.log')).size - 1);
  const second = open();
  expect(second.size).toBe(5);
  await upTo(second, 7);
  expect(open().size).toBe(7);
  appendFileSync(join(folder, 'steps.log'), 'rubbish that is longer than the head of a step');
  const third = open();
  await upTo(third, 8);
  await open().close();
  expect(readAsTiles(folder)).toMatchObject({ isTrue: true, entries: { length: 8 } });
});

test('steps that became tiles already count for nothing', async () => {
  const copy = open();
  await upTo(copy, 300);
  const steps = readFileSync(join(folder, 'steps.log'));
  await copy.publish();
  writeFileSync(join(folder, 'steps.log'), steps);
  expect(open().size).toBe(300);
});

test('what no note signs is not kept', async () => {
  const copy = open();
  await upTo(copy, 3);
  await copy.add([entryOf(3)]);
  await copy.publish();
  await copy.close();
  expect(open().size).toBe(3);
  const failing = open();
  await failing.add([entryOf(3)]);
  await expect(
    failing.keep(() => {
      throw new Error('not what was seen');
    }),
  ).rejects.toThrow('not what was seen');
  await failing.close();
  expect(open().size).toBe(3);
});

test('a long record that is copied later goes into tiles at once, and counts when it is signed', async () => {
  const large = Array.from({ length: 700 }, (_, place) => Buffer.alloc(30_000, place));
  const copy = open();
  await upTo(copy, 2);
  await copy.add(large);
  await copy.add([entryOf(702)]);
  expect(existsSync(join(folder, 'tile/entries/001'))).toBe(true);
  expect(open().size).toBe(2);
  await copy.keep(sign);
  expect([open().size, statSync(join(folder, 'steps.log')).size]).toEqual([703, 0]);
  await copy.close();
  expect(readAsTiles(folder).isTrue).toBe(true);
});

test('V3: a copy that was changed is not gone on with', async () => {
  const copy = open();
  await upTo(copy, 300);
  await copy.close();
  const whole = mkdtempSync(join(tmpdir(), 'countersign-copy-'));
  cpSync(folder, whole, { recursive: true });
  const edge = [...tilesOf(300)].filter(({ width }) => width < 256).map(tilePath);
  for (const name of ['checkpoint', ...edge]) {
    const bytes = readFileSync(join(whole, name));
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(join(folder, name), bytes);
    const opened = RecordCopy.open(folder);
    expect([name, opened.ok ? 'opened' : opened.refusal.code]).toEqual([name, 'memory-lost']);
    cpSync(join(whole, name), join(folder, name));
  }
  expect(open().size).toBe(300);
  rmSync(whole, { recursive: true });
});
