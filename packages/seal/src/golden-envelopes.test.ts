/**
 * Envelopes of every kind of statement, signed with every kind of key at one time and kept since: whatever is written tomorrow, these
 * are read as they were. The Ed25519 ones are made again here, byte for byte.
 */
import { readFileSync } from 'node:fs';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { decodeBase64 } from './base64.ts';
import { canonicalBytes } from './canonical.ts';
import {
  payloadOf,
  preAuthEncoding,
  signEnvelope,
  verifyEnvelope,
  type DsseEnvelope,
  type DsseSignature,
} from './dsse.ts';
import {
  APPROVAL_NAMESPACE,
  keyidOfCredential,
  keyMaterialOf,
  keysThatSigned,
  sshSignature,
  verifyHumanSignature,
  type HumanCredential,
} from './human-signature.ts';
import { decodePublicKey, signerFromDer, type SignerKey } from './keys.ts';
import { PAYLOAD } from './payload.ts';
import { signSsh } from './sshsig.ts';
import { readStrictJson } from './strict-json.ts';

interface Golden {
  readonly credentials: Readonly<Record<string, HumanCredential>>;
  readonly envelopes: Readonly<
    Record<string, Omit<DsseEnvelope, 'signatures'> & { readonly signatures: Readonly<Record<string, DsseSignature>> }>
  >;
}
const golden = JSON.parse(readFileSync(new URL('fixtures/golden-envelopes.json', import.meta.url), 'utf8')) as Golden;

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}
const seeded = (byte: number): SignerKey =>
  must(
    signerFromDer(
      Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, byte)]),
      'pkcs8',
    ),
  );
const credentials = Object.entries(golden.credentials);
const kinds = Object.entries(golden.envelopes);
const all = kinds.flatMap(([kind, { payloadType, payload, signatures }]) =>
  Object.entries(signatures).map(([scheme, signature]) => ({
    kind,
    scheme,
    envelope: { payloadType, payload, signatures: [signature] },
    credential: golden.credentials[scheme]!,
  })),
);
const bodyOf = (kind: string): Uint8Array =>
  canonicalBytes({ document: kind, people: ['kim', 'pat'], size: Number.MAX_SAFE_INTEGER, text: 'Zoë 水 "quoted"' });

