import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import {
  cosignaturesAlone,
  cosignCheckpoint,
  formatCheckpoint,
  openCheckpoint,
  readCheckpoint,
  readCount,
  signCheckpoint,
  type Checkpoint,
  type CheckpointTrust,
} from './checkpoint.ts';
import { generateSigner, publicKeyOf, type SignerKey } from './keys.ts';
import { parseVkey, signNote, vkeyOf, type NoteRole, type NoteVerifier } from './note.ts';

const verifier = (role: NoteRole, name: string, signer: SignerKey): NoteVerifier => {
  const key = parseVkey(vkeyOf(role, name, publicKeyOf(signer)));
  if (!key.ok) throw new Error(key.refusal.detail);
  return key.value;
};
const [log, east, west] = [0, 1, 2].map(() => generateSigner('ed25519')) as [SignerKey, SignerKey, SignerKey];
const ORIGIN = 'record.example/log';
const trust = (witnessQuorum: number, change: Partial<CheckpointTrust> = {}): CheckpointTrust => ({
  logKey: verifier('log', ORIGIN, log),
  witnessKeys: [verifier('witness', 'east', east), verifier('witness', 'west', west)],
  witnessQuorum,
  ...change,
});
const checkpoint: Checkpoint = { origin: ORIGIN, size: 7, root: new Uint8Array(32).fill(9) };
const signed = signCheckpoint(checkpoint, log);
const cosigned = (note: string, name: string, signer: SignerKey, timeSeconds = 1_795_000_000): string => {
  const made = cosignCheckpoint(note, { name, signer }, timeSeconds);
  if (!made.ok) throw new Error(made.refusal.detail);
  return made.value;
};
const byBoth = cosigned(cosigned(signed, 'east', east), 'west', west);
const codeOf = (note: string, by: CheckpointTrust): string => {
  const opened = openCheckpoint(note, by);
  return opened.ok ? `${opened.value.size} by ${opened.value.cosignatures.length}` : opened.refusal.code;
};

test('C2SP: the text of a checkpoint is origin, size and root, a line each: these bytes and no others', () => {
  expect(
    formatCheckpoint({
      origin: 'example.com/behind-the-sofa',
      size: 20_852_163,
      root: Buffer.from('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', 'base64'),
    }),
  ).toBe('example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n');
});

