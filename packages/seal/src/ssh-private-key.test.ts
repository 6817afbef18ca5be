/** OpenSSH private keys made here part by part: whatever does not belong together, or is not in the one form, is not used. */
import { describe, expect, test } from 'vitest';
import { generateSigner, publicKeyOf, signerPem, type SignerKey } from './keys.ts';
import { loadOpenSshPrivateKey, parseSshPublicKey, sshBlobOf, sshPublicKeyLine } from './ssh-key.ts';
import { wireMpint, wireString, wireUint32 } from './ssh-wire.ts';

const scalarOf = (signer: SignerKey): Uint8Array => {
  const der = Buffer.from(signerPem(signer).replaceAll(/-----.*?-----|\n/g, ''), 'base64');
  // PKCS#8: the seed ends an Ed25519 key; the number stands behind 04 20 in one of P-256.
  const at = signer.kind === 'ed25519' ? der.length - 32 : der.indexOf(Buffer.from('0420', 'hex')) + 2;
  return Uint8Array.from(der.subarray(at, at + 32));
};

interface Parts {
  readonly magic?: string;
  readonly cipher?: string;
  readonly kdf?: string;
  readonly kdfOptions?: Uint8Array;
  readonly count?: number;
  readonly publicBlob?: Uint8Array;
  readonly checks?: readonly [number, number];
  readonly type?: string;
  readonly curve?: string;
  readonly point?: Uint8Array;
  readonly secret?: Uint8Array;
  readonly padding?: (length: number) => readonly number[];
  readonly behindSecrets?: Uint8Array;
  readonly behindAll?: Uint8Array;
}
const counted = (length: number): readonly number[] => Array.from({ length }, (_, place) => place + 1);

/** The file of a key, with some of its parts exchanged. */
function file(signer: SignerKey, change: Parts = {}): string {
  const isEd25519 = signer.kind === 'ed25519';
  const point = publicKeyOf(signer).point();
  const {
    magic = 'openssh-key-v1\0',
    cipher = 'none',
    kdf = 'none',
    kdfOptions = new Uint8Array(),
    count = 1,
    publicBlob = sshBlobOf(publicKeyOf(signer)),
    checks = [77, 77],
    type = isEd25519 ? 'ssh-ed25519' : 'ecdsa-sha2-nistp256',
    curve = 'nistp256',
    padding = counted,
  } = change;
  const secret = isEd25519
    ? wireString(change.secret ?? Buffer.concat([scalarOf(signer), point]))
    : change.secret === undefined
      ? wireMpint(scalarOf(signer))
      : wireString(change.secret);
  const secrets = Buffer.concat([
    ...checks.map(wireUint32),
    wireString(type),
    ...(isEd25519 ? [] : [wireString(curve)]),
    wireString(change.point ?? point),
    secret,
    wireString('a comment'),
    change.behindSecrets ?? new Uint8Array(),
  ]);
  const padded = Buffer.concat([secrets, Buffer.from(padding((8 - (secrets.length % 8)) % 8))]);
  const bytes = Buffer.concat([
    Buffer.from(magic, 'latin1'),
    wireString(cipher),
    wireString(kdf),
    wireString(kdfOptions),
    wireUint32(count),
    wireString(publicBlob),
    wireString(padded),
    change.behindAll ?? new Uint8Array(),
  ]);
  return armoured(bytes);
}
const armoured = (bytes: Uint8Array, width = 70): string => {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
};
const bytesIn = (text: string): Buffer => Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64');
const outcome = (text: string): string => {
  const loaded = loadOpenSshPrivateKey(text);
  return loaded.ok ? loaded.value.keyid : loaded.refusal.code;
};
/** Its number has 32 bytes, so that its file is padded. */
function plainP256(): SignerKey {
  const signer = generateSigner('p256');
  return scalarOf(signer)[0] === 0 ? plainP256() : signer;
}
const [ed, ec, other, otherEc] = [generateSigner('ed25519'), plainP256(), generateSigner('ed25519'), plainP256()];

test.each([ed, ec])('A2: the key in the file is the key that signs', (signer) => {
  for (const text of [file(signer), file(signer).replaceAll('\n', '\r\n'), file(signer).trimEnd()])
    expect(outcome(text)).toBe(signer.keyid);
});

