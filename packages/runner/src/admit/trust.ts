/** The trust bundle as this runner verified it: the root is pinned in the local configuration, no version ever goes back (X1). */
import {
  ok,
  refuse,
  type Digest,
  type Instant,
  type OrganisationId,
  type Result,
  type TrustBundle,
  type TrustKey,
} from '@countersign/core';
import {
  bundleInForce,
  decodePublicKey,
  isLogRevoked,
  nextRevocation,
  openTrust,
  parseVkey,
  type CheckpointTrust,
  type OpenedTrust,
  type PublicKey,
  type TrustMetadata,
  type TrustVersions,
} from '@countersign/seal';

/** The bundle with its keys decoded once. */
export interface Trust {
  /** Without keys that are revoked. */
  readonly bundle: TrustBundle;
  /** As it was signed. */
  readonly signed: TrustBundle;
  /** Of the bytes that were signed. */
  readonly digest: Digest;
  /** Of every part of the metadata it came with. */
  readonly versions: TrustVersions;
  /** The earliest end of any part: after it nothing new starts. */
  readonly expiresAt: Instant;
  /** The key of the record is revoked: nothing it holds is new. */
  readonly isLogRevoked: boolean;
  /** When the next key stops counting, and this has to be made again. */
  readonly changesAt?: Instant;
  readonly capsuleSigners: readonly PublicKey[];
  readonly graphOwners: readonly PublicKey[];
  readonly statusSigners: readonly PublicKey[];
  readonly log: CheckpointTrust;
  /** Keys of relays and runners by their encoding; one that is not valid is left out, and nothing verifies under it. */
  readonly factKeys: ReadonlyMap<string, PublicKey>;
}

export interface TrustRule {
  readonly organisation: OrganisationId;
  /** Bytes of the pinned root: `1.root.json` or any later one. */
  readonly root: Uint8Array;
  readonly allowDemo: boolean;
}
/** Nothing older than what was seen is taken. */
export interface TrustMoment {
  readonly now: Instant;
  readonly known?: TrustVersions;
  /** The bundle before, as it was signed. */
  readonly previous?: TrustBundle;
}

/** The workflow of the metadata, then organisation and demo rule; whether it is still fresh is asked at each admission. */
export function verifyTrust(metadata: TrustMetadata, rule: TrustRule, moment: TrustMoment): Result<Trust> {
  const { now, ...seen } = moment;
  const opened = openTrust(metadata, { root: rule.root, ...seen });
  if (!opened.ok) return opened;
  const { bundle } = opened.value;
  if (bundle.organisation !== rule.organisation)
    return refuse('trust-other', 'the trust bundle is of another organisation', { clause: 'O3' });
  if (bundle.isDemo && !rule.allowDemo)
    return refuse('demo-trust', 'the trust bundle is made of demo keys, which this runner refuses', { clause: 'X1' });
  return decodeTrust(opened.value, now);
}

/** The same trust when a key stopped counting in the meantime; a key that is revoked gives no new authority. */
export function trustAt(trust: Trust, now: Instant): Result<Trust> {
  if (trust.changesAt === undefined || now <= trust.changesAt) return ok(trust);
  return decodeTrust({ ...trust, bundle: trust.signed }, now);
}

function decodeTrust(
  opened: Pick<OpenedTrust, 'bundle' | 'digest' | 'expiresAt' | 'versions'>,
  now: Instant,
): Result<Trust> {
  const { bundle: signed, digest, expiresAt, versions } = opened;
  const bundle = bundleInForce(signed, now);
  const changesAt = nextRevocation(signed, now);
  const { keys } = bundle;
  const capsuleSigners = decodeKeys(namedKeys(keys.capsuleSigners));
  if (!capsuleSigners.ok) return capsuleSigners;
  const graphOwners = decodeKeys(namedKeys(keys.graphOwners));
  if (!graphOwners.ok) return graphOwners;
  const statusSigners = decodeKeys(namedKeys(keys.statusSigners));
  if (!statusSigners.ok) return statusSigners;
  const log = decodeLog(keys);
  if (!log.ok) return log;
  return ok({
    bundle,
    signed,
    digest,
    versions,
    expiresAt,
    isLogRevoked: isLogRevoked(signed, now),
    ...(changesAt !== undefined && { changesAt }),
    capsuleSigners: capsuleSigners.value,
    graphOwners: graphOwners.value,
    statusSigners: statusSigners.value,
    log: log.value,
    factKeys: decodeFactKeys(keys),
  });
}

const namedKeys = (keys: readonly TrustKey[]): readonly string[] => keys.map(({ publicKey }) => publicKey);

function decodeKeys(encoded: readonly string[]): Result<readonly PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const text of encoded) {
    const key = decodePublicKey(text);
    if (!key.ok) return key;
    keys.push(key.value);
  }
  return ok(keys);
}

function decodeFactKeys({ relays, runners }: TrustBundle['keys']): ReadonlyMap<string, PublicKey> {
  const found = new Map<string, PublicKey>();
  for (const { publicKey } of [...relays, ...runners]) {
    const key = decodePublicKey(publicKey);
    if (key.ok) found.set(publicKey, key.value);
  }
  return found;
}

function decodeLog({ log, witnesses, witnessQuorum }: TrustBundle['keys']): Result<CheckpointTrust> {
  const logKey = parseVkey(log);
  if (!logKey.ok) return logKey;
  const witnessKeys: CheckpointTrust['witnessKeys'][number][] = [];
  for (const vkey of witnesses) {
    const key = parseVkey(vkey);
    if (!key.ok) return key;
    witnessKeys.push(key.value);
  }
  return ok({ logKey: logKey.value, witnessKeys, witnessQuorum });
}

/** Stale trust: no new act; a rollback of own acts stays possible because it does not ask here. */
export function checkTrustFresh(trust: Trust | undefined, now: Instant): Result<Trust> {
  if (trust === undefined) return refuse('trust-missing', 'no trust bundle was delivered yet', { clause: 'X1' });
  if (now >= trust.expiresAt)
    return refuse('trust-expired', `the trust bundle expired at ${trust.expiresAt}`, { clause: 'X1' });
  if (trust.isLogRevoked)
    return refuse('trust-revoked', 'the key of the record is revoked: nothing it holds is new', { clause: 'X1' });
  return ok(trust);
}
