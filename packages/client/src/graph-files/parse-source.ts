/** Text of people's own files becomes plain values: YAML, JSON and CSV, each with a limit before and a place for every fault. */
import { parse as parseCsv, CsvError } from 'csv-parse/sync';
import { isMap, isScalar, LineCounter, parseAllDocuments, visit, type Document } from 'yaml';
import type { SourceDocument } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';

/** Before anything is parsed. */
export const MAX_FILE_BYTES: number = 16_777_216;
/** How often an anchor may be repeated: people write hundreds, bombs multiply them. */
const MAX_ALIASES = 1000;
const MAX_DOCUMENTS = 20_000;
const MAX_ROWS = 1_000_001;
const MAX_COLUMNS = 64;
const MAX_FAULTS = 50;

export interface SourceFile {
  /** As people know it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const faulty = (name: string, complaints: readonly { readonly at: string; readonly problem: string }[]): Failure =>
  new Failure(EXIT.failed, {
    code: 'malformed',
    detail: `\`${name}\` cannot be read`,
    complaints: complaints.slice(0, MAX_FAULTS),
  });

export function documentsOf(file: SourceFile): readonly SourceDocument[] {
  const { name, bytes } = file;
  if (bytes.length > MAX_FILE_BYTES)
    throw faulty(name, [{ at: name, problem: `has more than ${MAX_FILE_BYTES} bytes` }]);
  if (name.endsWith('.json')) return [jsonOf(file)];
  const text = textOf(file);
  return name.endsWith('.csv') ? [tableOf(name, text)] : yamlOf(name, text);
}

function textOf({ name, bytes }: SourceFile): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw faulty(name, [{ at: name, problem: 'is not UTF-8' }]);
  }
}

function jsonOf({ name, bytes }: SourceFile): SourceDocument {
  const json = readStrictJson(bytes, { maxBytes: MAX_FILE_BYTES, allowFloats: true, allowInvisible: true });
  if (json.ok) return { at: name, value: json.value };
  const places = json.refusal.complaints ?? [{ at: '', problem: json.refusal.detail }];
  throw faulty(
    name,
    places.map(({ at, problem }) => ({ at: `${name}${at}`, problem })),
  );
}

/** Several documents in one file, each placed by its line. Tags of programming languages and repeated keys are refused. */
function yamlOf(name: string, text: string): readonly SourceDocument[] {
  const lines = new LineCounter();
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  try {
    const parsed = parseAllDocuments(text, {
      lineCounter: lines,
      logLevel: 'error',
      prettyErrors: false,
      resolveKnownTags: false,
      // The library compares every key with every other; ours are counted below.
      uniqueKeys: false,
      merge: true,
    });
    const documents: readonly Document.Parsed[] = 'empty' in parsed ? [] : parsed;
    if (documents.length > MAX_DOCUMENTS)
      throw faulty(name, [{ at: name, problem: `has more than ${MAX_DOCUMENTS} documents` }]);
    const faults = documents.flatMap((document) => [
      ...[...document.errors, ...document.warnings].map(({ pos, message }) => ({
        at: placeOf(pos[0]),
        problem: message,
      })),
      ...repeatedKeys(document).map(({ offset, key }) => ({
        at: placeOf(offset),
        problem: `\`${key}\` is there twice`,
      })),
    ]);
    if (faults.length > 0) throw faulty(name, faults);
    return documents.map((document) => {
      const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
      return { at: `${name}:${lines.linePos(document.contents?.range[0] ?? document.range[0]).line}`, value };
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    // Too deep for the stack, or more repetition of anchors than a person writes.
    const problem =
      error instanceof RangeError ? 'is nested too deep' : error instanceof Error ? error.message : 'is no YAML';
    throw faulty(name, [{ at: name, problem }]);
  }
}

function repeatedKeys(document: Document.Parsed): readonly { readonly offset: number; readonly key: string }[] {
  const repeated: { readonly offset: number; readonly key: string }[] = [];
  visit(document, (_place, node) => {
    if (!isMap(node)) return;
    const seen = new Set<string>();
    for (const { key } of node.items) {
      if (!isScalar(key)) continue;
      const word = String(key.value);
      if (word !== '<<' && seen.has(word)) repeated.push({ offset: key.range?.[0] ?? 0, key: word });
      seen.add(word);
    }
  });
  return repeated;
}

/** Rows as lists of texts, so that no header can name a field of an object. */
function tableOf(name: string, text: string): SourceDocument {
  try {
    const rows: readonly (readonly string[])[] = parseCsv(text, {
      bom: true,
      columns: false,
      relax_column_count: false,
      skip_empty_lines: true,
      trim: true,
      max_record_size: 65_536,
      to: MAX_ROWS,
    });
    if (rows.length === MAX_ROWS) throw faulty(name, [{ at: name, problem: `has ${MAX_ROWS} rows or more` }]);
    if ((rows[0]?.length ?? 0) > MAX_COLUMNS)
      throw faulty(name, [{ at: name, problem: `has more than ${MAX_COLUMNS} columns` }]);
    return { at: name, value: rows };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw faulty(name, [{ at: name, problem: error.message }]);
  }
}
