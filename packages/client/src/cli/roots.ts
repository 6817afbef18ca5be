/** Who is trusted before anything else: a root of trust in a file of the verifier, and what it leads to. */
import { readShape, trustBundleShape, type TrustBundle } from '@countersign/core';
import {
  decodeBase64,
  decodePublicKey,
  openTrust,
  parseVkey,
  readStrictJson,
  readTufRoot,
  trustMetadataShape,
  type BundleTrust,
  type CheckpointTrust,
  type NoteVerifier,
  type PublicKey,
} from '@countersign/seal';
import { unverified } from './failure.ts';
import { readBytes } from './read-document.ts';

const MAX_ROOT_BYTES = 524_288;
const MAX_BUNDLE_BYTES = 4_194_304;

/** `1.root.json` or any later root, from whoever held the ceremony: never from the server. */
export function readRoot(file: string): BundleTrust {
  const root = readBytes(file, MAX_ROOT_BYTES);
  const read = readTufRoot(root);
  if (read.ok) return { root };
  throw unverified({ ...read.refusal, detail: `the root of trust: ${read.refusal.detail}` });
}

export function publicKeyIn(encoded: string): PublicKey {
  const key = decodePublicKey(encoded);
  if (key.ok) return key.value;
  throw unverified(key.refusal);
}

/** The trust bundle that the root leads to. */
export function openTrustBundle(trust: unknown, { root }: BundleTrust): TrustBundle {
  const metadata = readShape(trustMetadataShape, trust);
  const opened = metadata.ok ? openTrust(metadata.value, { root }) : metadata;
  if (opened.ok) return opened.value.bundle;
  throw unverified(opened.refusal);
}

/** The same on the word of whoever sent it: nobody's signature is checked. */
export function unsignedTrustBundle({ bundle }: { readonly bundle: string }): TrustBundle {
  const json = readStrictJson(decodeBase64(bundle) ?? new Uint8Array(), { maxBytes: MAX_BUNDLE_BYTES });
  const read = json.ok ? readShape(trustBundleShape, json.value) : json;
  if (read.ok) return read.value;
  throw unverified(read.refusal);
}

/** Which log and which witnesses the bundle names. */
export function checkpointTrust({ keys: { log, witnesses, witnessQuorum } }: TrustBundle): CheckpointTrust {
  return { logKey: verifierIn(log), witnessKeys: witnesses.map(verifierIn), witnessQuorum };
}

function verifierIn(vkey: string): NoteVerifier {
  const verifier = parseVkey(vkey);
  if (verifier.ok) return verifier.value;
  throw unverified(verifier.refusal);
}
