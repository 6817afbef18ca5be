/**
 * DSSE 1.0.2: signatures over bytes with a type, never over a structure. The payload bytes as received are the identity.
 * A key id in an envelope is only a hint where to look; what counts is which trusted keys verify, each at most once (I8, A3).
 */
import { list, object, ok, optional, readShape, text, type Result, type Shape } from '@countersign/core';
import { decodeEitherBase64, encodeBase64 } from './base64.ts';
import { no, quote } from './hostile-text.ts';
import type { PublicKey, SealKey } from './keys.ts';
import { PAYLOAD } from './payload.ts';
import { readStrictJson } from './strict-json.ts';

/** What a browser returned beside the signature; both base64url. */
export interface PasskeyAssertionFields {
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
}
export interface DsseSignature {
  /** `sha256` of the key in hex, `webauthn:<credential id>` or `ssh:SHA256:<fingerprint>`. */
  readonly keyid?: string;
  /** Base64; for SSH the base64 of the whole armoured signature. */
  readonly sig: string;
  readonly webauthn?: PasskeyAssertionFields;
}
export interface DsseEnvelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly DsseSignature[];
}

export const MAX_ENVELOPE_BYTES: number = 4_718_592;
const MAX_PAYLOAD_BYTES = 3_145_728;
/** Of a signed system graph: about 75,000 nodes and 340,000 edges with short names. Nothing else that is signed is as large. */
export const MAX_GRAPH_BYTES: number = 33_554_432;
const charactersOf = (bytes: number): number => Math.ceil(bytes / 3) * 4;
/** Payload in base64 and the same room for signatures that every envelope has. */
export const MAX_GRAPH_ENVELOPE_BYTES: number =
  charactersOf(MAX_GRAPH_BYTES) + MAX_ENVELOPE_BYTES - charactersOf(MAX_PAYLOAD_BYTES);
const MAX_SIGNATURES = 32;
const BASE64 = /^[A-Za-z0-9+/_=-]*$/;

const base64 = (max: number): Shape<string> => text({ min: 1, max, pattern: BASE64 });
/** Signatures cover the type, so whoever claims the larger room gets nothing but a graph verified. */
const roomOf = (payloadType: string): number => (payloadType === PAYLOAD.graph ? MAX_GRAPH_BYTES : MAX_PAYLOAD_BYTES);

const anyEnvelopeShape: Shape<DsseEnvelope> = object<DsseEnvelope>({
  payloadType: text({ min: 1, max: 200, pattern: /^[!-~]+$/ }),
  payload: text({ max: charactersOf(MAX_GRAPH_BYTES), pattern: BASE64 }),
  signatures: list(
    object<DsseSignature>({
      keyid: optional(text({ max: 1500, pattern: /^[!-~]*$/ })),
      sig: base64(8192),
      webauthn: optional(
        object<PasskeyAssertionFields>({ authenticatorData: base64(4096), clientDataJSON: base64(8192) }),
      ),
    }),
    { min: 1, max: MAX_SIGNATURES },
  ),
});

/** The strict shape of an envelope, for documents that carry envelopes; nothing is verified. */
export const dsseShape: Shape<DsseEnvelope> = {
  schema: {
    ...anyEnvelopeShape.schema,
    if: { properties: { payloadType: { const: PAYLOAD.graph } } },
    else: { properties: { payload: { maxLength: charactersOf(MAX_PAYLOAD_BYTES) } } },
  },
  read(value, at, complaints) {
    const envelope = anyEnvelopeShape.read(value, at, complaints);
    if (envelope === undefined) return undefined;
    const payload = payloadOf(envelope);
    if (payload.ok) return envelope;
    complaints.push({ at: `${at}/payload`, problem: payload.refusal.detail });
    return undefined;
  },
};

