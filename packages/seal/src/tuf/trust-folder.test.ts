/** The folder on a medium, and the bundle without what is revoked. */
import { plusMs, type TrustBundle } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { encodePublicKey, generateSigner } from '../keys.ts';
import { vkeyOf } from '../note.ts';
import { sshPublicKeyLine } from '../ssh-key.ts';
import { keyidOfCredential } from '../human-signature.ts';
import { bundleOf, makeTufHouse, NOW, rawCredential, rootOf, trustOf } from './house.builder.ts';
import { bundleInForce, isLogRevoked, nextRevocation } from './in-force.ts';
import { openTrust } from './open-trust.ts';
import { readTrustFolder, trustFiles, trustMetadataShape, type TrustMetadata } from './trust-metadata.ts';

const HOUSE = makeTufHouse();
const ROOT = rootOf(HOUSE);

function folderOf(metadata: TrustMetadata): Map<string, Uint8Array> {
  const files = trustFiles(metadata);
  if (!files.ok) throw new Error(files.refusal.detail);
  return new Map(files.value.map(({ name, bytes }) => [name, bytes]));
}
const readFrom = (folder: ReadonlyMap<string, Uint8Array>, firstRoot?: number) =>
  readTrustFolder((name) => folder.get(name), firstRoot === undefined ? {} : { firstRoot });

const reads = (value: unknown): boolean => trustMetadataShape.read(value, '', []) !== undefined;
const at = (ms: number) => ({ keyid: 'f'.repeat(64), notAfter: plusMs(NOW, ms), reason: 'retired' });

describe('X1: the trust folder', () => {
  const metadata = trustOf(
    HOUSE,
    { version: 4 },
    { roots: [ROOT, rootOf(HOUSE, { version: 2, before: HOUSE.roots })] },
  );

  test('has the names every TUF program asks for, the timestamp last', () => {
    const names = [...folderOf(metadata).keys()];
    expect(names.filter((name) => !name.startsWith('targets/'))).toEqual([
      '1.root.json',
      '2.root.json',
      '4.targets.json',
      '4.snapshot.json',
      'timestamp.json',
    ]);
    expect(names.find((name) => name.startsWith('targets/'))).toMatch(/^targets\/[0-9a-f]{64}\.trust-bundle\.json$/);
  });

  test('is read back as it was written, also beside older versions', () => {
    const folder = new Map([...folderOf(trustOf(HOUSE)), ...folderOf(metadata)]);
    const read = readFrom(folder);
    expect(read).toEqual({ ok: true, value: metadata });
    const later = readFrom(folder, 2);
    expect(later.ok && later.value.roots).toHaveLength(1);
  });

  test('is refused with the name of what is missing', () => {
    for (const name of folderOf(metadata).keys()) {
      const folder = folderOf(metadata);
      folder.delete(name);
      const read = readFrom(folder);
      const said = read.ok ? 'ok' : read.refusal.detail;
      expect(said).toBe(name.endsWith('root.json') ? 'ok' : `the folder has no file ${name}`);
    }
    expect(readFrom(new Map()).ok).toBe(false);
  });

  test('is refused when a file in it is of another kind', () => {
    const folder = folderOf(metadata);
    for (const name of ['timestamp.json', '4.snapshot.json', '4.targets.json'])
      expect(readFrom(new Map([...folder, [name, ROOT]])).ok).toBe(false);
  });

  test('cannot be written from something that is none', () => {
    for (const part of ['timestamp', 'snapshot', 'targets'] as const)
      expect([part, trustFiles({ ...metadata, [part]: part === 'timestamp' ? '*' : metadata.bundle }).ok]).toEqual([
        part,
        false,
      ]);
    expect(trustFiles({ ...metadata, roots: [metadata.bundle] }).ok).toBe(false);
  });

  test('on the wire is bounded before it is decoded', () => {
    expect(reads(metadata)).toBe(true);
    expect(reads({ ...metadata, timestamp: 'A'.repeat(30_000) })).toBe(false);
    expect(reads({ ...metadata, bundle: 'A'.repeat(6_000_000) })).toBe(false);
    expect(reads({ ...metadata, roots: Array.from({ length: 257 }, () => 'AAAA') })).toBe(false);
    expect(reads({ ...metadata, roots: ['A A A'] })).toBe(false);
    expect(reads({ ...metadata, extra: 1 })).toBe(false);
    const { snapshot: _, ...without } = metadata;
    expect(reads(without)).toBe(false);
  });
});

