/**
 * Reads YAML that somebody else wrote: bounded before parsing, no tags, no key twice, few aliases, no number JavaScript would
 * round. What comes out is plain data, and every value knows its line.
 */
import { ok, refuse, type Complaint, type Result } from '@countersign/core';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { pointerOf, type Path, type Place } from './source-map.ts';

const MAX_BYTES = 1_048_576;
const MAX_DEPTH = 32;
const MAX_NODES = 200_000;

export interface YamlSource {
  /** Objects, lists, strings, numbers, booleans; null where nothing was written. */
  readonly data: unknown;
  /** Of the value, or of the nearest thing around it that was written. */
  readonly placeOf: (path: Path) => Place;
  readonly document: Document;
  /** As it was written. */
  readonly text: string;
}

interface Reading {
  readonly document: Document;
  readonly place: (offset: number) => Place;
  readonly complaints: Complaint[];
  nodes: number;
}

/** Every complaint at once, each with line and column. */
export function readYaml(text: string, maxBytes: number = MAX_BYTES): Result<YamlSource> {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxBytes) return refuse('too-large', `the file has ${bytes} bytes, at most ${maxBytes} are read`);
  const lines = new LineCounter();
  const document = parsed(text, lines);
  if (document === undefined) return refuse('malformed', 'the file is nested too deeply');
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const reading: Reading = { document, place, complaints: [], nodes: 0 };
  for (const { pos, message } of [...document.errors, ...document.warnings])
    complain(reading, pos[0], '', firstLine(message));
  const data = reading.complaints.length > 0 ? undefined : plain(reading, document.contents, []);
  if (reading.complaints.length > 0) return malformed(reading.complaints);
  return ok({ data, document, text, placeOf: (path) => place(offsetOf(document, path)) });
}

/** The parser recurses: what is nested deeper than its stack is refused like any other malformed file. */
function parsed(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    const document = parseDocument(text, {
      lineCounter,
      intAsBigInt: true,
      uniqueKeys: true,
      version: '1.2',
      prettyErrors: false,
    });
    return document;
  } catch {
    // Only a stack that ran out throws here; the parser itself collects its errors.
    return undefined;
  }
}

const firstLine = (message: string): string => message.split('\n')[0] ?? message;

const malformed = (complaints: readonly Complaint[]): Result<never> =>
  refuse('malformed', `${complaints.length} thing${complaints.length === 1 ? ' is' : 's are'} wrong with the file`, {
    complaints,
  });

function complain({ place, complaints }: Reading, offset: number, at: string, problem: string): undefined {
  const { line, column } = place(offset);
  complaints.push({ at: `${line}:${column} ${at === '' ? '/' : at}`, problem });
  return undefined;
}

const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

function plain(reading: Reading, node: unknown, path: Path): unknown {
  const at = pointerOf(path);
  reading.nodes += 1;
  if (reading.nodes > MAX_NODES || path.length > MAX_DEPTH)
    return reading.complaints.length > 0
      ? undefined
      : complain(reading, startOf(node), at, 'is nested too deeply or too long');
  if (node === null) return null;
  // Each use of an alias is walked again and counted again: a bomb of aliases ends at the limit above.
  if (isAlias(node)) return plain(reading, node.resolve(reading.document) ?? null, path);
  if (isNode(node) && node.tag !== undefined) return complain(reading, startOf(node), at, 'must not have a tag');
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name === undefined) complain(reading, startOf(key), at, 'has a key that is no text');
      return [name ?? '', plain(reading, value, [...path, name ?? ''])] as const;
    });
    return Object.fromEntries(entries);
  }
  if (isSeq(node)) return node.items.map((item, position) => plain(reading, item, [...path, position]));
  return isScalar(node) ? scalar(reading, node.value, { offset: startOf(node), at }) : undefined;
}

function scalar(reading: Reading, value: unknown, where: { readonly offset: number; readonly at: string }): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    return complain(reading, where.offset, where.at, 'is an integer beyond 2^53-1, which would be rounded');
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    return complain(reading, where.offset, where.at, 'must be a whole number, not a fraction');
  return value;
}

/** Start of the value, of its key where it has none, of what is around it where it is missing. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      offset = startOf(pair.key);
      node = pair.value;
      if (isScalar(node)) offset = node.range?.[0] ?? offset;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (node === undefined) return offset;
      offset = startOf(node);
    } else return offset;
  }
  return offset;
}
