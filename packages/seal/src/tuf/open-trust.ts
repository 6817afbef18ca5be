/**
 * The client workflow of TUF 1.0 (section 5) over delivered bytes: from the pinned root to the trust bundle. Whoever delivers can
 * withhold, and with the online key freeze until an expiry; it cannot add a key, mix parts of two versions, or go back (X1).
 */
import {
  checkTrustBundle,
  ok,
  readShape,
  refuse,
  trustBundleShape,
  type Digest,
  type Instant,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import { digestOf, sha256 } from '../digest.ts';
import { encodeHex } from '../base64.ts';
import { sameBytes } from '../merkle.ts';
import { readStrictJson } from '../strict-json.ts';
import {
  BUNDLE_TARGET,
  expiryOf,
  MAX_TRUST_BUNDLE_BYTES,
  readTufSnapshot,
  readTufTargets,
  readTufTimestamp,
  tufSignedBytes,
  type MetaFile,
  type TargetsSigned,
  type TufMetadata,
  type TufRoleName,
  type TufSigned,
} from './metadata.ts';
import { checkTrustKeys } from './key-duties.ts';
import { checkPeople, checkRegistrars } from './registrars.ts';
import { checkNoSurplus, checkThreshold, readRoot, signersOf, type ReadRoot } from './roles.ts';
import { decodeTrust, type TrustBytes, type TrustMetadata } from './trust-metadata.ts';

/** What a reader has seen; the version of the targets is that of the bundle. */
export type TrustVersions = Readonly<Record<TufRoleName, number>>;
export interface PinnedTrust {
  /** Bytes of `N.root.json`, from a place that the sender cannot write. */
  readonly root: Uint8Array;
  /** Nothing older is opened. */
  readonly known?: TrustVersions;
  /** The bundle verified last: what is new in this one has to cool off (A2). */
  readonly previous?: TrustBundle;
}
export interface OpenedTrust {
  readonly bundle: TrustBundle;
  /** Of the bytes of the bundle. */
  readonly digest: Digest;
  readonly versions: TrustVersions;
  /** The earliest expiry of any part. An expired bundle still opens: old evidence and rollbacks need it. */
  readonly expiresAt: Instant;
  /** The newest root, to be remembered. */
  readonly root: Uint8Array;
  readonly isDemo: boolean;
}

export function openTrust(metadata: TrustMetadata, pinned: PinnedTrust): Result<OpenedTrust> {
  const decoded = decodeTrust(metadata);
  if (!decoded.ok) return decoded;
  const chain = followRoots(decoded.value.roots, pinned.root);
  if (!chain.ok) return chain;
  const roles = openRoles(decoded.value, chain.value.newest);
  if (!roles.ok) return roles;
  const { timestamp, snapshot, targets } = roles.value;
  const { newest } = chain.value;
  const versions: TrustVersions = {
    root: newest.signed.version,
    timestamp: timestamp.signed.version,
    snapshot: snapshot.signed.version,
    targets: targets.signed.version,
  };
  const older = pinned.known === undefined ? ok(true) : checkVersions(versions, pinned.known, chain.value.all);
  if (!older.ok) return older;
  const bundle = openBundle(decoded.value.bundle, targets.signed);
  if (!bundle.ok) return bundle;
  const signers = signersOf(targets, newest, 'targets');
  const registrars = checkRegistrars(bundle.value, newest, signers);
  if (!registrars.ok) return registrars;
  // Nothing waits in a demo, and a demo is no predecessor: the production roster begins with its own founding.
  const isBound = pinned.previous?.isDemo === false && !bundle.value.isDemo;
  const previous = isBound ? pinned.previous : undefined;
  const people = checkPeople(bundle.value, previous, { root: newest, signers });
  if (!people.ok) return people;
  const expiries = [newest.signed, timestamp.signed, snapshot.signed, targets.signed].flatMap(
    ({ expires }) => expiryOf(expires) ?? [],
  );
  return ok({
    bundle: bundle.value,
    digest: digestOf(decoded.value.bundle),
    versions,
    expiresAt: expiries.reduce((least, at) => (at < least ? at : least), bundle.value.expiresAt),
    root: newest.bytes,
    isDemo: bundle.value.isDemo,
  });
}

interface RootChain {
  /** From the pinned one on. */
  readonly all: readonly ReadRoot[];
  readonly newest: ReadRoot;
}

/** TUF 5.3: each root is signed by enough keys of the one before and of its own; none is left out. */
function followRoots(roots: readonly Uint8Array[], pinned: Uint8Array): Result<RootChain> {
  const first = readRoot(pinned);
  if (!first.ok) return first;
  const own = checkRoot(first.value, first.value);
  if (!own.ok) return own;
  let newest = first.value;
  const all = [newest];
  for (const bytes of roots) {
    const next = readRoot(bytes);
    if (!next.ok) return next;
    const { signed } = next.value;
    if (signed.version < first.value.signed.version) continue;
    if (signed.version === first.value.signed.version && newest === first.value) {
      const isOwn = sameBytes(tufSignedBytes(signed), tufSignedBytes(newest.signed));
      const again = isOwn ? checkRoot(next.value, next.value) : undefined;
      if (again?.ok === true) continue;
      if (again !== undefined) return again;
      if (signed.organisation !== newest.signed.organisation)
        return refuse('trust-other', `root ${signed.version} is of another organisation`, { clause: 'O3' });
      return refuse('trust-forked', `another root of version ${signed.version} than the pinned one`, { clause: 'X1' });
    }
    const follows = checkRoot(next.value, newest);
    if (!follows.ok) return follows;
    newest = next.value;
    all.push(newest);
  }
  return ok({ all, newest });
}

function checkRoot(next: ReadRoot, before: ReadRoot): Result<true> {
  const { version, organisation, demo } = next.signed;
  if (next !== before && version !== before.signed.version + 1)
    return refuse('trust-unsigned', `root ${version} does not follow root ${before.signed.version}`, { clause: 'X1' });
  if (organisation !== before.signed.organisation)
    return refuse('trust-other', `root ${version} is of another organisation`, { clause: 'O3' });
  if (demo !== before.signed.demo)
    return refuse('demo-trust', `root ${version} changes between demo and production`, { clause: 'X1' });
  const byOld = checkThreshold(next.metadata, before, 'root');
  if (!byOld.ok) return byOld;
  const byOwn = checkThreshold(next.metadata, next, 'root');
  return byOwn.ok ? checkNoSurplus(next.metadata, [...byOld.value, ...byOwn.value]) : byOwn;
}

interface OpenRoles {
  readonly timestamp: TufMetadata;
  readonly snapshot: TufMetadata;
  readonly targets: TufMetadata<TargetsSigned>;
}

/** TUF 5.4 to 5.6: each file is the one that the file before it names, and is signed by its own role. */
function openRoles(bytes: TrustBytes, root: ReadRoot): Result<OpenRoles> {
  const timestamp = opened(readTufTimestamp(bytes.timestamp), root);
  if (!timestamp.ok) return timestamp;
  const clean = checkNoSurplus(timestamp.value, signersOf(timestamp.value, root, 'timestamp'));
  if (!clean.ok) return clean;
  const named = timestamp.value.signed.meta['snapshot.json'];
  const sameSnapshot = checkBytes(bytes.snapshot, named, 'snapshot');
  const snapshot = sameSnapshot.ok ? opened(readTufSnapshot(bytes.snapshot), root, named) : sameSnapshot;
  if (!snapshot.ok) return snapshot;
  const namedTargets = snapshot.value.signed.meta['targets.json'];
  const sameTargets = checkBytes(bytes.targets, namedTargets, 'targets');
  const targets = sameTargets.ok ? opened(readTufTargets(bytes.targets), root, namedTargets) : sameTargets;
  if (!targets.ok) return targets;
  const { organisation, demo } = targets.value.signed;
  if (organisation !== root.signed.organisation)
    return refuse('trust-other', 'the targets metadata is of another organisation', { clause: 'O3' });
  if (demo !== root.signed.demo)
    return refuse('demo-trust', 'demo keys and production keys do not sign for each other', { clause: 'X1' });
  return ok({ timestamp: timestamp.value, snapshot: snapshot.value, targets: targets.value });
}

function opened<Signed extends TufSigned>(
  read: Result<TufMetadata<Signed>>,
  root: ReadRoot,
  named?: MetaFile,
): Result<TufMetadata<Signed>> {
  if (!read.ok) return read;
  const { _type: name, version } = read.value.signed;
  const signed = checkThreshold(read.value, root, name);
  if (!signed.ok) return signed;
  return named === undefined || named.version === version
    ? read
    : refuse('trust-mixed', `the ${name} metadata has version ${version}, version ${named.version} is named`, {
        clause: 'X1',
      });
}

function checkBytes(bytes: Uint8Array, named: Omit<MetaFile, 'version'>, what: string): Result<true> {
  return bytes.length === named.length && encodeHex(sha256(bytes)) === named.hashes.sha256
    ? ok(true)
    : refuse('trust-mixed', `the ${what} is not the one that is named: its length or hash differs`, { clause: 'X1' });
}

function checkVersions(versions: TrustVersions, known: TrustVersions, roots: readonly ReadRoot[]): Result<true> {
  const before = roots.find(({ signed }) => signed.version === known.root) ?? roots[0];
  const newest = roots.at(-1);
  for (const name of ['root', 'timestamp', 'snapshot', 'targets'] as const) {
    if (versions[name] >= known[name]) continue;
    // TUF 5.3.11: whoever had the online keys could have set a version nothing can follow; new online keys begin anew.
    const isOnline = name === 'timestamp' || name === 'snapshot';
    if (isOnline && before !== undefined && newest !== undefined && !hasSameOnlineKeys(before, newest)) continue;
    return refuse(
      'trust-rolled-back',
      `the ${name} metadata has version ${versions[name]}, version ${known[name]} was seen`,
      { clause: 'X1' },
    );
  }
  return ok(true);
}

const hasSameOnlineKeys = (before: ReadRoot, newest: ReadRoot): boolean =>
  (['timestamp', 'snapshot'] as const).every((name) => {
    const kept = new Set(before.signed.roles[name].keyids);
    return newest.signed.roles[name].keyids.every((keyid) => kept.has(keyid));
  });

function openBundle(bytes: Uint8Array, targets: TargetsSigned): Result<TrustBundle> {
  const same = checkBytes(bytes, targets.targets[BUNDLE_TARGET], 'trust bundle');
  if (!same.ok) return same;
  const json = readStrictJson(bytes, { maxBytes: MAX_TRUST_BUNDLE_BYTES });
  const bundle = json.ok ? readShape(trustBundleShape, json.value) : json;
  if (!bundle.ok) return bundle;
  const { organisation, isDemo, version } = bundle.value;
  if (organisation !== targets.organisation)
    return refuse('trust-other', 'the trust bundle is of another organisation', { clause: 'O3' });
  if (isDemo !== targets.demo)
    return refuse('demo-trust', 'demo keys and production keys do not sign for each other', { clause: 'X1' });
  if (version !== targets.version)
    return refuse('trust-mixed', `the trust bundle has version ${version}, version ${targets.version} is named`, {
      clause: 'X1',
    });
  const keys = checkTrustKeys(bundle.value);
  return keys.ok ? checkTrustBundle(bundle.value) : keys;
}