describe('X1: a revoked key', () => {
  const [kept, lost, log, witness] = Array.from({ length: 4 }, () => generateSigner('ed25519')) as [
    ReturnType<typeof generateSigner>,
    ReturnType<typeof generateSigner>,
    ReturnType<typeof generateSigner>,
    ReturnType<typeof generateSigner>,
  ];
  const LATER = plusMs(NOW, 1);
  const named = [kept, lost].map((signer) => ({ name: 'key', publicKey: encodePublicKey(signer.publicKey) }));
  const ssh = {
    ...rawCredential(lost),
    kind: 'ssh',
    publicKey: sshPublicKeyLine(lost.publicKey),
  } as TrustBundle['people'][number]['credentials'][number];
  const base = bundleOf(HOUSE, {
    agents: [
      {
        id: 'a' as never,
        owner: 'p' as never,
        duty: 'decide',
        purpose: 'x',
        expiresAt: NOW,
        keys: named.map(({ publicKey }) => publicKey),
      },
    ],
    people: [
      { id: 'kim' as never, name: 'Kim', roles: [], credentials: [rawCredential(kept), rawCredential(lost), ssh] },
    ],
    keys: {
      capsuleSigners: named,
      graphOwners: named,
      statusSigners: named,
      relays: named.map((one) => ({ ...one, source: 's' as never, lineage: [] })),
      runners: named.map((one) => ({ ...one, runner: 'r' as never, enclave: 'e' as never, environment: 'staging' })),
      log: vkeyOf('log', 'log', log.publicKey),
      witnesses: [vkeyOf('witness', 'one', witness.publicKey), vkeyOf('witness', 'two', lost.publicKey)],
      witnessQuorum: 1,
    },
  });
  const revoked = (keyid: string): TrustBundle => ({
    ...base,
    revocations: [{ keyid, notAfter: NOW, reason: 'stolen' }],
  });

  test('is in no list any more from the moment after, in every kind', () => {
    const { people, agents, keys } = bundleInForce(revoked(lost.keyid), LATER);
    const { capsuleSigners, graphOwners, statusSigners, relays, runners } = keys;
    for (const list of [capsuleSigners, graphOwners, statusSigners, relays, runners])
      expect(list.map(({ publicKey }) => publicKey)).toEqual([named[0]!.publicKey]);
    expect(agents[0]?.keys).toEqual([named[0]!.publicKey]);
    expect(people[0]?.credentials.map(keyidOfCredential)).toEqual([kept.keyid, keyidOfCredential(ssh)]);
    expect([keys.witnesses.length, keys.witnessQuorum]).toEqual([1, 1]);
  });

  test('counts until that moment, and others always', () => {
    expect(bundleInForce(revoked(lost.keyid), NOW).keys.capsuleSigners).toHaveLength(2);
    expect(bundleInForce(revoked('f'.repeat(64)), LATER).keys.capsuleSigners).toHaveLength(2);
    expect(bundleInForce(base, LATER)).toBe(base);
  });

  test('an SSH credential is revoked by its fingerprint', () => {
    const { people } = bundleInForce(revoked(keyidOfCredential(ssh) ?? ''), LATER);
    expect(people[0]?.credentials.map(({ kind }) => kind)).toEqual(['raw', 'raw']);
  });

  test('the key of the record closes everything', () => {
    expect(isLogRevoked(revoked(log.keyid), LATER)).toBe(true);
    expect(isLogRevoked(revoked(log.keyid), NOW)).toBe(false);
    expect(isLogRevoked(base, LATER)).toBe(false);
  });

  test('the next one is known, so that nobody has to be told when it comes', () => {
    const bundle = { ...base, revocations: [at(500), at(-1), at(100)] };
    expect([NOW, plusMs(NOW, 101), plusMs(NOW, 501)].map((now) => nextRevocation(bundle, now))).toEqual([
      plusMs(NOW, 100),
      plusMs(NOW, 500),
      undefined,
    ]);
  });

  test('what is signed and what is revoked in it open together', () => {
    const revocations = [{ keyid: HOUSE.registrars[0].keyid, notAfter: NOW, reason: 'left' }];
    // A registrar whose key is revoked signed it still: the root says who may, and the next root says otherwise.
    expect(openTrust(trustOf(HOUSE, { revocations }), { root: ROOT }).ok).toBe(true);
  });
});
