/** One random thing an administrator of the database may do to it, with the rows that have to be named for it. */
import type { Dump } from './dump.ts';

type Row = Record<string, unknown>;
export interface Harmed {
  readonly dump: Dump;
  readonly what: string;
  /** One of these is enough. */
  readonly rows: readonly string[];
}

/** Columns that the record answers for, by table; the others are views of these, or say only when something was stored. */
const ANSWERED: Readonly<Record<string, readonly string[]>> = {
  leaf: ['bytes', 'event', 'subject', 'correlation', 'body'],
  tree_node: ['hashes'],
  checkpoint: ['note', 'size', 'cosignatures'],
  document: ['bytes', 'digest'],
  trust_bundle: ['digest', 'metadata'],
  envelope_version: ['digest', 'dsse'],
  graph_version: ['digest', 'dsse'],
  proposal: ['document', 'agent', 'revision', 'change_digest'],
  decision: ['document', 'verdict', 'stage', 'revision', 'proposal'],
  capsule: ['dsse', 'purpose', 'risk', 'proposal', 'id', 'enclave'],
  approval: ['dsse', 'role'],
  validation: ['dsse', 'is_passed', 'proposal'],
  rollout: ['phase', 'proposal'],
  progress: ['dsse'],
};
const NAMES: Readonly<Record<string, readonly string[]>> = {
  leaf: ['seq'],
  tree_node: ['level', 'index'],
  checkpoint: ['size'],
  document: ['digest'],
  trust_bundle: ['version'],
  envelope_version: ['version'],
  graph_version: ['version'],
  proposal: ['id'],
  decision: ['digest'],
  capsule: ['digest'],
  approval: ['capsule', 'person'],
  validation: ['capsule'],
  rollout: ['capsule'],
  progress: ['capsule', 'first'],
};

/** A row of nodes holds several, 32 bytes each, and the one that was changed is named. */
const namesOf = (table: string, row: Row): readonly string[] =>
  table === 'tree_node'
    ? Array.from({ length: countIn(row) }, (_, place) => nameOf(table, { ...row, index: Number(row['index']) + place }))
    : [nameOf(table, row)];
const countIn = ({ hashes }: Row): number => (String(hashes).length - '\\x'.length) / 64;

const nameOf = (table: string, row: Row): string =>
  `${table} ${(NAMES[table] ?? []).map((name) => String(row[name])).join('/')}`;

function rowOf(line: string): Row {
  const row: unknown = JSON.parse(line);
  return typeof row === 'object' && row !== null ? Object.fromEntries(Object.entries(row)) : {};
}

export function aHarm(untouched: Dump, seed: number): Harmed {
  const random = randomFrom(seed);
  const tables = new Map([...untouched].map(([name, rows]) => [name, rows.map(rowOf)]));
  const kind = pick(random, ['edit', 'edit', 'edit', 'delete', 'insert', 'reorder', 'rollback']);
  const filled = Object.keys(ANSWERED).filter((name) => (tables.get(name)?.length ?? 0) > 0);
  const done = HARMS[kind]?.({ tables, random, table: pick(random, filled) });
  if (done === undefined) throw new Error(`nobody knows how to ${kind}`);
  const dump = new Map([...tables].map(([name, rows]) => [name, rows.map((row) => JSON.stringify(row))]));
  return { dump, what: `${kind} ${done.what}`, rows: done.rows };
}

interface Doing {
  readonly tables: Map<string, Row[]>;
  readonly random: () => number;
  readonly table: string;
}
type Done = Pick<Harmed, 'what' | 'rows'>;

