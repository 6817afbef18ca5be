/** The trust bundle as this runner verified it: root keys are pinned in the local configuration, a version never goes back (X1). */
import {
  ok,
  readShape,
  refuse,
  trustBundleShape,
  type Digest,
  type Instant,
  type Result,
  type TrustBundle,
  type TrustKey,
} from '@countersign/core';
import {
  decodePublicKey,
  digestOf,
  parseVkey,
  PAYLOAD,
  readStrictJson,
  verifyEnvelope,
  type CheckpointTrust,
  type DsseEnvelope,
  type PublicKey,
} from '@countersign/seal';
import type { RunnerConfig } from '../preflight/runner-config.ts';

const MAX_BUNDLE_BYTES = 4_194_304;

/** The bundle with its keys decoded once. */
export interface Trust {
  readonly bundle: TrustBundle;
  /** Of the bytes that were signed. */
  readonly digest: Digest;
  readonly capsuleSigners: readonly PublicKey[];
  readonly graphOwners: readonly PublicKey[];
  readonly statusSigners: readonly PublicKey[];
  readonly log: CheckpointTrust;
  /** Keys of relays and runners by their encoding; one that is not valid is left out, and nothing verifies under it. */
  readonly factKeys: ReadonlyMap<string, PublicKey>;
}

export type TrustRule = Pick<RunnerConfig, 'organisation' | 'rootKeys' | 'rootThreshold' | 'allowDemo'>;

/** Verifies signatures, organisation, demo rule and version; whether it is still fresh is asked at each admission. */
export function verifyTrust(envelope: DsseEnvelope, rule: TrustRule, knownVersion: number): Result<Trust> {
  const roots = decodeKeys(rule.rootKeys);
  if (!roots.ok) return roots;
  const { rootThreshold: threshold } = rule;
  const verified = verifyEnvelope(envelope, { payloadType: PAYLOAD.trustBundle, trusted: roots.value, threshold });
  if (!verified.ok) return refuse('trust-unsigned', `the trust bundle: ${verified.refusal.detail}`, { clause: 'X1' });
  const json = readStrictJson(verified.value.payload, { maxBytes: MAX_BUNDLE_BYTES });
  if (!json.ok) return json;
  const bundle = readShape(trustBundleShape, json.value);
  if (!bundle.ok) return bundle;
  const objection = objectionTo(bundle.value, rule, knownVersion);
  return objection ?? decodeTrust(bundle.value, digestOf(verified.value.payload));
}

function objectionTo(bundle: TrustBundle, rule: TrustRule, knownVersion: number): Result<never> | undefined {
  if (bundle.organisation !== rule.organisation)
    return refuse('trust-other', 'the trust bundle is of another organisation', { clause: 'O3' });
  if (bundle.isDemo && !rule.allowDemo)
    return refuse('demo-trust', 'the trust bundle is made of demo keys, which this runner refuses', { clause: 'X1' });
  if (bundle.version < knownVersion)
    return refuse(
      'trust-rolled-back',
      `the trust bundle has version ${bundle.version}, version ${knownVersion} was seen`,
      {
        clause: 'X1',
      },
    );
  return undefined;
}

function decodeTrust(bundle: TrustBundle, digest: Digest): Result<Trust> {
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
    digest,
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
  if (now >= trust.bundle.expiresAt)
    return refuse('trust-expired', `the trust bundle expired at ${trust.bundle.expiresAt}`, { clause: 'X1' });
  return ok(trust);
}
