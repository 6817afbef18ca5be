import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { cosignCheckpoint, signCheckpoint, type CheckpointTrust } from './checkpoint.ts';
import { CompactRange } from './compact-range.ts';
import { compareViews, openView, type Comparison, type OpenedView, type RootThen } from './compare-views.ts';
import { generateSigner, publicKeyOf, type SignerKey } from './keys.ts';
import { consistencyProof, rootFromNodes, type NodeReader } from './merkle-proof.ts';
import { leafHash } from './merkle.ts';
import { parseVkey, vkeyOf, type NoteRole, type NoteVerifier } from './note.ts';

const ORIGIN = 'record.example/log';
const MOST = 40;
const [log, east, west] = [0, 1, 2].map(() => generateSigner('ed25519')) as [SignerKey, SignerKey, SignerKey];
const verifier = (role: NoteRole, name: string, signer: SignerKey): NoteVerifier => {
  const key = parseVkey(vkeyOf(role, name, publicKeyOf(signer)));
  if (!key.ok) throw new Error(key.refusal.detail);
  return key.value;
};
const trust: CheckpointTrust = {
  logKey: verifier('log', ORIGIN, log),
  witnessKeys: [verifier('witness', 'east', east), verifier('witness', 'west', west)],
  witnessQuorum: 0,
};

interface History {
  readonly root: (size: number) => Uint8Array;
  readonly nodes: NodeReader;
}
/** A record whose entries are others from `fork` on. */
function historyOf(fork: number): History {
  const nodes = new Map<string, Uint8Array>();
  let range = CompactRange.empty;
  for (let seq = 0; seq < MOST; seq += 1) {
    const appended = range.append(leafHash(Buffer.from(`${seq < fork ? 'entry' : 'other'} ${seq}`)));
    for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
    ({ range } = appended);
  }
  const read: NodeReader = (level, index) => nodes.get(`${level}/${index}`);
  const root = (size: number): Uint8Array => {
    const found = rootFromNodes(read, size);
    if (!found.ok) throw new Error(found.refusal.detail);
    return found.value;
  };
  return { root, nodes: read };
}
const FORK = 11;
const honest = historyOf(MOST);
const forked = historyOf(FORK);

interface Seen {
  readonly size: number;
  /** By which witness, and when. */
  readonly seen?: readonly (readonly ['east' | 'west', number])[];
  readonly history?: History;
  /** Sizes from which a link goes along. */
  readonly links?: readonly number[];
}
function view(
  { size, seen = [['east', size * 10]], history = honest, links = [] }: Seen,
  by = `view ${size}`,
): OpenedView {
  let note = signCheckpoint({ origin: ORIGIN, size, root: history.root(size) }, log);
  for (const [name, time] of seen) {
    const made = cosignCheckpoint(note, { name, signer: name === 'east' ? east : west }, time);
    if (made.ok) note = made.value;
  }
  const opened = openView(
    {
      by,
      note,
      links: links.map((from) => {
        const hashes = consistencyProof(history.nodes, from, size);
        return { from, hashes: hashes.ok ? hashes.value.map(encodeBase64) : [] };
      }),
    },
    trust,
  );
  if (!opened.ok) throw new Error(opened.refusal.detail);
  return opened.value;
}
const nobody: RootThen = () => Promise.resolve(undefined);
const keeperOf =
  ({ root }: History): RootThen =>
  (older) =>
    Promise.resolve(root(older));
/** What was found, and the names of the two views that show it. */
const told = (found: Comparison): readonly unknown[] => {
  if (found.verdict === 'consistent') return [found.verdict, found.views, found.size];
  const pair = found.verdict === 'unproved' ? found.between : found.proof;
  return [found.verdict, ...pair.map(({ by }) => by)];
};
const compared = async (views: readonly OpenedView[], rootThen: RootThen = nobody): Promise<readonly unknown[]> =>
  told(await compareViews(views, rootThen));

describe('T11: a view', () => {
  test('is dated by its last cosignature, and opens only when it is signed', () => {
    expect(
      view({
        size: 5,
        seen: [
          ['east', 70],
          ['west', 90],
        ],
      }).timeSeconds,
    ).toBe(90);
    expect(
      view({
        size: 5,
        seen: [
          ['east', 90],
          ['west', 70],
        ],
      }).timeSeconds,
    ).toBe(90);
    expect(view({ size: 5, seen: [] }).timeSeconds).toBe(0);
    const { note } = view({ size: 5 });
    for (const wrong of ['', note.replace('\n5\n', '\n6\n')])
      expect(openView({ by: 'x', note: wrong }, trust).ok).toBe(false);
    expect(openView({ by: 'x', note }, { ...trust, witnessQuorum: 2 }).ok).toBe(false);
  });
});

