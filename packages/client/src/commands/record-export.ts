/**
 * `cs record export-tiles DIR --purpose TEXT`: the whole record as C2SP tlog-tiles with its checkpoint and the bodies that are still kept. What is
 * there already is not asked for again; a partial tile goes when the full one is there.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeBase64, decodeEntries, digestOf, TILE_WIDTH, tilePath, tilesOf, type Tile } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';

const BODY_PAGE = 500;

export async function exportTiles(context: Context, folder: string, purpose: string): Promise<ExitCode> {
  const { client, output, settings } = context;
  const { size, note } = await client.checkpoint();
  if (note === undefined) throw unverified({ code: 'not-found', detail: 'the record is empty', clause: 'V3' });
  let tiles = 0;
  for (const tile of tilesOf(size)) {
    const file = join(folder, tilePath(tile));
    if (existsSync(file)) continue;
    put(file, checked(tile, await client.tile(tilePath(tile))));
    if (tile.width === TILE_WIDTH) rmSync(`${file}.p`, { recursive: true, force: true });
    tiles += 1;
  }
  const bodies = await exportBodies(context, folder, { size, purpose });
  // Last, so that a folder that was left half done never promises what it has not got.
  put(join(folder, 'checkpoint'), Buffer.from(note));
  if (settings.isJson) output.json({ folder, size, tiles, bodies });
  else output.line(`${safe(folder)}  ${size} entries, ${tiles} new tiles, ${bodies} new bodies`);
  output.note(`check it with: cs record verify ${safe(folder)} --keys FILE`);
  return EXIT.ok;
}

function checked(tile: Tile, bytes: Uint8Array): Uint8Array {
  const isWhole = tile.level === 'entries' ? decodeEntries(tile, bytes).ok : bytes.length === tile.width * 32;
  if (isWhole) return bytes;
  throw unverified({ code: 'record-damaged', detail: `${tilePath(tile)} is not whole`, clause: 'V3' });
}

/** Under the name of their digest: a body that is not what its leaf names is not kept. */
async function exportBodies(
  { client }: Context,
  folder: string,
  { size, purpose }: { readonly size: number; readonly purpose: string },
): Promise<number> {
  let bodies = 0;
  for (let from = 0; from < size; from += BODY_PAGE) {
    const { entries } = await client.entries(from, BODY_PAGE, purpose);
    for (const { body } of entries) {
      const bytes = body === undefined ? undefined : decodeBase64(body);
      if (bytes === undefined) continue;
      const file = join(folder, 'bodies', digestOf(bytes).slice('sha256:'.length));
      if (existsSync(file)) continue;
      put(file, bytes);
      bodies += 1;
    }
  }
  return bodies;
}

/** Nobody reads a file that is half written. */
function put(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
}
