/** Cosigned checkpoints in a bundle, true and forged: only those of the very tree of the entries say anything of their times (V3). */
import { instantOf, type Leaf } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { timesOfLeaves, type BundledCheckpoint, type ProvedLeaf } from './bundle-times.ts';
import { cosignCheckpoint, openCheckpoint, signCheckpoint, type CheckpointTrust } from './checkpoint.ts';
import { CompactRange } from './compact-range.ts';
import { generateSigner } from './keys.ts';
import { leafHash } from './merkle.ts';
import { consistencyProof } from './merkle-proof.ts';
import { parseVkey, vkeyOf, type NoteVerifier } from './note.ts';

const [log, witness] = [generateSigner('ed25519'), generateSigner('ed25519')];
const verifier = (vkey: string): NoteVerifier => {
  const key = parseVkey(vkey);
  if (!key.ok) throw new Error(key.refusal.detail);
  return key.value;
};
const trust: CheckpointTrust = {
  logKey: verifier(vkeyOf('log', 'log', log.publicKey)),
  witnessKeys: [verifier(vkeyOf('witness', 'w', witness.publicKey))],
  witnessQuorum: 1,
};
const BEGIN = 1_795_000_000;

/** Eight entries, one each minute; every size is cosigned in the second its last entry came. */
function record(mark: string) {
  const nodes = new Map<string, Uint8Array>();
  const ranges = [CompactRange.empty];
  for (let seq = 0; seq < 8; seq += 1) {
    const grown = (ranges.at(-1) ?? CompactRange.empty).append(leafHash(Buffer.from(`${mark} ${seq}`)));
    for (const { level, index, hash } of grown.nodes) nodes.set(`${level}/${index}`, hash);
    ranges.push(grown.range);
  }
  const note = (size: number): string => {
    const root = ranges[size]?.root() ?? new Uint8Array(32);
    const signed = signCheckpoint({ origin: 'log', size, root }, log);
    const cosigned = cosignCheckpoint(signed, { name: 'w', signer: witness }, BEGIN + (size - 1) * 60);
    return cosigned.ok ? cosigned.value : '';
  };
  const bundled = (size: number, to = 8): BundledCheckpoint => {
    const proof = consistencyProof((level, index) => nodes.get(`${level}/${index}`), size, to);
    return { note: note(size), hashes: proof.ok ? proof.value.map(encodeBase64) : [] };
  };
  const leaf = (index: number, atSeconds = BEGIN + index * 60, size = 8): ProvedLeaf => {
    const opened = openCheckpoint(note(size), trust);
    if (!opened.ok) throw new Error(opened.refusal.detail);
    const at = { event: 'approval.received', at: instantOf(atSeconds * 1000) } as Leaf;
    return { leaf: at, index, body: undefined, checkpoint: opened.value };
  };
  return { bundled, leaf };
}
const { bundled, leaf } = record('true');
const other = record('other');

describe('V3: times of the entries of a bundle', () => {
  test('lie between the checkpoints around them', () => {
    const times = timesOfLeaves([leaf(3), leaf(5)], [bundled(3), bundled(4), bundled(5)], trust);
    expect(times).toMatchObject({
      ok: true,
      value: [
        { index: 3, after: instantOf((BEGIN + 120) * 1000), by: instantOf((BEGIN + 180) * 1000 + 999) },
        { index: 5, after: instantOf((BEGIN + 240) * 1000), by: instantOf((BEGIN + 420) * 1000 + 999) },
      ],
    });
    expect(times.ok && times.value.some(({ finding }) => finding !== undefined)).toBe(false);
  });

  test('have one end without other checkpoints, as in files made before there were any', () => {
    const times = timesOfLeaves([leaf(3)], [], trust);
    expect(times.ok && times.value[0]).toEqual({
      index: 3,
      event: 'approval.received',
      said: instantOf((BEGIN + 180) * 1000),
      by: instantOf((BEGIN + 420) * 1000 + 999),
    });
  });

  test('that the server puts back are findings; the file is still read', () => {
    const times = timesOfLeaves([leaf(3, BEGIN - 1000)], [bundled(3)], trust);
    expect(times.ok && times.value[0]?.finding).toMatch(/a witness knew the record without it$/);
    expect(timesOfLeaves([leaf(3, BEGIN - 1000)], [], trust)).not.toMatchObject({ value: [{ finding: '' }] });
  });

  test('are not told by a checkpoint that the tree of the entry does not continue', () => {
    // The entry was proved in a smaller tree of another history: what surrounds the newest says nothing of it.
    const times = timesOfLeaves([other.leaf(3, BEGIN + 180, 5), leaf(6)], [bundled(3)], trust);
    expect(times.ok && times.value[0]?.after).toBeUndefined();
    expect(times.ok && times.value[1]?.after).toBe(instantOf((BEGIN + 120) * 1000));
  });

  test.each([
    ['of another history', () => [other.bundled(3)], 'bad-proof'],
    ['with the proof of another size', () => [{ ...bundled(3), hashes: bundled(2).hashes }], 'bad-proof'],
    ['with a hash that is none', () => [{ ...bundled(3), hashes: ['?'.repeat(44)] }], 'malformed'],
    [
      'without a witness',
      () => [{ ...bundled(3), note: bundled(3).note.replace(/\u2014 w .*\n$/, '') }],
      'too-few-signatures',
    ],
    [
      'with another time in its cosignature',
      () => [{ ...bundled(3), note: retimed(bundled(3).note) }],
      'bad-signature',
    ],
    ['twice', () => [bundled(3), bundled(3)], 'malformed'],
    ['out of order', () => [bundled(4), bundled(3)], 'malformed'],
    ['that is the newest', () => [bundled(8)], 'malformed'],
  ])('a checkpoint %s refuses the file', (_what, checkpoints, code) => {
    expect(timesOfLeaves([leaf(3)], checkpoints(), trust)).toMatchObject({ ok: false, refusal: { code } });
  });

  test('a checkpoint beside no entry refuses the file: nothing in it is for show', () => {
    expect(timesOfLeaves([], [bundled(3)], trust)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
    expect(timesOfLeaves([], [], trust)).toEqual({ ok: true, value: [] });
  });
});

/** The last line says its time in eight bytes behind the four of the key. */
function retimed(note: string): string {
  const lines = note.trimEnd().split('\n');
  const [dash = '', name = '', encoded = ''] = (lines.at(-1) ?? '').split(' ');
  const bytes = Buffer.from(encoded, 'base64');
  bytes.writeUInt8((bytes[11] ?? 0) ^ 1, 11);
  return `${[...lines.slice(0, -1), `${dash} ${name} ${encodeBase64(bytes)}`].join('\n')}\n`;
}