test('whatever is written is read back as it was', () => {
  const line = fc.stringMatching(/^[!-~][ -~]{0,30}$/);
  const any = fc.record({
    origin: line,
    size: fc.maxSafeNat(),
    root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    extensions: fc.array(line, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(any, (one) => {
      fc.pre(one.size < 1e16);
      const read = readCheckpoint(formatCheckpoint(one));
      expect(read.ok && { ...read.value, root: encodeBase64(read.value.root) }).toEqual({
        ...one,
        root: encodeBase64(one.root),
      });
    }),
  );
});

test.each([
  ['no line end at the end', 'o\n1\nroot'],
  ['no origin', '\n1\nROOT\n'],
  ['a size with a leading zero', 'o\n01\nROOT\n'],
  ['a size with a sign', 'o\n+1\nROOT\n'],
  ['a size with a fraction', 'o\n1.0\nROOT\n'],
  ['a size that no number holds', 'o\n9007199254740993\nROOT\n'],
  ['a root that is too short', 'o\n1\nAAAA\n'],
  ['an empty line behind', 'o\n1\nROOT\n\n'],
  ['carriage returns', 'o\r\n1\r\nROOT\r\n'],
  ['nothing', ''],
])('a checkpoint with %s is none', (_what, text) => {
  expect(readCheckpoint(text.replace('ROOT', encodeBase64(new Uint8Array(32)))).ok).toBe(false);
});

test('a count is a count in one spelling', () => {
  expect(['0', '7', '9007199254740991'].map(readCount)).toEqual([0, 7, Number.MAX_SAFE_INTEGER]);
  expect(['', '00', '-1', '1e3', ' 1', '٣', '9007199254740992', '1'.repeat(40)].map(readCount)).toEqual(
    Array.from({ length: 8 }),
  );
});

test('what cannot be read back is not written', () => {
  for (const change of [
    { origin: '' },
    { origin: 'two\nlines' },
    { size: -1 },
    { size: 0.5 },
    { root: new Uint8Array(31) },
  ])
    expect(() => formatCheckpoint({ ...checkpoint, ...change })).toThrow(TypeError);
});

describe('V3, T11: who has to have signed', () => {
  test('the log, and as many witnesses as are asked for', () => {
    expect([0, 1, 2, 3].map((quorum) => codeOf(byBoth, trust(quorum)))).toEqual([
      '7 by 2',
      '7 by 2',
      '7 by 2',
      'too-few-signatures',
    ]);
    expect([codeOf(signed, trust(0)), codeOf(signed, trust(1))]).toEqual(['7 by 0', 'too-few-signatures']);
  });

  test('one witness under two names, or twice, is one', () => {
    const twice = cosigned(cosigned(signed, 'east', east), 'west', east);
    const names = [verifier('witness', 'east', east), verifier('witness', 'west', east)];
    expect(codeOf(twice, trust(2, { witnessKeys: names }))).toBe('too-few-signatures');
    expect(codeOf(twice, trust(1, { witnessKeys: names }))).toBe('7 by 1');
  });

  test('a log is not its own witness', () => {
    const own = cosigned(signed, 'east', log);
    expect(codeOf(own, trust(1, { witnessKeys: [verifier('witness', 'east', log)] }))).toBe('too-few-signatures');
  });

  test('a quorum that is no count lets nothing through, and keys have their roles', () => {
    for (const quorum of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(codeOf(byBoth, trust(quorum))).toBe('too-few-signatures');
    expect(codeOf(byBoth, trust(1, { logKey: verifier('witness', 'east', east) }))).toBe('bad-key');
    expect(codeOf(byBoth, trust(1, { witnessKeys: [verifier('log', ORIGIN, log)] }))).toBe('bad-key');
  });

  test('a checkpoint of a log of another name is not of this one, whoever signed', () => {
    const other = signCheckpoint({ ...checkpoint, origin: 'record.example/other' }, log);
    expect(openCheckpoint(other, trust(0)).ok).toBe(false);
  });

  test('a flipped bit anywhere in what is signed, and in any signature that is needed, is refused', () => {
    const bytes = Buffer.from(byBoth);
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      const opened = openCheckpoint(flipped.toString(), trust(2));
      expect([at, opened.ok]).toEqual([at, false]);
    }
  });

  test('lines of keys that nobody knows are counted, and change nothing', () => {
    const stranger = cosigned(byBoth, 'stranger', generateSigner('ed25519'));
    expect([cosignaturesAlone(byBoth, trust(2)), cosignaturesAlone(stranger, trust(2))]).toEqual([0, 1]);
    expect(codeOf(stranger, trust(2))).toBe('7 by 2');
    expect(cosignaturesAlone('no note at all', trust(2))).toBe(0);
  });
});

describe('C2SP: what a note has to say to be a checkpoint', () => {
  test('a signed note of something else is none', () => {
    for (const text of ['hello\n', `${ORIGIN}\n7\n`, `${ORIGIN}\n7\n${encodeBase64(new Uint8Array(33))}\n`])
      expect(codeOf(signNote(text, ORIGIN, log), trust(0))).toBe('malformed');
  });

  test('without its final line end the last line is not read short', () => {
    const root = encodeBase64(new Uint8Array(32));
    expect(readCheckpoint(`o\n1\n${root}\next\n`)).toMatchObject({ ok: true, value: { extensions: ['ext'] } });
    expect(readCheckpoint(`o\n1\n${root}\next`)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
  });

  test('one witness key that is none is one too many', () => {
    const mixed = [verifier('witness', 'east', east), verifier('log', 'west', west)];
    expect(codeOf(byBoth, trust(1, { witnessKeys: mixed }))).toBe('bad-key');
    expect(codeOf(byBoth, trust(1, { witnessKeys: mixed.toReversed() }))).toBe('bad-key');
  });

  test('each refusal says which rule it is', () => {
    expect(codeOf(signed.replace('7', '8'), trust(0))).toBe('bad-signature');
    expect(codeOf(signNote(formatCheckpoint({ ...checkpoint, origin: 'other' }), ORIGIN, log), trust(0))).toBe(
      'bad-signature',
    );
    expect(codeOf(byBoth.split('\n').toSpliced(4, 1).join('\n'), trust(0))).toBe('too-few-signatures');
    expect(codeOf('', trust(0))).toBe('malformed');
  });
});
