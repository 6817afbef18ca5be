/** Whole exports, sound and edited: what is checked without the one who made them (V3, V4). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instantOf, plusMs, type Digest } from '@countersign/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalBytes } from '../canonical.ts';
import { digestOf } from '../digest.ts';
import { generateSigner } from '../keys.ts';
import { timesSummary, type EntryTime } from '../time-bracket.ts';
import { dice, isLocated, placesOf, randomEdit, type Placed } from './edits.builder.ts';
import { Estate, type ExportChange } from './estate.builder.ts';
import { BEGIN } from './names.builder.ts';
import { ExportVerifier, verifyExport, type ExportReport } from './verify-export.ts';

const COURSES = ['approved', 'automatic', 'prohibited', 'rejected', 'staging-failed'] as const;
let estate: Estate;
let file: Uint8Array;
let places: readonly Placed[];
beforeAll(() => {
  estate = new Estate();
  for (let n = 0; n < 8; n += 1) for (const course of COURSES) estate.remediate(course);
  file = estate.export();
  places = placesOf(file);
});
const firstOf = ({ problems, content }: ExportReport): string => {
  expect(content === undefined).toBe(problems.length > 0);
  const [first] = problems;
  return first === undefined ? 'sound' : `${first.item}: ${first.code}`;
};
const judged = (change: ExportChange): string => firstOf(verifyExport(estate.export(change), estate.roots));

describe('V4: a sound export', () => {
  test('verifies in one pass, whatever the pieces it arrives in, and says what it holds', () => {
    const roll = dice(7);
    const verifier = new ExportVerifier(estate.roots);
    for (let at = 0; at < file.length;) {
      const next = Math.min(file.length, at + 1 + roll(3000));
      expect(verifier.push(file.subarray(at, next))).toBe(true);
      at = next;
    }
    const { problems, content } = verifier.end();
    expect(problems).toEqual([]);
    expect(content?.remediations).toHaveLength(40);
    expect(content?.manifest).toMatchObject({
      organisation: 'acme',
      by: 'ira',
      purpose: 'yearly audit',
      remediations: 40,
    });
    expect(content?.record.checkpoint.cosignatures.map(({ name }) => name)).toEqual(['DEMO/witness.acme']);
    expect(content?.record.leaves).toHaveLength(estate.leaves.length);
  });

  test('V1: holds the same fields for every change, and says where each one is', () => {
    const { content } = verifyExport(file, estate.roots);
    const states = COURSES.map((course, at) => {
      const lines = content?.remediations[at]?.fields ?? [];
      return [course, Object.fromEntries(lines.map(({ field, state }) => [field, state]))] as const;
    });
    const told = Object.fromEntries(states);
    expect(content?.remediations.flatMap(({ missing }) => missing)).toEqual([]);
    for (const course of COURSES)
      expect(told[course]).toMatchObject({
        trigger: 'shown',
        classification: 'shown',
        context: 'shown',
        action: 'shown',
      });
    expect(told['approved']).toMatchObject({ approvals: 'shown', validation: 'shown', 'tool-output': 'held-inside' });
    expect(told['automatic']).toMatchObject({
      approvals: 'not-owed',
      'drill-certificate': 'shown',
      prediction: 'shown',
    });
    expect(told['automatic']).toMatchObject({ correlation: 'shown', 'post-action-review': 'shown' });
    expect(told['prohibited']).toMatchObject({ validation: 'not-reached', 'health-before': 'not-reached' });
    expect(told['rejected']).toMatchObject({ validation: 'shown', approvals: 'not-reached' });
    expect(told['staging-failed']).toMatchObject({ validation: 'shown', 'state-after': 'not-reached' });
  });

  test('is the same file for the same content', () => {
    expect(digestOf(estate.export())).toBe(digestOf(file));
  });

  test('may begin at a later tile: the peaks before it lead to the same root', () => {
    const late = estate.parts.slice(-4);
    const start = 256;
    const late256 = estate.export({ start, parts: late, bodies: bodiesFrom(start), frame: { from: estate.now } });
    expect(firstOf(verifyExport(late256, estate.roots))).toBe('sound');
  });
});

const timesOf = (change: ExportChange = {}): readonly EntryTime[] =>
  verifyExport(estate.export(change), estate.roots).content?.record.times ?? [];
/** Entries that are found to be misdated in a record whose server dates one back so far. */
const misdated = (backMs: number): readonly number[] => {
  const one = new Estate();
  for (let n = 0; n < 20; n += 1) one.write('decision.made', { correlation: '', body: { n } });
  one.now = plusMs(one.now, -backMs);
  one.write('decision.made', { correlation: '', body: { backdated: true } });
  const { content } = verifyExport(one.export(), one.roots);
  return timesSummary(content?.record.times ?? []).findings.map(({ index }) => index);
};