test('A2: a number of P-256 that begins with a zero or a high bit is read as it is', () => {
  const seen = new Set<string>();
  for (let round = 0; round < 4000 && seen.size < 3; round += 1) {
    const signer = generateSigner('p256');
    const [first = 0] = scalarOf(signer);
    const kind = first === 0 ? 'short' : first >= 0x80 ? 'high' : 'plain';
    if (seen.has(kind)) continue;
    seen.add(kind);
    expect(outcome(file(signer))).toBe(signer.keyid);
  }
  expect([...seen].toSorted()).toEqual(['high', 'plain', 'short']);
});

const zero = Uint8Array.of(0);
describe.each<readonly [string, SignerKey, SignerKey]>([
  ['Ed25519', ed, other],
  ['P-256', ec, otherEc],
])('A2: a file of a key of kind %s', (_kind, signer, stranger) => {
  const point = publicKeyOf(signer).point();
  test.each<readonly [string, Parts, string]>([
    ['another magic', { magic: 'openssh-key-v2\0' }, 'malformed'],
    ['a passphrase', { cipher: 'aes256-ctr' }, 'bad-key'],
    ['a passphrase by another name', { kdf: 'bcrypt' }, 'bad-key'],
    ['options of a passphrase', { kdfOptions: zero }, 'bad-key'],
    ['no key', { count: 0 }, 'malformed'],
    ['two keys', { count: 2 }, 'malformed'],
    ['the public part of another key', { publicBlob: sshBlobOf(publicKeyOf(stranger)) }, 'bad-key'],
    ['the point of another key inside', { point: publicKeyOf(stranger).point() }, 'bad-key'],
    ['a point that is cut', { point: point.subarray(1) }, 'bad-key'],
    ['check numbers that differ', { checks: [77, 78] }, 'malformed'],
    ['a kind that cannot sign here', { type: 'ssh-rsa' }, 'bad-key'],
    ['the kind of a hardware key', { type: 'sk-ssh-ed25519@openssh.com' }, 'bad-key'],
    ['padding that is not counted', { padding: (length) => counted(length).map((byte) => byte + 1) }, 'malformed'],
    ['padding of zeros', { padding: (length) => counted(length).map(() => 0) }, 'malformed'],
    ['one padding byte that is wrong', { padding: (length) => [...counted(length - 1), 99] }, 'malformed'],
    ['a block of padding too much', { padding: (length) => counted(length + 8) }, 'accepted'],
    ['a padding byte too few', { padding: (length) => counted(length - 1) }, 'malformed'],
    ['a padding byte too many', { padding: (length) => counted(length + 1) }, 'malformed'],
    ['bytes behind the comment', { behindSecrets: wireString('more') }, 'malformed'],
    ['bytes behind everything', { behindAll: zero }, 'malformed'],
  ])('with %s: %s', (_what, change, code) => {
    expect(outcome(file(signer, change))).toBe(code === 'accepted' ? signer.keyid : code);
  });

  test('cut anywhere is no key, and with any bit changed it is this key or none', () => {
    const whole = bytesIn(file(signer));
    for (let length = 0; length < whole.length; length += 1)
      expect([length, outcome(armoured(whole.subarray(0, length)))]).toEqual([length, 'malformed']);
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const turned = Buffer.from(whole);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      const found = outcome(armoured(turned));
      expect([bit, found === 'malformed' || found === 'bad-key' || found === signer.keyid]).toEqual([bit, true]);
    }
  });
});

describe('A2: secrets that belong to nobody', () => {
  const point = publicKeyOf(ed).point();
  const seed = scalarOf(ed);
  test.each<readonly [string, string, string]>([
    ['a seed without its point', file(ed, { secret: seed }), 'bad-key'],
    ['a seed that is cut', file(ed, { secret: Buffer.concat([seed.subarray(1), point]) }), 'bad-key'],
    ['bytes behind the point', file(ed, { secret: Buffer.concat([seed, point, zero]) }), 'bad-key'],
    ['the seed of another key', file(ed, { secret: Buffer.concat([scalarOf(other), point]) }), 'bad-key'],
    [
      'the point of another key behind the seed',
      file(ed, { secret: Buffer.concat([seed, publicKeyOf(other).point()]) }),
      'bad-key',
    ],
    ['a number of another key', file(ec, { secret: Buffer.concat([zero, Buffer.alloc(32, 0x81)]) }), 'bad-key'],
    ['the number zero', file(ec, { secret: new Uint8Array() }), 'malformed'],
    ['a negative number', file(ec, { secret: Buffer.alloc(32, 0x81) }), 'malformed'],
    ['a number of 33 bytes', file(ec, { secret: Buffer.alloc(33, 1) }), 'malformed'],
    [
      'a number with needless zeros',
      file(ec, { secret: Buffer.concat([zero, zero, Buffer.alloc(31, 1)]) }),
      'malformed',
    ],
    ['another curve', file(ec, { curve: 'nistp384' }), 'malformed'],
  ])('%s', (_what, text, code) => {
    expect(outcome(text)).toBe(code);
  });
});