describe('I8: envelopes that were kept', () => {
  test('are of every kind there is, under the type they had', () => {
    expect(kinds.map(([kind, { payloadType }]) => [kind, payloadType])).toEqual(Object.entries(PAYLOAD));
    expect(all.length).toBe(96);
  });

  test.each(kinds)('%s: its bytes are those of its document, written again today', (kind, { payload, payloadType }) => {
    const bytes = must(payloadOf({ payloadType, payload, signatures: [] }));
    expect(Buffer.from(bytes).toString()).toBe(Buffer.from(bodyOf(kind)).toString());
    expect(canonicalBytes(must(readStrictJson(bytes)))).toEqual(bytes);
  });

  test('verify under the credential that made them, by whoever asks', () => {
    for (const { kind, scheme, envelope, credential } of all) {
      const verified = must(verifyHumanSignature(envelope, 0, credential));
      expect([kind, scheme, verified.keyid]).toEqual([kind, scheme, keyidOfCredential(credential)]);
      expect(verified.isUserVerified).toBe(/^(?:sk|passkey)/.test(scheme));
      expect(verified.origin).toBe(scheme.startsWith('passkey') ? 'https://approve.example' : undefined);
      expect(keysThatSigned(envelope, Object.values(golden.credentials))).toEqual([credential]);
      if (credential.kind !== 'raw') continue;
      const rule = {
        payloadType: envelope.payloadType,
        trusted: [must(decodePublicKey(credential.publicKey))],
        threshold: 1,
      };
      expect(must(verifyEnvelope(envelope, rule)).signers).toEqual([verified.keyid]);
    }
  });

  test('verify under no other credential, whatever id they claim', () => {
    for (const { scheme, envelope } of all)
      for (const [name, credential] of credentials) {
        const [{ keyid: _keyid, ...entry }] = envelope.signatures as [DsseSignature];
        const verified = verifyHumanSignature({ ...envelope, signatures: [entry] }, 0, credential);
        expect([scheme, name, verified.ok]).toEqual([scheme, name, scheme === name]);
      }
  });

  test('verify as no other kind, and over no other document', () => {
    for (const { kind, scheme, envelope, credential } of all)
      for (const [other, { payloadType, payload }] of kinds) {
        const swapped = [
          { ...envelope, payloadType },
          { ...envelope, payload, payloadType },
        ].map((one) => verifyHumanSignature(one, 0, credential).ok);
        expect([kind, other, scheme, ...swapped]).toEqual([kind, other, scheme, ...swapped.map(() => kind === other)]);
      }
  });

  test('are made again byte for byte, where a signature has one form', () => {
    for (const [kind, { payloadType, signatures }] of kinds) {
      const body = bodyOf(kind);
      expect(signEnvelope(payloadType, body, [seeded(1)]).signatures).toEqual([signatures['raw-ed25519']]);
      const ssh = golden.credentials['ssh-ed25519'];
      if (signatures['ssh-ed25519'] === undefined || ssh?.kind !== 'ssh') continue;
      const armored = signSsh(seeded(3), APPROVAL_NAMESPACE, preAuthEncoding(payloadType, body));
      expect(must(sshSignature(armored, ssh.publicKey))).toEqual(signatures['ssh-ed25519']);
    }
  });

  test('are of eight different keys, each with the id it had', () => {
    expect(credentials.map(([name, credential]) => [name, keyMaterialOf(credential)?.slice(0, 16)]))
      .toMatchInlineSnapshot(`
      [
        [
          "raw-ed25519",
          "fd110d301d2f077d",
        ],
        [
          "raw-p256",
          "5a07a723c7956830",
        ],
        [
          "ssh-ed25519",
          "8cef065b7af83669",
        ],
        [
          "ssh-p256",
          "ed631117ee2f1b3f",
        ],
        [
          "sk-ssh-ed25519",
          "3774845b9147b50c",
        ],
        [
          "sk-ssh-p256",
          "8bd006f9f5e9e8c6",
        ],
        [
          "passkey-p256",
          "ce97ec20d43661a1",
        ],
        [
          "passkey-ed25519",
          "496410a672746eb3",
        ],
      ]
    `);
    expect(new Set(credentials.map(([, credential]) => keyMaterialOf(credential))).size).toBe(credentials.length);
  });
});

describe('I8: any bit of one that was kept', () => {
  const approvals = all.filter(({ kind }) => kind === 'approval');
  test.each(approvals)('$scheme: changed in the signature, it is none', ({ envelope, credential }) => {
    const [entry] = envelope.signatures as [DsseSignature];
    const bytes = decodeBase64(entry.sig)!;
    for (let bit = 0; bit < bytes.length * 8; bit += entry.webauthn === undefined && bytes.length > 100 ? 7 : 1) {
      const turned = Buffer.from(bytes);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      const changed = { ...envelope, signatures: [{ ...entry, sig: turned.toString('base64') }] };
      expect([bit, verifyHumanSignature(changed, 0, credential).ok]).toEqual([bit, false]);
    }
  });

  test.each(approvals)('$scheme: changed in the document, nobody signed it', ({ envelope, credential }) => {
    const bytes = decodeBase64(envelope.payload)!;
    for (let bit = 0; bit < bytes.length * 8; bit += 5) {
      const turned = Buffer.from(bytes);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      const changed = { ...envelope, payload: turned.toString('base64') };
      expect([bit, verifyHumanSignature(changed, 0, credential).ok]).toEqual([bit, false]);
    }
  });
});
