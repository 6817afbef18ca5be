/**
 * The organisation under attack: the demo's people and keys, an estate small enough to start in a second, its envelope and graph.
 * Whoever attacks may hold any of these keys that a control plane holds; people's and root keys stay theirs.
 */
import {
  envelopeShape,
  graphSnapshotShape,
  instantOf,
  trustBundleShape,
  type Envelope,
  type GraphSnapshot,
  type Tier,
  type TrustBundle,
} from '@countersign/core';
import {
  canonicalBytes,
  encodePublicKey,
  PAYLOAD,
  publicKeyOf,
  signEnvelope,
  type DsseEnvelope,
  type SignerKey,
  type TrustMetadata,
  withPolicies,
} from '@countersign/seal';
import { demoEnvelope } from '../../demo/envelope.ts';
import type { Keyring } from '../../demo/keyring.ts';
import { DEMO_ORGANISATION } from '../../demo/people.ts';
import { demoTrustBundle, sshKeyOf, signByPeople, signTrustBundle } from '../../demo/trust.ts';
import { graphSnapshotOf } from '../../estate/documents/system-graph.ts';
import { stagingEstate, type EstateHost, type EstateLayout } from '../../estate/layout.ts';
import { good, made } from './made.ts';
import { CONSOLE, OWN_PAGE, passkeyOn } from './passkey.ts';

/** More critical here than the estate's plan says: attacks aim at them. */
export const SAFETY_HOST = 'staging-0001';
export const CRITICAL_HOST = 'staging-0002';
/** A link waits at the path that a change would write. */
export const LINKED_HOST = 'staging-0003';

const TIER_OF: ReadonlyMap<string, Tier> = new Map([
  [SAFETY_HOST, 'safety-critical'],
  [CRITICAL_HOST, 'production-critical'],
]);

const isApart = (id: string): boolean => TIER_OF.has(id) || id === LINKED_HOST;

/** The staging estate's hosts, ruled as production. */
export function attackedEstate(): EstateLayout {
  const estate = stagingEstate();
  const hosts = estate.hosts.map((host): EstateHost => ({ ...host, tier: TIER_OF.get(host.id) ?? host.tier }));
  // A service that needs a critical host becomes critical itself, and with it everything else it needs.
  const services = estate.services.map((service) => ({
    ...service,
    members: service.members.filter((id) => !isApart(id)),
  }));
  return { ...estate, environment: 'production', hosts, services };
}

/** Hosts that nothing special is about, in turn: no two orders meet on one. */
export const plainHosts = (layout: EstateLayout): readonly string[] =>
  layout.hosts.map(({ id }) => id).filter((id) => !isApart(id) && id !== layout.checkoutHost);

/** Beside the demo's people: `ben` holds two approver roles, and the agent's owner and an operator hold one each. */
const EXTRA_PEOPLE: readonly { readonly id: string; readonly roles: readonly string[] }[] = [
  { id: 'ben', roles: ['release-approver', 'service-owner'] },
];
const EXTRA_ROLES: Readonly<Record<string, readonly string[]>> = { park: ['release-approver'] };

/** A second site: an enclave of its own with a runner of its own. */
export const SECOND_SITE = { enclave: 'second', runner: 'runner-second', environment: 'production' } as const;

/** A third relay that draws from the same feed as the first. */
export const TWIN_SOURCE = { id: 'hostscan-copy', lineage: ['hostscan-copy', 'nvd-feed'] } as const;

export function attackedTrust(keys: Keyring, change: object = {}): TrustBundle {
  const demo = demoTrustBundle(keys, { now: instantOf(Date.now()), version: 3, passkeys: {} });
  const relay = {
    name: `relay-${TWIN_SOURCE.id}`,
    publicKey: encodePublicKey(publicKeyOf(keys.signer(`relay-${TWIN_SOURCE.id}`))),
    source: TWIN_SOURCE.id,
    lineage: TWIN_SOURCE.lineage,
  };
  const extra = EXTRA_PEOPLE.map(({ id, roles }) => ({
    id,
    name: id,
    roles,
    credentials: [sshKeyOf(keys, id)],
  }));
  const pia = {
    id: 'pia',
    name: 'pia',
    roles: ['release-approver'],
    credentials: [passkeyOn(keys, CONSOLE), passkeyOn(keys, OWN_PAGE)],
  };
  return made(trustBundleShape, {
    ...demo,
    people: [
      ...demo.people.map((person) => ({ ...person, roles: [...person.roles, ...(EXTRA_ROLES[person.id] ?? [])] })),
      ...extra,
      pia,
    ],
    keys: {
      ...demo.keys,
      relays: [...demo.keys.relays, relay],
      runners: [
        ...demo.keys.runners,
        {
          ...SECOND_SITE,
          name: SECOND_SITE.runner,
          publicKey: encodePublicKey(publicKeyOf(keys.signer(SECOND_SITE.runner))),
        },
      ],
    },
    ...change,
  });
}

export const signTrust = (keys: Keyring, bundle: TrustBundle): TrustMetadata => signTrustBundle(keys, bundle);

export interface Signed<T> {
  readonly document: T;
  readonly bytes: Uint8Array;
  readonly dsse: DsseEnvelope;
}

const MANY = 1000;

/** `signers`: people who sign it; two policy admins unless said otherwise. */
export function signedEnvelope(
  keys: Keyring,
  change: object = {},
  signers: readonly string[] = ['kim', 'lea'],
): Signed<Envelope> {
  const demo = demoEnvelope(instantOf(Date.now() - 1000));
  const plain = made(envelopeShape, {
    ...demo,
    // Sums over time are left wide, since all attacks are of one agent and one hour; an operation is bounded by its tier.
    grants: demo.grants.map((grant) => ({ ...grant, caps: { ...grant.caps, targets: MANY, actionsPerHour: MANY } })),
    rollout: { canary: 1, window: 1, bakeMs: 0, healthTimeoutMs: 3000 },
    ...change,
  });
  const document = 'policies' in change ? plain : withPolicies(plain);
  const dsse = signByPeople(keys, { payloadType: PAYLOAD.envelope, value: document }, signers);
  return { document, bytes: canonicalBytes(document), dsse };
}

export function signedGraph(
  keys: Keyring,
  change: object = {},
  signer: SignerKey = keys.signer('graph-owner'),
): Signed<GraphSnapshot> {
  const head = { organisation: DEMO_ORGANISATION, version: 7, takenAtMs: Date.now() - 1000 };
  const document = made(graphSnapshotShape, { ...good(graphSnapshotOf([attackedEstate()], head)), ...change });
  const bytes = canonicalBytes(document);
  return { document, bytes, dsse: signEnvelope(PAYLOAD.graph, bytes, [signer]) };
}
