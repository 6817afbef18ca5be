/** Documents of an honest organisation, written as an assessor would receive them: files and public keys, nothing else. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digest } from '@countersign/core';
import {
  canonicalBytes,
  challengeOf,
  consistencyProof,
  CompactRange,
  disclose,
  encodeBase64,
  encodeBase64Url,
  formatTlogProof,
  inclusionProof,
  leafHash,
  passkeySignature,
  PAYLOAD,
  payloadOf,
  sealFields,
  signCheckpoint,
  signEnvelope,
  vkeyOf,
  type DsseEnvelope,
  type JsonValue,
  type PublicKey,
  type SignerKey,
} from '@countersign/seal';
import { good } from '../attacks/world/made.ts';

export function write(folder: string, name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

export const pemOf = (key: PublicKey): string =>
  `-----BEGIN PUBLIC KEY-----\n${encodeBase64(key.spki())}\n-----END PUBLIC KEY-----\n`;

export const bodyOf = (envelope: DsseEnvelope): Uint8Array => good(payloadOf(envelope));

/** A passkey in software: the same bytes that an authenticator returns. */
export class SoftPasskey {
  readonly credential: {
    readonly id: string;
    readonly cose: string;
    readonly rpId: string;
    readonly origins: string[];
  };
  readonly #key: KeyObject;

  constructor(rpId: string, origin: string) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    this.#key = privateKey;
    const id = encodeBase64Url(randomBytes(16));
    this.credential = { id, cose: encodeBase64Url(coseOf(x, y)), rpId, origins: [origin] };
  }

  /** An assertion over a document, as a browser returns it. `flags`: user present and verified. */
  sign(payloadType: string, body: Uint8Array, flags = 0x05): DsseEnvelope {
    const { id, rpId, origins } = this.credential;
    const challenge = encodeBase64Url(challengeOf(payloadType, body));
    const clientDataJSON = Buffer.from(
      JSON.stringify({ type: 'webauthn.get', challenge, origin: origins[0], crossOrigin: false }),
    );
    const rpIdHash = createHash('sha256').update(rpId).digest();
    const authenticatorData = Buffer.concat([rpIdHash, Uint8Array.of(flags, 0, 0, 0, 1)]);
    const clientHash = createHash('sha256').update(clientDataJSON).digest();
    const signature = sign('sha256', Buffer.concat([authenticatorData, clientHash]), this.#key);
    return {
      payloadType,
      payload: encodeBase64(body),
      signatures: [passkeySignature(id, { authenticatorData, clientDataJSON, signature })],
    };
  }
}

/** COSE_Key of an ES256 key: a map of five entries in canonical CBOR (RFC 9053). */
const coseOf = (x: string, y: string): Uint8Array =>
  Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ]);

export interface RecordPlan {
  readonly log: SignerKey;
  readonly origin: string;
  readonly entries: readonly Uint8Array[];
  /** Which entry is proven, and the earlier size that the log is held against. */
  readonly index: number;
  readonly from: number;
}

/** `vkey`, `entry`, `entry.tlog-proof` and `consistency.json` in a folder. */
export function writeRecord(folder: string, { log, origin, entries, index, from }: RecordPlan): void {
  const nodes = new Map<string, Uint8Array>();
  const roots = [CompactRange.empty.root()];
  let range = CompactRange.empty;
  for (const entry of entries) {
    const appended = range.append(leafHash(entry));
    for (const { level, index: at, hash } of appended.nodes) nodes.set(`${level}/${at}`, hash);
    range = appended.range;
    roots.push(range.root());
  }
  const read = (level: number, at: number): Uint8Array | undefined => nodes.get(`${level}/${at}`);
  const checkpoint = signCheckpoint({ origin, size: entries.length, root: range.root() }, log);
  const hashes = good(inclusionProof(read, index, entries.length));
  const proof = good(consistencyProof(read, from, entries.length)).map(encodeBase64);
  const grown = {
    From: from,
    To: entries.length,
    FromRoot: encodeBase64(roots[from] ?? new Uint8Array()),
    ToRoot: encodeBase64(range.root()),
    Proof: proof,
  };
  write(folder, 'vkey', vkeyOf('log', origin, log.publicKey));
  write(folder, 'entry', entries[index] ?? new Uint8Array());
  write(folder, 'entry.tlog-proof', formatTlogProof({ index, hashes, checkpoint }));
  write(folder, 'consistency.json', JSON.stringify(grown));
}

export interface SealedEvidence {
  readonly statement: DsseEnvelope;
  readonly leaves: readonly object[];
}

/** A document sealed field by field, the fields that `mayShow` names left readable. */
export function sealEvidence(
  document: JsonValue,
  runner: SignerKey,
  mayShow: (pointer: string) => boolean,
): SealedEvidence {
  const { root, leaves } = good(sealFields(document, () => randomBytes(16)));
  const statement = { type: 'evidence-statement', root: hexOf(root.digest), fields: root.leafCount };
  return {
    statement: signEnvelope(PAYLOAD.evidence, canonicalBytes(statement), [runner]),
    leaves: disclose(leaves, mayShow),
  };
}

const hexOf = (digest: Digest): string => digest.slice('sha256:'.length);