/** `DSSEv1 <length of type> <type> <length of body> <body>`: the bytes every scheme signs. */
export function preAuthEncoding(payloadType: string, body: Uint8Array): Uint8Array {
  const type = new TextEncoder().encode(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${body.length} `), body]);
}

export function signEnvelope(payloadType: string, payload: Uint8Array, signers: readonly SealKey[]): DsseEnvelope {
  const message = preAuthEncoding(payloadType, payload);
  return {
    payloadType,
    payload: encodeBase64(payload),
    signatures: signers.map((signer) => signatureOf(signer, message)),
  };
}

/** Who signs with a key that is not in this process: an agent, a token, a service. */
export interface EnvelopeSigner {
  readonly publicKey: PublicKey;
  readonly sign: (message: Uint8Array) => Promise<Result<Uint8Array>>;
}

/** `signEnvelope` with keys elsewhere, one after the other: a person may have to touch each. One refusal, and there is no envelope. */
export async function signEnvelopeWith(
  payloadType: string,
  payload: Uint8Array,
  signers: readonly EnvelopeSigner[],
): Promise<Result<DsseEnvelope>> {
  const message = preAuthEncoding(payloadType, payload);
  const signatures: DsseSignature[] = [];
  for (const { publicKey, sign } of signers) {
    const signature = await sign(message);
    if (!signature.ok) return signature;
    signatures.push({ keyid: publicKey.keyid, sig: encodeBase64(signature.value) });
  }
  return ok({ payloadType, payload: encodeBase64(payload), signatures });
}

const signatureOf = (signer: SealKey, message: Uint8Array): DsseSignature => ({
  keyid: signer.keyid,
  sig: encodeBase64(signer.sign(message)),
});

/** The same envelope with one more signature, e.g. of a second registrar. */
export function addSignature(envelope: DsseEnvelope, signer: SealKey): Result<DsseEnvelope> {
  const payload = payloadOf(envelope);
  if (!payload.ok) return payload;
  const message = preAuthEncoding(envelope.payloadType, payload.value);
  return ok(attachSignature(envelope, signatureOf(signer, message)));
}

export const attachSignature = (envelope: DsseEnvelope, signature: DsseSignature): DsseEnvelope => ({
  ...envelope,
  signatures: [...envelope.signatures, signature],
});

/** Reads the strict shape of an envelope; nothing is verified. */
export const parseEnvelope = (value: unknown): Result<DsseEnvelope> => readShape(dsseShape, value);

/** Reads hostile bytes as an envelope; nothing is verified. `maxBytes`: more only where a graph is expected. */
export function readEnvelope(bytes: Uint8Array, maxBytes: number = MAX_ENVELOPE_BYTES): Result<DsseEnvelope> {
  const json = readStrictJson(bytes, { maxBytes });
  return json.ok ? parseEnvelope(json.value) : json;
}

/** The payload bytes, not verified. */
export function payloadOf({ payloadType, payload }: DsseEnvelope): Result<Uint8Array> {
  const room = roomOf(payloadType);
  const bytes = payload.length > charactersOf(room) ? undefined : decodeEitherBase64(payload);
  return bytes === undefined || bytes.length > room
    ? no('malformed', `the payload is not base64 of at most ${room / 1_048_576} MiB`)
    : ok(bytes);
}

export interface EnvelopeRule {
  readonly payloadType: string;
  readonly trusted: ReadonlyMap<string, PublicKey> | readonly PublicKey[];
  /** How many distinct trusted keys must verify, at least 1. */
  readonly threshold: number;
}
export interface VerifiedEnvelope {
  /** The bytes the signatures cover; parse these and nothing else. */
  readonly payload: Uint8Array;
  /** Key ids of the trusted keys that verified, each once. */
  readonly signers: readonly string[];
}

export function verifyEnvelope(envelope: DsseEnvelope, rule: EnvelopeRule): Result<VerifiedEnvelope> {
  const { payloadType, threshold } = rule;
  if (!Number.isSafeInteger(threshold) || threshold < 1)
    return no('too-few-signatures', 'the threshold must be at least 1');
  if (envelope.payloadType !== payloadType)
    return no('wrong-type', `the envelope is of type ${quote(envelope.payloadType)}, expected ${quote(payloadType)}`);
  if (envelope.signatures.length > MAX_SIGNATURES) return no('malformed', `more than ${MAX_SIGNATURES} signatures`);
  const payload = payloadOf(envelope);
  if (!payload.ok) return payload;
  const signers = signersOf(envelope, preAuthEncoding(payloadType, payload.value), rule.trusted);
  if (signers.length < threshold)
    return no('too-few-signatures', `${signers.length} of ${threshold} required trusted keys signed`);
  return ok({ payload: payload.value, signers });
}

function signersOf(envelope: DsseEnvelope, message: Uint8Array, trusted: EnvelopeRule['trusted']): readonly string[] {
  // Ids come from the keys themselves, so a map that lists one key under two names counts it once.
  const keys = new Map([...trusted.values()].map((key) => [key.keyid, key]));
  const found = new Set<string>();
  for (const { keyid, sig } of envelope.signatures) {
    const signature = decodeEitherBase64(sig);
    if (signature === undefined) continue;
    const hinted = keyid === undefined ? undefined : keys.get(keyid);
    const candidates = hinted === undefined ? [...keys.values()] : [hinted];
    const signer = candidates.find((key) => key.verify(message, signature));
    if (signer !== undefined) found.add(signer.keyid);
  }
  return [...found];
}
