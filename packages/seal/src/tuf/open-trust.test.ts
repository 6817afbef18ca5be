/** The client workflow against everybody who may deliver the metadata: each way to add, mix, forge or go back is refused. */
import { plusMs, type Person, type TrustBundle } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { canonicalBytes } from '../canonical.ts';
import { digestOf } from '../digest.ts';
import { generateSigner } from '../keys.ts';
import { bundleOf, makeTufHouse, NOW, rawCredential, registrarsOf, rootOf, trustOf } from './house.builder.ts';
import { makeRoot, makeSnapshot, makeTargets, makeTimestamp } from './make.ts';
import { tufKeyOf } from './keys.ts';
import { readTufRoot, readTufTargets, tufFileBytes, type TufSigned } from './metadata.ts';
import { openTrust, type PinnedTrust } from './open-trust.ts';
import { signTufMetadata } from './sign.ts';
import type { TrustMetadata } from './trust-metadata.ts';

const HOUSE = makeTufHouse();
const STRANGER = generateSigner('ed25519');
const DAY_MS = 86_400_000;
const ROOT = rootOf(HOUSE);
const [rootA, rootB, rootC] = HOUSE.roots;

const bytesOf = (text: string): Uint8Array => decodeBase64(text)!;
const codeOf = (metadata: TrustMetadata, pinned: Partial<PinnedTrust> = {}): string => {
  const opened = openTrust(metadata, { root: ROOT, ...pinned });
  return opened.ok ? 'ok' : opened.refusal.code;
};
const file = (signed: TufSigned, signers = [HOUSE.online]): string =>
  encodeBase64(tufFileBytes(signTufMetadata(signed, signers)));
/** Everything after the targets again, honestly: what a thief of the online key can do. */
function online(
  metadata: TrustMetadata,
  version = 2,
  signers = [HOUSE.online],
  expires = plusMs(NOW, DAY_MS),
): TrustMetadata {
  const targets = bytesOf(metadata.targets);
  const read = readTufTargets(targets);
  const targetsVersion = read.ok ? read.value.signed.version : 1;
  const snapshot = file(makeSnapshot({ version, expires, targets, targetsVersion }), signers);
  const timestamp = makeTimestamp({ version, expires, snapshot: bytesOf(snapshot), snapshotVersion: version });
  return { ...metadata, snapshot, timestamp: file(timestamp, signers) };
}
const targetsOf = (bundle: Uint8Array, signers = HOUSE.registrars, change: object = {}): string =>
  file(
    makeTargets({
      organisation: 'acme',
      isDemo: false,
      version: 1,
      expires: plusMs(NOW, DAY_MS),
      bundle,
      ...change,
    }),
    [...signers],
  );
const withBundle = (bundle: unknown, signers = HOUSE.registrars, change: object = {}): TrustMetadata => {
  const body = canonicalBytes(bundle);
  return online({ ...trustOf(HOUSE), targets: targetsOf(body, signers, change), bundle: encodeBase64(body) });
};

const keysOf = ({ keys, threshold }: { keys: readonly (typeof STRANGER)[]; threshold: number }) => ({
  keys: keys.map(({ publicKey }) => tufKeyOf(publicKey)),
  threshold,
});
const at = (versions: number, onlineVersion = versions): TrustMetadata =>
  trustOf(HOUSE, { version: versions }, { onlineVersion });

