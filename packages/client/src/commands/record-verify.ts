/**
 * `cs record verify DIR`: an exported record, or the dump of a database, held against keys and checkpoints that the auditor kept. Offline.
 * Every entry, node, body and row that is not as it was signed is named (V3, T10).
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  auditRecord,
  decodeEntries,
  parseTlogProof,
  readCheckpoint,
  readDump,
  rootNodes,
  tilesOf,
  type AuditReport,
  type RecordDump,
} from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, unverified } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { readLogKeys } from '../record/key-file.ts';
import { nodesInFolder, readTileFile } from '../record/tile-folder.ts';

export interface VerifyOptions {
  readonly keys: string;
  readonly quorum: number;
  readonly known: readonly string[];
}

const MAX_TABLE_BYTES = 1_073_741_824;
const MAX_SHOWN = 200;

export async function recordVerify(
  { output, settings }: Context,
  folder: string,
  { keys, quorum, known }: VerifyOptions,
): Promise<ExitCode> {
  const trust = readLogKeys(keys, quorum);
  const dump = existsSync(join(folder, 'leaf.jsonl')) ? dumpIn(folder) : tilesIn(folder);
  const report = auditRecord(dump, { trust, known: known.map(noteIn) });
  if (settings.isJson) output.json(report);
  else output.lines(linesOf(report));
  return report.findings.length === 0 ? EXIT.ok : EXIT.unverified;
}

function linesOf({ findings, size, checked }: AuditReport): readonly string[] {
  const looked = `${size} entries, ${checked.documents} bodies, ${checked.checkpoints} checkpoints, ${checked.rows} rows`;
  if (findings.length === 0) return [`unharmed: ${looked}`];
  const shown = findings
    .slice(0, MAX_SHOWN)
    .map(({ harm, at, detail }) => `${harm}  ${safe(at, 200)}: ${safe(detail, 300)}`);
  return [`${findings.length} findings in ${looked}`, ...shown];
}

/** A `.tlog-proof`, or a checkpoint as it was signed. */
function noteIn(file: string): string {
  const written = readBounded(file, 262_144).toString('utf8');
  const proof = parseTlogProof(written);
  return proof.ok ? proof.value.checkpoint : written;
}

function readBounded(file: string, maxBytes: number): Buffer {
  if (statSync(file).size > maxBytes)
    throw new Failure(EXIT.usage, { code: 'too-large', detail: `${safe(file)} is larger than ${maxBytes} bytes` });
  return readFileSync(file);
}

/** A table a file, a row a line. */
function dumpIn(folder: string): RecordDump {
  const names = readdirSync(folder).filter((name) => /^[a-z_]{1,60}\.jsonl$/.test(name));
  const tables = names.map((name): [string, readonly string[]] => {
    const written = readBounded(join(folder, name), MAX_TABLE_BYTES).toString('utf8');
    return [name.slice(0, -'.jsonl'.length), written.split('\n').filter((line) => line !== '')];
  });
  const dump = readDump(new Map(tables));
  if (!dump.ok) throw unverified(dump.refusal);
  return dump.value;
}

/** C2SP tiles. A tile that is missing or cut leaves its entries missing: the audit names them. */
function tilesIn(folder: string): RecordDump {
  const note = readBounded(join(folder, 'checkpoint'), 262_144).toString('utf8');
  const read = readCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));
  if (!read.ok) throw unverified(read.refusal);
  const { size } = read.value;
  const leaves = [...tilesOf(size)].flatMap((tile) => {
    const bytes = tile.level === 'entries' ? readTileFile(folder, tile) : undefined;
    const entries = bytes === undefined ? undefined : decodeEntries(tile, bytes);
    return entries?.ok === true
      ? entries.value.map((entry, place) => ({ seq: tile.index * 256 + place, bytes: entry }))
      : [];
  });
  const stored = [...tilesOf(size)].flatMap(({ level, index, width }) =>
    level === 'entries'
      ? []
      : Array.from({ length: width }, (_, place) => ({ level: level * 8, index: index * 256 + place })),
  );
  return {
    leaves,
    node: nodesInFolder(folder, [...stored, ...rootNodes(size)], size),
    isStored: (level) => level % 8 === 0,
    checkpoints: [{ note }],
    documents: bodiesIn(join(folder, 'bodies')),
    tables: new Map(),
  };
}

function bodiesIn(folder: string): RecordDump['documents'] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((name) => ({ digest: `sha256:${name}`, bytes: readBounded(join(folder, name), MAX_TABLE_BYTES) }));
}
