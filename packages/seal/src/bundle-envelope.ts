/** Opening the signed parts of an evidence bundle: stricter than elsewhere, because here every byte has to be accounted for. */
import { ok, readShape, refuse, type Digest, type Leaf, type Result, type Shape } from '@countersign/core';
import { digestOf } from './digest.ts';
import { verifyEnvelope, type DsseEnvelope } from './dsse.ts';
import { decodePublicKey, type PublicKey } from './keys.ts';
import { readStrictJson } from './strict-json.ts';

const MAX_DOCUMENT_BYTES = 4_194_304;

/** A line of the record that was found at its place. */
export interface VerifiedLeaf {
  readonly leaf: Leaf;
  readonly index: number;
  readonly body: Uint8Array | undefined;
}

/** An envelope in a bundle holds signatures of trusted keys and nothing else; a key id that names another key is a changed byte. */
export function openSigned<T>(
  envelope: DsseEnvelope,
  rule: {
    readonly payloadType: string;
    readonly trusted: readonly PublicKey[];
    readonly threshold?: number;
    readonly maxBytes?: number;
  },
  shape: Shape<T>,
): Result<{
  readonly document: T;
  readonly payload: Uint8Array;
  readonly digest: Digest;
  readonly signers: readonly string[];
}> {
  const { payloadType, trusted, threshold = 1, maxBytes = MAX_DOCUMENT_BYTES } = rule;
  const verified = verifyEnvelope(envelope, { payloadType, trusted, threshold });
  if (!verified.ok) return verified;
  const { payload, signers } = verified.value;
  const isEachNamed = envelope.signatures.every(
    ({ keyid, webauthn }) => keyid !== undefined && signers.includes(keyid) && webauthn === undefined,
  );
  if (!isEachNamed || envelope.signatures.length !== signers.length)
    return refuse('bad-signature', 'an envelope holds a signature that is not of a trusted key, or names it wrongly');
  const json = readStrictJson(payload, { maxBytes });
  const document = json.ok ? readShape(shape, json.value) : json;
  return document.ok ? ok({ document: document.value, payload, digest: digestOf(payload), signers }) : document;
}

export const keysOf = (keys: readonly { readonly publicKey: string }[]): readonly PublicKey[] =>
  keys.flatMap(({ publicKey }) => {
    const key = decodePublicKey(publicKey);
    return key.ok ? [key.value] : [];
  });

/** All of them, or the first that does not open. */
export function eachOf<In, Out>(items: readonly In[], open: (item: In) => Result<Out>): Result<readonly Out[]> {
  const opened: Out[] = [];
  for (const item of items) {
    const one = open(item);
    if (!one.ok) return one;
    opened.push(one.value);
  }
  return ok(opened);
}

export const prefixed = (
  what: string,
  { code, detail }: { readonly code: string; readonly detail: string },
): Result<never> => refuse(code, `${what}: ${detail}`, { clause: 'V4' });
