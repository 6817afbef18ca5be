/** The record as C2SP tlog-tiles: read from the tables on demand, since perfect subtrees are stored and never change. */
import { refuse, type OrganisationId, type Result } from '@countersign/core';
import {
  encodeEntries,
  encodeTile,
  parseTilePath,
  TILE_WIDTH,
  tileNodes,
  tileWidth,
  type Tile,
} from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { plainText, PRINCIPAL_KINDS, route, type Answer, type RouteDefinition } from '../http/index.ts';
import { cosignedNote, latestCheckpoint } from './checkpoints.ts';
import type { Store } from '../store/schema.ts';
import { readNodes } from './tree.ts';

const PREFIX = '/api/v1/record/log';
/** A path has its level, up to five groups of three digits, and the width of a partial tile. */
const MAX_PARTS = 7;
const NAMES = ['level', 'a', 'b', 'c', 'd', 'e', 'f'] as const;
const FOR_EVER = 'private, max-age=31536000, immutable';

/** Bytes of a tile that a record of `size` entries has; one that is narrower than it could be is as true as ever. */
async function readTile(
  store: Store,
  organisation: OrganisationId,
  { tile, size }: { readonly tile: Tile; readonly size: number },
): Promise<Result<Uint8Array>> {
  if (tileWidth(tile, size) < tile.width) return refuse('not-found', `a record of ${size} entries has no such tile`);
  if (tile.level !== 'entries') return encodeTile(tile, await readNodes(store, organisation, tileNodes(tile)));
  const first = tile.index * TILE_WIDTH;
  const rows = await store
    .selectFrom('leaf')
    .select(['seq', 'bytes'])
    .where('organisation', '=', organisation)
    .where('seq', '>=', first)
    .where('seq', '<', first + tile.width)
    .orderBy('seq')
    .execute();
  const isWhole = rows.length === tile.width && rows.every(({ seq }, place) => seq === first + place);
  return isWhole
    ? { ok: true, value: encodeEntries(rows.map(({ bytes }) => bytes)) }
    : refuse('record-damaged', `entries of ${first} to ${first + tile.width - 1} are missing`, { clause: 'V3' });
}

export function tileRoutes(deps: Deps): readonly RouteDefinition[] {
  return [checkpoint(deps), ...Array.from({ length: MAX_PARTS - 1 }, (_, more) => tileOf(deps, more + 2))];
}

const checkpoint = (deps: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: `${PREFIX}/checkpoint`,
    who: PRINCIPAL_KINDS,
    summary: 'C2SP tlog-tiles: the newest checkpoint as a signed note',
    async handle({ principal: { organisation } }) {
      const newest = await deps.newest.checkpoint(organisation);
      if (newest === undefined) return refuse('not-found', 'the record is empty');
      return { ok: true, value: plainText(cosignedNote(newest), undefined, { 'cache-control': 'no-store' }) };
    },
  });

/** One route for each number of path parts. */
function tileOf(deps: Deps, parts: number): RouteDefinition {
  const names = NAMES.slice(0, parts);
  return route({
    method: 'GET',
    url: `${PREFIX}/tile/${names.map((name) => `:${name}`).join('/')}`,
    // The same people as the entries themselves.
    who: ['person', 'agent', 'witness'],
    summary: 'C2SP tlog-tiles: a tile of hashes, or of entries',
    async handle({ principal: { organisation }, params }) {
      const tile = parseTilePath(`tile/${names.map((name) => params[name] ?? '').join('/')}`);
      if (!tile.ok) return refuse('not-found', tile.refusal.detail);
      const newest = await latestCheckpoint(deps.store, organisation);
      const found = await readTile(deps.store, organisation, { tile: tile.value, size: newest?.size ?? 0 });
      return found.ok ? { ok: true, value: bytesAnswer(found.value) } : found;
    },
  });
}

const bytesAnswer = (bytes: Uint8Array): Answer => ({
  kind: 'stream',
  start: (response) => {
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': bytes.length,
      'cache-control': FOR_EVER,
    });
    response.end(bytes);
  },
});