describe('X1: trust metadata', () => {
  test('leads from the pinned root to the bundle, its digest, its versions and the earliest end', () => {
    const metadata = trustOf(HOUSE);
    const opened = openTrust(metadata, { root: ROOT });
    expect(opened).toEqual({
      ok: true,
      value: {
        bundle: bundleOf(HOUSE),
        digest: digestOf(bytesOf(metadata.bundle)),
        versions: { root: 1, timestamp: 1, snapshot: 1, targets: 1 },
        expiresAt: '2026-11-28T12:00:00.000Z',
        root: ROOT,
        isDemo: false,
      },
    });
  });

  test('opens without the pinned root in the delivery, and with roots from before it', () => {
    expect(codeOf({ ...trustOf(HOUSE), roots: [] })).toBe('ok');
    const second = rootOf(HOUSE, { version: 2, before: [...HOUSE.roots] });
    const metadata = trustOf(HOUSE, {}, { roots: [ROOT, second] });
    expect(codeOf(metadata, { root: second })).toBe('ok');
    expect(codeOf(metadata)).toBe('ok');
  });

  test('an expired part still opens: old evidence and rollbacks need it; the end says so', () => {
    const metadata = trustOf(HOUSE, {}, { onlineExpires: plusMs(NOW, -DAY_MS) });
    const opened = openTrust(metadata, { root: ROOT });
    expect(opened.ok && opened.value.expiresAt).toBe('2026-11-20T12:00:00.000Z');
  });

  test.each<[string, number, string]>([
    ['root', 365, '2026-11-22T12:00:00.000Z'],
    ['bundle', 90, '2026-11-22T12:00:00.000Z'],
  ])('the earliest end counts also when it is that of the %s', (part, _, expected) => {
    const soon = plusMs(NOW, DAY_MS);
    const root = part === 'root' ? rootOf(HOUSE, { expires: soon }) : ROOT;
    const metadata = trustOf(HOUSE, part === 'bundle' ? { expiresAt: soon } : {}, { roots: [root] });
    const opened = openTrust(metadata, { root });
    expect(opened.ok && opened.value.expiresAt).toBe(expected);
  });
});

describe('X1: roots', () => {
  const next = (change: Parameters<typeof rootOf>[1] = {}): Uint8Array =>
    rootOf(HOUSE, { version: 2, before: [rootA, rootB], ...change });
  const chain = (...roots: readonly Uint8Array[]): TrustMetadata => trustOf(HOUSE, {}, { roots });

  test('a new root is signed by enough of the old and enough of the new keys', () => {
    const replaced = next({ root: { keys: [rootA, rootB, STRANGER], threshold: 2 } });
    expect(codeOf(chain(ROOT, replaced))).toBe('ok');
    const own = next({ root: { keys: [STRANGER], threshold: 1 }, before: [] });
    expect(codeOf(chain(ROOT, own))).toBe('trust-unsigned');
    const one = next({ root: { keys: [STRANGER, rootA], threshold: 1 }, before: [] });
    expect(codeOf(chain(ROOT, one))).toBe('trust-unsigned');
  });

  test('a new root that its own keys did not sign is refused', () => {
    const signed = readTufRoot(next({ root: { keys: [STRANGER, generateSigner('ed25519')], threshold: 2 } }));
    if (!signed.ok) throw new Error('no root');
    const half = tufFileBytes(signTufMetadata(signed.value.signed, [rootA, rootB, STRANGER]));
    expect(codeOf(chain(ROOT, half))).toBe('trust-unsigned');
  });

  test('a chain with a gap, a repeated number or the wrong order is refused', () => {
    const third = next({ version: 3 });
    expect(codeOf(chain(ROOT, third))).toBe('trust-unsigned');
    expect(codeOf(chain(ROOT, next(), next()))).toBe('trust-unsigned');
    expect(codeOf(chain(next(), ROOT))).not.toBe('trust-rolled-back');
    expect(codeOf(chain(ROOT, next(), third))).toBe('ok');
  });

  test('another root of the pinned version is a fork', () => {
    const other = rootOf(HOUSE, { expires: plusMs(NOW, DAY_MS) });
    expect(codeOf(chain(other))).toBe('trust-forked');
  });

  test('a root of another organisation, or one that turns demo into production, is refused', () => {
    expect(codeOf(chain(ROOT, next({ organisation: 'globex' })))).toBe('trust-other');
    expect(codeOf(chain(ROOT, next({ isDemo: true })))).toBe('demo-trust');
  });

  test('a signature in a root that does not verify is refused, though the others suffice', () => {
    const read = readTufRoot(next());
    if (!read.ok) throw new Error('no root');
    const foreign = signTufMetadata(read.value.signed, [STRANGER]).signatures;
    const surplus = tufFileBytes({ ...read.value, signatures: [...read.value.signatures, ...foreign] });
    expect(codeOf(chain(ROOT, surplus))).toBe('trust-unsigned');
    const [first, ...rest] = read.value.signatures;
    const flipped = { ...first!, sig: `${first!.sig.startsWith('0') ? '1' : '0'}${first!.sig.slice(1)}` };
    expect(codeOf(chain(ROOT, tufFileBytes({ ...read.value, signatures: [flipped, ...rest] })))).toBe('trust-unsigned');
  });

  test('a pinned root that its keys did not sign opens nothing', () => {
    const read = readTufRoot(ROOT);
    if (!read.ok) throw new Error('no root');
    const unsigned = tufFileBytes({ ...read.value, signatures: read.value.signatures.slice(0, 1) });
    expect(codeOf(trustOf(HOUSE), { root: unsigned })).toBe('trust-unsigned');
    expect(codeOf(trustOf(HOUSE), { root: new Uint8Array() })).toBe('malformed');
  });

  test.each<[string, object]>([
    ['one registrar', { targets: { keys: HOUSE.registrars, threshold: 1 } }],
    [
      'one registrar twice, in two encodings',
      { targets: { keys: [HOUSE.registrars[0], HOUSE.registrars[0]], threshold: 2 } },
    ],
    ['an online key that is a registrar', { timestamp: { keys: [HOUSE.registrars[0]], threshold: 1 } }],
    ['an online key that is a root key', { snapshot: { keys: [rootC], threshold: 1 } }],
  ])('a production root with %s is refused', (_, change) => {
    const roles = {
      root: { keys: HOUSE.roots, threshold: 2 },
      targets: { keys: HOUSE.registrars, threshold: 2 },
      snapshot: { keys: [HOUSE.online], threshold: 1 },
      timestamp: { keys: [HOUSE.online], threshold: 1 },
      ...change,
    };
    const signed = makeRoot({
      organisation: 'acme',
      isDemo: false,
      version: 1,
      expires: plusMs(NOW, DAY_MS),
      roles: {
        root: keysOf(roles.root),
        targets: keysOf(roles.targets),
        snapshot: keysOf(roles.snapshot),
        timestamp: keysOf(roles.timestamp),
      },
    });
    const root = tufFileBytes(signTufMetadata(signed, HOUSE.roots));
    expect(codeOf(trustOf(HOUSE, {}, { roots: [root] }), { root })).toMatch(/^(?:bad-key|malformed)$/);
  });
});

