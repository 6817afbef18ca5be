/** V3: an exported record, as it was written and as somebody left it. */
import { idOf, instantAt } from './leaf.builder.ts';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from '../canonical.ts';
import { cosignCheckpoint, signCheckpoint, type CheckpointTrust } from '../checkpoint.ts';
import { CompactRange } from '../compact-range.ts';
import { digestOf } from '../digest.ts';
import { generateSigner, publicKeyOf } from '../keys.ts';
import { leafHash } from '../merkle.ts';
import { parseVkey, vkeyOf } from '../note.ts';
import { auditRecord, type RecordDump } from './audit-record.ts';

const LOG = 'countersign/acme';
const WITNESS = 'witness.example/one';
const log = generateSigner('ed25519');
const witness = generateSigner('ed25519');
const trust = ((): CheckpointTrust => {
  const [logKey, witnessKey] = [
    vkeyOf('log', LOG, publicKeyOf(log)),
    vkeyOf('witness', WITNESS, publicKeyOf(witness)),
  ].map(parseVkey);
  if (logKey?.ok !== true || witnessKey?.ok !== true) throw new Error('the keys of the test are wrong');
  return { logKey: logKey.value, witnessKeys: [witnessKey.value], witnessQuorum: 1 };
})();

interface Made {
  readonly dump: RecordDump;
  readonly note: string;
}

/** When every entry of the record is said to have come, 2026-11-21T12:00:00Z; its checkpoints are cosigned in the seconds after. */
const NOON_SECONDS = 1_795_262_400;
/** A record of so many entries, with a checkpoint after every `step`. */
function made(size: number, step = 7, mark = 'a', times: ReadonlyMap<number, string> = new Map()): Made {
  const nodes = new Map<string, Uint8Array>();
  const documents: { digest: string; bytes: Uint8Array }[] = [];
  const leaves: { seq: number; bytes: Uint8Array }[] = [];
  const checkpoints: { size: number; note: string }[] = [];
  let range = CompactRange.empty;
  for (let seq = 0; seq < size; seq += 1) {
    const body = canonicalBytes({ mark, seq });
    documents.push({ digest: digestOf(body), bytes: body });
    const bytes = canonicalBytes({
      type: 'leaf',
      organisation: idOf('acme'),
      event: 'findings.ranked',
      at: instantAt(times.get(seq) ?? '2026-11-21T12:00:00.000Z'),
      actor: 'control',
      subject: 'finding:all',
      correlation: '',
      body: digestOf(body),
    });
    leaves.push({ seq, bytes });
    const appended = range.append(leafHash(bytes));
    for (const node of appended.nodes) nodes.set(`${node.level}/${node.index}`, node.hash);
    ({ range } = appended);
    if (range.size % step === 0 || range.size === size) {
      const note = signCheckpoint({ origin: LOG, size: range.size, root: range.root() }, log);
      const cosigned = cosignCheckpoint(note, { name: WITNESS, signer: witness }, NOON_SECONDS + seq);
      checkpoints.push({ size: range.size, note: cosigned.ok ? cosigned.value : '' });
    }
  }
  const dump: RecordDump = {
    leaves,
    node: (level, index) => nodes.get(`${level}/${index}`),
    isStored: () => true,
    nodes: [...nodes.keys()].map((key) => {
      const [level = 0, index = 0] = key.split('/').map(Number);
      return { level, index };
    }),
    checkpoints,
    documents,
    tables: new Map(),
  };
  return { dump, note: checkpoints.at(-1)?.note ?? '' };
}
const found = (dump: RecordDump, known: readonly string[] = []): readonly string[] =>
  auditRecord(dump, { trust, known }).findings.map(({ harm, at }) => `${harm} ${at}`);
/** The dump with other leaves at these places. */
const withLeaf = (dump: RecordDump, seq: number, bytes: Uint8Array): RecordDump => ({
  ...dump,
  leaves: dump.leaves.map((leaf) => (leaf.seq === seq ? { ...leaf, bytes } : leaf)),
});
const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, place) => (place === at ? byte ^ 4 : byte));

describe('V3: what was not touched', () => {
  test('is never flagged: a hundred records of a hundred sizes, tables or tiles', () => {
    let flagged = 0;
    for (let size = 1; size <= 100; size += 1) {
      const { dump, note } = made(size, 1 + (size % 9));
      const asTiles = { ...dump, isStored: (level: number) => level % 8 === 0, nodes: [], checkpoints: [{ note }] };
      flagged += found(dump, [note]).length + found(asTiles, [note]).length;
    }
    expect(flagged).toBe(0);
  });

  test('an empty export proves nothing and says so', () => {
    const { dump } = made(3);
    expect(found({ ...dump, leaves: [], checkpoints: [], documents: [], nodes: [], node: () => undefined })).toEqual([
      'unsigned checkpoint',
    ]);
  });
});

