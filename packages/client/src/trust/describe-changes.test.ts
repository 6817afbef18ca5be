import fc from 'fast-check';
import { parseId, parseInstant, plusMs, type Credential, type Person, type TrustBundle } from '@countersign/core';
import {
  encodePublicKey,
  generateSigner,
  makeRoot,
  tufKeyOf,
  tufKeyOfPasskey,
  type RootContent,
} from '@countersign/seal';
import { describe, expect, test } from 'vitest';
import { TestPasskey } from '../testkit/passkey.builder.ts';
import { bundleChanges, rootChanges } from './describe-changes.ts';
import { countsFrom, nextBundle, withPerson, withRevocation, type BundleDraft } from './next-bundle.ts';

const NOW = parseInstant('2026-11-21T03:00:00.000Z')!;
const DAY_MS = 86_400_000;
const id = <Name extends string>(text: string) => parseId<Name>(text)!;
const keys = Array.from({ length: 6 }, (_one, index) => generateSigner(index % 2 === 0 ? 'ed25519' : 'p256'));
const credential = (index: number, usableFrom = plusMs(NOW, -DAY_MS)): Credential => ({
  kind: 'raw',
  publicKey: encodePublicKey(keys[index]!.publicKey),
  surface: 'own',
  enrolledAt: plusMs(NOW, -9 * DAY_MS),
  usableFrom,
});
const person = (name: string, index: number, change: Partial<Person> = {}): Person => ({
  id: id(name),
  name,
  roles: [id('registrar')],
  credentials: [credential(index)],
  ...change,
});
const bundle: TrustBundle = {
  type: 'trust-bundle',
  organisation: id('acme'),
  version: 4,
  issuedAt: NOW,
  expiresAt: plusMs(NOW, 90 * DAY_MS),
  isDemo: false,
  people: [person('rita', 0), person('rolf', 1)],
  agents: [],
  floor: {
    quorums: [{ environment: 'production', demands: [{ role: id('release-approver'), count: 2 }] }],
    humanOnlyActions: [],
    autonomousTargets: 0,
  },
  enrolment: { coolingOffMs: DAY_MS, authenticators: [], allowUnattested: false, allowBackup: false },
  tiers: [],
  revocations: [],
  keys: {
    capsuleSigners: [{ name: 'east', publicKey: encodePublicKey(keys[2]!.publicKey) }],
    graphOwners: [],
    relays: [],
    runners: [],
    statusSigners: [],
    log: 'countersign/acme+aaaaaaaa+AAAAAAAAAAAAAAAA',
    witnesses: [],
    witnessQuorum: 0,
  },
};

/** Every place of a document, with a value that differs from what stands there. */
function everyChange(
  value: unknown,
  put: (changed: unknown) => unknown,
  at = '',
): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value))
    return [
      [`${at}[]`, put([])] as const,
      ...value.flatMap((entry, index) =>
        everyChange(entry, (changed) => put(value.with(index, changed)), `${at}/${index}`),
      ),
    ].filter(([, changed]) => JSON.stringify(changed) !== JSON.stringify(put(value)));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, field]) =>
      everyChange(field, (changed) => put({ ...value, [name]: changed }), `${at}/${name}`),
    );
  if (typeof value === 'boolean') return [[at, put(!value)]];
  return [[at, put(typeof value === 'number' ? value + 1 : `${String(value)}x`)]];
}

/** They say when the document was made, not what it says, and the page shows them above the changes. */
const DATES: ReadonlySet<string> = new Set(['/version', '/issuedAt', '/expiresAt']);

describe('A2: what a signer reads leaves nothing out', () => {
  const changes = everyChange(bundle, (changed) => changed).filter(([at]) => !DATES.has(at));
  test.each(changes)('a bundle that differs at %s has a line that says so', (_at, changed) => {
    expect(bundleChanges(bundle, changed as TrustBundle)).not.toEqual([]);
    expect(bundleChanges(changed as TrustBundle, bundle)).not.toEqual([]);
  });

  test('enough places were looked at', () => {
    expect(changes.length).toBeGreaterThan(35);
  });

  test('the same bundle with other dates has no line', () => {
    expect(
      bundleChanges(bundle, { ...bundle, version: 5, issuedAt: plusMs(NOW, 1), expiresAt: plusMs(NOW, 2) }),
    ).toEqual([]);
  });

  test('a passkey on another page, of another key, or that may be copied, is another passkey', () => {
    const passkey = new TestPasskey();
    const holding = (change: object): TrustBundle => ({
      ...bundle,
      people: [person('ana', 3, { credentials: [{ ...credential(3), ...passkey.credential, ...change }] })],
    });
    for (const change of [
      { origins: ['https://evil.example'] },
      { cose: new TestPasskey().cose },
      { allowBackup: true },
      { rpId: 'evil.example' },
    ])
      expect(bundleChanges(holding({}), holding(change))).not.toEqual([]);
  });
});