describe('A2: an armour that is none', () => {
  const text = file(ed);
  test.each([
    ['nothing', ''],
    ['no body', '-----BEGIN OPENSSH PRIVATE KEY-----\n\n-----END OPENSSH PRIVATE KEY-----\n'],
    ['only padding', '-----BEGIN OPENSSH PRIVATE KEY-----\n====\n-----END OPENSSH PRIVATE KEY-----\n'],
    ['text before it', `x${text}`],
    ['text behind it', `${text}x`],
    ['two of them', text + text],
    ['another label', text.replaceAll('OPENSSH', 'OPENSSL')],
    ['a blank in its body', text.replace('\nb3Bl', '\nb3 Bl')],
    ['the other alphabet', text.replace('\nb3Bl', '\nb3B_')],
    ['no end', text.slice(0, -34)],
    ['more than 16,384 characters', text.replace('\n-----END', `${'\n'.repeat(17_000)}-----END`)],
  ])('%s', (_what, hostile) => {
    expect(outcome(hostile)).toBe('malformed');
  });
});

const kindOf = (text: string): string => {
  const read = parseSshPublicKey(text);
  return read.ok ? read.value.type : read.refusal.code;
};
const lineOf = (type: string, ...parts: readonly (string | Uint8Array)[]): string =>
  `${type} ${Buffer.concat([type, ...parts].map(wireString)).toString('base64')}`;
describe('A2: public keys at their edges', () => {
  const line = sshPublicKeyLine(publicKeyOf(ec));
  const [edPoint, ecPoint] = [publicKeyOf(ed).point(), publicKeyOf(ec).point()];

  test('a comment is on the line of the key', () => {
    expect(kindOf(`${line} alice@host`)).toBe('ecdsa-sha2-nistp256');
    for (const text of [`${line} alice\nno-pty`, `${line}\nalice`, `${line} alice\n${line}`])
      expect([text, kindOf(text)]).toEqual([text, 'malformed']);
  });

  test('a line has at most 4096 characters', () => {
    expect([4096, 4097].map((length) => kindOf(`${line} `.padEnd(length, 'x')))).toEqual([
      'ecdsa-sha2-nistp256',
      'malformed',
    ]);
  });

  test('a curve, a point and an application are those of the kind', () => {
    expect(kindOf(lineOf('ecdsa-sha2-nistp256', 'nistp256', ecPoint))).toBe('ecdsa-sha2-nistp256');
    expect(kindOf(lineOf('ecdsa-sha2-nistp256', 'nistp384', ecPoint))).toBe('malformed');
    expect(kindOf(lineOf('ecdsa-sha2-nistp256', 'nistp256', edPoint))).toBe('bad-key');
    expect(kindOf(lineOf('ssh-ed25519', ecPoint))).toBe('bad-key');
    expect(kindOf(lineOf('ssh-dss', edPoint))).toBe('bad-key');
    const hardware = (application: string): string =>
      kindOf(lineOf('sk-ssh-ed25519@openssh.com', edPoint, application));
    expect(['ssh:', 'ssh:prod', 'xssh:', 'SSH:', 'ssh', '', 'https://ssh:'].map(hardware)).toEqual([
      'sk-ssh-ed25519@openssh.com',
      'sk-ssh-ed25519@openssh.com',
      'bad-key',
      'bad-key',
      'bad-key',
      'bad-key',
      'bad-key',
    ]);
    expect(kindOf(lineOf('sk-ssh-ed25519@openssh.com', edPoint))).toBe('malformed');
  });
});
