import { parseId, parseInstant, plusMs, type Person, type TrustBundle } from '@countersign/core';
import {
  encodePublicKey,
  generateSigner,
  makeRoot,
  tufKeyOf,
  type RootContent,
  type SignerKey,
} from '@countersign/seal';
import { expect, test } from 'vitest';
import { trustWarnings } from './warnings.ts';

const NOW = parseInstant('2026-11-21T03:00:00.000Z')!;
const DAY_MS = 86_400_000;
const id = <Name extends string>(text: string) => parseId<Name>(text)!;
const [anna, boris, carla, rita, rolf, online, capsules] = Array.from({ length: 7 }, () =>
  generateSigner('ed25519'),
) as [SignerKey, SignerKey, SignerKey, SignerKey, SignerKey, SignerKey, SignerKey];
const spki = ({ publicKey }: SignerKey): string => encodePublicKey(publicKey);
const person = (name: string, key: SignerKey, change: Partial<Person> = {}): Person => ({
  id: id(name),
  name,
  roles: [id('registrar')],
  credentials: [
    {
      kind: 'raw',
      publicKey: spki(key),
      surface: 'own',
      enrolledAt: plusMs(NOW, -9 * DAY_MS),
      usableFrom: plusMs(NOW, -8 * DAY_MS),
    },
  ],
  ...change,
});

const keysOf = (threshold: number, ...signers: readonly SignerKey[]) => ({
  keys: signers.map(({ publicKey }) => tufKeyOf(publicKey)),
  threshold,
});
const content: RootContent = {
  version: 1,
  expires: plusMs(NOW, 300 * DAY_MS),
  organisation: 'acme',
  isDemo: false,
  roles: {
    root: keysOf(2, anna, boris, carla),
    targets: keysOf(2, rita, rolf),
    snapshot: keysOf(1, online),
    timestamp: keysOf(1, online),
  },
};
const sound: TrustBundle = {
  type: 'trust-bundle',
  organisation: id('acme'),
  version: 1,
  issuedAt: plusMs(NOW, -60 * DAY_MS),
  expiresAt: plusMs(NOW, 90 * DAY_MS),
  isDemo: false,
  people: [person('rita', rita), person('rolf', rolf)],
  agents: [],
  floor: { quorums: [], humanOnlyActions: [], autonomousTargets: 0 },
  enrolment: { coolingOffMs: DAY_MS, authenticators: [], allowUnattested: false, allowBackup: false },
  tiers: [],
  revocations: [],
  keys: {
    capsuleSigners: [{ name: 'east', publicKey: spki(capsules) }],
    graphOwners: [],
    relays: [],
    runners: [],
    statusSigners: [],
    log: 'countersign/acme+aaaaaaaa+AAAAAAAAAAAAAAAA',
    witnesses: [],
    witnessQuorum: 1,
  },
};

interface Case {
  readonly roles?: Partial<RootContent['roles']>;
  readonly isDemo?: boolean;
  readonly bundle?: Partial<TrustBundle> | 'none';
  readonly freshDays?: number;
  readonly rootDays?: number;
}
function warningsOf({
  roles = {},
  isDemo = false,
  bundle = {},
  freshDays = 7,
  rootDays = 300,
}: Case): readonly string[] {
  const held = bundle === 'none' ? undefined : { ...sound, ...bundle };
  return trustWarnings({
    root: makeRoot({ ...content, isDemo, roles: { ...content.roles, ...roles } }),
    bundle: held,
    freshUntil: plusMs(NOW, freshDays * DAY_MS),
    rootUntil: plusMs(NOW, rootDays * DAY_MS),
    now: NOW,
  });
}

test('what is in order has no warning', () => {
  expect(warningsOf({})).toEqual([]);
});

const conflicting = person('rita', rita, {
  roles: [id('registrar'), id('operator')],
  grants: [{ role: id('release-approver'), usableFrom: NOW }],
});
test.each<[string, Case]>([
  ['the root ends', { rootDays: 59 }],
  ['the root is over since', { rootDays: 0 }],
  ['the trust bundle ends', { bundle: { expiresAt: plusMs(NOW, 13 * DAY_MS) } }],
  ['the trust bundle is over since', { bundle: { expiresAt: NOW } }],
  ['the timestamp ends', { freshDays: 1 }],
  ['the timestamp is over since', { freshDays: -1 }],
  ['these are demo keys', { isDemo: true }],
  ['one root key alone decides', { roles: { root: keysOf(1, anna, boris) } }],
  ['every root key is needed', { roles: { root: keysOf(2, anna, boris) } }],
  ["is a root key and a registrar's key", { roles: { root: keysOf(2, anna, boris, rita) } }],
  ['is of nobody who is a registrar', { bundle: { people: [person('rita', rita)] } }],
  [
    'is of nobody who is a registrar',
    { bundle: { people: [person('rita', rita), person('rolf', rolf, { roles: [] })] } },
  ],
  ['fleet operators do not approve production', { bundle: { people: [conflicting, person('rolf', rolf)] } }],
  [
    'by a signed exception',
    {
      bundle: {
        people: [conflicting, person('rolf', rolf)],
        enrolment: { ...sound.enrolment, dutyExceptions: [{ one: id('release-approver'), other: id('operator') }] },
      },
    },
  ],
  [
    'has no key that counts yet',
    { bundle: { people: [person('rita', rita, { credentials: [] }), person('rolf', rolf)] } },
  ],
  ['no capsule signer is named', { bundle: { keys: { ...sound.keys, capsuleSigners: [] } } }],
  [
    'is revoked and still listed',
    { bundle: { revocations: [{ keyid: capsules.keyid, notAfter: NOW, reason: 'lost' }] } },
  ],
  ['no witness has to cosign', { bundle: { keys: { ...sound.keys, witnessQuorum: 0 } } }],
  ['2 keys may renew the timestamp', { roles: { timestamp: keysOf(1, online, capsules) } }],
  ['nobody is known', { bundle: 'none' }],
])('warns that: %s', (words, unwise) => {
  const warnings = warningsOf(unwise);
  expect(warnings.filter((warning) => warning.includes(words))).not.toEqual([]);
  expect(warnings.every((warning) => /^[ -~]+$/.test(warning))).toBe(true);
});

test('one thing that is wrong is said once', () => {
  for (const unwise of [
    { rootDays: 3 },
    { freshDays: 1 },
    { isDemo: true },
    { bundle: { keys: { ...sound.keys, witnessQuorum: 0 } } },
  ])
    expect(warningsOf(unwise)).toHaveLength(1);
});
