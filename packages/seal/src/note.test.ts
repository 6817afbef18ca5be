import fc from 'fast-check';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { sha256 } from './digest.ts';
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

/** A signature line by hand, so that it can be what no program writes. */
const line = (name: string, id: Uint8Array, rest: Uint8Array): string =>
  `\u2014 ${name} ${Buffer.concat([id, rest]).toString('base64')}\n`;
const idOf = (type: number, name: string, key: SignerKey): Uint8Array =>
  sha256(Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), publicKeyOf(key).point()])).subarray(0, 4);
const byLog = (text: string): string =>
  line('log.example/1', idOf(1, 'log.example/1', log), log.sign(Buffer.from(text)));
const codeOf = (text: string): string => {
  const opened = openNote(text, [logKey, witnessKey]);
  return opened.ok ? 'opened' : opened.refusal.code;
};

describe('C2SP signed notes at their limits', () => {
  test('text may hold blank lines: the signatures are behind the last one', () => {
    const text = 'first\n\n\u2014 no signature at all\n\nlast\n';
    expect(must(openNote(signNote(text, 'log.example/1', log), [logKey])).text).toBe(text);
  });

  test('a note has at most 65,536 characters', () => {
    const room = 65_536 - byLog('').length - 1;
    for (const [length, code] of [
      [room, 'opened'],
      [room + 1, 'malformed'],
    ] as const)
      expect(codeOf(signNote(`${'x'.repeat(length - 1)}\n`, 'log.example/1', log))).toBe(code);
  });

  test('a note has at most 100 lines of signatures', () => {
    const own = byLog(TEXT);
    expect(codeOf(`${TEXT}\n${own.repeat(100)}`)).toBe('opened');
    expect(codeOf(`${TEXT}\n${own.repeat(101)}`)).toBe('malformed');
  });

  test('a last line without its end is not dropped in silence', () => {
    expect(codeOf(cosigned.slice(0, -1))).toBe('malformed');
  });

  test.each([
    ['a carriage return', 'a\r\n'],
    ['a tab', 'a\tb\n'],
    ['NUL', 'a\0\n'],
    ['DEL', 'a\u{7f}\n'],
    ['a C1 control', 'a\u{9b}\n'],
    ['a lone surrogate, which reads as the character it was signed as', 'a\ud800\n'],
  ])('text with %s is refused even when the log signed it', (_what, text) => {
    expect(codeOf(`${text}\n${byLog(text)}`)).toBe('malformed');
  });

  test('what is no note is malformed, and not a note of nobody', () => {
    const own = idOf(1, 'log.example/1', log);
    for (const text of [
      '',
      TEXT,
      `${TEXT}\n`,
      byLog(TEXT),
      `${TEXT}\n${line('log.example/1', own, new Uint8Array())}`,
      `${TEXT}\n${line('log.example/1', own.subarray(1), new Uint8Array())}`,
      `${TEXT}\n${byLog(TEXT).replace('\u2014 ', '\u2014  ')}`,
      `${TEXT}\n${byLog(TEXT).replace('\u2014 ', ' \u2014 ')}`,
      `${TEXT}\n${byLog(TEXT).replace('\n', ' \n')}`,
      `${TEXT}\n${byLog(TEXT).replace('=\n', '\n')}`,
    ])
      expect([text, codeOf(text)]).toEqual([text, 'malformed']);
    expect(codeOf(`${TEXT}\n${line('stranger', own, new Uint8Array(64))}`)).toBe('too-few-signatures');
    expect(codeOf(`${TEXT}\n${line('log.example/1', own, new Uint8Array(64))}`)).toBe('bad-signature');
  });

  test('a cosignature needs its whole time and a time that a number can hold', () => {
    const name = 'witness.example/w';
    const id = idOf(4, name, witness);
    const at = (seconds: bigint): Uint8Array => {
      const time = Buffer.alloc(8);
      time.writeBigUInt64BE(seconds);
      return Buffer.concat([time, witness.sign(Buffer.from(`cosignature/v1\ntime ${seconds}\n${TEXT}`))]);
    };
    const written = (rest: Uint8Array): string => `${TEXT}\n${line(name, id, rest)}`;
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    expect([0n, most, most + 1n, 2n ** 64n - 1n].map((seconds) => codeOf(written(at(seconds))))).toEqual([
      'opened',
      'opened',
      'bad-signature',
      'bad-signature',
    ]);
    for (let length = 1; length < 72; length += 1)
      expect([length, codeOf(written(at(7n).subarray(0, length)))]).toEqual([length, 'bad-signature']);
  });
});

const vkeyBy = (name: string, type: number, bytes = publicKeyOf(log).point()): string => {
  const typed = Buffer.concat([Uint8Array.of(type), bytes]);
  const id = sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).subarray(0, 4);
  return `${name}+${Buffer.from(id).toString('hex')}+${typed.toString('base64')}`;
};
const outcome = (vkey: string): string => {
  const parsed = parseVkey(vkey);
  return parsed.ok ? parsed.value.role : parsed.refusal.code;
};
describe('C2SP verifier keys that fit their id', () => {
  test('are of a log or of a witness', () => {
    expect([1, 4].map((type) => outcome(vkeyBy('log', type)))).toEqual(['log', 'witness']);
    for (const type of [0, 2, 3, 5, 6, 255]) expect(detailOf(parseVkey(vkeyBy('log', type)))).toContain('unknown type');
  });

  test('have a name of 1 to 255 characters without blank, control or plus', () => {
    expect(outcome(vkeyBy('x'.repeat(255), 1))).toBe('log');
    for (const name of ['', 'x'.repeat(256), 'two words', 'tab\tbed', 'a\u{a0}b', 'a\0b', 'a\u{7f}', 'a\nb', 'a+b'])
      expect([name, outcome(vkeyBy(name, 1))]).toEqual([name, 'malformed']);
  });

  test('have 33 bytes and lower-case digits', () => {
    for (const point of [publicKeyOf(log).point().subarray(1), new Uint8Array(30), new Uint8Array()])
      expect(outcome(vkeyBy('log', 1, point))).toBe('malformed');
    expect(outcome(vkeyBy('log', 1).replace(/\+[0-9a-f]{8}\+/, (id) => id.toUpperCase().replaceAll(/\d/g, 'A')))).toBe(
      'malformed',
    );
  });
});

test('nothing is signed that no reader would open', () => {
  expect(() => signNote('a\ud800\n', 'log', log)).toThrow(TypeError);
  expect(() => vkeyOf('log', 'two words', publicKeyOf(log))).toThrow(TypeError);
  expect(() => vkeyOf('log', 'log', publicKeyOf(generateSigner('p256')))).toThrow(TypeError);
  expect(() => cosignNote(note, { name: 'two words', signer: witness }, 1)).toThrow(TypeError);
  expect(() => cosignNote(note, { name: 'w', signer: generateSigner('p256') }, 1)).toThrow(TypeError);
  expect(() => cosignNote(note, { name: 'w', signer: witness }, Number.MAX_SAFE_INTEGER + 1)).toThrow(RangeError);
  expect(cosignNote(note, { name: 'w', signer: witness }, 0).ok).toBe(true);
});
