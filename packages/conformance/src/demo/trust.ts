/** The demo's root of trust: bundle, envelope and graph as their owners sign them, with keys made on this machine. */
import {
  plusMs,
  readShape,
  trustBundleShape,
  type Credential,
  type Instant,
  type Person,
  type TrustBundle,
} from '@countersign/core';
import {
  canonicalBytes,
  encodePublicKey,
  preAuthEncoding,
  publicKeyOf,
  signEnvelope,
  signSsh,
  sshPublicKeyLine,
  sshSignature,
  vkeyOf,
  APPROVAL_NAMESPACE,
  PAYLOAD,
  type DsseEnvelope,
  type DsseSignature,
  type SignerKey,
} from '@countersign/seal';
import { DEMO_ORGANISATION, DEMO_PEOPLE, DEMO_SOURCES, PLAYBOOK_AGENT } from './people.ts';
import type { Keyring } from './keyring.ts';

export const LOG_NAME = 'countersign.demo/log';
export const WITNESS_NAME = 'countersign.demo/witness';
export const ROOTS = ['root-1', 'root-2', 'root-3'] as const;
export const ROOT_THRESHOLD = 2;
export const ENCLAVES = [
  { enclave: 'staging', runner: 'runner-staging', environment: 'staging' },
  { enclave: 'production', runner: 'runner-production', environment: 'production' },
] as const;

const DAY_MS = 86_400_000;

/** Passkeys enrolled after the first bundle, by person. */
export type EnrolledPasskeys = Readonly<Record<string, readonly Credential[]>>;

export function demoTrustBundle(
  keys: Keyring,
  options: { readonly now: Instant; readonly version: number; readonly passkeys: EnrolledPasskeys },
): TrustBundle {
  const { now, version, passkeys } = options;
  const named = (name: string): { readonly name: string; readonly publicKey: string } => ({
    name,
    publicKey: encodePublicKey(publicKeyOf(keys.signer(name))),
  });
  const read = readShape(trustBundleShape, {
    type: 'trust-bundle',
    organisation: DEMO_ORGANISATION,
    version,
    issuedAt: now,
    expiresAt: plusMs(now, 30 * DAY_MS),
    isDemo: true,
    people: DEMO_PEOPLE.map((person) => ({
      ...person,
      credentials: [
        { kind: 'ssh', publicKey: sshPublicKeyLine(publicKeyOf(keys.signer(`people/${person.id}`))) },
        ...(passkeys[person.id] ?? []),
      ],
    })),
    agents: [
      {
        ...PLAYBOOK_AGENT,
        duty: 'decide',
        purpose: 'turns known findings into remediation proposals',
        expiresAt: plusMs(now, 30 * DAY_MS),
      },
    ],
    floor: {
      quorums: [{ environment: 'production', demands: [{ role: 'release-approver', count: 1 }] }],
      humanOnlyActions: ['firewall.rule', 'network.isolate', 'credential.rotate'],
      autonomousTargets: 50,
    },
    keys: {
      capsuleSigners: [named('capsule-signer')],
      graphOwners: [named('graph-owner')],
      relays: DEMO_SOURCES.map(({ id, lineage }) => ({ ...named(`relay-${id}`), source: id, lineage })),
      runners: ENCLAVES.map((enclave) => ({ ...named(enclave.runner), ...enclave })),
      statusSigners: [named('witness-status')],
      log: vkeyOf('log', LOG_NAME, publicKeyOf(keys.signer('log'))),
      witnesses: [vkeyOf('witness', WITNESS_NAME, publicKeyOf(keys.signer('witness')))],
      witnessQuorum: 1,
    },
  });
  if (!read.ok) throw new Error(`the demo trust bundle is malformed: ${JSON.stringify(read.refusal)}`);
  return read.value;
}

/** Two of the three roots sign; in a real organisation these keys are offline. */
export function signTrustBundle(keys: Keyring, bundle: TrustBundle): DsseEnvelope {
  return signEnvelope(PAYLOAD.trustBundle, canonicalBytes(bundle), [keys.signer(ROOTS[0]), keys.signer(ROOTS[1])]);
}

/** A document signed by people with their SSH keys, as `cs approve --key` would. */
export function signByPeople(
  keys: Keyring,
  document: { readonly payloadType: string; readonly value: unknown },
  people: readonly Person['id'][] | readonly string[],
): DsseEnvelope {
  const payload = canonicalBytes(document.value);
  const message = preAuthEncoding(document.payloadType, payload);
  const signatures = people.map((person) => personSignature(keys.signer(`people/${person}`), message));
  return { payloadType: document.payloadType, payload: Buffer.from(payload).toString('base64'), signatures };
}

function personSignature(signer: SignerKey, message: Uint8Array): DsseSignature {
  const signature = sshSignature(signSsh(signer, APPROVAL_NAMESPACE, message), sshPublicKeyLine(publicKeyOf(signer)));
  if (!signature.ok) throw new Error(signature.refusal.detail);
  return signature.value;
}
