import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import {
  cosignCheckpoint,
  formatCheckpoint,
  openCheckpoint,
  readCheckpoint,
  signCheckpoint,
  type Checkpoint,
  type CheckpointTrust,
} from './checkpoint.ts';
import { CompactRange } from './compact-range.ts';
import { loadSigner, publicKeyOf, type SignerKey } from './keys.ts';
import { inclusionProof } from './merkle-proof.ts';
import { leafHash } from './merkle.ts';
import { parseVkey, signNote, vkeyOf, type NoteRole, type NoteVerifier } from './note.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.ts';

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}
const detailOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.refusal.detail);
const seeded = (seed: string): SignerKey => {
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  return must(loadSigner(`-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`));
};
const verifier = (role: NoteRole, name: string, signer: SignerKey): NoteVerifier =>
  must(parseVkey(vkeyOf(role, name, publicKeyOf(signer))));

const ORIGIN = 'log.example/1';
const log = seeded('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
const witnessA = { name: 'witness.example/w', signer: seeded('07'.repeat(32)) };
const witnessB = { name: 'witness.example/v', signer: seeded('08'.repeat(32)) };
const logKey = verifier('log', ORIGIN, log);
const witnessKeys = [witnessA, witnessB].map(({ name, signer }) => verifier('witness', name, signer));
const trust = (change: Partial<CheckpointTrust> = {}): CheckpointTrust => ({
  logKey,
  witnessKeys,
  witnessQuorum: 1,
  ...change,
});

const entries = Array.from({ length: 11 }, (_, i) => Buffer.from(`entry ${i}`));
const nodes = new Map<string, Uint8Array>();
let range = CompactRange.empty;
for (const entry of entries) {
  const appended = range.append(leafHash(entry));
  for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
  range = appended.range;
}
const get = (level: number, index: number): Uint8Array | undefined => nodes.get(`${level}/${index}`);
const checkpoint: Checkpoint = { origin: ORIGIN, size: 11, root: range.root() };
const signedNote = signCheckpoint(checkpoint, log);
const cosigned = must(cosignCheckpoint(signedNote, witnessA, 1_700_000_000));
const file = formatTlogProof({ index: 5, hashes: must(inclusionProof(get, 5, 11)), checkpoint: cosigned });

describe('golden bytes', () => {
  test('I8: a checkpoint with a cosignature is frozen; it was verified by an independent Python program', () => {
    expect(cosigned).toBe(
      [
        'log.example/1',
        '11',
        'MpIghwdLQvu/Ojo2cjqyeCX9m62x4pvd68P+qD6ewE0=',
        '',
        '\u2014 log.example/1 3YtMhKkQt+MbEOLwdIlWMM0R/VwhXg39azaJG6vv6EV1t0SpgTsitZXNti/gs39S97rkZykJ/GXt+ByrMhqwG0g0BwU=',
        '\u2014 witness.example/w g3VaswAAAABlU/EAAkfqCjYgAv1MPf+ZU8RTcZTI2jvXM+a59VyBFq+G5JXKkebFKKh6k21hvIV56nbY3xJEXTIaHjt4ML5Tdd8wBg==',
        '',
      ].join('\n'),
    );
  });

  test('I8: a proof file is frozen', () => {
    expect(file).toBe(
      [
        'c2sp.org/tlog-proof@v1',
        'index 5',
        'SFM123z+yWXxX/dF/GJcQdXqJkaTaTAWWCj3PdS2iFQ=',
        '/w4ywg/2W5esELOyZ3uHKqPVoCh9lFesukflfPSkpz8=',
        'l5nzB1F+9RfCIF35tndivzR1ayAJn7ffzOdrzr0nOy4=',
        'Gg7P34r3oeK3sD6u30u69aQetycGEXXjRiBCvpuP4wA=',
        '',
        cosigned,
      ].join('\n'),
    );
  });

  test('verifier keys are frozen', () => {
    expect(vkeyOf('log', ORIGIN, publicKeyOf(log))).toBe(
      'log.example/1+dd8b4c84+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea',
    );
    expect(vkeyOf('witness', witnessA.name, publicKeyOf(witnessA.signer))).toBe(
      'witness.example/w+83755ab3+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs',
    );
  });
});

describe('checkpoints', () => {
  test('the text survives, with extension lines', () => {
    const extended = { ...checkpoint, extensions: ['time 1', 'more'] };
    expect(must(readCheckpoint(formatCheckpoint(extended)))).toEqual(extended);
  });

  test('opens with the witnesses that saw it', () => {
    const opened = must(openCheckpoint(cosigned, trust()));
    expect(opened).toEqual({
      ...checkpoint,
      extensions: [],
      cosignatures: [{ name: witnessA.name, timeSeconds: 1_700_000_000 }],
    });
  });

  test('T1: without enough distinct witnesses it is not believed', () => {
    expect(detailOf(openCheckpoint(signedNote, trust()))).toBe('0 of 1 required witnesses cosigned');
    expect(detailOf(openCheckpoint(cosigned, trust({ witnessQuorum: 2 })))).toBe('1 of 2 required witnesses cosigned');
    const twice = must(cosignCheckpoint(cosigned, witnessA, 1_700_000_001));
    expect(detailOf(openCheckpoint(twice, trust({ witnessQuorum: 2 })))).toBe('1 of 2 required witnesses cosigned');
    const both = must(cosignCheckpoint(cosigned, witnessB, 1_700_000_001));
    expect(must(openCheckpoint(both, trust({ witnessQuorum: 2 }))).cosignatures).toHaveLength(2);
  });

  test('one witness key with two names counts once', () => {
    const alias = { name: 'alias.example', signer: witnessA.signer };
    const note = must(cosignCheckpoint(cosigned, alias, 1_700_000_000));
    const keys = [...witnessKeys, verifier('witness', alias.name, alias.signer)];
    expect(detailOf(openCheckpoint(note, trust({ witnessKeys: keys, witnessQuorum: 2 })))).toBe(
      '1 of 2 required witnesses cosigned',
    );
  });

  test('a log is not its own witness', () => {
    const note = must(cosignCheckpoint(signedNote, { name: 'log.example/w', signer: log }, 1_700_000_000));
    const keys = [verifier('witness', 'log.example/w', log)];
    expect(detailOf(openCheckpoint(note, trust({ witnessKeys: keys })))).toBe('0 of 1 required witnesses cosigned');
  });

  test('witnesses cannot replace the log', () => {
    const onlyWitness = cosigned.split('\n').toSpliced(4, 1).join('\n');
    expect(detailOf(openCheckpoint(onlyWitness, trust()))).toBe('the log has not signed the checkpoint');
  });

  test('the checkpoint of another log, signed by this key, is refused', () => {
    const other = signCheckpoint({ ...checkpoint, origin: 'log.example/2' }, log).replace(
      '\u2014 log.example/2',
      '\u2014 log.example/1',
    );
    expect(openCheckpoint(other, trust({ witnessQuorum: 0 })).ok).toBe(false);
  });

  test('a log key that signs a checkpoint under another origin is refused', () => {
    const note = signNote(formatCheckpoint({ ...checkpoint, origin: 'log.example/2' }), ORIGIN, log);
    expect(detailOf(openCheckpoint(note, trust({ witnessQuorum: 0 })))).toBe(
      'the checkpoint is of the log `log.example/2`',
    );
  });

  test.each([-1, 0.5, Number.NaN])('a quorum of %d is refused', (witnessQuorum) => {
    expect(openCheckpoint(cosigned, trust({ witnessQuorum })).ok).toBe(false);
  });

  test('keys in the wrong role are refused', () => {
    expect(openCheckpoint(cosigned, trust({ logKey: witnessKeys[0]! })).ok).toBe(false);
    expect(openCheckpoint(cosigned, trust({ witnessKeys: [logKey] })).ok).toBe(false);
  });

  const ROOT = 'MpIghwdLQvu/Ojo2cjqyeCX9m62x4pvd68P+qD6ewE0=';
  test.each([
    ['nothing', ''],
    ['no origin', `\n11\n${ROOT}\n`],
    ['a leading zero', `a\n011\n${ROOT}\n`],
    ['a sign', `a\n+11\n${ROOT}\n`],
    ['an unsafe size', `a\n9007199254740992\n${ROOT}\n`],
    ['a fraction', `a\n1.5\n${ROOT}\n`],
    ['a short root', 'a\n11\nAAAA\n'],
    ['no root', 'a\n11\n'],
    ['no final line end', `a\n11\n${ROOT}`],
    ['an empty extension', `a\n11\n${ROOT}\n\nx\n`],
  ])('malformed: %s', (_name, text) => {
    expect(detailOf(readCheckpoint(text))).toContain('not a checkpoint');
  });

  test('what could not be read back is never signed', () => {
    expect(() => signCheckpoint({ ...checkpoint, size: -1 }, log)).toThrow(TypeError);
    expect(() => signCheckpoint({ ...checkpoint, root: new Uint8Array(31) }, log)).toThrow(TypeError);
    expect(() => formatCheckpoint({ ...checkpoint, extensions: ['a\nb'] })).toThrow(TypeError);
  });
});

describe('proof files', () => {
  test('a proof survives its file, with and without extra data', () => {
    expect(formatTlogProof(must(parseTlogProof(file)))).toBe(file);
    const extra = formatTlogProof({ ...must(parseTlogProof(file)), extra: Buffer.from('entry') });
    expect(formatTlogProof(must(parseTlogProof(extra)))).toBe(extra);
  });

  test('every entry is proven from its file alone, and only that entry', () => {
    for (const [index, entry] of entries.entries()) {
      const text = formatTlogProof({ index, hashes: must(inclusionProof(get, index, 11)), checkpoint: cosigned });
      const proof = must(parseTlogProof(text));
      expect(must(verifyTlogProof(proof, entry, trust()))).toMatchObject({
        index,
        checkpoint: { origin: ORIGIN, size: 11 },
      });
      expect(verifyTlogProof(proof, Buffer.from('forged'), trust()).ok).toBe(false);
      expect(verifyTlogProof({ ...proof, index: (index + 1) % 11 }, entry, trust()).ok).toBe(false);
    }
  });

  test('the trust is applied', () => {
    const proof = must(parseTlogProof(file));
    expect(detailOf(verifyTlogProof(proof, entries[5]!, trust({ witnessQuorum: 2 })))).toContain('required witnesses');
    expect(verifyTlogProof(proof, entries[5]!, trust({ logKey: verifier('log', ORIGIN, witnessA.signer) })).ok).toBe(
      false,
    );
  });

  test('I8: no single changed bit still proves the entry at another place or in another tree', () => {
    const original = Buffer.from(file);
    let accepted = 0;
    for (let bit = 0; bit < original.length * 8; bit += 1) {
      const flipped = Uint8Array.from(original);
      flipped[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
      const proof = parseTlogProof(Buffer.from(flipped).toString('utf8'));
      const verified = proof.ok ? verifyTlogProof(proof.value, entries[5]!, trust()) : proof;
      if (verified.ok) accepted += 1;
    }
    expect(accepted).toBe(0);
  });

  test.each([
    ['nothing', ''],
    ['another version', file.replace('@v1', '@v2')],
    ['no index', file.replace('index 5\n', '')],
    ['a negative index', file.replace('index 5', 'index -5')],
    ['an index with zeros', file.replace('index 5', 'index 05')],
    ['a hash that is not base64', file.replace('SFM123z+', 'SFM123z*')],
    ['a short hash', file.replace('SFM123z+', '')],
    ['extra data that is not base64', file.replace('index', 'extra *\nindex')],
    ['no checkpoint', file.slice(0, file.indexOf('\n\n'))],
    ['Windows line ends', file.replaceAll('\n', '\r\n')],
    [
      'too many hashes',
      file.replace('index 5\n', `index 5\n${'SFM123z+yWXxX/dF/GJcQdXqJkaTaTAWWCj3PdS2iFQ=\n'.repeat(70)}`),
    ],
    ['too much', file + 'x'.repeat(140_000)],
  ])('malformed: %s', (_name, text) => {
    expect(parseTlogProof(text).ok).toBe(false);
  });
});

describe('C2SP tlog-proof at its limits', () => {
  test('extra bytes come back, and an index is never taken for them', () => {
    const proof = must(parseTlogProof(file));
    for (const extra of [new Uint8Array(), Uint8Array.of(0, 255, 128)])
      expect(Buffer.from(must(parseTlogProof(formatTlogProof({ ...proof, extra }))).extra ?? [9])).toEqual(
        Buffer.from(extra),
      );
    expect('extra' in must(parseTlogProof(formatTlogProof({ ...proof, index: 1234 })))).toBe(false);
  });

  test('at most 64 hashes and 131,072 characters', () => {
    const hash = 'SFM123z+yWXxX/dF/GJcQdXqJkaTaTAWWCj3PdS2iFQ=\n';
    const withHashes = (count: number): string => `c2sp.org/tlog-proof@v1\nindex 5\n${hash.repeat(count)}\nnote`;
    expect([0, 64, 65].map((count) => parseTlogProof(withHashes(count)).ok)).toEqual([true, true, false]);
    const padded = (length: number): string => withHashes(1).padEnd(length, 'x');
    expect([131_072, 131_073].map((length) => parseTlogProof(padded(length)).ok)).toEqual([true, false]);
  });
});