describe('V3: what was touched is named', () => {
  const SIZE = 83;
  const { dump, note } = made(SIZE, 40);
  const tiles = { ...dump, isStored: (level: number): boolean => level % 8 === 0, nodes: [] };

  test('an entry with any byte changed, in tables and in tiles', () => {
    for (const seq of [0, 1, 63, 64, 79, 80, 81, 82]) {
      const bytes = dump.leaves[seq]?.bytes ?? new Uint8Array();
      for (let at = 0; at < bytes.length; at += 17) {
        const edited = withLeaf(dump, seq, flipped(bytes, at));
        expect([seq, at, found(edited)[0]]).toEqual([seq, at, `edited leaf ${seq}`]);
        expect(found({ ...edited, isStored: tiles.isStored, nodes: [] })).toContain(`edited leaf ${seq}`);
      }
    }
  });

  test('an entry that is gone, one that stands twice, one too many', () => {
    for (const seq of [0, 40, 82]) {
      const without = { ...dump, leaves: dump.leaves.filter((leaf) => leaf.seq !== seq) };
      expect(found(without)).toContain(`deleted leaf ${seq}`);
      const twice = { ...dump, leaves: [...dump.leaves, { seq, bytes: Buffer.from('{}') }] };
      expect(found(twice)).toContain(`inserted leaf ${seq}`);
    }
    expect(found({ ...dump, leaves: [...dump.leaves, { seq: SIZE, bytes: Buffer.from('{}') }] })).toContain(
      `inserted leaf ${SIZE}`,
    );
    expect(found({ ...dump, leaves: [...dump.leaves, { bytes: Buffer.from('{}') }] })).toEqual([]);
  });

  test('entries in another order, each with where it belongs', () => {
    const swapped = dump.leaves.map((leaf) =>
      leaf.seq === 3 ? { ...leaf, seq: 70 } : leaf.seq === 70 ? { ...leaf, seq: 3 } : leaf,
    );
    expect(found({ ...dump, leaves: swapped })).toEqual(
      expect.arrayContaining(['moved leaf 3', 'moved leaf 70', 'damaged checkpoint 40']),
    );
  });

  test('every node of the tree: changed, gone, too many', () => {
    for (const { level, index } of dump.nodes ?? []) {
      const node = (one: number, place: number): Uint8Array | undefined => {
        const hash = dump.node(one, place);
        return hash !== undefined && one === level && place === index ? flipped(hash, 5) : hash;
      };
      expect(found({ ...dump, node })).toEqual([`edited tree_node ${level}/${index}`]);
      const gone = (one: number, place: number): Uint8Array | undefined =>
        one === level && place === index ? undefined : dump.node(one, place);
      expect(found({ ...dump, node: gone })).toEqual([`deleted tree_node ${level}/${index}`]);
    }
    expect(found({ ...dump, nodes: [...(dump.nodes ?? []), { level: 0, index: SIZE }] })).toEqual([
      `inserted tree_node 0/${SIZE}`,
    ]);
  });

  test('a node a second time, and one of a level that is not kept', () => {
    const tiled = { ...dump, isStored: (level: number): boolean => level % 8 === 0 };
    const kept = (dump.nodes ?? []).filter(({ level }) => level % 8 === 0);
    expect(found({ ...tiled, nodes: kept })).toEqual([]);
    expect(found({ ...tiled, nodes: [...kept, { level: 0, index: 7 }, { level: 1, index: 3 }] })).toEqual([
      'inserted tree_node 0/7',
      'inserted tree_node 1/3',
    ]);
  });

  test('an entry that was changed and a hash that is gone elsewhere, where only the hashes of tiles are kept', () => {
    const node = (level: number, index: number): Uint8Array | undefined =>
      level % 8 === 0 && !(level === 0 && index === 31) ? dump.node(level, index) : undefined;
    const leaves = dump.leaves.map((leaf) => (leaf.seq === 7 ? { ...leaf, bytes: Buffer.from('{}') } : leaf));
    const tiled = { ...dump, leaves, node, isStored: (level: number): boolean => level % 8 === 0, nodes: [] };
    expect(found(tiled)).toEqual(expect.arrayContaining(['edited leaf 7', 'deleted tree_node 0/31']));
  });

  test('an entry and every node above it together: the run it lies in is named, and a body that does not fit', () => {
    const other = made(SIZE, 7, 'b').dump;
    const node = (level: number, index: number): Uint8Array | undefined =>
      index === Math.floor(17 / 2 ** level) ? other.node(level, index) : dump.node(level, index);
    const harm = withLeaf({ ...dump, node }, 17, other.leaves[17]?.bytes ?? new Uint8Array());
    const runs = found(harm).filter((one) => one.startsWith('damaged leaf') || one.includes('leaf 17'));
    expect(runs.length).toBeGreaterThan(0);
    expect(found(harm)).toContain(`deleted document ${digestOf(canonicalBytes({ mark: 'b', seq: 17 }))}`);
  });

  test('a body that was changed, and one that is gone', () => {
    const [first, ...rest] = dump.documents;
    if (first === undefined) throw new Error('no body');
    expect(found({ ...dump, documents: [{ ...first, bytes: flipped(first.bytes, 3) }, ...rest] })).toEqual([
      `edited document ${first.digest}`,
    ]);
    expect(found({ ...dump, documents: rest })).toEqual([`deleted document ${first.digest}`]);
  });

  test('the whole of it put back to an old state, when a newer checkpoint was kept', () => {
    for (const size of [7, 35, 77]) {
      const old = made(size, 35).dump;
      expect(found(old)).toEqual([]);
      expect(found(old, [note])[0]).toBe(`rolled-back checkpoint ${SIZE}`);
    }
  });

  test('another history that the log and the witness have signed, when a checkpoint was kept', () => {
    const other = made(SIZE, 7, 'b').dump;
    expect(found(other)).toEqual([]);
    expect(found(other, [note])).toContain(`forked checkpoint ${SIZE}`);
    const longer = made(SIZE + 20, 50, 'b').dump;
    expect(found(longer, [note])).toEqual([`forked checkpoint ${SIZE}`]);
  });

  test('a checkpoint with any byte changed, of another size, of other keys, without its witness', () => {
    const last = dump.checkpoints.at(-1);
    if (last === undefined) throw new Error('no checkpoint');
    const withLast = (changed: { size?: number; note: string }): readonly string[] =>
      found({ ...dump, checkpoints: [...dump.checkpoints.slice(0, -1), changed] });
    const bytes = Buffer.from(last.note);
    for (let at = 0; at < bytes.length; at += 5) {
      const findings = withLast({ ...last, note: Buffer.from(flipped(bytes, at)).toString('utf8') });
      expect([at, findings.some((one) => one.includes(`checkpoint ${SIZE}`))]).toEqual([at, true]);
    }
    expect(withLast({ ...last, size: SIZE + 1 })).toContain(`edited checkpoint ${SIZE + 1}`);
    const alone = signCheckpoint({ origin: LOG, size: 1, root: new Uint8Array(32) }, log);
    expect(found({ ...dump, checkpoints: [{ note: alone }] })).toContain('unsigned checkpoint');
  });
});

