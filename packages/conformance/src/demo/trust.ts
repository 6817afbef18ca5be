/** The demo's root of trust: bundle, envelope and graph as their owners sign them, with keys made on this machine. */
import {
  DEMO_MARK,
  parseInstant,
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
  publishRoot,
  publishTrust,
  signSsh,
  sshPublicKeyLine,
  sshSignature,
  vkeyOf,
  APPROVAL_NAMESPACE,
  type DsseEnvelope,
  type DsseSignature,
  type SignerKey,
  type TrustMetadata,
} from '@countersign/seal';
import { DEMO_ORGANISATION, DEMO_PEOPLE, DEMO_SOURCES, PLAYBOOK_AGENT } from './people.ts';
import type { Keyring } from './keyring.ts';

export interface RecordNames {
  readonly log: string;
  readonly witness: string;
}
/** What stands in every checkpoint and cosignature. */
export const recordNames = (isDemo: boolean): RecordNames => {
  const mark = isDemo ? DEMO_MARK : '';
  return { log: `${mark}countersign/log`, witness: `${mark}countersign/witness` };
};
export const LOG_NAME: string = recordNames(true).log;
export const WITNESS_NAME: string = recordNames(true).witness;
const ROOTS = ['root-1', 'root-2', 'root-3'] as const;
const ROOT_THRESHOLD = 2;
/** The people who sign trust bundles; each with the SSH key that stands in the bundle. */
const REGISTRARS = ['rea', 'ugo'] as const;
export const ENCLAVES = [
  { enclave: 'staging', runner: 'runner-staging', environment: 'staging' },
  { enclave: 'production', runner: 'runner-production', environment: 'production' },
] as const;

const DAY_MS = 86_400_000;
const DEMO_BEGAN = '2026-01-01T00:00:00.000Z';
const DEMO_USABLE = '2026-01-02T00:00:00.000Z';
const FAR = parseInstant('2040-01-01T00:00:00.000Z');

/** Passkeys enrolled after the first bundle, by person. */
export type EnrolledPasskeys = Readonly<Record<string, readonly Credential[]>>;

/** A person's SSH key as the registrars write it down. Nothing waits in the demo: its people would stand before a locked door. */
export const sshKeyOf = (keys: Keyring, person: string): object => ({
  kind: 'ssh',
  publicKey: sshPublicKeyLine(publicKeyOf(keys.signer(`people/${person}`))),
  surface: 'own',
  enrolledAt: DEMO_BEGAN,
  usableFrom: DEMO_USABLE,
});

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
      credentials: [sshKeyOf(keys, person.id), ...(passkeys[person.id] ?? [])],
    })),
    agents: [
      {
        ...PLAYBOOK_AGENT,
        duty: 'decide',
        keys: [named(`agents/${PLAYBOOK_AGENT.id}`).publicKey],
        purpose: 'turns known findings into remediation proposals',
        expiresAt: plusMs(now, 30 * DAY_MS),
      },
    ],
    floor: {
      quorums: [{ environment: 'production', demands: [{ role: 'release-approver', count: 1 }] }],
      humanOnlyActions: ['firewall.rule', 'network.isolate', 'credential.rotate'],
      autonomousTargets: 50,
    },
    tiers: [],
    revocations: [],
    enrolment: { coolingOffMs: 0, authenticators: [], allowUnattested: true, allowBackup: false },
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

/** The root to pin: the same bytes at each start. In a real organisation these keys are offline, and there is a ceremony. */
export function demoRoot(keys: Keyring, isDemo = true): Uint8Array {
  if (FAR === undefined) throw new Error('the demo has no end');
  return publishRoot({
    organisation: DEMO_ORGANISATION,
    isDemo,
    version: 1,
    expires: FAR,
    root: { keys: ROOTS.map((name) => keys.signer(name)), threshold: ROOT_THRESHOLD },
    registrars: { keys: registrarsOf(keys), threshold: REGISTRARS.length },
    online: keys.signer('trust-online'),
  });
}

const registrarsOf = (keys: Keyring): readonly SignerKey[] => REGISTRARS.map((id) => keys.signer(`people/${id}`));

/** Signed by both registrars unless an attack says otherwise. */
export const signTrustBundle = (
  keys: Keyring,
  bundle: TrustBundle,
  registrars: readonly SignerKey[] = registrarsOf(keys),
): TrustMetadata =>
  publishTrust({
    bundle,
    roots: [demoRoot(keys, bundle.isDemo)],
    registrars,
    online: keys.signer('trust-online'),
    onlineExpires: bundle.expiresAt,
  });

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
