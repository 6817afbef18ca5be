/** Trust metadata from keys in this process: for ceremonies held on one machine, for the demo, and for tests. */
import type { Instant, TrustBundle } from '@countersign/core';
import { canonicalBytes } from '../canonical.ts';
import type { SignerKey } from '../keys.ts';
import { tufKeyOf } from './keys.ts';
import { makeRoot, makeSnapshot, makeTargets, makeTimestamp, type RoleKeys } from './make.ts';
import { tufFileBytes } from './metadata.ts';
import { signTufMetadata } from './sign.ts';
import { encodeTrust, type TrustMetadata } from './trust-metadata.ts';

export interface TrustPublication {
  readonly bundle: TrustBundle;
  /** Bytes of every root from the first on. */
  readonly roots: readonly Uint8Array[];
  readonly registrars: readonly SignerKey[];
  /** Signs snapshot and timestamp. */
  readonly online: SignerKey;
  /** Of snapshot and timestamp; they expire here too. By default the version of the bundle. */
  readonly onlineVersion?: number;
  readonly onlineExpires: Instant;
}

export function publishTrust({ bundle, roots, registrars, online, ...rest }: TrustPublication): TrustMetadata {
  const { organisation, isDemo, version, expiresAt: expires } = bundle;
  const { onlineVersion = version, onlineExpires } = rest;
  const body = canonicalBytes(bundle);
  const targets = tufFileBytes(
    signTufMetadata(makeTargets({ organisation, isDemo, version, expires, bundle: body }), registrars),
  );
  const dated = { version: onlineVersion, expires: onlineExpires };
  const snapshot = tufFileBytes(
    signTufMetadata(makeSnapshot({ ...dated, targets, targetsVersion: version }), [online]),
  );
  const timestamp = tufFileBytes(
    signTufMetadata(makeTimestamp({ ...dated, snapshot, snapshotVersion: onlineVersion }), [online]),
  );
  return encodeTrust({ roots, timestamp, snapshot, targets, bundle: body });
}

export interface RootPublication {
  readonly organisation: string;
  readonly isDemo: boolean;
  readonly version: number;
  readonly expires: Instant;
  readonly root: SignerRole;
  readonly registrars: SignerRole;
  /** Signs snapshot and timestamp. */
  readonly online: SignerKey;
  /** Keys of the root before, which have to agree. */
  readonly before?: readonly SignerKey[];
}
interface SignerRole {
  readonly keys: readonly SignerKey[];
  readonly threshold: number;
}

const role = ({ keys, threshold }: SignerRole): RoleKeys => ({
  keys: keys.map(({ publicKey }) => tufKeyOf(publicKey)),
  threshold,
});

/** Bytes of a root, signed by all of its own keys and by those of the root before. */
export function publishRoot({ root, registrars, online, before = [], ...rest }: RootPublication): Uint8Array {
  const alone = role({ keys: [online], threshold: 1 });
  const signed = makeRoot({
    ...rest,
    roles: { root: role(root), targets: role(registrars), snapshot: alone, timestamp: alone },
  });
  return tufFileBytes(signTufMetadata(signed, [...before, ...root.keys]));
}