describe('X1: whoever holds the online key', () => {
  test('can renew the same bundle', () => {
    expect(codeOf(online(trustOf(HOUSE)))).toBe('ok');
  });

  test('cannot add a key: the targets are of the registrars', () => {
    const mine = bundleOf(HOUSE, { people: registrarsOf([STRANGER, HOUSE.online]) });
    expect(codeOf(withBundle(mine, [HOUSE.online, STRANGER] as never))).toBe('trust-unsigned');
    expect(codeOf(withBundle(mine, [HOUSE.registrars[0]] as never))).toBe('trust-unsigned');
  });

  test('cannot make a root or name one', () => {
    const own = rootOf(HOUSE, { version: 2, before: [HOUSE.online], root: { keys: [STRANGER], threshold: 1 } });
    expect(codeOf(trustOf(HOUSE, {}, { roots: [ROOT, own] }))).toBe('trust-unsigned');
  });

  test('cannot mix two versions: each part names the next by version, length and hash', () => {
    const [first, second] = [trustOf(HOUSE), trustOf(HOUSE, { version: 2 })];
    for (const part of ['timestamp', 'snapshot', 'targets', 'bundle'] as const)
      expect([part, codeOf({ ...second, [part]: first[part] })]).toEqual([part, 'trust-mixed']);
  });

  test('cannot give a version another number', () => {
    const metadata = trustOf(HOUSE);
    const targets = bytesOf(metadata.targets);
    const expires = plusMs(NOW, DAY_MS);
    const snapshot = file(makeSnapshot({ version: 2, expires, targets, targetsVersion: 7 }));
    const timestamp = file(makeTimestamp({ version: 2, expires, snapshot: bytesOf(snapshot), snapshotVersion: 2 }));
    expect(codeOf({ ...metadata, snapshot, timestamp })).toBe('trust-mixed');
    const other = file(
      makeTimestamp({ version: 2, expires, snapshot: bytesOf(metadata.snapshot), snapshotVersion: 2 }),
    );
    expect(codeOf({ ...metadata, timestamp: other })).toBe('trust-mixed');
  });
});

