import fc from 'fast-check';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { generateSigner, loadSigner, publicKeyOf, type SignerKey } from './keys.ts';
import { cosignNote, openNote, parseVkey, signNote, vkeyOf, type NoteVerifier } from './note.ts';

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}
const detailOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.refusal.detail);
const seeded = (byte: number): SignerKey => {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, byte)]);
  return must(loadSigner(`-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`));
};

const log = seeded(1);
const witness = seeded(2);
const logKey = must(parseVkey(vkeyOf('log', 'log.example/1', publicKeyOf(log))));
const witnessKey = must(parseVkey(vkeyOf('witness', 'witness.example/w', publicKeyOf(witness))));
const TEXT = 'log.example/1\n3\nYWJj\n';
const note = signNote(TEXT, 'log.example/1', log);
const cosigned = must(cosignNote(note, { name: 'witness.example/w', signer: witness }, 1_700_000_000));

describe('the published example of the signed note format', () => {
  const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const published = `${text}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

  test('verifies', () => {
    expect(must(openNote(published, [must(parseVkey(vkey))])).text).toBe(text);
  });

  test('a verifier key survives its text', () => {
    const { role, name, key } = must(parseVkey(vkey));
    expect(vkeyOf(role, name, key)).toBe(vkey);
  });

  test('does not verify with one letter changed', () => {
    expect(detailOf(openNote(published.replace('answer', 'Answer'), [must(parseVkey(vkey))]))).toContain(
      'does not fit the note',
    );
  });
});

describe('opening', () => {
  test('names who signed, and when a witness saw it', () => {
    const opened = must(openNote(cosigned, [logKey, witnessKey]));
    expect(opened.text).toBe(TEXT);
    expect(opened.signatures).toEqual([
      { verifier: logKey, timeSeconds: undefined },
      { verifier: witnessKey, timeSeconds: 1_700_000_000 },
    ]);
  });

  test('lines of unknown keys are ignored', () => {
    expect(must(openNote(cosigned, [witnessKey])).signatures).toHaveLength(1);
    expect(detailOf(openNote(cosigned, []))).toBe('the note has no signature of a known key');
  });

  test('a key that signs twice is reported once', () => {
    const line = note.slice(TEXT.length + 1);
    expect(must(openNote(note + line, [logKey])).signatures).toHaveLength(1);
  });

  test('of two cosignatures of one witness the first is reported', () => {
    const twice = must(cosignNote(cosigned, { name: 'witness.example/w', signer: witness }, 1_800_000_000));
    const times = must(openNote(twice, [logKey, witnessKey])).signatures.map(({ timeSeconds }) => timeSeconds);
    expect(times).toEqual([undefined, 1_700_000_000]);
  });

  test('the same key under another name, or in another role, is another key', () => {
    const renamed: NoteVerifier = { ...logKey, name: 'log.example/2' };
    const asWitness: NoteVerifier = { ...logKey, role: 'witness' };
    expect(openNote(note, [renamed]).ok).toBe(false);
    expect(openNote(note, [asWitness]).ok).toBe(false);
  });

  test('the time of a cosignature is signed', () => {
    const lines = cosigned.split('\n');
    const line = lines.at(-2)!;
    const [dash, name, encoded] = line.split(' ') as [string, string, string];
    const bytes = Buffer.from(encoded, 'base64');
    bytes[11]! ^= 1;
    const forged = cosigned.replace(line, `${dash} ${name} ${bytes.toString('base64')}`);
    expect(detailOf(openNote(forged, [logKey, witnessKey]))).toContain('does not fit the note');
  });

  test('I8: no single changed bit leaves text and signers as they were', () => {
    const original = Buffer.from(cosigned);
    let refused = 0;
    for (let bit = 0; bit < original.length * 8; bit += 1) {
      const flipped = Uint8Array.from(original);
      flipped[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
      const opened = openNote(Buffer.from(flipped).toString('utf8'), [logKey, witnessKey]);
      if (!opened.ok) refused += 1;
      // A changed name or key id makes the line one of an unknown key: it no longer counts.
      const isHarmless = !opened.ok || (opened.value.text === TEXT && opened.value.signatures.length < 2);
      expect(isHarmless).toBe(true);
    }
    expect(refused).toBeGreaterThan(original.length * 4);
  });
});

describe('malformed notes', () => {
  test.each([
    ['nothing', ''],
    ['no signature', `${TEXT}\n`],
    ['no blank line', note.replace('\n\n', '\n')],
    ['no final line end', note.slice(0, -1)],
    ['text after the signatures', `${note}more\n`],
    ['a control character', note.replace('3', '3\r')],
    ['a tab', note.replace('3', '3\t')],
    ['a C1 control', note.replace('3', '3\u{85}')],
    ['a hyphen for the dash', note.replace('\u2014', '-')],
    ['a lone surrogate', note.replace('3', '\ud800')],
    ['a signature that is not base64', note.replace(/ \S+\n$/, ' ****\n')],
    ['a signature that is only an id', note.replace(/ \S+\n$/, ' AAAAAA==\n')],
    ['too many lines', note + note.slice(TEXT.length + 1).repeat(100)],
    ['too much', 'x'.repeat(70_000) + note],
  ])('%s', (_name, text) => {
    expect(openNote(text, [logKey]).ok).toBe(false);
  });

  test('never throws on hostile text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\n', '\u2014', ' ', 'a', '+', 'A', '=', '\0'), maxLength: 60 }),
        (text) => {
          expect(openNote(text, [logKey]).ok).toBe(false);
        },
      ),
    );
  });

  test('a cosignature cannot be added to something that is not a note', () => {
    expect(cosignNote('text', { name: 'w', signer: witness }, 1).ok).toBe(false);
  });
});

describe('verifier keys', () => {
  const vkey = vkeyOf('log', 'log.example/1', publicKeyOf(log));
  test.each([
    ['nothing', ''],
    ['no name', vkey.replace('log.example/1', '')],
    ['another name', vkey.replace('log.example/1', 'log.example/2')],
    ['a name with a space', vkey.replace('log.example', 'log example')],
    ['another id', vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
    ['an unknown type', vkey.replace(/\+A[A-Za-z]/, '+Ag')],
    ['a short key', vkey.slice(0, -4)],
    ['too much', `${'x'.repeat(600)}${vkey}`],
  ])('refused: %s', (_name, text) => {
    expect(parseVkey(text).ok).toBe(false);
  });

  test('a key of small order is refused even with a matching id', () => {
    const forged = { kind: 'ed25519', point: () => new Uint8Array(32) } as unknown as NoteVerifier['key'];
    expect(detailOf(parseVkey(vkeyOf('log', 'log.example/1', forged)))).toContain('small order');
  });
});

test('what could not be opened is never signed', () => {
  expect(() => signNote('no line end', 'log', log)).toThrow(TypeError);
  expect(() => signNote('a\rb\n', 'log', log)).toThrow(TypeError);
  expect(() => signNote(TEXT, 'two words', log)).toThrow(TypeError);
  expect(() => signNote(TEXT, 'a+b', log)).toThrow(TypeError);
  expect(() => signNote(TEXT, 'log', generateSigner('p256'))).toThrow(TypeError);
  expect(() => cosignNote(note, { name: 'w', signer: witness }, -1)).toThrow(RangeError);
  expect(() => cosignNote(note, { name: 'w', signer: witness }, 0.5)).toThrow(RangeError);
});