const HARMS: Readonly<Record<string, (doing: Doing) => Done>> = {
  edit({ tables, random, table }) {
    const row = pick(random, tables.get(table) ?? []);
    const column = pick(
      random,
      (ANSWERED[table] ?? []).filter((name) => row[name] !== null),
    );
    const before = nameOf(table, row);
    const named = namesOf(table, row);
    row[column] = changed(random, row[column]);
    return { what: `${column} of ${before}`, rows: [...named, nameOf(table, row)] };
  },
  delete({ tables, random, table }) {
    const rows = tables.get(table) ?? [];
    const row = pick(random, rows);
    tables.set(
      table,
      rows.filter((one) => one !== row),
    );
    // A checkpoint that is gone leaves the others; only the newest is owed.
    const isOwed = table !== 'checkpoint' || row === rows.toSorted((a, b) => Number(b['size']) - Number(a['size']))[0];
    if (isOwed && (table !== 'document' || row['kind'] === 'leaf-body'))
      return { what: nameOf(table, row), rows: [nameOf(table, row)] };
    tables.set(table, rows);
    return HARMS['edit']?.({ tables, random, table }) ?? { what: '', rows: [] };
  },
  insert({ tables, random }) {
    const table = pick(random, ['leaf', 'tree_node', 'decision', 'approval', 'capsule', 'validation']);
    const rows = tables.get(table) ?? [];
    const row = structuredClone(pick(random, rows));
    const fresh = `sha256:${Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('')}`;
    if (table === 'leaf') row['seq'] = rows.length + Math.floor(random() * 5);
    else if (table === 'tree_node') row['index'] = 100_000 + Math.floor(random() * 9);
    else if (table === 'approval') row['person'] = 'eve';
    else if (table === 'validation') row['capsule'] = fresh;
    else row['digest'] = fresh;
    rows.push(row);
    return { what: nameOf(table, row), rows: [nameOf(table, row)] };
  },
  reorder({ tables, random }) {
    const rows = tables.get('leaf') ?? [];
    const [a, b] = [pick(random, rows), pick(random, rows)];
    const other = a === b ? rows.find((row) => row !== a) : b;
    if (other === undefined) throw new Error('one leaf cannot be reordered');
    [a['seq'], other['seq']] = [other['seq'], a['seq']];
    return {
      what: `${nameOf('leaf', a)} and ${nameOf('leaf', other)}`,
      rows: [nameOf('leaf', a), nameOf('leaf', other)],
    };
  },
  rollback({ tables, random }) {
    const checkpoints = (tables.get('checkpoint') ?? []).toSorted((a, b) => Number(a['size']) - Number(b['size']));
    const newest = Number(checkpoints.at(-1)?.['size']);
    const to = Number(pick(random, checkpoints.slice(0, -1))['size']);
    tables.set(
      'leaf',
      (tables.get('leaf') ?? []).filter((row) => Number(row['seq']) < to),
    );
    tables.set(
      'checkpoint',
      checkpoints.filter((row) => Number(row['size']) <= to),
    );
    tables.set(
      'tree_node',
      (tables.get('tree_node') ?? []).filter(
        (row) => (Number(row['index']) + countIn(row)) * 2 ** Number(row['level']) <= to,
      ),
    );
    return { what: `to ${to}`, rows: [`checkpoint ${newest}`] };
  },
};

/** Something else of the same kind: a bit, a letter, a number, a key. */
function changed(random: () => number, value: unknown): unknown {
  if (typeof value === 'number') return value + 1 + Math.floor(random() * 9);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return changedText(random, value);
  if (typeof value === 'object' && value !== null) {
    const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
    const texts = entries.filter(([, one]) => typeof one === 'string' && one !== '');
    if (texts.length === 0) return { ...value, added: 'by hand' };
    // The payload is what is signed; signatures are checked where they are used.
    const [key, text] = texts.find(([name]) => name === 'payload' || name === 'bundle') ?? pick(random, texts);
    return { ...value, [key]: changedText(random, String(text)) };
  }
  return 'changed';
}

function changedText(random: () => number, text: string): string {
  if (text === '') return 'changed';
  const letters = text.split('');
  // Behind a hexadecimal prefix, and never the padding of base64, which may hold nothing.
  const first = text.startsWith('\\x') ? 2 : 0;
  const places = letters
    .map((_, place) => place)
    .filter((place) => place >= first && /[0-9A-Za-z]/.test(letters[place] ?? ''));
  const at = places[Math.floor(random() * Math.max(1, places.length - 4))] ?? first;
  const old = letters[at] ?? '';
  letters[at] = /[0-9]/.test(old) ? String((Number(old) + 1) % 10) : old === 'a' ? 'b' : 'a';
  return letters.join('');
}

const pick = <T>(random: () => number, from: readonly T[]): T => {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
};

/** Mulberry32: the same edits for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
