/** What an SSH signature may be to count as an approval, and whose keys are behind an envelope: by the hundred. */
import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { attachSignature, preAuthEncoding, type DsseEnvelope, type DsseSignature } from './dsse.ts';
import { APPROVAL_NAMESPACE, keysThatSigned, type HumanCredential, type SshCredential } from './human-signature.ts';
import { touch } from './hardware-key.builder.ts';
import { generateSigner, publicKeyOf, type SignerKey } from './keys.ts';
import { sshPublicKeyLine } from './ssh-key.ts';
import { wireString, wireUint32 } from './ssh-wire.ts';

const TYPE = 'application/vnd.countersign.approval.v1+json';
const body = Buffer.from('{"approve":"cap-1"}');
const empty: DsseEnvelope = { payloadType: TYPE, payload: encodeBase64(body), signatures: [] };
const signed = (...entries: readonly DsseSignature[]): DsseEnvelope => entries.reduce(attachSignature, empty);
const ssh = (publicKey: string): SshCredential => ({ kind: 'ssh', publicKey });

/** What an SSH signature says of itself; all of it is what a signer could lie about. */
interface SshPlan {
  readonly namespace?: string;
  readonly inside?: string;
  readonly hashName?: string;
  readonly version?: number;
  readonly reserved?: string;
  readonly type?: string;
  readonly blob?: Uint8Array;
  readonly magic?: string;
}

function armoured(signer: SignerKey, plan: SshPlan = {}): string {
  const { namespace = APPROVAL_NAMESPACE, inside = namespace, hashName = 'sha512', version = 1, reserved = '' } = plan;
  const { type = 'ssh-ed25519', magic = 'SSHSIG' } = plan;
  const blob = plan.blob ?? Buffer.concat([wireString('ssh-ed25519'), wireString(publicKeyOf(signer).point())]);
  const known = ['sha256', 'sha512', 'sha1', 'md5'].includes(hashName) ? hashName : 'sha512';
  const digest = hash(known, preAuthEncoding(TYPE, body), 'buffer');
  const data = Buffer.concat([
    Buffer.from('SSHSIG'),
    ...[inside, reserved, hashName].map(wireString),
    wireString(digest),
  ]);
  const signature = Buffer.concat([wireString(type), wireString(signer.sign(data))]);
  return inArmour(
    Buffer.concat([
      Buffer.from(magic),
      wireUint32(version),
      wireString(blob),
      ...[namespace, reserved, hashName].map(wireString),
      wireString(signature),
    ]),
  );
}
const inArmour = (bytes: Uint8Array): string =>
  `-----BEGIN SSH SIGNATURE-----\n${(encodeBase64(bytes).match(/.{1,70}/g) ?? []).join('\n')}\n-----END SSH SIGNATURE-----\n`;
const entryOf = (text: string): DsseSignature => ({ sig: encodeBase64(Buffer.from(text, 'utf8')) });

const ana = generateSigner('ed25519');
const ben = generateSigner('ed25519');
const keyOf = (signer: SignerKey): SshCredential => ssh(sshPublicKeyLine(publicKeyOf(signer)));
const counts = (entry: DsseSignature, credential: HumanCredential = keyOf(ana)): boolean =>
  keysThatSigned(signed(entry), [credential]) !== undefined;

