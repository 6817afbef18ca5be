/** Keys and people of a whole small organisation, and the trust bundle that names them. */
import { trustBundleShape, plusMs, type Instant, type TrustBundle } from '@countersign/core';
import {
  canonicalBytes,
  encodePublicKey,
  generateSigner,
  PAYLOAD,
  publicKeyOf,
  signEnvelope,
  vkeyOf,
  type DsseEnvelope,
  type SignerKey,
} from '@countersign/seal';
import { made } from './made.ts';

export interface HouseKeys {
  readonly root: SignerKey;
  readonly capsules: SignerKey;
  readonly graph: SignerKey;
  readonly status: SignerKey;
  readonly log: SignerKey;
  readonly witness: SignerKey;
  readonly relays: readonly [SignerKey, SignerKey];
  readonly stagingRunner: SignerKey;
  readonly runner: SignerKey;
  readonly people: Readonly<Record<string, SignerKey>>;
}

const DAY_MS = 86_400_000;
export const ORGANISATION = 'acme';
export const LOG_NAME = 'record.acme';
export const WITNESS_NAME = 'witness.acme';
/** Approvers kim and lee, policy admins pat and quinn, operator oz, and ada who answers for the agent. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  kim: ['release-approver'],
  lee: ['service-owner'],
  pat: ['policy-admin'],
  quinn: ['policy-admin'],
  oz: ['operator'],
  ada: ['release-approver'],
};

const key = (): SignerKey => generateSigner('ed25519');

export function makeKeys(): HouseKeys {
  return {
    root: key(),
    capsules: key(),
    graph: key(),
    status: key(),
    log: key(),
    witness: key(),
    relays: [key(), key()],
    stagingRunner: key(),
    runner: key(),
    people: Object.fromEntries(Object.keys(ROLES).map((name) => [name, key()])),
  };
}

export const encoded = (signer: SignerKey): string => encodePublicKey(publicKeyOf(signer));

const named = (name: string, signer: SignerKey): object => ({ name, publicKey: encoded(signer) });

export function makeBundle(keys: HouseKeys, now: Instant, change: object = {}): TrustBundle {
  return made(trustBundleShape, {
    type: 'trust-bundle',
    organisation: ORGANISATION,
    version: 3,
    issuedAt: plusMs(now, -DAY_MS),
    expiresAt: plusMs(now, DAY_MS),
    isDemo: false,
    people: Object.entries(ROLES).map(([id, roles]) => ({
      id,
      name: id,
      roles,
      credentials: Object.entries(keys.people).flatMap(([name, own]) =>
        name === id ? [{ kind: 'raw', publicKey: encoded(own) }] : [],
      ),
    })),
    agents: [{ id: 'playbook', owner: 'ada', duty: 'decide', purpose: 'repairs', expiresAt: plusMs(now, DAY_MS) }],
    floor: {
      quorums: [{ environment: 'production', demands: [{ role: 'release-approver', count: 1 }] }],
      humanOnlyActions: [],
      autonomousTargets: 10,
    },
    keys: {
      capsuleSigners: [named('control', keys.capsules)],
      graphOwners: [named('cmdb', keys.graph)],
      relays: keys.relays.map((relay, place) => ({
        ...named(`relay-${place}`, relay),
        source: `source-${place}`,
        lineage: [`origin-${place}`],
      })),
      runners: [
        {
          ...named('staging', keys.stagingRunner),
          runner: 'runner-staging',
          enclave: 'staging',
          environment: 'staging',
        },
        { ...named('prod', keys.runner), runner: 'runner-1', enclave: 'prod', environment: 'production' },
      ],
      statusSigners: [named('witness', keys.status)],
      log: vkeyOf('log', LOG_NAME, publicKeyOf(keys.log)),
      witnesses: [vkeyOf('witness', WITNESS_NAME, publicKeyOf(keys.witness))],
      witnessQuorum: 1,
    },
    ...change,
  });
}

export const signBundle = (bundle: TrustBundle, signers: readonly SignerKey[]): DsseEnvelope =>
  signEnvelope(PAYLOAD.trustBundle, canonicalBytes(bundle), signers);

/** The key of a person, by id. */
export function personKey(keys: HouseKeys, name: string): SignerKey {
  const own = keys.people[name];
  if (own === undefined) throw new Error(`nobody is called ${name}`);
  return own;
}
