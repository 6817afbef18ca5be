/** Trust metadata before it is signed. The length and hash of what is named are taken from its bytes, so nothing is named unseen. */
import type { Instant } from '@countersign/core';
import { encodeHex } from '../base64.ts';
import { sha256 } from '../digest.ts';
import { tufKeyId } from './keys.ts';
import {
  expiresAt,
  SPEC_VERSION,
  type MetaFile,
  type RootSigned,
  type SnapshotSigned,
  type TargetsSigned,
  type TimestampSigned,
  type TufKey,
  type TufRole,
  type TufRoleName,
} from './metadata.ts';

interface Dated {
  readonly version: number;
  /** Cut to whole seconds. */
  readonly expires: Instant;
}
interface Owned extends Dated {
  readonly organisation: string;
  readonly isDemo: boolean;
}
export interface RoleKeys {
  readonly keys: readonly TufKey[];
  readonly threshold: number;
}
export interface RootContent extends Owned {
  readonly roles: Readonly<Record<TufRoleName, RoleKeys>>;
}

const dated = ({ version, expires }: Dated): Pick<RootSigned, 'expires' | 'spec_version' | 'version'> => ({
  spec_version: SPEC_VERSION,
  version,
  expires: expiresAt(expires),
});
const sizeAndHash = (bytes: Uint8Array): Omit<MetaFile, 'version'> => ({
  length: bytes.length,
  hashes: { sha256: encodeHex(sha256(bytes)) },
});

const role = ({ keys, threshold }: RoleKeys): TufRole => ({ keyids: keys.map(tufKeyId), threshold });

export function makeRoot({ organisation, isDemo, roles, ...rest }: RootContent): RootSigned {
  const { root, targets, snapshot, timestamp } = roles;
  const keys = [root, targets, snapshot, timestamp].flatMap((names) => names.keys);
  return {
    _type: 'root',
    ...dated(rest),
    consistent_snapshot: true,
    keys: Object.fromEntries(keys.map((key) => [tufKeyId(key), key])),
    roles: { root: role(root), targets: role(targets), snapshot: role(snapshot), timestamp: role(timestamp) },
    organisation,
    demo: isDemo,
  };
}

/** The version is that of the bundle. */
export const makeTargets = ({
  organisation,
  isDemo,
  bundle,
  ...rest
}: Owned & { readonly bundle: Uint8Array }): TargetsSigned => ({
  _type: 'targets',
  ...dated(rest),
  targets: { 'trust-bundle.json': sizeAndHash(bundle) },
  organisation,
  demo: isDemo,
});

/** `targets` are the bytes of the signed file. */
export const makeSnapshot = ({
  targets,
  targetsVersion,
  ...rest
}: Dated & { readonly targets: Uint8Array; readonly targetsVersion: number }): SnapshotSigned => ({
  _type: 'snapshot',
  ...dated(rest),
  meta: { 'targets.json': { version: targetsVersion, ...sizeAndHash(targets) } },
});

/** `snapshot` are the bytes of the signed file. */
export const makeTimestamp = ({
  snapshot,
  snapshotVersion,
  ...rest
}: Dated & { readonly snapshot: Uint8Array; readonly snapshotVersion: number }): TimestampSigned => ({
  _type: 'timestamp',
  ...dated(rest),
  meta: { 'snapshot.json': { version: snapshotVersion, ...sizeAndHash(snapshot) } },
});
