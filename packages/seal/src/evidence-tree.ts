/**
 * Selective disclosure: a document becomes a salted RFC 6962 tree over its fields. The root is signed once; later any part can be
 * shown without the rest, names of hidden fields included. Lists and objects are not told apart, only pointers are committed to.
 */
import { ok, type Digest, type Result } from '@countersign/core';
import { decodeBase64Url, encodeBase64Url } from './base64.ts';
import { canonicalBytes, readCanonicalBytes } from './canonical.ts';
import { CompactRange } from './compact-range.ts';
import { digestOfHash } from './digest.ts';
import { no, quote } from './hostile-text.ts';
import { HASH_BYTES, leafHash } from './merkle.ts';
import { pointerStep, type JsonValue } from './strict-json.ts';

export interface EvidenceLeaf {
  /** At least 16 random bytes in base64url, so a low-entropy value cannot be guessed from its hash. */
  readonly salt: string;
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  /** A scalar, or an empty list or object. */
  readonly value: JsonValue;
}
export interface MaskedLeaf {
  /** Leaf hash in base64url. */
  readonly hash: string;
}
export type DisclosedLeaf = EvidenceLeaf | MaskedLeaf;
/** Both are signed: the count keeps an inner node from being passed off as a masked leaf. */
export interface EvidenceRoot {
  readonly digest: Digest;
  readonly leafCount: number;
}
export interface SealedFields {
  readonly root: EvidenceRoot;
  readonly leaves: readonly EvidenceLeaf[];
}

export const MIN_SALT_BYTES = 16;
export const MAX_EVIDENCE_LEAVES = 100_000;
const MAX_SALT_CHARACTERS = 88;
const MAX_POINTER_CHARACTERS = 4096;

/** Seals every field; `saltOf` returns fresh random bytes for each call and must never be derived from the value. */
export function sealFields(document: JsonValue, saltOf: (pointer: string) => Uint8Array): Result<SealedFields> {
  const form = readCanonicalBytes(document);
  if (!form.ok) return form;
  const fields = [...fieldsOf(document, '')];
  if (fields.length > MAX_EVIDENCE_LEAVES) return no('malformed', `more than ${MAX_EVIDENCE_LEAVES} fields`);
  // What `verifyDisclosure` would not read is not sealed either.
  if (fields.some(([pointer]) => pointer.length > MAX_POINTER_CHARACTERS))
    return no('malformed', 'the pointer of a field is too long');
  const leaves = fields.map(([pointer, value]) => ({
    salt: encodeBase64Url(saltFor(pointer, saltOf)),
    pointer,
    value,
  }));
  return ok({ root: rootOf(leaves.map(hashOfLeaf)), leaves });
}

function saltFor(pointer: string, saltOf: (pointer: string) => Uint8Array): Uint8Array {
  const salt = saltOf(pointer);
  if (salt.length < MIN_SALT_BYTES || salt.length > 64)
    throw new RangeError(`a salt has ${MIN_SALT_BYTES} to 64 bytes`);
  return salt;
}

/** Pointer and value of every leaf, keys in the order of RFC 8785 so that a document has one tree. */
function* fieldsOf(value: JsonValue, at: string): Generator<readonly [string, JsonValue]> {
  const members = typeof value === 'object' && value !== null ? Object.entries<JsonValue>(value) : [];
  if (members.length === 0) yield [at, value];
  const ordered = Array.isArray(value) ? members : members.toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, item] of ordered) yield* fieldsOf(item, at + pointerStep(key));
}

const hashOfLeaf = ({ salt, pointer, value }: EvidenceLeaf): Uint8Array =>
  leafHash(canonicalBytes([salt, pointer, value]));

function rootOf(hashes: readonly Uint8Array[]): EvidenceRoot {
  const range = hashes.reduce((grown, hash) => grown.append(hash).range, CompactRange.empty);
  return { digest: digestOfHash(range.root()), leafCount: hashes.length };
}

/** What may be shown: leaves that `allow` accepts stay whole, every other one is reduced to its hash. */
export const disclose = (
  leaves: readonly EvidenceLeaf[],
  allow: (pointer: string) => boolean,
): readonly DisclosedLeaf[] =>
  leaves.map((leaf) => (allow(leaf.pointer) ? leaf : { hash: encodeBase64Url(hashOfLeaf(leaf)) }));

/** Checks hostile leaves against a signed root; returns the shown values by pointer. */
export function verifyDisclosure(
  root: EvidenceRoot,
  disclosed: readonly DisclosedLeaf[],
): Result<ReadonlyMap<string, JsonValue>> {
  if (disclosed.length !== root.leafCount || disclosed.length > MAX_EVIDENCE_LEAVES)
    return no('bad-proof', `the disclosure has ${disclosed.length} leaves, the root has ${root.leafCount}`);
  const hashes: Uint8Array[] = [];
  const shown = new Map<string, JsonValue>();
  for (const leaf of disclosed) {
    const hash = readLeaf(leaf);
    if (!hash.ok) return hash;
    hashes.push(hash.value);
    if ('hash' in leaf) continue;
    if (shown.has(leaf.pointer)) return no('bad-proof', `the field ${quote(leaf.pointer)} is shown twice`);
    shown.set(leaf.pointer, leaf.value);
  }
  return rootOf(hashes).digest === root.digest ? ok(shown) : no('bad-proof', 'the leaves do not lead to the root');
}

function readLeaf(leaf: DisclosedLeaf): Result<Uint8Array> {
  // The type is a promise of the caller; what came from a file may be anything.
  if (typeof leaf !== 'object' || leaf === null) return no('malformed', 'a leaf is not an object');
  if ('hash' in leaf) {
    const hash =
      typeof leaf.hash === 'string' && Object.keys(leaf).length === 1 ? decodeBase64Url(leaf.hash) : undefined;
    return hash?.length === HASH_BYTES ? ok(hash) : no('malformed', 'a masked leaf is not a hash');
  }
  const { salt, pointer, value, ...rest } = leaf;
  if (typeof salt !== 'string' || typeof pointer !== 'string' || Object.keys(rest).length > 0)
    return no('malformed', 'a leaf does not have exactly salt, pointer and value');
  const saltBytes = salt.length > MAX_SALT_CHARACTERS ? undefined : decodeBase64Url(salt);
  if (saltBytes === undefined || saltBytes.length < MIN_SALT_BYTES)
    return no('malformed', 'the salt of a leaf is not valid');
  if (pointer.length > MAX_POINTER_CHARACTERS) return no('malformed', 'the pointer of a leaf is too long');
  const bytes = readCanonicalBytes([salt, pointer, value]);
  return bytes.ok ? ok(leafHash(bytes.value)) : bytes;
}
