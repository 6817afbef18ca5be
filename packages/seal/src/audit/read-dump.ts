/** A dump of the tables of one organisation, a row of JSON a line, as `writeDump` of the control plane writes it. Everything in it is a claim. */
import { ok, type Result } from '@countersign/core';
import type { MerkleNode } from '../compact-range.ts';
import { no } from '../hostile-text.ts';
import { HASH_BYTES } from '../merkle.ts';
import { isJsonObject } from '../statement.ts';
import { readStrictJson, type JsonObject, type JsonValue } from '../strict-json.ts';
import { TILE_LEVELS } from '../tiles.ts';
import type { RecordDump } from './audit-record.ts';
import { word } from './word.ts';

const HEX = /^\\x(?:[0-9a-f]{2})*$/;
const MAX_ROW_BYTES = 134_217_728;

/** `lines` of each table by its name. */
export function readDump(tables: ReadonlyMap<string, readonly string[]>): Result<RecordDump> {
  const read = new Map<string, readonly JsonObject[]>();
  for (const [name, lines] of tables) {
    const rows: JsonObject[] = [];
    for (const [place, line] of lines.entries()) {
      const json = readStrictJson(new TextEncoder().encode(line), {
        maxBytes: MAX_ROW_BYTES,
        allowFloats: true,
        allowInvisible: true,
      });
      if (!json.ok || !isJsonObject(json.value)) return no('malformed', `row ${place + 1} of ${name} is not a row`);
      rows.push(json.value);
    }
    read.set(name, rows);
  }
  return ok(dumpOf(read));
}

function dumpOf(tables: ReadonlyMap<string, readonly JsonObject[]>): RecordDump {
  const rows = (table: string): readonly JsonObject[] => tables.get(table) ?? [];
  const stored = rows('tree_node').flatMap(nodesIn);
  const nodes = new Map(stored.map(({ level, index, hash }) => [`${level}/${index}`, hash]));
  return {
    leaves: rows('leaf').map((row) => ({
      ...(typeof row['seq'] === 'number' && { seq: row['seq'] }),
      bytes: bytesIn(row['bytes']),
      ...(typeof row['body'] === 'string' && { body: bytesIn(row['body']) }),
      columns: row,
    })),
    node: (level, index) => nodes.get(`${level}/${index}`),
    isStored: (level) => level % TILE_LEVELS === 0,
    nodes: stored,
    checkpoints: rows('checkpoint')
      .toSorted((a, b) => Number(a['size']) - Number(b['size']))
      .map((row) => ({ size: Number(row['size']), note: word(row['note']) + linesIn(row['cosignatures']) })),
    documents: rows('document').map((row) => ({ digest: word(row['digest']), bytes: bytesIn(row['bytes']) })),
    tables,
  };
}

/** Neighbours of one level, as many in a row as were written together; a rest that is no whole hash counts as one that nothing leads to. */
function nodesIn({ level, index, hashes }: JsonObject): readonly MerkleNode[] {
  if (typeof level !== 'number' || typeof index !== 'number') return [];
  const bytes = bytesIn(hashes);
  return Array.from({ length: Math.max(1, Math.ceil(bytes.length / HASH_BYTES)) }, (_, place) => ({
    level,
    index: index + place,
    hash: bytes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES),
  }));
}

/** `bytea` as PostgreSQL writes it; what is not gives bytes that no digest fits. */
const bytesIn = (value: unknown): Uint8Array =>
  typeof value === 'string' && HEX.test(value) ? Uint8Array.from(Buffer.from(value.slice(2), 'hex')) : new Uint8Array();

const linesIn = (cosignatures: JsonValue | undefined): string =>
  cosignatures !== undefined && isJsonObject(cosignatures) ? Object.values(cosignatures).map(word).join('') : '';
