/** A trust bundle from its bytes: signed by enough root keys of the configuration, every key in it readable (X1). */
import {
  readShape,
  refuse,
  trustBundleShape,
  type Agent,
  type Complaint,
  type Digest,
  type Person,
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
  type DsseEnvelope,
  type NoteVerifier,
  type PublicKey,
} from '@countersign/seal';
import type { OrganisationConfig } from '../config.ts';

export interface InstalledBundle {
  readonly bundle: TrustBundle;
  readonly digest: Digest;
  readonly dsse: DsseEnvelope;
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

export function openBundle(dsse: DsseEnvelope, config: OrganisationConfig): Result<InstalledBundle> {
  const { keys, threshold } = config.roots;
  const verified = verifyEnvelope(dsse, { payloadType: PAYLOAD.trustBundle, trusted: keys, threshold });
  if (!verified.ok) return verified;
  const { payload } = verified.value;
  const document = readStrictJson(payload, { maxBytes: payload.length });
  const bundle = document.ok ? readShape(trustBundleShape, document.value) : document;
  if (!bundle.ok) return bundle;
  if (bundle.value.organisation !== config.id)
    return refuse('wrong-organisation', 'the trust bundle is of another organisation');
  return index(bundle.value, { digest: digestOf(payload), dsse });
}

function index(
  bundle: TrustBundle,
  from: { readonly digest: Digest; readonly dsse: DsseEnvelope },
): Result<InstalledBundle> {
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
  if (complaints.length === 0) return { ok: true, value: installed };
  return refuse('malformed', 'some keys of the trust bundle cannot be used', { complaints });
}
