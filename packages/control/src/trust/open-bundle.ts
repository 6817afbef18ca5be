/** A trust bundle from its metadata: the root of the configuration leads to it, and every key in it can be read (X1). */
import {
  ok,
  refuse,
  type Agent,
  type Complaint,
  type Digest,
  type Instant,
  type Person,
  type Result,
  type TrustBundle,
  type TrustKey,
} from '@countersign/core';
import {
  bundleInForce,
  decodePublicKey,
  nextRevocation,
  openTrust,
  parseVkey,
  type NoteVerifier,
  type PublicKey,
  type TrustMetadata,
  type TrustVersions,
} from '@countersign/seal';
import type { OrganisationConfig } from '../config.ts';

export interface InstalledBundle {
  /** Without keys and credentials that are revoked. */
  readonly bundle: TrustBundle;
  /** As it was signed. */
  readonly signed: TrustBundle;
  readonly digest: Digest;
  readonly metadata: TrustMetadata;
  readonly versions: TrustVersions;
  /** The earliest end of any part of the metadata. */
  readonly expiresAt: Instant;
  /** When the next key stops counting. */
  readonly changesAt: Instant | undefined;
  readonly people: ReadonlyMap<string, Person>;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly witnesses: readonly NoteVerifier[];
  readonly capsuleSigners: readonly PublicKey[];
  readonly graphOwners: readonly PublicKey[];
  readonly statusSigners: readonly PublicKey[];
  /** By source. */
  readonly relays: ReadonlyMap<string, { readonly key: PublicKey; readonly lineage: readonly string[] }>;
  /** By runner. */
  readonly runners: ReadonlyMap<
    string,
    { readonly key: PublicKey; readonly enclave: string; readonly environment: string }
  >;
}

export function openBundle(
  metadata: TrustMetadata,
  config: OrganisationConfig,
  { now, previous }: { readonly now: Instant; readonly previous?: TrustBundle },
): Result<InstalledBundle> {
  const opened = openTrust(metadata, { root: config.root, ...(previous !== undefined && { previous }) });
  if (!opened.ok) return opened;
  const { bundle: signed, digest, versions, expiresAt } = opened.value;
  if (signed.organisation !== config.id)
    return refuse('wrong-organisation', 'the trust bundle is of another organisation');
  const changesAt = nextRevocation(signed, now);
  return index(bundleInForce(signed, now), { signed, digest, metadata, versions, expiresAt, changesAt });
}

type Origin = Pick<InstalledBundle, 'changesAt' | 'digest' | 'expiresAt' | 'metadata' | 'signed' | 'versions'>;

function index(bundle: TrustBundle, from: Origin): Result<InstalledBundle> {
  const complaints: Complaint[] = [];
  const read = <T>(result: Result<T>, at: string): readonly T[] => {
    if (result.ok) return [result.value];
    complaints.push({ at, problem: result.refusal.detail });
    return [];
  };
  const keysOf = (name: string, keys: readonly TrustKey[]): readonly PublicKey[] =>
    keys.flatMap((key, place) => read(decodePublicKey(key.publicKey), `/keys/${name}/${place}/publicKey`));
  const { keys } = bundle;
  const witnesses = keys.witnesses.flatMap((vkey, place) => read(parseVkey(vkey), `/keys/witnesses/${place}`));
  if (witnesses.some(({ role }) => role !== 'witness'))
    complaints.push({ at: '/keys/witnesses', problem: 'must hold witness keys' });
  read(parseVkey(keys.log), '/keys/log');
  const relays = keys.relays.flatMap((relay, place) =>
    read(decodePublicKey(relay.publicKey), `/keys/relays/${place}`).map(
      (key) => [relay.source, { key, lineage: relay.lineage }] as const,
    ),
  );
  const runners = keys.runners.flatMap(({ publicKey, runner, enclave, environment }, place) =>
    read(decodePublicKey(publicKey), `/keys/runners/${place}`).map(
      (key) => [runner, { key, enclave, environment }] as const,
    ),
  );
  const installed: InstalledBundle = {
    bundle,
    ...from,
    people: new Map(bundle.people.map((person) => [person.id, person])),
    agents: new Map(bundle.agents.map((agent) => [agent.id, agent])),
    witnesses,
    capsuleSigners: keysOf('capsuleSigners', keys.capsuleSigners),
    graphOwners: keysOf('graphOwners', keys.graphOwners),
    statusSigners: keysOf('statusSigners', keys.statusSigners),
    relays: new Map(relays),
    runners: new Map(runners),
  };
  if (complaints.length === 0) return ok(installed);
  return refuse('malformed', 'some keys of the trust bundle cannot be used', { complaints });
}
