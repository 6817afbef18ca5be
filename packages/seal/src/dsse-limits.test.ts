/** Envelopes at their limits, and what each part of one is bound to. */
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import {
  attachSignature,
  MAX_ENVELOPE_BYTES,
  MAX_GRAPH_BYTES,
  MAX_GRAPH_ENVELOPE_BYTES,
  parseEnvelope,
  payloadOf,
  readEnvelope,
  signEnvelope,
  verifyEnvelope,
  type DsseEnvelope,
} from './dsse.ts';
import { generateSigner, loadSigner, publicKeyOf } from './keys.ts';
import { generateKeyPairSync } from 'node:crypto';
import { PAYLOAD } from './payload.ts';

const signer = generateSigner('ed25519');
const MIB = 1_048_576;
const zeros = (type: string, bytes: number): DsseEnvelope => signEnvelope(type, Buffer.alloc(bytes), [signer]);
const outcome = (envelope: DsseEnvelope): string => {
  const payload = payloadOf(envelope);
  const verified = verifyEnvelope(envelope, {
    payloadType: envelope.payloadType,
    trusted: [publicKeyOf(signer)],
    threshold: 1,
  });
  if (payload.ok !== verified.ok) return 'not verified';
  return payload.ok ? `${payload.value.length}` : payload.refusal.detail;
};

describe('X1: how much an envelope may hold', () => {
  test('3 MiB of any type', () => {
    expect(outcome(zeros(PAYLOAD.capsule, 3 * MIB))).toBe(`${3 * MIB}`);
    for (const more of [1, 2, 3, 4])
      expect(outcome(zeros(PAYLOAD.capsule, 3 * MIB + more))).toBe('the payload is not base64 of at most 3 MiB');
  });

  test('32 MiB of a graph, and of nothing else', () => {
    expect(outcome(zeros(PAYLOAD.graph, MAX_GRAPH_BYTES))).toBe(`${32 * MIB}`);
    expect(outcome(zeros(PAYLOAD.graph, MAX_GRAPH_BYTES + 1))).toBe('the payload is not base64 of at most 32 MiB');
    expect(outcome(zeros(`${PAYLOAD.graph}x`, 4 * MIB))).toBe('the payload is not base64 of at most 3 MiB');
  });

  test('the limits of a file leave room for the largest envelope there is', () => {
    const entry = { keyid: 'k'.repeat(1500), sig: 'A'.repeat(8192) };
    const full = (type: string, bytes: number): number => {
      const envelope = { ...zeros(type, bytes), signatures: Array.from({ length: 32 }, () => entry) };
      return Buffer.byteLength(JSON.stringify(envelope));
    };
    expect(full(PAYLOAD.capsule, 3 * MIB)).toBeLessThanOrEqual(MAX_ENVELOPE_BYTES);
    expect(full(PAYLOAD.graph, MAX_GRAPH_BYTES)).toBeLessThanOrEqual(MAX_GRAPH_ENVELOPE_BYTES);
  });

  test('32 signatures, in the shape and in the check', () => {
    const one = zeros(PAYLOAD.capsule, 8);
    const [signature] = one.signatures;
    const of = (count: number): DsseEnvelope => ({
      ...one,
      signatures: Array.from({ length: count }, () => signature!),
    });
    expect([1, 32, 33].map((count) => parseEnvelope(of(count)).ok)).toEqual([true, true, false]);
    expect([1, 32].map((count) => outcome(of(count)))).toEqual(['8', '8']);
    expect(outcome(of(33))).toBe('not verified');
  });

  test.each<readonly [string, (length: number) => object, number]>([
    ['a type', (length) => ({ payloadType: 'a'.repeat(length) }), 200],
    ['a key id', (length) => ({ signatures: [{ sig: 'AA==', keyid: 'k'.repeat(length) }] }), 1500],
    ['a signature', (length) => ({ signatures: [{ sig: 'A'.repeat(length) }] }), 8192],
    [
      'authenticator data',
      (length) => ({
        signatures: [{ sig: 'AA==', webauthn: { authenticatorData: 'A'.repeat(length), clientDataJSON: 'AA' } }],
      }),
      4096,
    ],
    [
      'client data',
      (length) => ({
        signatures: [{ sig: 'AA==', webauthn: { authenticatorData: 'AA', clientDataJSON: 'A'.repeat(length) } }],
      }),
      8192,
    ],
  ])('%s has its longest form, and none longer', (_what, change, most) => {
    const made = (length: number): unknown => ({
      payloadType: 'a',
      payload: 'AA==',
      signatures: [{ sig: 'AA==' }],
      ...change(length),
    });
    expect([1, most, most + 1].map((length) => parseEnvelope(made(length)).ok)).toEqual([true, true, false]);
  });
});

describe('I8: every type is another document', () => {
  const types = Object.values(PAYLOAD);
  test('no two statements have one type', () => {
    expect(new Set(types).size).toBe(types.length);
    expect(types.filter((type) => !/^application\/vnd\.[a-z-]+(?:\.[a-z-]+\.v1)?\+json$/.test(type))).toEqual([]);
  });

  test('a signature over one of them counts under no other', () => {
    const body = Buffer.from('{}');
    for (const made of types) {
      const envelope = signEnvelope(made, body, [signer]);
      for (const asked of types) {
        const rule = { payloadType: asked, trusted: [publicKeyOf(signer)], threshold: 1 };
        const renamed = verifyEnvelope({ ...envelope, payloadType: asked }, rule);
        expect([made, asked, renamed.ok]).toEqual([made, asked, made === asked]);
        const asIs = verifyEnvelope(envelope, rule);
        expect(asIs.ok ? 'accepted' : asIs.refusal.code).toBe(made === asked ? 'accepted' : 'wrong-type');
      }
    }
  });
});

describe('I8: what is behind a hint', () => {
  test('a signature that is no base64 is none, and does not hide the one behind it', () => {
    const good = signEnvelope('a', Buffer.from('x'), [signer]);
    const hidden = { ...good, signatures: [{ keyid: signer.keyid, sig: '*' }, { sig: 'A' }, ...good.signatures] };
    expect(outcome(hidden)).toBe('1');
    expect(attachSignature(good, { sig: 'AA==' }).signatures).toHaveLength(2);
  });

  test('every beginning of an envelope is none', () => {
    const bytes = Buffer.from(JSON.stringify(signEnvelope('a', Buffer.from('{"id":1}'), [signer])));
    for (let length = 0; length < bytes.length; length += 1) {
      const read = readEnvelope(bytes.subarray(0, length));
      expect([length, read.ok || read.refusal.code]).toEqual([length, 'malformed']);
    }
  });
});

test('A2: a private key with spelled-out curve parameters would have another id, so it is none', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' });
  const loaded = loadSigner(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  expect(loaded.ok || loaded.refusal.code).toBe('bad-key');
  expect(encodeBase64(publicKeyOf(generateSigner('p256')).spki())).toMatch(/^MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/);
});
