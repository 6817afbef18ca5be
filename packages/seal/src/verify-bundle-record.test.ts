/**
 * The record inside an evidence bundle, against somebody who has the key of its seal: every line is at its place in a tree that the log
 * and its witness signed, belongs to this remediation, and has the body it names (V3, V4).
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { canonicalBytes } from './canonical.ts';
import { CompactRange } from './compact-range.ts';
import { sealBundle, type BundledLeaf, type EvidenceBundle } from './evidence-bundle.ts';
import { Estate } from './export/estate.builder.ts';
import { good, idOf } from './export/names.builder.ts';
import { inclusionProof, type NodeReader } from './merkle-proof.ts';
import { leafHash } from './merkle.ts';
import { formatTlogProof } from './tlog-proof.ts';
import { verifyBundle } from './verify-bundle.ts';

let estate: Estate;
let whole: EvidenceBundle;
let nodes: NodeReader;
/** Places of its own lines in the record. */
let own: readonly number[];

const jsonIn = (text: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as Record<string, unknown>;
const proofOf = (index: number, size: number = estate.leaves.length, note: string = estate.note(size)): string =>
  formatTlogProof({ index, hashes: good(inclusionProof(nodes, index, size)), checkpoint: note });
function lineAt(index: number, size?: number): BundledLeaf {
  const { bytes } = estate.leaves[index]!;
  const body = estate.bodies.get(jsonIn(encodeBase64(bytes))['body'] as never);
  return {
    leaf: encodeBase64(bytes),
    proof: proofOf(index, size),
    ...(body !== undefined && { body: encodeBase64(body) }),
  };
}

beforeAll(() => {
  estate = new Estate();
  // Another remediation around it, so that its lines are not all there is.
  estate.remediate('rejected');
  const parts = estate.remediate('approved');
  estate.remediate('automatic');
  const known = new Map<string, Uint8Array>();
  let range = CompactRange.empty;
  for (const { bytes } of estate.leaves) {
    const appended = range.append(leafHash(bytes));
    for (const { level, index, hash } of appended.nodes) known.set(`${level}/${index}`, hash);
    ({ range } = appended);
  }
  nodes = (level, index) => known.get(`${level}/${index}`);
  own = [...estate.leaves.keys()].filter((index) => estate.leaves[index]!.correlation === parts.proposal);
  whole = {
    type: 'evidence-bundle',
    organisation: idOf('acme'),
    madeAt: estate.now,
    trust: [estate.trust],
    ...parts,
    leaves: own.map((index) => lineAt(index)),
  };
});

const told = (change: Partial<EvidenceBundle>): string => {
  const verified = verifyBundle(sealBundle({ ...whole, ...change }, estate.keys.capsules), estate.roots);
  return verified.ok ? `${verified.value.leaves} of ${verified.value.recordSize}` : verified.refusal.detail;
};
/** The file with one line changed; what is told without the words that all such refusals begin with. */
const withLine = (place: number, change: Partial<BundledLeaf>): string =>
  told({ leaves: whole.leaves.with(place, { ...whole.leaves[place]!, ...change }) }).replace(
    'a leaf of the record: ',
    '',
  );
const changedLeaf = (place: number, change: object): Partial<BundledLeaf> => ({
  leaf: encodeBase64(canonicalBytes({ ...jsonIn(whole.leaves[place]!.leaf), ...change })),
});

describe('V3: the record of a bundle', () => {
  test('is whole: every line of it, in one tree or in those of its time', () => {
    const size = estate.leaves.length;
    expect(told({})).toBe(`${own.length} of ${size}`);
    const grown = own.map((index) => lineAt(index, index + 1));
    expect(told({ leaves: grown })).toBe(`${own.length} of ${own.at(-1)! + 1}`);
    // The largest tree counts, wherever in the file it is.
    expect(told({ leaves: grown.with(2, lineAt(own[2]!, size)) })).toBe(`${own.length} of ${size}`);
  });

  test('is in its order, each line once', () => {
    const [first, second, ...rest] = whole.leaves as [BundledLeaf, BundledLeaf, ...BundledLeaf[]];
    const order = 'the leaves are not in the order of the record';
    expect(told({ leaves: [second, first, ...rest] })).toBe(order);
    expect(told({ leaves: [first, first, second, ...rest] })).toBe(order);
    expect(told({ leaves: whole.leaves.toReversed() })).toBe(order);
  });

  test('is of this remediation and this organisation', () => {
    const other = [...estate.leaves.keys()].find((index) => !own.includes(index) && index > 0)!;
    expect(told({ leaves: [lineAt(other), ...whole.leaves] })).toBe(
      'a leaf of the record: it belongs to another remediation',
    );
    expect(told({ leaves: [lineAt(0), ...whole.leaves] })).toBe(
      'a leaf of the record: it belongs to another remediation',
    );
    expect(withLine(0, changedLeaf(0, { organisation: 'other' }))).toBe('it belongs to another remediation');
    expect(withLine(0, changedLeaf(0, { correlation: '' }))).toBe('it belongs to another remediation');
  });

  test('has the bodies it names', () => {
    const changed = encodeBase64(canonicalBytes({ id: 'P-2', more: true }));
    for (const place of whole.leaves.keys())
      expect(withLine(place, { body: changed })).toBe('its body is not the one it names');
    expect(withLine(0, { body: '' })).toBe('its body is not the one it names');
  });

  test('is base64 of one document each', () => {
    const [line] = whole.leaves;
    expect(withLine(0, { leaf: `${line!.leaf}=` })).toBe('it is not base64');
    expect(withLine(0, { body: 'A' })).toBe('it is not base64');
    expect(withLine(0, { leaf: encodeBase64(Buffer.from('{')) })).toContain('a member name is missing');
    expect(withLine(0, changedLeaf(0, { more: 1 }))).not.toMatch(/ of /);
  });

  test('has no line that is not at its place', () => {
    for (const place of [0, 1, own.length - 1]) {
      const index = own[place]!;
      expect(withLine(place, changedLeaf(place, { actor: 'person:mallory' }))).toBe(
        'the entry does not lead to the root',
      );
      expect(withLine(place, { proof: proofOf(index - 1) })).toBe('the entry does not lead to the root');
      expect(withLine(place, { proof: '' })).toBe('not a tlog-proof of version 1');
    }
  });

  test('was signed by the log and seen by its witness', () => {
    const [index] = own as [number];
    const lines = estate.note().split('\n');
    const cut = (line: number): string => lines.toSpliced(line, 1).join('\n');
    expect(withLine(0, { proof: proofOf(index, undefined, cut(5)) })).toBe('0 of 1 required witnesses cosigned');
    expect(withLine(0, { proof: proofOf(index, undefined, cut(4)) })).toBe('the log has not signed the checkpoint');
    const stranger = new Estate();
    expect(withLine(0, { proof: proofOf(index, undefined, stranger.note(1)) })).toBe(
      'the note has no signature of a known key',
    );
  });
});

describe('V4: the seal and the trust of a bundle', () => {
  test('the seal is of a capsule signer of the newest trust', () => {
    const by = (signer = estate.keys.capsules): string => {
      const verified = verifyBundle(sealBundle(whole, signer), estate.roots);
      return verified.ok ? 'holds' : verified.refusal.detail;
    };
    expect([by(), by(estate.keys.log), by(estate.keys.root)]).toEqual([
      'holds',
      'the seal: 0 of 1 required trusted keys signed',
      'the seal: 0 of 1 required trusted keys signed',
    ]);
  });

  test('trust bundles come in order, oldest first, each once, of this organisation', () => {
    const second = estate.trustWith({ version: 2 });
    expect(told({ trust: [estate.trust, second] })).toBe(told({}));
    for (const trust of [
      [second, estate.trust],
      [estate.trust, estate.trust],
      [second, second],
    ])
      expect(told({ trust })).toBe('the trust bundles are not in order of version');
    expect(told({ organisation: idOf('other') })).toBe('a trust bundle is of another organisation');
    expect(told({ trust: [new Estate().trust] })).toMatch(/^a trust bundle: /);
  });
});