describe('T11: views of one record', () => {
  test('agree in whatever order they come, when each proves that it goes on', async () => {
    const sizes = fc.uniqueArray(fc.integer({ min: 1, max: MOST }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.boolean(), async (chosen, isLinked) => {
        const views = chosen.map((size) => view({ size, links: isLinked ? chosen.filter((from) => from < size) : [] }));
        const found = await compared(views, isLinked ? nobody : keeperOf(honest));
        expect(found).toEqual(['consistent', chosen.length, Math.max(...chosen)]);
      }),
      { numRuns: 40 },
    );
  });

  test('are no views, one, or one twice', async () => {
    expect(await compared([])).toEqual(['consistent', 0, 0]);
    expect(await compared([view({ size: 7 })])).toEqual(['consistent', 1, 7]);
    expect(await compared([view({ size: 7 }), view({ size: 7, seen: [['west', 3]] })])).toEqual(['consistent', 2, 7]);
  });

  test('begin with nothing, which every record goes on from', async () => {
    expect(await compared([view({ size: 0 }), view({ size: 7, history: forked })])).toEqual(['consistent', 2, 7]);
  });

  test('are unproved where nobody can show how they belong together', async () => {
    const [a, b] = [view({ size: 3 }), view({ size: 9 })];
    expect(await compared([b, a])).toEqual(['unproved', 'view 3', 'view 9']);
    expect(await compared([a, b], keeperOf(honest))).toEqual(['consistent', 2, 9]);
  });

  test('are not linked by what links others, nor by what the older one brings', async () => {
    expect(await compared([view({ size: 3, links: [1] }), view({ size: 9, links: [2, 4] })])).toEqual([
      'unproved',
      'view 3',
      'view 9',
    ]);
    expect(await compared([view({ size: 3 }), view({ size: 9, links: [3] })])).toEqual(['consistent', 2, 9]);
  });
});

describe('T11: views of two records', () => {
  test('of one size are a fork, without anybody to ask', async () => {
    const [a, b] = [view({ size: 20 }, 'a'), view({ size: 20, history: forked, seen: [['west', 300]] }, 'b')];
    expect(await compared([b, a])).toEqual(['forked', 'a', 'b']);
    // Before the fork they are one record.
    const early = view({ size: FORK, history: forked });
    expect(await compared([view({ size: FORK }), early])).toEqual(['consistent', 2, FORK]);
  });

  test('of two sizes are a fork as soon as one of them can say what it was then', async () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: MOST - 1 }), fc.integer({ min: 1, max: MOST }));
    await fc.assert(
      fc.asyncProperty(sizes, async ([older, newer]) => {
        fc.pre(older < newer && newer > FORK);
        const found = await compared([view({ size: older }), view({ size: newer, history: forked })], keeperOf(forked));
        expect(found[0]).toBe(older <= FORK ? 'consistent' : 'forked');
      }),
      { numRuns: 40 },
    );
  });

  test('are not made one by a link of the wrong record', async () => {
    const mixed = {
      ...view({ size: 30, links: [20] }),
      links: view({ size: 30, history: forked, links: [20] }).links!,
    };
    expect((await compared([view({ size: 20 }), mixed]))[0]).toBe('unproved');
    expect((await compared([view({ size: 20, history: forked }), mixed], keeperOf(honest)))[0]).toBe('forked');
  });

  test('are found between neighbours, wherever they stand', async () => {
    const views = [view({ size: 5 }), view({ size: 20, history: forked }), view({ size: 30 })];
    expect(await compared(views, keeperOf(honest))).toEqual(['forked', 'view 20', 'view 30']);
  });
});

const linked = (size: number, seen: Seen['seen'] & object): OpenedView => view({ size, seen, links: [8] });
describe('T11: a record that went back', () => {
  test('is shown by one witness that signed the shorter one after the longer one', async () => {
    const shorter = view({ size: 8, seen: [['east', 500]] });
    expect(await compared([shorter, linked(9, [['east', 499]])])).toEqual(['rolled-back', 'view 9', 'view 8']);
    const found = await compareViews([shorter, linked(9, [['east', 480]])], nobody);
    expect(found.verdict === 'rolled-back' && found.why).toBe('east cosigned 9 entries and 20 s later only 8');
  });

  test.each<readonly [string, readonly (readonly ['east' | 'west', number])[]]>([
    ['in the same second', [['east', 500]]],
    ['later', [['east', 501]]],
    ['earlier by another witness', [['west', 100]]],
    ['by nobody', []],
  ])('is not shown when the longer one was signed %s', async (_when, seen) => {
    expect(await compared([view({ size: 8, seen: [['east', 500]] }), linked(9, seen)])).toEqual(['consistent', 2, 9]);
  });

  test('is not a record of which one view was signed twice', async () => {
    const again = view({ size: 8, seen: [['east', 900]] });
    expect(await compared([again, view({ size: 8, seen: [['east', 500]] })])).toEqual(['consistent', 2, 8]);
  });

  test('is seen past the views of other witnesses that stand between', async () => {
    const shorter = view({ size: 8, seen: [['east', 500]] });
    const between = linked(9, [['west', 100]]);
    const longer = view({ size: 10, seen: [['east', 200]], links: [9] });
    expect(await compared([shorter, between, longer])).toEqual(['rolled-back', 'view 10', 'view 8']);
  });

  test('is looked for under every witness', async () => {
    const shorter = view({
      size: 8,
      seen: [
        ['east', 100],
        ['west', 500],
      ],
    });
    expect(
      (
        await compared([
          shorter,
          linked(9, [
            ['east', 200],
            ['west', 400],
          ]),
        ])
      )[0],
    ).toBe('rolled-back');
  });
});
