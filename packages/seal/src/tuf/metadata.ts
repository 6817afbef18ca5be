/**
 * The four documents of The Update Framework 1.0 (https://theupdateframework.github.io/specification) as this product uses them:
 * no delegations, one target, consistent snapshots. A file has one spelling, its canonical JSON, so no bit of it is free; the
 * strings are printable ASCII, where RFC 8785 and the canonical JSON of other TUF programs agree.
 */
import {
  boolean,
  integer,
  list,
  literal,
  map,
  object,
  ok,
  optional,
  parseInstant,
  readShape,
  text,
  where,
  type Instant,
  type Result,
  type Shape,
} from '@countersign/core';
import { canonicalBytes } from '../canonical.ts';
import { no } from '../hostile-text.ts';
import { sameBytes } from '../merkle.ts';
import { readStrictJson } from '../strict-json.ts';

export type TufRoleName = 'root' | 'targets' | 'snapshot' | 'timestamp';

/** Standard: `ed25519` and `ecdsa-sha2-nistp256`, public key in hex. Declared extensions: `ssh` / `sshsig` and `webauthn`. */
export interface TufKey {
  readonly keytype: string;
  readonly scheme: string;
  /** Passkeys also name `credential`, `rpid`, `origins` (one blank between) and `backup`. */
  readonly keyval: Readonly<Record<string, string>> & { readonly public: string };
}
export interface TufSignature {
  readonly keyid: string;
  /** Hex: Ed25519, DER of ECDSA, the SSHSIG blob, or the signature of a passkey. */
  readonly sig: string;
  /** Passkeys only, base64url. */
  readonly webauthn?: { readonly authenticatorData: string; readonly clientDataJSON: string };
}
export interface TufRole {
  readonly keyids: readonly string[];
  readonly threshold: number;
}
interface Common<Name extends TufRoleName> {
  readonly _type: Name;
  readonly spec_version: string;
  readonly version: number;
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  readonly expires: string;
}
export interface RootSigned extends Common<'root'> {
  readonly consistent_snapshot: boolean;
  readonly keys: Readonly<Record<string, TufKey>>;
  readonly roles: Readonly<Record<TufRoleName, TufRole>>;
  readonly organisation: string;
  /** A root of demo keys; it can never vouch for a production bundle, nor the other way round. */
  readonly demo: boolean;
}
interface TargetFile {
  readonly length: number;
  readonly hashes: { readonly sha256: string };
}
export interface TargetsSigned extends Common<'targets'> {
  readonly targets: { readonly 'trust-bundle.json': TargetFile };
  readonly organisation: string;
  readonly demo: boolean;
}
export interface MetaFile extends TargetFile {
  readonly version: number;
}
export interface SnapshotSigned extends Common<'snapshot'> {
  readonly meta: { readonly 'targets.json': MetaFile };
}
export interface TimestampSigned extends Common<'timestamp'> {
  readonly meta: { readonly 'snapshot.json': MetaFile };
}
export type TufSigned = RootSigned | TargetsSigned | SnapshotSigned | TimestampSigned;
export interface TufMetadata<Signed extends TufSigned = TufSigned> {
  readonly signatures: readonly TufSignature[];
  readonly signed: Signed;
}

export const BUNDLE_TARGET = 'trust-bundle.json';
export const SPEC_VERSION = '1.0.31';
export const MAX_TRUST_BUNDLE_BYTES = 4_194_304;
export const MAX_TUF_BYTES: Readonly<Record<TufRoleName, number>> = {
  root: 512_000,
  targets: 262_144,
  snapshot: 65_536,
  timestamp: 16_384,
};
const MAX_VERSION = 1_000_000_000;
const MAX_KEYS = 64;
const ASCII = /^[ -~]+$/;
const HEX64 = /^[0-9a-f]{64}$/;
const EXPIRES = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

const ascii = (max: number): Shape<string> => text({ min: 1, max, pattern: ASCII });
const hex64 = text({ min: 64, max: 64, pattern: HEX64 });
const version = integer({ min: 1, max: MAX_VERSION });
const hashes = object<TargetFile['hashes']>({ sha256: hex64 });
const length = integer({ min: 1, max: MAX_TRUST_BUNDLE_BYTES });
const metaFile: Shape<MetaFile> = object<MetaFile>({ version, length, hashes });
const common = {
  spec_version: text({ min: 5, max: 8, pattern: /^1\.0\.\d{1,3}$/ }),
  version,
  expires: where(text({ min: 20, max: 20, pattern: EXPIRES }), (value) =>
    expiryOf(value) === undefined ? 'must be a day that exists' : undefined,
  ),
};
const organisation = text({ min: 1, max: 64, pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/ });