describe('X1: the same of a root', () => {
  const passkey = new TestPasskey();
  const offered = {
    id: passkey.id,
    cose: passkey.cose,
    rpId: passkey.rpId,
    origins: [passkey.origin],
    allowBackup: false,
  };
  const tufKeys = keys.map(({ publicKey }) => tufKeyOf(publicKey));
  const passkeyOf = (change: Partial<typeof offered>) => {
    const key = tufKeyOfPasskey({ ...offered, ...change });
    if (!key.ok) throw new Error(key.refusal.detail);
    return key.value;
  };
  const content = (change: Partial<RootContent['roles']> = {}): RootContent => ({
    version: 1,
    expires: NOW,
    organisation: 'acme',
    isDemo: false,
    roles: {
      root: { keys: [tufKeys[0]!, passkeyOf({})], threshold: 1 },
      targets: { keys: [tufKeys[1]!, tufKeys[2]!], threshold: 2 },
      snapshot: { keys: [tufKeys[3]!], threshold: 1 },
      timestamp: { keys: [tufKeys[3]!], threshold: 1 },
      ...change,
    },
  });
  const before = makeRoot(content());

  test.each<[string, RootContent]>([
    ['another threshold', content({ root: { keys: content().roles.root.keys, threshold: 2 } })],
    ['a key more', content({ root: { keys: [...content().roles.root.keys, tufKeys[4]!], threshold: 1 } })],
    ['a key less', content({ targets: { keys: [tufKeys[1]!], threshold: 1 } })],
    ['another key', content({ timestamp: { keys: [tufKeys[5]!], threshold: 1 } })],
    [
      'the passkey for another page',
      content({ root: { keys: [tufKeys[0]!, passkeyOf({ origins: ['https://evil.example'] })], threshold: 1 } }),
    ],
    [
      'a passkey of another key with the same name',
      content({ root: { keys: [tufKeys[0]!, passkeyOf({ cose: new TestPasskey().cose })], threshold: 1 } }),
    ],
    [
      'a passkey that may be copied',
      content({ root: { keys: [tufKeys[0]!, passkeyOf({ allowBackup: true })], threshold: 1 } }),
    ],
    ['a demo', { ...content(), isDemo: true }],
    ['another organisation', { ...content(), organisation: 'other' }],
  ])('%s has a line', (_name, changed) => {
    expect(rootChanges(before, makeRoot(changed))).not.toEqual([]);
  });

  test('the same root later has none', () => {
    expect(rootChanges(before, makeRoot({ ...content(), version: 2, expires: plusMs(NOW, DAY_MS) }))).toEqual([]);
  });
});

test('a value that would break the line is written as what it is', () => {
  const lines = bundleChanges(bundle, {
    ...bundle,
    people: [person('rita', 0, { name: 'Rita\nroot key: mine\u{202e}' }), person('rolf', 1)],
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[ -~]+$/);
});

const draft = (): BundleDraft => nextBundle(bundle, NOW, 90);

describe('A2: steps of a draft', () => {
  test('whatever is added, in whatever order, waits for the longer cooling-off time from now on', () => {
    const steps = fc.array(
      fc.record({
        who: fc.constantFrom('ana', 'bert', 'rita'),
        role: fc.constantFrom('auditor', 'release-approver'),
        later: fc.nat(5),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(steps, (wishes) => {
        let held = draft();
        for (const { who, role, later } of wishes) {
          const now = plusMs(NOW, later * 1000);
          const next = withPerson(held, { id: id(who), name: who, roles: [id(role)], credentials: [] }, now);
          if (next.ok) held = next.value;
        }
        const earliest = plusMs(NOW, DAY_MS);
        for (const { id: who, roles, grants = [] } of held.bundle.people) {
          const before = bundle.people.find((one) => one.id === who);
          // Whoever is in force gains nothing at once; whoever is new has no key that counts at once.
          expect(before === undefined ? roles : before.roles).toEqual(roles);
          expect(grants.every(({ usableFrom }) => usableFrom >= earliest)).toBe(true);
        }
        expect(held.bundle.version).toBe(5);
      }),
    );
  });

  test('the time counts from the draft on when the clock of this machine is behind', () => {
    expect(countsFrom(draft(), plusMs(NOW, -30 * DAY_MS))).toBe(plusMs(NOW, DAY_MS));
    expect(nextBundle(bundle, plusMs(NOW, -DAY_MS), 90).bundle.issuedAt).toBe(NOW);
  });

  test('a shorter cooling-off time does not hold for what comes with it', () => {
    const shorter = {
      ...draft(),
      bundle: { ...draft().bundle, enrolment: { ...bundle.enrolment, coolingOffMs: 3_600_000 } },
    };
    expect(countsFrom(shorter, NOW)).toBe(plusMs(NOW, DAY_MS));
  });

  test('grants become roles when their time has come, and not a moment before', () => {
    const waiting = {
      ...bundle,
      people: [person('rita', 0, { grants: [{ role: id('auditor'), usableFrom: plusMs(NOW, DAY_MS) }] })],
    };
    const [early, due] = [DAY_MS - 1, DAY_MS].map((ms) => nextBundle(waiting, plusMs(NOW, ms), 90).bundle.people[0]);
    expect(early).toMatchObject({ roles: ['registrar'], grants: [{ role: 'auditor' }] });
    expect(due).toMatchObject({ roles: ['registrar', 'auditor'] });
    expect(due).not.toHaveProperty('grants');
  });

  test('a revocation takes the key from people and services alike, and is never moved to a later day', () => {
    const keyid = keys[2]!.keyid;
    const revoked = withRevocation(draft(), { keyid, notAfter: NOW, reason: 'lost' });
    if (!revoked.ok) throw new Error(revoked.refusal.detail);
    expect(revoked.value.bundle.keys.capsuleSigners).toEqual([]);
    expect(withRevocation(revoked.value, { keyid, notAfter: plusMs(NOW, 1), reason: 'x' }).ok).toBe(false);
    const earlier = withRevocation(revoked.value, { keyid, notAfter: plusMs(NOW, -1), reason: 'x' });
    expect(earlier.ok && earlier.value.bundle.revocations).toEqual([{ keyid, notAfter: plusMs(NOW, -1), reason: 'x' }]);
    const rita = withRevocation(draft(), { keyid: keys[0]!.keyid, notAfter: NOW, reason: 'left' });
    expect(rita.ok && rita.value.bundle.people[0]?.credentials).toEqual([]);
  });
});