describe('V3: times of the entries of an export', () => {
  test('lie between the cosigned checkpoints that its own tree passes through', () => {
    const times = timesOf();
    expect(times).toHaveLength(estate.leaves.length);
    expect(timesSummary(times)).toEqual({ bracketed: times.length - 10, half: 10, wordOnly: 0, findings: [] });
    const { said = '', after = '', by = '' } = times[15] ?? {};
    expect([after < said, said <= by]).toEqual([true, true]);
  });

  test('have one end in a file with its last checkpoint alone, and a remediation has those of its entries', () => {
    expect(timesSummary(timesOf({ checkpoints: [] }))).toMatchObject({ bracketed: 0, wordOnly: 0, findings: [] });
    const { content } = verifyExport(file, estate.roots);
    for (const { times, leaves } of content?.remediations ?? []) expect(times).toHaveLength(leaves);
  });

  test('that witnesses contradict are findings, each named; a twin in time is none', () => {
    expect(misdated(3_600_000)).toHaveLength(1);
    expect(misdated(60_000)).toEqual([]);
  });

  test.each([
    ['of another history', () => otherHistory(), 'bad-proof'],
    ['in another order', () => estate.checkpoints(0).toReversed(), 'malformed'],
    ['twice', () => estate.checkpoints(0).flatMap((note) => [note, note]), 'malformed'],
    [
      'that nobody cosigned',
      () => [estate.checkpoints(0)[0]?.replace(/\u2014 DEMO\/witness.*\n$/, '') ?? ''],
      'too-few-signatures',
    ],
    ['of the whole tree', () => [estate.note()], 'malformed'],
    ['that is none', () => ['checkpoint'], 'malformed'],
  ])('checkpoints %s refuse the file', (_what, checkpoints, code) => {
    expect(judged({ checkpoints: checkpoints() })).toBe(`checkpoints.json: ${code}`);
  });
});

/** Of the same keys. */
function otherHistory(): readonly string[] {
  const other = new Estate(estate.keys);
  for (let n = 0; n < 12; n += 1) other.write('decision.made', { correlation: '', body: { other: n } });
  return other.checkpoints(0);
}

/** Bodies of the leaves from a place on. */
function bodiesFrom(start: number): ReadonlyMap<Digest, Uint8Array> {
  const leaves = estate.leaves
    .slice(start)
    .map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as { body: string });
  const named = new Set<string>(leaves.map(({ body }) => body));
  return new Map([...estate.bodies].filter(([digest]) => named.has(digest)));
}

describe('V3: an edited export', () => {
  test('100 random edits are each detected and located, and the untouched file never is', () => {
    const roll = dice(2026);
    const missed: string[] = [];
    for (let n = 0; n < 100; n += 1) {
      const edit = randomEdit(file, places, roll);
      if (Buffer.compare(edit.file, file) === 0) continue;
      const { problems, content } = verifyExport(edit.file, estate.roots);
      const [first] = problems;
      if (first === undefined || content !== undefined || !isLocated(first.item, places, edit))
        missed.push(`${edit.what}: ${first?.item ?? 'nothing'} instead of ${edit.where.join(', ')}`);
    }
    expect(missed).toEqual([]);
    expect(firstOf(verifyExport(file, estate.roots))).toBe('sound');
  });

  test('every wrong item is named, the first one first, down to the leaf', () => {
    const copy = Uint8Array.from(file);
    const wanted = [
      'tile/entries/000',
      places.find(({ name }) => name.startsWith('objects/'))?.name ?? '',
      'remediations/000007.json',
    ];
    expect(places.map(({ name }) => name)).toEqual(expect.arrayContaining(wanted));
    for (const name of wanted) {
      const at = (places.find((place) => place.name === name)?.offset ?? 0) + 512 + 2;
      copy[at] = (copy[at] ?? 0) ^ 1;
    }
    const { problems } = verifyExport(copy, estate.roots);
    expect(problems.map(({ item }) => item)).toEqual(wanted);
    expect(problems[0]?.detail).toBe('it was changed after it was sealed: leaf 0 of the tile');
  });

  test.each(['trust/000000.json', 'entries.json', 'manifest.json', 'checkpoint'])('a changed %s is named', (name) => {
    const place = places.find((one) => one.name === name);
    for (
      let at = (place?.offset ?? 0) + 512;
      at < Math.min((place?.end ?? 0) - 512, (place?.offset ?? 0) + 512 + 300);
      at += 7
    ) {
      const copy = Uint8Array.from(file);
      copy[at] = (copy[at] ?? 0) ^ 4;
      expect([at, verifyExport(copy, estate.roots).problems.map(({ item }) => item)]).toEqual([at, [name]]);
    }
  });
});

