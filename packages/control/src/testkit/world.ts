/** A small organisation with everything it needs to sign: keys, people, documents. Each part is a valid whole; a test changes one thing. */
import {
  instantOf,
  parseId,
  recordNameOf,
  type Envelope,
  type GraphSnapshot,
  type Id,
  type Instant,
  type OrganisationId,
  type TrustBundle,
  PLAIN_CAPS,
  PLAIN_GRANT,
  plainBlocks,
} from '@countersign/core';
import {
  canonicalBytes,
  encodePublicKey,
  generateSigner,
  PAYLOAD,
  publishRoot,
  publishTrust,
  signEnvelope,
  vkeyOf,
  type DsseEnvelope,
  type SignerKey,
  type TrustMetadata,
  withPolicies,
} from '@countersign/seal';
import type { OrganisationConfig } from '../config.ts';
import type { PrincipalKind } from '../http/principal.ts';

export const idOf = <Name extends string>(text: string): Id<Name> => {
  const id = parseId<Name>(text);
  if (id === undefined) throw new TypeError(`not an id: ${text}`);
  return id;
};

/** All times of tests are relative to this one. */
export const NOON_MS: number = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const at = (ms: number): ReturnType<typeof instantOf> => instantOf(NOON_MS + ms);

export interface World {
  readonly organisation: OrganisationId;
  readonly config: OrganisationConfig;
  readonly keys: Readonly<Record<KeyName, SignerKey>>;
  /** Bearer tokens by kind and id, e.g. `tokens['person:kim']`. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly principals: readonly { readonly kind: PrincipalKind; readonly id: string; readonly token: string }[];
  /** The bundle in its metadata; the signers are its registrars. */
  readonly bundle: (change?: Partial<TrustBundle>, signers?: readonly SignerKey[], online?: Online) => TrustMetadata;
  readonly envelope: (change?: Partial<Envelope>, signers?: readonly SignerKey[]) => DsseEnvelope;
  readonly graph: (change?: Partial<GraphSnapshot>, signer?: SignerKey) => DsseEnvelope;
}

/** A renewal: the same bundle under a newer timestamp. */
interface Online {
  readonly version: number;
  readonly expires: Instant;
}

type KeyName =
  | 'root'
  | 'log'
  | 'capsule'
  | 'graph'
  | 'relay'
  | 'runner'
  | 'staging'
  | 'witness'
  | 'status'
  | 'kim'
  | 'ana'
  | 'sam'
  | 'omar';
const newKey = (): SignerKey => generateSigner('ed25519');
const makeKeys = (): Readonly<Record<KeyName, SignerKey>> => ({
  root: newKey(),
  log: newKey(),
  capsule: newKey(),
  graph: newKey(),
  relay: newKey(),
  runner: newKey(),
  staging: newKey(),
  witness: newKey(),
  status: newKey(),
  kim: newKey(),
  ana: newKey(),
  sam: newKey(),
  omar: newKey(),
});
const WITNESS = 'DEMO/witness.example/one';

const PRINCIPALS: readonly (readonly [PrincipalKind, string])[] = [
  ['person', 'kim'],
  ['person', 'ana'],
  ['person', 'sam'],
  ['person', 'omar'],
  ['agent', 'playbook'],
  ['source', 'alertmanager-dc1'],
  ['source', 'scanner'],
  ['enclave', 'prod-1'],
  ['enclave', 'staging-1'],
  ['witness', 'one'],
];

export function makeWorld(name: string = 'acme'): World {
  const organisation = idOf<'Organisation'>(name);
  const keys = makeKeys();
  const origin = recordNameOf(name, true);
  const config: OrganisationConfig = {
    id: organisation,
    root: rootOf(organisation, keys.root),
    log: { origin, signer: keys.log, vkey: vkeyOf('log', origin, keys.log.publicKey) },
    capsuleSigner: keys.capsule,
  };
  const principals = PRINCIPALS.map(([kind, id]) => ({ kind, id, token: `${name}.${kind}.${id}.token-for-tests` }));
  return {
    organisation,
    config,
    keys,
    principals,
    tokens: Object.fromEntries(principals.map(({ kind, id, token }) => [`${kind}:${id}`, token])),
    bundle: (change = {}, signers = [keys.root], online) =>
      signTrust(
        { ...bundleOf(organisation, keys, config.log.vkey), ...change },
        { config, root: keys.root, signers, online },
      ),
    envelope: (change = {}, signers = [keys.kim, keys.ana]) =>
      sign(PAYLOAD.envelope, withPolicies({ ...envelopeOf(organisation), ...change }), signers),
    graph: (change = {}, signer = keys.graph) => sign(PAYLOAD.graph, { ...graphOf(organisation), ...change }, [signer]),
  };
}

/** A demo's root: one key for every role. */
export function rootOf(organisation: string, root: SignerKey): Uint8Array {
  const alone = { keys: [root], threshold: 1 };
  const expires = at(10_000 * HOUR_MS);
  return publishRoot({ organisation, isDemo: true, version: 1, expires, root: alone, registrars: alone, online: root });
}

function signTrust(
  bundle: TrustBundle,
  by: {
    readonly config: OrganisationConfig;
    readonly root: SignerKey;
    readonly signers: readonly SignerKey[];
    readonly online: Online | undefined;
  },
): TrustMetadata {
  const { config, root, signers: registrars, online = { version: bundle.version, expires: bundle.expiresAt } } = by;
  const { version: onlineVersion, expires: onlineExpires } = online;
  return publishTrust({ bundle, roots: [config.root], registrars, online: root, onlineVersion, onlineExpires });
}

