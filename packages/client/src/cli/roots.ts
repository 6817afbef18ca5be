/** Who is trusted before anything else: root keys in a file of the verifier, and what they signed. */
import {
  list,
  integer,
  object,
  readShape,
  text,
  trustBundleShape,
  type Shape,
  type TrustBundle,
} from '@countersign/core';
import {
  decodePublicKey,
  parseVkey,
  PAYLOAD,
  readStrictJson,
  verifyEnvelope,
  type CheckpointTrust,
  type DsseEnvelope,
  type NoteVerifier,
  type PublicKey,
} from '@countersign/seal';
import { unverified } from './failure.ts';
import { readDocument } from './read-document.ts';

interface RootsFile {
  readonly threshold: number;
  /** SubjectPublicKeyInfo, base64. */
  readonly keys: readonly string[];
}
export interface Roots {
  readonly threshold: number;
  readonly keys: readonly PublicKey[];
}

const rootsShape: Shape<RootsFile> = object<RootsFile>({
  threshold: integer({ min: 1, max: 16 }),
  keys: list(text({ min: 40, max: 400 }), { min: 1, max: 16 }),
});
const MAX_BUNDLE_BYTES = 4_194_304;

export function readRoots(file: string): Roots {
  const { threshold, keys } = readDocument(file, rootsShape);
  return { threshold, keys: keys.map(publicKeyIn) };
}

export function publicKeyIn(encoded: string): PublicKey {
  const key = decodePublicKey(encoded);
  if (key.ok) return key.value;
  throw unverified(key.refusal);
}

/** The trust bundle that enough roots signed. */
export function openTrustBundle(envelope: DsseEnvelope, roots: Roots): TrustBundle {
  const { threshold, keys } = roots;
  const verified = verifyEnvelope(envelope, { payloadType: PAYLOAD.trustBundle, trusted: keys, threshold });
  if (!verified.ok) throw unverified(verified.refusal);
  const json = readStrictJson(verified.value.payload, { maxBytes: MAX_BUNDLE_BYTES });
  const bundle = json.ok ? readShape(trustBundleShape, json.value) : json;
  if (bundle.ok) return bundle.value;
  throw unverified(bundle.refusal);
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