const keyval: Shape<TufKey['keyval']> = {
  schema: { type: 'object', additionalProperties: { type: 'string' }, required: ['public'] },
  read(value, at, complaints) {
    const fields = map(ascii(4000), { max: 8, key: /^[a-z]{1,16}$/ }).read(value, at, complaints);
    if (fields === undefined) return undefined;
    const { public: key, ...rest } = fields;
    if (key !== undefined) return { ...rest, public: key };
    complaints.push({ at: `${at}/public`, problem: 'is missing' });
    return undefined;
  },
};
const role: Shape<TufRole> = where(
  object<TufRole>({
    keyids: list(hex64, { min: 1, max: 32 }),
    threshold: integer({ min: 1, max: 32 }),
  }),
  ({ keyids, threshold }) => {
    if (new Set(keyids).size !== keyids.length) return 'must not name a key twice';
    return threshold > keyids.length ? 'must not need more keys than it names' : undefined;
  },
);
const roles: Shape<RootSigned['roles']> = object<Record<TufRoleName, TufRole>>({
  root: role,
  targets: role,
  snapshot: role,
  timestamp: role,
});
const always: Shape<boolean> = where(boolean, (value) => (value ? undefined : 'must be true'));

const rootShape: Shape<RootSigned> = object<RootSigned>({
  _type: literal('root'),
  ...common,
  consistent_snapshot: always,
  keys: map(object<TufKey>({ keytype: ascii(32), scheme: ascii(32), keyval }), { max: MAX_KEYS, key: HEX64 }),
  roles,
  organisation,
  demo: boolean,
});
const targetsShape: Shape<TargetsSigned> = object<TargetsSigned>({
  _type: literal('targets'),
  ...common,
  targets: object<TargetsSigned['targets']>({ [BUNDLE_TARGET]: object<TargetFile>({ length, hashes }) }),
  organisation,
  demo: boolean,
});
const snapshotShape: Shape<SnapshotSigned> = object<SnapshotSigned>({
  _type: literal('snapshot'),
  ...common,
  meta: object<SnapshotSigned['meta']>({ 'targets.json': metaFile }),
});
const timestampShape: Shape<TimestampSigned> = object<TimestampSigned>({
  _type: literal('timestamp'),
  ...common,
  meta: object<TimestampSigned['meta']>({ 'snapshot.json': metaFile }),
});

const base64url = text({ min: 1, max: 8192, pattern: /^[A-Za-z0-9_-]+$/ });
const signatureShape: Shape<TufSignature> = object<TufSignature>({
  keyid: hex64,
  sig: text({ min: 2, max: 8192, pattern: /^(?:[0-9a-f]{2})+$/ }),
  webauthn: optional(
    object<NonNullable<TufSignature['webauthn']>>({ authenticatorData: base64url, clientDataJSON: base64url }),
  ),
});

/** The part that is signed is read by the shape of its role. */
interface AnyFile {
  readonly signatures: readonly TufSignature[];
  readonly signed: object;
}
const anything: Shape<object> = {
  schema: { type: 'object' },
  read(value, at, complaints) {
    if (typeof value === 'object' && value !== null) return value;
    complaints.push({ at, problem: 'must be an object' });
    return undefined;
  },
};
const fileShape = object<AnyFile>({
  signatures: where(list(signatureShape, { max: MAX_KEYS }), (signatures) =>
    new Set(signatures.map(({ keyid }) => keyid)).size === signatures.length
      ? undefined
      : 'must not hold two signatures of one key',
  ),
  signed: anything,
});

/** `expires` of a document as an instant; undefined when there is no such day. */
export const expiryOf = (expires: string): Instant | undefined => parseInstant(expires.replace(/Z$/, '.000Z'));
/** An instant in the form of the metadata: whole seconds, never later than asked for. */
export const expiresAt = (instant: Instant): string => `${instant.slice(0, 19)}Z`;

/** Exactly the bytes that every key signs; the challenge of a passkey is their SHA-256. */
export const tufSignedBytes = (signed: TufSigned): Uint8Array => canonicalBytes(signed);
/** The file: canonical JSON, the only spelling that is read. */
export const tufFileBytes = (metadata: TufMetadata): Uint8Array => canonicalBytes(metadata);

/** Form only: no signature is checked by these four. */
export const readTufRoot = (bytes: Uint8Array): Result<TufMetadata<RootSigned>> => readTuf(bytes, 'root', rootShape);
export const readTufTargets = (bytes: Uint8Array): Result<TufMetadata<TargetsSigned>> =>
  readTuf(bytes, 'targets', targetsShape);
export const readTufSnapshot = (bytes: Uint8Array): Result<TufMetadata<SnapshotSigned>> =>
  readTuf(bytes, 'snapshot', snapshotShape);
export const readTufTimestamp = (bytes: Uint8Array): Result<TufMetadata<TimestampSigned>> =>
  readTuf(bytes, 'timestamp', timestampShape);

function readTuf<Signed extends TufSigned>(
  bytes: Uint8Array,
  name: TufRoleName,
  shape: Shape<Signed>,
): Result<TufMetadata<Signed>> {
  const json = readStrictJson(bytes, { maxBytes: MAX_TUF_BYTES[name], maxDepth: 8 });
  if (!json.ok) return json;
  const parts = readShape(fileShape, json.value);
  if (!parts.ok) return parts;
  const signed = readShape(shape, parts.value.signed);
  if (!signed.ok) return signed;
  return sameBytes(canonicalBytes(json.value), bytes)
    ? ok({ signatures: parts.value.signatures, signed: signed.value })
    : no('malformed', `the ${name} metadata is not in its canonical form`);
}
