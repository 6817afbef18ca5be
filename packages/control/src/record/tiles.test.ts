import {
  cosignCheckpoint,
  decodeEntries,
  decodeTile,
  leafHash,
  openCheckpoint,
  tileNodes,
  tilePath,
  tilesOf,
  verifyInclusion,
  inclusionProof,
  CompactRange,
} from '@countersign/seal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { checkpointTrust, recorder } from '../testkit/record.ts';
import { makeWorld, NOON_MS, witnessName } from '../testkit/world.ts';

const world = makeWorld();
const other = makeWorld('globex');
let database: TestDatabase;
let control: TestControl;
const { record } = recorder(() => control, world);
const get = (path: string, by = 'person:kim', from = world) =>
  control.ask(by, 'GET', `/api/v1/record/log/${path}`, { world: from });

beforeAll(async () => {
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world, other] });
  await control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle() } });
  await record(300);
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});

test('V3: from checkpoint and tiles over HTTP anybody builds the record and its proofs again', async () => {
  const answer = await get('checkpoint');
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
  const opened = openCheckpoint(answer.body, checkpointTrust(world, 0));
  if (!opened.ok) throw new Error(opened.refusal.detail);
  const { size, root } = opened.value;
  expect(size).toBeGreaterThan(300);
  const nodes = new Map<string, Uint8Array>();
  let range = CompactRange.empty;
  for (const tile of tilesOf(size)) {
    const found = await get(tilePath(tile));
    expect([tilePath(tile), found.statusCode, found.headers['content-type']]).toEqual([
      tilePath(tile),
      200,
      'application/octet-stream',
    ]);
    const bytes = Uint8Array.from(found.rawPayload);
    const decoded = tile.level === 'entries' ? decodeEntries(tile, bytes) : decodeTile(tile, bytes);
    if (!decoded.ok) throw new Error(decoded.refusal.detail);
    if (tile.level !== 'entries')
      for (const [place, { level, index }] of tileNodes(tile).entries())
        nodes.set(`${level}/${index}`, decoded.value[place] ?? new Uint8Array());
    else
      for (const entry of decoded.value) {
        const appended = range.append(leafHash(entry));
        for (const node of appended.nodes) nodes.set(`${node.level}/${node.index}`, node.hash);
        ({ range } = appended);
      }
  }
  expect(range.root()).toEqual(root);
  const proof = inclusionProof((level, index) => nodes.get(`${level}/${index}`), 7, size);
  const leaf = nodes.get('0/7') ?? new Uint8Array();
  expect(proof.ok && verifyInclusion({ index: 7, size, leaf, proof: proof.value, root }).ok).toBe(true);
  expect(cosignCheckpoint(answer.body, { name: witnessName, signer: world.keys.witness }, NOON_MS / 1000).ok).toBe(
    true,
  );
});

test('a narrower tile of an earlier size stays what it was; a wider one is not there yet', async () => {
  const wide = await get('tile/0/000');
  const narrow = await get('tile/0/000.p/9');
  expect(wide.rawPayload.subarray(0, 9 * 32)).toEqual(narrow.rawPayload);
  for (const path of [
    'tile/0/001.p/255',
    'tile/0/001',
    'tile/0/002.p/1',
    'tile/1/000',
    'tile/2/000.p/1',
    'tile/entries/009',
  ])
    expect([path, (await get(path)).statusCode]).toEqual([path, 404]);
  for (const path of [
    'tile/00/000',
    'tile/0/0',
    'tile/0/000.p/256',
    'tile/x/000',
    'tile/0/x001/x002/x003/x004/x005/006/7/8',
  ])
    expect([path, (await get(path)).statusCode]).toEqual([path, 404]);
});

test('O3: another organisation sees its own log, and who may not read entries sees no tile', async () => {
  const mine = await get('tile/entries/000.p/1');
  const theirs = await get('tile/entries/000.p/1', 'person:kim', other);
  expect(theirs.statusCode).toBe(200);
  expect(theirs.rawPayload).not.toEqual(mine.rawPayload);
  expect((await get('tile/entries/000', 'person:kim', other)).statusCode).toBe(404);
  expect((await get('tile/entries/000', 'enclave:prod-1')).statusCode).toBe(403);
  expect((await control.ask(undefined, 'GET', '/api/v1/record/log/tile/0/000')).statusCode).toBe(401);
});
