/** A small organisation with a production root, for tests: two of three root keys, two registrars, one online key. */
import {
  DEMO_MARK,
  parseId,
  parseInstant,
  plusMs,
  type Credential,
  type Id,
  type Instant,
  type Person,
  type TrustBundle,
} from '@countersign/core';
import { encodePublicKey, generateSigner, type SignerKey } from '../keys.ts';
import { vkeyOf } from '../note.ts';
import { publishRoot, publishTrust, type RootPublication, type TrustPublication } from './publish-trust.ts';
import type { TrustMetadata } from './trust-metadata.ts';

const DAY_MS = 86_400_000;

function made<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the house is not made of valid words');
  return value;
}
const id = <Name extends string>(text: string): Id<Name> => made(parseId<Name>(text));
export const NOW: Instant = made(parseInstant('2026-11-21T12:00:00.000Z'));
const LONG_AGO: Instant = plusMs(NOW, -100 * DAY_MS);

export interface TufHouse {
  readonly roots: readonly [SignerKey, SignerKey, SignerKey];
  readonly registrars: readonly [SignerKey, SignerKey];
  readonly online: SignerKey;
  readonly log: SignerKey;
}

const key = (): SignerKey => generateSigner('ed25519');
export const makeTufHouse = (): TufHouse => ({
  roots: [key(), generateSigner('p256'), key()],
  registrars: [key(), generateSigner('p256')],
  online: key(),
  log: key(),
});

export const rawCredential = (signer: SignerKey): Credential => ({
  kind: 'raw',
  publicKey: encodePublicKey(signer.publicKey),
  surface: 'own',
  enrolledAt: LONG_AGO,
  usableFrom: plusMs(LONG_AGO, 10 * DAY_MS),
});

export const registrarsOf = (signers: readonly SignerKey[]): readonly Person[] =>
  signers.map((signer, place) => ({
    id: id(`registrar-${place + 1}`),
    name: `Registrar ${place + 1}`,
    roles: [id('registrar')],
    credentials: [rawCredential(signer)],
  }));

export const bundleOf = (house: TufHouse, change: Partial<TrustBundle> = {}): TrustBundle => ({
  type: 'trust-bundle',
  organisation: id('acme'),
  version: 1,
  issuedAt: NOW,
  expiresAt: plusMs(NOW, 90 * DAY_MS),
  isDemo: false,
  people: registrarsOf(house.registrars),
  agents: [],
  floor: { quorums: [], humanOnlyActions: [], autonomousTargets: 0 },
  enrolment: { coolingOffMs: DAY_MS, authenticators: [], allowUnattested: false, allowBackup: false },
  tiers: [],
  revocations: [],
  keys: {
    capsuleSigners: [],
    graphOwners: [],
    relays: [],
    runners: [],
    statusSigners: [],
    log: vkeyOf('log', `${change.isDemo === true ? DEMO_MARK : ''}record.acme`, house.log.publicKey),
    witnesses: [],
    witnessQuorum: 0,
  },
  ...change,
});

export const rootOf = (house: TufHouse, change: Partial<RootPublication> = {}): Uint8Array =>
  publishRoot({
    organisation: 'acme',
    isDemo: false,
    version: 1,
    expires: plusMs(NOW, 365 * DAY_MS),
    root: { keys: house.roots, threshold: 2 },
    registrars: { keys: house.registrars, threshold: 2 },
    online: house.online,
    ...change,
  });

export const trustOf = (
  house: TufHouse,
  bundle: Partial<TrustBundle> = {},
  change: Partial<TrustPublication> = {},
): TrustMetadata =>
  publishTrust({
    bundle: bundleOf(house, bundle),
    roots: [rootOf(house)],
    registrars: house.registrars,
    online: house.online,
    onlineExpires: plusMs(NOW, 7 * DAY_MS),
    ...change,
  });
