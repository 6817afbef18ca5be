/** Keys and people of a whole small organisation, and the trust bundle that names them. */
import {
  DEMO_MARK,
  instant,
  personShape,
  trustBundleShape,
  plusMs,
  type Instant,
  type TrustBundle,
} from '@countersign/core';
import {
  encodePublicKey,
  generateSigner,
  publicKeyOf,
  publishRoot,
  publishTrust,
  vkeyOf,
  type SignerKey,
  type TrustMetadata,
} from '@countersign/seal';
import { made } from './made.ts';

export interface HouseKeys {
  readonly root: SignerKey;
  /** They sign the trust bundle together. */
  readonly registrars: readonly [SignerKey, SignerKey];
  /** Signs snapshot and timestamp. */
  readonly online: SignerKey;
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
    registrars: [key(), key()],
    online: key(),
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
/** As a registrar writes a key for `cs` into the roster. */
export const ownKey = (signer: SignerKey): object => ({
  kind: 'raw',
  publicKey: encoded(signer),
  surface: 'own',
  enrolledAt: '2026-01-01T00:00:00.000Z',
  usableFrom: '2026-01-02T00:00:00.000Z',
});

const registrarsOf = ({ registrars }: HouseKeys): readonly object[] =>
  registrars.map((signer, place) => ({
    id: `registrar-${place}`,
    name: `registrar-${place}`,
    roles: ['registrar'],
    credentials: [ownKey(signer)],
  }));

/** The registrars are on every roster: without them nobody could have signed it. */
export function makeBundle(keys: HouseKeys, now: Instant, change: object = {}): TrustBundle {
  const bundle = plainBundle(keys, now, change);
  const own = registrarsOf(keys).map((person) => made(personShape, person));
  const missing = own.filter(({ id }) => !bundle.people.some((person) => person.id === id));
  return { ...bundle, people: [...bundle.people, ...missing] };
}

function plainBundle(keys: HouseKeys, now: Instant, change: object): TrustBundle {
  const mark = 'isDemo' in change && change.isDemo === true ? DEMO_MARK : '';
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
      credentials: Object.entries(keys.people).flatMap(([name, own]) => (name === id ? [ownKey(own)] : [])),
    })),
    agents: [{ id: 'playbook', owner: 'ada', duty: 'decide', purpose: 'repairs', expiresAt: plusMs(now, DAY_MS) }],
    floor: {
      quorums: [{ environment: 'production', demands: [{ role: 'release-approver', count: 1 }] }],
      humanOnlyActions: [],
      autonomousTargets: 10,
    },
    tiers: [],
    revocations: [],
    enrolment: { coolingOffMs: 86_400_000, authenticators: [], allowUnattested: false, allowBackup: false },
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
      log: vkeyOf('log', `${mark}${LOG_NAME}`, publicKeyOf(keys.log)),
      witnesses: [vkeyOf('witness', `${mark}${WITNESS_NAME}`, publicKeyOf(keys.witness))],
      witnessQuorum: 1,
    },
    ...change,
  });
}

const FAR: Instant = made(instant, '2040-01-01T00:00:00.000Z');

/** The root to pin. A demo's root and a production root of the same keys are two roots. */
export const rootOf = (keys: HouseKeys, isDemo = false): Uint8Array =>
  publishRoot({
    organisation: ORGANISATION,
    isDemo,
    version: 1,
    expires: FAR,
    root: { keys: [keys.root], threshold: 1 },
    registrars: { keys: keys.registrars, threshold: 2 },
    online: keys.online,
  });

export const signBundle = (
  keys: HouseKeys,
  bundle: TrustBundle,
  registrars: readonly SignerKey[] = keys.registrars,
  renewed: { readonly onlineVersion?: number; readonly onlineExpires?: Instant } = {},
): TrustMetadata =>
  publishTrust({
    bundle,
    roots: [rootOf(keys, bundle.isDemo)],
    registrars,
    online: keys.online,
    onlineExpires: bundle.expiresAt,
    ...renewed,
  });

/** The key of a person, by id. */
export function personKey(keys: HouseKeys, name: string): SignerKey {
  const own = keys.people[name];
  if (own === undefined) throw new Error(`nobody is called ${name}`);
  return own;
}