describe('X1: nothing goes back', () => {
  const known = { root: 1, timestamp: 5, snapshot: 5, targets: 5 };

  test('the same and newer versions open, an older one of any role does not', () => {
    expect(codeOf(at(5), { known })).toBe('ok');
    expect(codeOf(at(5, 6), { known })).toBe('ok');
    expect(codeOf(at(6), { known })).toBe('ok');
    expect(codeOf(at(5, 4), { known })).toBe('trust-rolled-back');
    expect(codeOf(at(4, 6), { known })).toBe('trust-rolled-back');
    expect(codeOf(at(5), { known: { ...known, root: 2 } })).toBe('trust-rolled-back');
  });

  test('TUF 5.3.11: after a theft of the online key, new online keys begin with a low version again', () => {
    const fresh = generateSigner('ed25519');
    const second = rootOf(HOUSE, { version: 2, before: [...HOUSE.roots], online: fresh });
    const metadata = trustOf(HOUSE, { version: 6 }, { roots: [ROOT, second], online: fresh, onlineVersion: 1 });
    const stolen = { root: 1, timestamp: 1_000_000_000, snapshot: 1_000_000_000, targets: 5 };
    expect(codeOf(metadata, { known: stolen })).toBe('ok');
    expect(codeOf(metadata, { known: { ...stolen, root: 2 } })).toBe('trust-rolled-back');
    expect(codeOf(metadata, { known: { ...stolen, targets: 7 } })).toBe('trust-rolled-back');
  });
});

describe('X1, A2: the bundle', () => {
  test.each<[string, Partial<TrustBundle>, object, string]>([
    ['of another organisation', { organisation: 'globex' as never }, {}, 'trust-other'],
    ['named for another organisation', {}, { organisation: 'globex' }, 'trust-other'],
    ['of a demo, under a production root', { isDemo: true }, {}, 'demo-trust'],
    ['of a demo, named as one under a production root', { isDemo: true }, { isDemo: true }, 'demo-trust'],
    ['with another version than its targets', { version: 2 }, {}, 'trust-mixed'],
    ['that ends before it begins', { expiresAt: NOW }, {}, 'trust-unsound'],
    ['without a field', { floor: undefined as never }, {}, 'malformed'],
  ])('refuses one %s', (_, bundle, change, code) => {
    const { floor, ...rest } = { ...bundleOf(HOUSE), ...bundle };
    expect(codeOf(withBundle({ ...rest, ...(floor !== undefined && { floor }) }, HOUSE.registrars, change))).toBe(code);
  });

  test('a production bundle under a demo root is refused too', () => {
    const root = rootOf(HOUSE, { isDemo: true });
    expect(codeOf(trustOf(HOUSE, {}, { roots: [root] }), { root })).toBe('demo-trust');
    expect(codeOf(trustOf(HOUSE, { isDemo: true }, { roots: [root] }), { root })).toBe('ok');
  });

  const [one, two] = registrarsOf(HOUSE.registrars) as [Person, Person];
  test.each<[string, readonly Person[]]>([
    ['one of them is not on the roster', [one]],
    ['one of them is not a registrar', [one, { ...two, roles: [] }]],
    ['both keys belong to one person', [{ ...one, credentials: [...one.credentials, ...two.credentials] }]],
    ['nobody holds their keys', registrarsOf([STRANGER, generateSigner('p256')])],
  ])('two keys are not two registrars when %s', (_, people) => {
    expect(codeOf(trustOf(HOUSE, { people }))).toBe('trust-unsigned');
  });

  test('a key that is enrolled twice, or a person who is there twice, is refused', () => {
    const twin = { ...two, credentials: [...two.credentials, ...one.credentials] };
    expect(codeOf(trustOf(HOUSE, { people: [one, twin] }))).toBe('roster-unsound');
    expect(codeOf(trustOf(HOUSE, { people: [one, two, two] }))).toBe('roster-unsound');
  });

  test('what is new against the bundle before has to wait from now on', () => {
    const credential = rawCredential(STRANGER);
    const people = [one, two, { ...two, id: 'mallory' as never, credentials: [credential] }];
    const metadata = trustOf(HOUSE, { version: 2, people });
    expect(codeOf(metadata)).toBe('ok');
    expect(codeOf(metadata, { previous: bundleOf(HOUSE) })).toBe('roster-change');
    const waiting = { ...people[2]!, credentials: [{ ...credential, usableFrom: plusMs(NOW, DAY_MS) }] };
    const later = trustOf(HOUSE, { version: 2, people: [one, two, waiting] });
    expect(codeOf(later, { previous: bundleOf(HOUSE) })).toBe('ok');
  });
});