describe('A2: an SSH signature counts only as what it is', () => {
  test('the twin: this key, this purpose, this document, either hash', () => {
    expect(counts(entryOf(armoured(ana)))).toBe(true);
    expect(counts(entryOf(armoured(ana, { hashName: 'sha256' })))).toBe(true);
  });

  test.each<[string, SshPlan]>([
    ...[
      'git',
      'file',
      'email',
      '',
      'approval',
      'approval@countersign ',
      'Approval@countersign',
      'approval@countersign\0',
      'trust@countersign',
      'approval@countersign.example',
    ].map((namespace): [string, SshPlan] => [`for the purpose ${JSON.stringify(namespace)}`, { namespace }]),
    ['that names one purpose and signs another', { inside: 'git' }],
    ['that names another purpose and signs this one', { namespace: 'git', inside: APPROVAL_NAMESPACE }],
    ...['sha1', 'md5', 'sha384', 'SHA512', 'none', ''].map((hashName): [string, SshPlan] => [
      `with the hash ${JSON.stringify(hashName)}`,
      { hashName },
    ]),
    ['of another version', { version: 2 }],
    ['of version 0', { version: 0 }],
    ['with words in the reserved field', { reserved: 'x' }],
    ['of another type inside', { type: 'ssh-rsa' }],
    ['of a hardware key’s type inside', { type: 'sk-ssh-ed25519@openssh.com' }],
    [
      'with the key of somebody else in it',
      { blob: Buffer.concat([wireString('ssh-ed25519'), wireString(publicKeyOf(ben).point())]) },
    ],
    ['with no key in it', { blob: new Uint8Array() }],
    ['with another beginning', { magic: 'SSHSIH' }],
  ])('and not one %s', (_, plan) => {
    expect(counts(entryOf(armoured(ana, plan)))).toBe(false);
  });

  test('and not when it is cut at any place, or of another key', () => {
    const whole = armoured(ana);
    for (let length = 0; length < whole.length - 1; length += 1)
      expect([length, counts(entryOf(whole.slice(0, length)))]).toEqual([length, false]);
    const bytes = Buffer.from(whole.replaceAll(/-----[^-]+-----|\n/g, ''), 'base64');
    for (let length = 0; length < bytes.length; length += 1)
      expect([length, counts(entryOf(inArmour(bytes.subarray(0, length))))]).toEqual([length, false]);
    expect(counts(entryOf(whole), keyOf(ben))).toBe(false);
    expect(counts(entryOf(armoured(ben)))).toBe(false);
  });
});

function touched(
  flags: number,
  application = 'ssh:',
): { readonly entry: DsseSignature; readonly credential: SshCredential } {
  const plan = { namespace: APPROVAL_NAMESPACE, message: preAuthEncoding(TYPE, body), flags };
  const { armored, line } = touch(ana, { ...plan, asked: application });
  return { entry: entryOf(armored), credential: ssh(line) };
}

test.each([true, false])(
  'A2: of all flags of a hardware key those with a touch count, with PIN where it is asked for: %s',
  (requireUserVerification) => {
    const good = Array.from({ length: 256 }, (_, flags) => flags).filter((flags) => {
      const { entry, credential } = touched(flags);
      return counts(entry, { ...credential, requireUserVerification });
    });
    const wanted = requireUserVerification ? 0x05 : 0x01;
    expect(good.filter((flags) => (flags & wanted) !== wanted)).toEqual([]);
    expect(good).toContain(wanted);
  },
);

test('A2: a hardware key that signed for another application does not count', () => {
  const { entry, credential } = touched(0x05, 'https://a.example');
  expect(counts(entry, credential)).toBe(false);
  expect(counts(touched(0x05).entry, credential)).toBe(true);
});

describe('A2: the keys behind an envelope', () => {
  const byAna = entryOf(armoured(ana));
  const byBen = entryOf(armoured(ben));

  test('are those of one person, each entry one of theirs', () => {
    const second = generateSigner('ed25519');
    const own = [keyOf(second), keyOf(ana)];
    expect(keysThatSigned(signed(byAna), own)).toEqual([keyOf(ana)]);
    expect(keysThatSigned(signed(byAna, entryOf(armoured(second))), own)).toEqual([keyOf(ana), keyOf(second)]);
    expect(keysThatSigned(signed(byAna, byAna), own)).toEqual([keyOf(ana), keyOf(ana)]);
  });

  test('are none when one entry is somebody else’s, unreadable, or missing', () => {
    const own = [keyOf(ana)];
    for (const entries of [
      [],
      [byBen],
      [byAna, byBen],
      [byBen, byAna],
      [byAna, { sig: '*' }],
      [byAna, { ...byAna, keyid: 'ssh:x' }],
    ])
      expect(keysThatSigned(signed(...entries), own)).toBeUndefined();
    expect(keysThatSigned(signed(byAna), [])).toBeUndefined();
  });
});