describe('V4: an export that its maker made wrong, and sealed', () => {
  const stranger = generateSigner('ed25519');

  test("the keys are the reader's: other roots, or a seal of somebody else", () => {
    expect(firstOf(verifyExport(file, new Estate().roots))).toMatch(/^trust\/000000\.json: /);
    expect(judged({ signer: stranger })).toBe('manifest.json: bad-signature');
  });

  test('a remediation that the record names may not be left out', () => {
    const { problems } = verifyExport(
      estate.export({ parts: estate.parts.slice(1), bodies: estate.bodies }),
      estate.roots,
    );
    expect(problems.map(({ item, code }) => `${item} ${code}`)).toContain('P-1 missing');
  });

  test('a remediation may not be there twice', () => {
    const [first] = estate.parts;
    expect(judged({ parts: [...estate.parts, first!] })).toBe('manifest.json: malformed');
  });

  test('a leaf of the record may not be changed, dropped or moved', () => {
    const leaves = estate.leaves.map(({ bytes }) => bytes);
    const other = JSON.parse(Buffer.from(leaves[3]!).toString()) as object;
    const changed = leaves.with(3, canonicalBytes({ ...other, actor: 'person:eve' }));
    expect(judged({ leaves: changed })).toBe('checkpoint: bad-proof');
    expect(judged({ leaves: leaves.with(3, leaves[4]!).with(4, leaves[3]!) })).toBe('checkpoint: bad-proof');
    expect(judged({ leaves: leaves.toSpliced(3, 1) })).toMatch(/: malformed$/);
    expect(judged({ leaves: [...leaves, leaves[3]!] })).toMatch(/: (?:malformed|foreign)$/);
  });

  test('the checkpoint has to be of this log, this size, and seen by the witness', () => {
    expect(judged({ note: estate.note(10) })).toBe('checkpoint: bad-proof');
    const [text = ''] = estate.note().split('\n\u2014 DEMO/witness');
    expect(judged({ note: `${text}\n` })).toBe('checkpoint: too-few-signatures');
    expect(judged({ note: estate.note().replace('record.acme', 'record.evil') })).toMatch(/^checkpoint: /);
  });

  test('nothing may be in it that nothing names', () => {
    const bodies = new Map([...estate.bodies, [digestOf(Buffer.from('x')), Buffer.from('smuggled')]]);
    expect(judged({ bodies })).toMatch(/^objects\/[0-9a-f]{64}: foreign$/);
  });

  test.each(['capsules', 'envelopes', 'graphs', 'approvals', 'validations', 'documents'] as const)(
    'a remediation without its %s is named',
    (list) => {
      const parts = estate.parts.with(0, { ...estate.parts[0]!, [list]: [] });
      expect(judged({ parts })).toMatch(/^remediations\/000000\.json: /);
    },
  );

  test('what another remediation was approved with does not count here', () => {
    const [first, , , , , sixth] = estate.parts;
    const parts = estate.parts.with(0, { ...first!, approvals: sixth!.approvals });
    expect(judged({ parts })).toBe('remediations/000000.json: bad-proof');
  });
});

const against = (older: string, change: ExportChange = {}): string =>
  firstOf(verifyExport(estate.export(change), { ...estate.roots, older }));

describe('V3: against a checkpoint kept from before', () => {
  test('the same record, grown, is accepted from the empty tree on', () => {
    for (const size of [1, 2, 255, 256, estate.leaves.length]) expect(against(estate.note(size))).toBe('sound');
  });

  test('a record that was rewritten, or is shorter, is not', () => {
    const twin = new Estate();
    twin.remediate('approved');
    expect(against(twin.note())).toMatch(/^your checkpoint: /);
    const forked = new Estate(estate.keys);
    forked.remediate('rejected');
    expect(against(forked.note(9))).toBe('checkpoint: forked');
    const grown = new Estate(estate.keys);
    for (let n = 0; n < 60; n += 1) grown.remediate('approved');
    expect(against(grown.note())).toBe('checkpoint: rolled-back');
  });

  test('before the first leaf of the file a proof is owed', () => {
    const change = {
      start: 256,
      parts: [],
      bodies: bodiesFrom(256),
      frame: { from: plusMs(estate.now, -1), to: estate.now },
    };
    expect(against(estate.note(10), change)).toBe('manifest.json: missing');
    expect(instantOf(0) < BEGIN).toBe(true);
  });
});

const offline = (script: string, ...args: readonly string[]): ReturnType<typeof spawnSync> =>
  spawnSync('unshare', ['-r', '-n', process.execPath, '--input-type=module', '-e', script, ...args], {
    encoding: 'utf8',
  });
const canUnshare = offline('process.exit(0)').status === 0;

test.runIf(canUnshare)('V4: it verifies in a process that has no network at all', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-export-'));
  const [path, root] = [join(folder, 'acme.csx'), join(folder, '1.root.json')];
  writeFileSync(path, file);
  writeFileSync(root, estate.root);
  const index = new URL('../index.ts', import.meta.url).href;
  const script = `
    import { readFileSync } from 'node:fs';
    import { networkInterfaces } from 'node:os';
    import { verifyExport } from ${JSON.stringify(index)};
    const [path, root] = process.argv.slice(1);
    const { problems, content } = verifyExport(readFileSync(path), { root: readFileSync(root) });
    console.log(JSON.stringify([Object.keys(networkInterfaces()), problems, content?.remediations.length]));`;
  const { stdout, status } = offline(script, path, root);
  rmSync(folder, { recursive: true });
  expect([status, JSON.parse(String(stdout))]).toEqual([0, [[], [], 40]]);
});
