import { createHash, generateKeyPairSync, sign as signWith } from 'node:crypto';
import { instantOf, type Credential } from '@countersign/core';
import {
  canonicalBytes,
  encodePublicKey,
  generateSigner,
  passkeySignature,
  PAYLOAD,
  preAuthEncoding,
  type DsseEnvelope,
} from '@countersign/seal';
import { expect, test } from 'vitest';
import type { Means } from '../http/principal.ts';
import { NOON_MS, sign } from '../testkit/world.ts';
import { isStrongEnough } from './strong-enough.ts';

const RP = 'cs.example';
const ORIGIN = 'https://cs.example';
const at = instantOf(NOON_MS);
const document = { type: 'approval', nonce: 'x' };
const key = generateSigner('ed25519');
const raw: Credential = {
  kind: 'raw',
  publicKey: encodePublicKey(key.publicKey),
  surface: 'own',
  enrolledAt: at,
  usableFrom: at,
};
const byKey = sign(PAYLOAD.approval, document, [key]);

/** One passkey and its assertion over the document; `flags` is what the authenticator says it did. */
function passkey(flags: number): { readonly credential: Credential; readonly dsse: DsseEnvelope } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const head = Buffer.from('a5010203262001215820', 'hex');
  const cose = Buffer.concat([
    head,
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ]);
  const payload = canonicalBytes(document);
  const challenge = createHash('sha256').update(preAuthEncoding(PAYLOAD.approval, payload)).digest('base64url');
  const clientDataJSON = Buffer.from(
    JSON.stringify({ type: 'webauthn.get', challenge, origin: ORIGIN, crossOrigin: false }),
  );
  const authenticatorData = Buffer.concat([createHash('sha256').update(RP).digest(), Buffer.from([flags, 0, 0, 0, 1])]);
  const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()]);
  const id = Buffer.from('a credential').toString('base64url');
  const signature = signWith('sha256', signed, privateKey);
  return {
    credential: {
      kind: 'passkey',
      id,
      cose: cose.toString('base64url'),
      rpId: RP,
      origins: [ORIGIN],
      allowBackup: false,
      surface: 'served',
      enrolledAt: at,
      usableFrom: at,
    },
    dsse: {
      payloadType: PAYLOAD.approval,
      payload: Buffer.from(payload).toString('base64'),
      signatures: [passkeySignature(id, { authenticatorData, clientDataJSON, signature })],
    },
  };
}
const session = (isFresh: boolean): Means => ({ kind: 'session', authenticatedAt: at, isFresh });

test('A1: a key of a file is enough only together with a fresh sign-in', () => {
  expect(isStrongEnough(byKey, [raw], undefined)).toBe(false);
  expect(isStrongEnough(byKey, [raw], { kind: 'fixed-token' })).toBe(false);
  expect(isStrongEnough(byKey, [raw], session(false))).toBe(false);
  expect(isStrongEnough(byKey, [raw], session(true))).toBe(true);
});

test('A1: a passkey that asked for the person is enough by itself, one that did not is nothing', () => {
  const asked = passkey(0x05);
  expect(isStrongEnough(asked.dsse, [asked.credential], { kind: 'fixed-token' })).toBe(true);
  const silent = passkey(0x01);
  expect(isStrongEnough(silent.dsse, [silent.credential], { kind: 'fixed-token' })).toBe(false);
  expect(isStrongEnough(asked.dsse, [raw], undefined)).toBe(false);
  expect(isStrongEnough(byKey, [asked.credential], undefined)).toBe(false);
});

test('A1: an SSH key that is no hardware key asks for nobody, whatever the roster says of it', () => {
  const ssh: Credential = {
    kind: 'ssh',
    publicKey: `ssh-ed25519 ${'A'.repeat(68)}`,
    requireUserVerification: true,
    surface: 'own',
    enrolledAt: at,
    usableFrom: at,
  };
  expect(isStrongEnough(byKey, [ssh], undefined)).toBe(false);
});
