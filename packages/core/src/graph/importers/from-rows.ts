/**
 * Our own plain forms. CSV: one header line; a table with `from` and `to` holds edges, one with `id` holds nodes. JSON: the same
 * fields as in the snapshot, in lists `nodes` and `edges`. Columns and fields are listed in `docs/guide/graph-owner.md`.
 */
import type { Result } from '../../shared/result.ts';
import { EDGE_KINDS, type EdgeKind } from '../graph.ts';
import { fittingLabels, ownerFields } from './owner-fields.ts';
import { PartBuilder, under } from './part-builder.ts';
import type { ImportedPart, ImportOptions, SourceDocument } from './part.ts';
import { countOf, entriesIn, inside, isRecord, itemsIn, wordOf, wordsIn } from './read-value.ts';

/** One row or object of either form: values by name in our own spelling, e.g. `data-classes`. */
interface Row {
  readonly at: string;
  readonly get: (name: string) => unknown;
  readonly labels: ReadonlyMap<string, string>;
}

const NODE_COLUMNS: readonly string[] = [
  'id',
  'kind',
  'tier',
  'environment',
  'site',
  'zone',
  'cidr',
  'owner',
  'data-classes',
  'labels',
  'addresses',
  'paths',
  'capacity',
  'min-healthy',
  'entry-point',
  'citizens',
  'statutory-hours',
];
const EDGE_COLUMNS: readonly string[] = ['from', 'to', 'kind', 'hard', 'observed', 'traffic', 'per-minute'];
const MAX_TRAFFIC = 120;
const MAX_PER_MINUTE = 1_000_000_000_000;

/** Each document is a table: a list of rows, each a list of texts, the first one the header. */
export function fromCsv(documents: readonly SourceDocument[], options: ImportOptions = {}): Result<ImportedPart> {
  const builder = new PartBuilder();
  for (const document of documents) readTable(document, builder, options);
  return builder.done();
}

function readTable({ at, value }: SourceDocument, builder: PartBuilder, options: ImportOptions): void {
  const [header, ...rows] = itemsIn(value);
  const columns = itemsIn(header).map((name) => (wordOf(name) ?? '').toLowerCase().replaceAll('_', '-'));
  const isEdges = columns.includes('from') && columns.includes('to');
  if (!isEdges && !columns.includes('id')) return builder.refuse(at, 'the header must name `id`, or `from` and `to`');
  const known = isEdges ? EDGE_COLUMNS : NODE_COLUMNS;
  columns.forEach((name, column) => {
    if (columns.indexOf(name) < column) builder.refuse(at, `column \`${name}\` is there twice`);
    else if (!known.includes(name)) builder.find('ignored', at, name, 'we have no such column');
  });
  rows.forEach((cells, index) => {
    if (builder.isFull) return;
    const row = rowOf(columns, itemsIn(cells), `${at} row ${index + 2}`);
    if (isEdges) addEdge(row, builder);
    else addNode(row, builder, options);
  });
}

const rowOf = (columns: readonly string[], cells: readonly unknown[], at: string): Row => {
  const get = (name: string): unknown => {
    const column = columns.indexOf(name);
    return column === -1 ? undefined : cells[column];
  };
  return { at, get, labels: labelsIn(wordOf(get('labels')) ?? '') };
};

/** `os=linux;version=12`. */
const labelsIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split(';').flatMap((pair): [string, string][] => {
      const sign = pair.indexOf('=');
      return sign < 1 ? [] : [[pair.slice(0, sign).trim(), pair.slice(sign + 1).trim()]];
    }),
  );

/** Names of JSON fields that differ from ours. */
const JSON_NAMES: ReadonlyMap<string, string> = new Map([
  ['data-classes', 'dataClasses'],
  ['min-healthy', 'minHealthy'],
  ['entry-point', 'isEntryPoint'],
  ['statutory-hours', 'statutoryHours'],
  ['hard', 'isHard'],
  ['observed', 'isObserved'],
  ['per-minute', 'perMinute'],
]);

