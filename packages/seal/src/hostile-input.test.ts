/** What every check of this package has in common: a hostile input gets a refusal in house form, never an exception. */
import fc from 'fast-check';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import {
  CompactRange,
  decodePublicKey,
  digestOf,
  encodePublicKey,
  generateSigner,
  loadOpenSshPrivateKey,
  loadSigner,
  openCheckpoint,
  parseEnvelope,
  parseSshPublicKey,
  parseTlogProof,
  parseVkey,
  publicKeyOf,
  readCheckpoint,
  readEnvelope,
  readStatement,
  readStrictJson,
  SEAL_CODES,
  verifyDisclosure,
  verifyEnvelope,
  verifyHumanSignature,
  verifySshSignature,
  vkeyOf,
  type DisclosedLeaf,
  type DsseEnvelope,
  type EvidenceRoot,
  type HumanCredential,
} from './index.ts';

const signer = generateSigner('ed25519');
const key = publicKeyOf(signer);
const parsed = parseVkey(vkeyOf('log', 'log.example', key));
if (!parsed.ok) throw new Error(parsed.refusal.detail);
const logKey = parsed.value;

/** Text made of the pieces the formats are made of, so that random input gets past the first check. */
const PIECES = [
  ...'{}[]",:= \n\\\0+/-_A0',
  'payload',
  'payloadType',
  'signatures',
  '-----BEGIN SSH SIGNATURE-----\n',
  '\n-----END SSH SIGNATURE-----\n',
  '-----BEGIN OPENSSH PRIVATE KEY-----\n',
  '\n-----END OPENSSH PRIVATE KEY-----\n',
  'ssh-ed25519 ',
  'AAAAC3NzaC1lZDI1NTE5AAAAI',
  'U1NIU0lH',
  'b3BlbnNzaC1rZXktdjEA',
  'c2sp.org/tlog-proof@v1\n',
  'index 0\n',
  'log.example',
  '\u2014 log.example ',
  '\u{202e}',
  '\ud800',
  '\u{1b}[2J',
];
const text = fc.string({ unit: fc.constantFrom(...PIECES), maxLength: 30 });
const json = fc.jsonValue({ maxDepth: 3 });
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

/** House form: a known code, one sentence of printable ASCII without full stop, bounded. */
function isInHouseForm(result: Result<unknown>): boolean {
  if (result.ok) return true;
  const { code, detail } = result.refusal;
  const isKnown = SEAL_CODES.some((known) => known === code);
  return isKnown && /^[ -~]{3,300}$/.test(detail) && !detail.endsWith('.') && !detail.includes('    at ');
}

const checks: readonly (readonly [string, (input: string) => Result<unknown>])[] = [
  ['readStrictJson', (input) => readStrictJson(bytes(input))],
  ['readEnvelope', (input) => readEnvelope(bytes(input))],
  ['readStatement', (input) => readStatement(bytes(input), 'a')],
  ['decodePublicKey', decodePublicKey],
  ['loadSigner', loadSigner],
  ['loadOpenSshPrivateKey', loadOpenSshPrivateKey],
  ['parseSshPublicKey', parseSshPublicKey],
  ['parseVkey', parseVkey],
  ['readCheckpoint', readCheckpoint],
  ['openCheckpoint', (input) => openCheckpoint(input, { logKey, witnessKeys: [], witnessQuorum: 0 })],
  ['parseTlogProof', parseTlogProof],
  [
    'verifySshSignature',
    (input) => verifySshSignature(input, { namespace: 'n', message: bytes(input), publicKey: input }),
  ],
];

describe('text from outside', () => {
  test.each(checks)('%s answers any text in house form', (_name, check) => {
    fc.assert(
      fc.property(text, (input) => {
        expect(isInHouseForm(check(input))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('values from outside', () => {
  test('parseEnvelope and CompactRange.parse answer any value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(isInHouseForm(parseEnvelope(value))).toBe(true);
        expect(isInHouseForm(CompactRange.parse(value))).toBe(true);
      }),
    );
  });

  test('verifyEnvelope answers any envelope', () => {
    fc.assert(
      fc.property(
        text,
        text,
        fc.array(fc.record({ keyid: text, sig: text }), { maxLength: 4 }),
        (payloadType, payload, signatures) => {
          const envelope: DsseEnvelope = { payloadType, payload, signatures };
          const result = verifyEnvelope(envelope, { payloadType, trusted: [key], threshold: 1 });
          expect(result.ok).toBe(false);
          expect(isInHouseForm(result)).toBe(true);
        },
      ),
    );
  });

  test('verifyHumanSignature answers any envelope and any credential', () => {
    const credential: fc.Arbitrary<HumanCredential> = fc.oneof(
      fc.record({
        kind: fc.constant('passkey' as const),
        id: text,
        cose: text,
        rpId: text,
        origins: fc.array(text, { maxLength: 2 }),
        allowBackup: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('ssh' as const), publicKey: text }),
      fc.record({ kind: fc.constant('raw' as const), publicKey: fc.oneof(text, fc.constant(encodePublicKey(key))) }),
    );
    const entry = fc.record({ sig: text, webauthn: fc.record({ authenticatorData: text, clientDataJSON: text }) });
    fc.assert(
      fc.property(text, entry, credential, (payload, signature, enrolled) => {
        const result = verifyHumanSignature({ payloadType: 'a', payload, signatures: [signature] }, 0, enrolled);
        expect(result.ok).toBe(false);
        expect(isInHouseForm(result)).toBe(true);
      }),
    );
  });

  test('verifyDisclosure answers any leaves', () => {
    const root: EvidenceRoot = { digest: digestOf(new Uint8Array()), leafCount: 1 };
    fc.assert(
      fc.property(
        fc.oneof(json, fc.record({ hash: json }), fc.record({ salt: text, pointer: text, value: json })),
        (leaf) => {
          const result = verifyDisclosure(root, [leaf as unknown as DisclosedLeaf]);
          expect(result.ok).toBe(false);
          expect(isInHouseForm(result)).toBe(true);
        },
      ),
    );
  });
});

test('every refusal code is a name, used once', () => {
  expect(new Set(SEAL_CODES).size).toBe(SEAL_CODES.length);
  expect(SEAL_CODES.filter((code) => !/^[a-z]+(?:-[a-z]+)*$/.test(code))).toEqual([]);
});
