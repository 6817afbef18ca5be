/** Trust metadata as it travels: on the wire as base64 of the exact bytes, on a medium as the folder every TUF program reads. */
import { list, object, ok, text, type Result, type Shape } from '@countersign/core';
import { decodeBase64, encodeBase64, encodeHex } from '../base64.ts';
import { sha256 } from '../digest.ts';
import { no } from '../hostile-text.ts';
import {
  BUNDLE_TARGET,
  MAX_TRUST_BUNDLE_BYTES,
  MAX_TUF_BYTES,
  readTufRoot,
  readTufSnapshot,
  readTufTargets,
  readTufTimestamp,
  type TufMetadata,
  type TufRoleName,
  type TufSigned,
} from './metadata.ts';

export interface TrustMetadata {
  /** In order of version; a reader skips those before its pinned one. */
  readonly roots: readonly string[];
  readonly timestamp: string;
  readonly snapshot: string;
  readonly targets: string;
  readonly bundle: string;
}
/** The same, decoded. */
export interface TrustBytes {
  readonly roots: readonly Uint8Array[];
  readonly timestamp: Uint8Array;
  readonly snapshot: Uint8Array;
  readonly targets: Uint8Array;
  readonly bundle: Uint8Array;
}
export interface TrustFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** As many root rotations as other TUF clients follow. */
const MAX_ROOTS = 256;
const base64 = (maxBytes: number): Shape<string> =>
  text({ min: 4, max: 4 * Math.ceil(maxBytes / 3), pattern: /^[A-Za-z0-9+/]+={0,2}$/ });
const ofRole = (name: TufRoleName): Shape<string> => base64(MAX_TUF_BYTES[name]);

export const trustMetadataShape: Shape<TrustMetadata> = object<TrustMetadata>({
  roots: list(ofRole('root'), { max: MAX_ROOTS }),
  timestamp: ofRole('timestamp'),
  snapshot: ofRole('snapshot'),
  targets: ofRole('targets'),
  bundle: base64(MAX_TRUST_BUNDLE_BYTES),
});

export const encodeTrust = ({ roots, timestamp, snapshot, targets, bundle }: TrustBytes): TrustMetadata => ({
  roots: roots.map(encodeBase64),
  timestamp: encodeBase64(timestamp),
  snapshot: encodeBase64(snapshot),
  targets: encodeBase64(targets),
  bundle: encodeBase64(bundle),
});

export function decodeTrust(metadata: TrustMetadata): Result<TrustBytes> {
  const roots = metadata.roots.flatMap((encoded) => decodeBase64(encoded) ?? []);
  const [timestamp, snapshot] = [decodeBase64(metadata.timestamp), decodeBase64(metadata.snapshot)];
  const [targets, bundle] = [decodeBase64(metadata.targets), decodeBase64(metadata.bundle)];
  const isWhole = roots.length === metadata.roots.length;
  if (!isWhole || timestamp === undefined || snapshot === undefined || targets === undefined || bundle === undefined)
    return no('malformed', 'a part of the trust metadata is not base64');
  return ok({ roots, timestamp, snapshot, targets, bundle });
}

const targetName = (sha256Hex: string): string => `targets/${sha256Hex}.${BUNDLE_TARGET}`;

/** The files of the folder; names come from checked numbers and hashes, never from text in a document. */
export function trustFiles(metadata: TrustMetadata): Result<readonly TrustFile[]> {
  const decoded = decodeTrust(metadata);
  if (!decoded.ok) return decoded;
  const { roots, timestamp, snapshot, targets, bundle } = decoded.value;
  const files: TrustFile[] = [];
  for (const bytes of roots) {
    const root = readTufRoot(bytes);
    if (!root.ok) return root;
    files.push({ name: `${root.value.signed.version}.root.json`, bytes });
  }
  const [readSnapshot, readTargets] = [readTufSnapshot(snapshot), readTufTargets(targets)];
  if (!readSnapshot.ok) return readSnapshot;
  if (!readTargets.ok) return readTargets;
  return ok([
    ...files,
    { name: targetName(encodeHex(sha256(bundle))), bytes: bundle },
    { name: `${readTargets.value.signed.version}.targets.json`, bytes: targets },
    { name: `${readSnapshot.value.signed.version}.snapshot.json`, bytes: snapshot },
    // Last: a folder that is read while it is written still leads to the older files.
    { name: 'timestamp.json', bytes: timestamp },
  ]);
}

/**
 * Reads the folder; nothing is verified here. `read` answers undefined for a file that does not exist. The chain of roots begins
 * at `firstRoot` and ends where a number is missing.
 */
export function readTrustFolder(
  read: (name: string) => Uint8Array | undefined,
  { firstRoot = 1 }: { readonly firstRoot?: number } = {},
): Result<TrustMetadata> {
  const roots: Uint8Array[] = [];
  for (let version = firstRoot; roots.length < MAX_ROOTS; version += 1) {
    const bytes = read(`${version}.root.json`);
    if (bytes === undefined) break;
    roots.push(bytes);
  }
  const timestamp = fileOf(read, 'timestamp.json', readTufTimestamp);
  if (!timestamp.ok) return timestamp;
  const { version } = timestamp.value.signed.meta['snapshot.json'];
  const snapshot = fileOf(read, `${version}.snapshot.json`, readTufSnapshot);
  if (!snapshot.ok) return snapshot;
  const { version: targetsVersion } = snapshot.value.signed.meta['targets.json'];
  const targets = fileOf(read, `${targetsVersion}.targets.json`, readTufTargets);
  if (!targets.ok) return targets;
  const name = targetName(targets.value.signed.targets[BUNDLE_TARGET].hashes.sha256);
  const bundle = read(name);
  if (bundle === undefined) return no('malformed', `the folder has no file ${name}`);
  const parts = { timestamp: timestamp.value.bytes, snapshot: snapshot.value.bytes, targets: targets.value.bytes };
  return ok(encodeTrust({ roots, ...parts, bundle }));
}

interface ReadFile<Signed extends TufSigned> {
  readonly bytes: Uint8Array;
  readonly signed: Signed;
}

function fileOf<Signed extends TufSigned>(
  read: (name: string) => Uint8Array | undefined,
  name: string,
  parse: (bytes: Uint8Array) => Result<TufMetadata<Signed>>,
): Result<ReadFile<Signed>> {
  const bytes = read(name);
  if (bytes === undefined) return no('malformed', `the folder has no file ${name}`);
  const metadata = parse(bytes);
  return metadata.ok ? ok({ bytes, signed: metadata.value.signed }) : metadata;
}
