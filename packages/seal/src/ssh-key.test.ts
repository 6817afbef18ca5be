import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateSigner, publicKeyOf, type SignerKey } from './keys.ts';
import { parseSshPublicKey, readSshBlob, sshPublicKeyLine } from './ssh-key.ts';
import { mpintToFixed, WireReader, wireMpint, wireString } from './ssh-wire.ts';

const lineOf = (signer: SignerKey): string => sshPublicKeyLine(publicKeyOf(signer));

describe('public keys', () => {
  const line = lineOf(generateSigner('ed25519'));
  test.each([
    ['nothing', ''],
    ['only a type', 'ssh-ed25519'],
    ['a type that does not fit', line.replace('ssh-ed25519', 'ssh-rsa')],
    ['options before the type', `no-pty ${line}`],
    ['two lines', `${line}\n${line}`],
    ['RSA', `ssh-rsa ${Buffer.concat([wireString('ssh-rsa'), wireString('a'), wireString('b')]).toString('base64')}`],
    [
      'trailing bytes',
      `ssh-ed25519 ${Buffer.concat([Buffer.from(line.split(' ')[1]!, 'base64'), Uint8Array.of(0)]).toString('base64')}`,
    ],
    [
      'a small-order point',
      `ssh-ed25519 ${Buffer.concat([wireString('ssh-ed25519'), wireString(new Uint8Array(32))]).toString('base64')}`,
    ],
    [
      'another curve',
      `ecdsa-sha2-nistp256 ${Buffer.concat([wireString('ecdsa-sha2-nistp256'), wireString('nistp384'), wireString('x')]).toString('base64')}`,
    ],
    ['too much', `${line} ${'x'.repeat(5000)}`],
  ])('refused: %s', (_name, text) => {
    expect(parseSshPublicKey(text).ok).toBe(false);
  });

  test('hostile blobs are refused without an exception', () => {
    const type = Buffer.from(wireString('ssh-ed25519'));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, isTyped) => {
        expect(readSshBlob(isTyped ? Buffer.concat([type, bytes]) : bytes).ok).toBe(false);
      }),
    );
  });
});

describe('the wire format', () => {
  test('RFC 4251 section 5: numbers', () => {
    expect(Buffer.from(wireMpint(new Uint8Array(4))).toString('hex')).toBe('00000000');
    expect(Buffer.from(wireMpint(Buffer.from('09a378f9b2e332a7', 'hex'))).toString('hex')).toBe(
      '0000000809a378f9b2e332a7',
    );
    expect(Buffer.from(wireMpint(Uint8Array.of(0, 0x80))).toString('hex')).toBe('000000020080');
  });

  test('a number survives in its one shortest form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (number) => {
        fc.pre(number.some((byte) => byte !== 0));
        const reader = new WireReader(wireMpint(number));
        expect(mpintToFixed(reader.string(), 32)).toEqual(Buffer.from(number));
        expect(reader.isComplete).toBe(true);
      }),
    );
    for (const bad of [[], [0x80], [0, 1], [0, 0, 0x80], Array.from({ length: 33 }, () => 1)])
      expect(mpintToFixed(Uint8Array.from(bad), 32)).toBe(undefined);
  });

  test('a short read poisons the reader: nothing after it is believed', () => {
    const reader = new WireReader(Uint8Array.of(0, 0, 0, 9, 1, 2));
    expect(reader.string()).toEqual(new Uint8Array());
    expect([reader.byte(), reader.uint32(), reader.text(), reader.rest().length, reader.isComplete]).toEqual([
      0,
      0,
      '',
      0,
      false,
    ]);
  });
});