/** Each document is an object with `nodes` and `edges`; a graph snapshot is one too. Its version and date are not taken over. */
export function fromJson(documents: readonly SourceDocument[], options: ImportOptions = {}): Result<ImportedPart> {
  const builder = new PartBuilder();
  for (const { at, value } of documents) {
    if (!isRecord(value) || !(Array.isArray(inside(value, 'nodes')) || Array.isArray(inside(value, 'edges')))) {
      builder.refuse(at, 'must be an object with the lists `nodes` and `edges`');
      continue;
    }
    itemsIn(value, 'nodes').forEach((node, index) => {
      if (!builder.isFull) addNode(jsonRow(node, under(at, 'nodes', index), builder, NODE_COLUMNS), builder, options);
    });
    itemsIn(value, 'edges').forEach((edge, index) => {
      if (!builder.isFull) addEdge(jsonRow(edge, under(at, 'edges', index), builder, EDGE_COLUMNS), builder);
    });
  }
  return builder.done();
}

function jsonRow(value: unknown, at: string, builder: PartBuilder, known: readonly string[]): Row {
  const names = new Set(known.map((name) => JSON_NAMES.get(name) ?? name));
  for (const [name] of entriesIn(value))
    if (!names.has(name)) builder.find('ignored', at, name, 'we have no such field');
  const get = (name: string): unknown => {
    const found = inside(value, JSON_NAMES.get(name) ?? name);
    const units = name === 'capacity' && isRecord(found) ? [inside(found, 'units'), inside(found, 'used')] : undefined;
    return units === undefined ? found : units.map((count) => wordOf(count) ?? '').join('/');
  };
  return { at, get, labels: wordsIn(value, 'labels') };
}

function addNode({ at, get, labels }: Row, builder: PartBuilder, options: ImportOptions): void {
  const name = wordOf(get('id'));
  if (name === undefined) return builder.refuse(at, 'the node has no id');
  const kind = wordOf(get('kind'));
  if (kind === undefined) builder.find('unknown-kind', at, name, 'no kind is given; read as a service');
  const words = { at, subject: name, get };
  builder.node(
    name,
    { kind: 'service', ...ownerFields(words, builder, options), ...fittingLabels(labels, builder, words) },
    at,
  );
}

function addEdge({ at, get }: Row, builder: PartBuilder): void {
  const [from, to] = [wordOf(get('from')), wordOf(get('to'))];
  if (from === undefined || to === undefined) return builder.refuse(at, 'the edge has no from or no to');
  const isHard = truth(get('hard'), 'hard', at, builder);
  const isObserved = truth(get('observed'), 'observed', at, builder);
  const traffic = wordOf(get('traffic'));
  const rate = get('per-minute');
  const perMinute = countOf(rate);
  if (traffic !== undefined && traffic.length > MAX_TRAFFIC)
    builder.refuse(at, `traffic must have at most ${MAX_TRAFFIC} characters`);
  if (wordOf(rate) !== undefined && (perMinute === undefined || perMinute > MAX_PER_MINUTE))
    builder.refuse(at, 'per-minute must be a whole number');
  builder.edge(
    {
      from,
      to,
      kind: kindOf(get('kind'), from, at, builder),
      ...(isHard !== undefined && { isHard }),
      ...(isObserved === true && { isObserved }),
      ...(traffic !== undefined && { traffic }),
      ...(perMinute !== undefined && { perMinute }),
    },
    at,
    true,
  );
}

/** A kind we do not know is read as the one that restricts most. */
function kindOf(value: unknown, from: string, at: string, builder: PartBuilder): EdgeKind {
  const word = wordOf(value)?.toLowerCase();
  const kind = EDGE_KINDS.find((one) => one === word);
  if (kind !== undefined) return kind;
  builder.find('unknown-kind', at, from, `\`${word ?? ''}\` is not a kind of edge; read as depends-on`);
  return 'depends-on';
}

function truth(value: unknown, name: string, at: string, builder: PartBuilder): boolean | undefined {
  const word = wordOf(value)?.toLowerCase();
  if (word === undefined) return undefined;
  if (word !== 'true' && word !== 'false') builder.refuse(at, `${name} must be true or false`);
  return word === 'true';
}