/** What is found in a record of which entry 15 says this time. */
const dated = (at: string) => {
  const { dump } = made(30, 10, 'a', new Map([[15, at]]));
  return found(dump);
};

describe('V3: a time that witnesses contradict', () => {
  test('is named, back in time and ahead; the record is as it was signed, so nothing else is', () => {
    expect(dated('2026-11-21T11:00:00.000Z')).toEqual(['misdated leaf 15']);
    expect(dated('2026-11-21T13:00:00.000Z')).toEqual(['misdated leaf 15']);
  });

  test('is none within the five minutes by which clocks may differ', () => {
    for (const at of ['2026-11-21T11:56:00.000Z', '2026-11-21T12:04:00.000Z']) expect(dated(at)).toEqual([]);
  });

  test('is not told of entries that are not as signed', () => {
    const { dump } = made(30, 10, 'a', new Map([[15, '2026-11-21T11:00:00.000Z']]));
    const bytes = flipped(dump.leaves[3]?.bytes ?? new Uint8Array(), 60);
    expect(found(withLeaf(dump, 3, bytes)).join()).not.toContain('misdated');
  });
});

test('a hundred random flips in exported files are each found', () => {
  const { dump, note } = made(60, 60);
  const asTiles: RecordDump = { ...dump, isStored: (level) => level % 8 === 0, nodes: [], checkpoints: [{ note }] };
  let state = 706;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let times = 0; times < 100; times += 1) {
    const kind = random(3);
    const seq = random(60);
    const leaf = dump.leaves[seq]?.bytes ?? new Uint8Array();
    const document = dump.documents[seq];
    if (document === undefined) throw new Error('no body');
    const changed = [
      (): RecordDump => withLeaf(asTiles, seq, flipped(leaf, random(leaf.length))),
      (): RecordDump => ({
        ...asTiles,
        documents: asTiles.documents.map((one) =>
          one === document ? { ...one, bytes: flipped(one.bytes, random(one.bytes.length)) } : one,
        ),
      }),
      (): RecordDump => ({
        ...asTiles,
        node: (level, index) => {
          const hash = dump.node(level, index);
          return hash !== undefined && level === 0 && index === seq ? flipped(hash, random(32)) : hash;
        },
      }),
    ][kind]?.();
    const named = [`edited leaf ${seq}`, `edited document ${document.digest}`, `edited tree_node 0/${seq}`][kind];
    expect([times, changed === undefined ? [] : found(changed)]).toEqual([times, expect.arrayContaining([named])]);
  }
});