export const sign = (type: string, document: unknown, signers: readonly SignerKey[]): DsseEnvelope =>
  signEnvelope(type, canonicalBytes(document), signers);

export const witnessName: string = WITNESS;

export function bundleOf(organisation: OrganisationId, keys: World['keys'], log: string): TrustBundle {
  const person = (id: KeyName, roles: readonly string[]): TrustBundle['people'][number] => ({
    id: idOf<'Person'>(id),
    name: id,
    roles: roles.map((role) => idOf<'Role'>(role)),
    credentials: [
      {
        kind: 'raw',
        publicKey: encodePublicKey(keys[id].publicKey),
        surface: 'own',
        enrolledAt: at(-2 * HOUR_MS),
        usableFrom: at(-HOUR_MS),
      },
    ],
  });
  return {
    type: 'trust-bundle',
    organisation,
    version: 1,
    issuedAt: at(-HOUR_MS),
    expiresAt: at(30 * 24 * HOUR_MS),
    isDemo: true,
    people: [
      person('kim', ['policy-admin']),
      person('ana', ['policy-admin', 'release-approver']),
      person('sam', ['release-approver', 'operator']),
      person('omar', ['service-owner']),
    ],
    agents: [
      {
        id: idOf<'Agent'>('playbook'),
        owner: idOf<'Person'>('sam'),
        duty: 'decide',
        purpose: 'deterministic playbooks',
        expiresAt: at(30 * 24 * HOUR_MS),
      },
    ],
    floor: {
      quorums: [{ environment: 'production', demands: [{ role: idOf<'Role'>('release-approver'), count: 1 }] }],
      humanOnlyActions: [],
      autonomousTargets: 100,
    },
    tiers: [],
    revocations: [],
    enrolment: {
      coolingOffMs: 0,
      authenticators: [],
      allowUnattested: true,
      allowBackup: false,
      // Sam is both, so that one person can show who may do what.
      dutyExceptions: [{ one: idOf<'Role'>('operator'), other: idOf<'Role'>('release-approver') }],
    },
    keys: keysOf(keys, log),
  };
}

function keysOf(keys: World['keys'], log: string): TrustBundle['keys'] {
  const publicKey = (key: KeyName): { readonly name: string; readonly publicKey: string } => ({
    name: key,
    publicKey: encodePublicKey(keys[key].publicKey),
  });
  return {
    capsuleSigners: [publicKey('capsule')],
    graphOwners: [publicKey('graph')],
    relays: [{ ...publicKey('relay'), source: idOf<'Source'>('alertmanager-dc1'), lineage: ['prometheus-dc1'] }],
    runners: [
      {
        ...publicKey('runner'),
        runner: idOf<'Runner'>('prod-1'),
        enclave: idOf<'Enclave'>('prod-1'),
        environment: 'production',
      },
      {
        ...publicKey('staging'),
        runner: idOf<'Runner'>('staging-1'),
        enclave: idOf<'Enclave'>('staging-1'),
        environment: 'staging',
      },
    ],
    statusSigners: [publicKey('status')],
    log,
    witnesses: [vkeyOf('witness', WITNESS, keys.witness.publicKey)],
    witnessQuorum: 1,
  };
}

const envelopeOf = (organisation: OrganisationId): Omit<Envelope, 'policies'> => ({
  type: 'envelope',
  organisation,
  version: 1,
  owner: 'omar',
  ticket: 'CHG-1',
  reason: 'for a test',
  ...plainBlocks([{ role: idOf<'Role'>('release-approver'), count: 1 }]),
  validFrom: at(-HOUR_MS),
  validUntil: at(30 * 24 * HOUR_MS),
  agents: [idOf<'Agent'>('playbook')],
  maxGraphAgeMinutes: 1440,
  severities: { critical: 4, warning: 2, error: 3 },
  calendars: [],
  prohibited: [{ id: idOf<'Rule'>('no-destroy'), clause: 'AG-706 4.7', actions: ['data.destroy'] }],
  humanOnly: [],
  grants: [
    {
      id: idOf<'Rule'>('patch-small'),
      isEnabled: true,
      actions: ['config.change', 'service.restart'],
      tiers: ['non-critical'],
      environments: ['staging', 'production'],
      ...PLAIN_GRANT,
      minSeverity: 2,
      minIndependentSignals: 1,
      requiresStaging: true,
      calendars: [],
      caps: {
        ...PLAIN_CAPS,
        targets: 10,
        services: 5,
        perTier: { 'non-critical': 10 },
        percentOfTier: 100,
        actionsPerHour: 10,
      },
      rollbackWindowMinutes: 60,
      maxDrillAgeDays: 30,
    },
  ],
  routes: [
    {
      id: idOf<'Rule'>('release'),
      clause: 'AG-706 4.5',
      when: { environments: ['production'] },
      demands: [{ role: idOf<'Role'>('release-approver'), count: 1 }],
      stepUp: false,
    },
  ],
  maySkipStaging: [],
  rollout: { canary: 2, window: 10, bakeMs: 0, healthTimeoutMs: 5000 },
  egress: { staging: 'sanitized', 'pre-production': 'sanitized', production: 'metadata-only' },
});

const graphOf = (organisation: OrganisationId): GraphSnapshot => ({
  type: 'graph-snapshot',
  organisation,
  version: 1,
  takenAt: at(-HOUR_MS),
  nodes: [
    { id: idOf<'Node'>('web-1'), kind: 'host', tier: 'non-critical', environment: 'production' },
    { id: idOf<'Node'>('shop'), kind: 'service', tier: 'non-critical', environment: 'production' },
  ],
  edges: [{ from: idOf<'Node'>('shop'), to: idOf<'Node'>('web-1'), kind: 'depends-on', isHard: true }],
});
