/** Files that somebody changed on the way, or made to confuse a reader: none opens (A2). */
import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { canonicalBytes } from '../canonical.ts';
import { bundleOf, makeTufHouse, NOW, rootOf, trustOf } from './house.builder.ts';
import { readTufRoot, readTufSnapshot, readTufTargets, readTufTimestamp, type TufMetadata } from './metadata.ts';
import { openTrust, type PinnedTrust } from './open-trust.ts';
import { publishTrust } from './publish-trust.ts';
import type { TrustMetadata } from './trust-metadata.ts';

const HOUSE = makeTufHouse();
const ROOT = rootOf(HOUSE);
const [rootA, rootB] = HOUSE.roots;

const bytesOf = (text: string): Uint8Array => decodeBase64(text)!;
const codeOf = (metadata: TrustMetadata, pinned: Partial<PinnedTrust> = {}): string => {
  const opened = openTrust(metadata, { root: ROOT, ...pinned });
  return opened.ok ? 'ok' : opened.refusal.code;
};

/** Every bit would be some 60,000 signature checks: each byte gets one bit, a different one each time. */
const flips = (bytes: Uint8Array, every = 1): readonly Uint8Array[] =>
  Array.from({ length: Math.floor(bytes.length / every) }, (_, index) => {
    const place = index * every;
    const flipped = Uint8Array.from(bytes);
    flipped[place] = (flipped[place] ?? 0) ^ (1 << (place % 8));
    return flipped;
  });

describe('A2: hostile files', () => {
  const METADATA = trustOf(HOUSE, {}, { roots: [ROOT, rootOf(HOUSE, { version: 2, before: [rootA, rootB] })] });
  const parts = ['timestamp', 'snapshot', 'targets', 'bundle'] as const;

  test.each(parts)('one flipped bit anywhere in the %s is refused', (part) => {
    const opened = flips(bytesOf(METADATA[part])).map((bytes) => codeOf({ ...METADATA, [part]: encodeBase64(bytes) }));
    expect(opened.length).toBeGreaterThan(300);
    expect(opened.filter((code) => code === 'ok')).toEqual([]);
  });

  test.each([0, 1])('one flipped bit anywhere in root %s of the chain is refused', (place) => {
    const opened = flips(bytesOf(METADATA.roots[place]!), 2).map((bytes) =>
      codeOf({ ...METADATA, roots: METADATA.roots.map((root, at) => (at === place ? encodeBase64(bytes) : root)) }),
    );
    expect(opened.length).toBeGreaterThan(500);
    expect(opened.filter((code) => code === 'ok')).toEqual([]);
  });

  test('one flipped bit anywhere in the pinned root is refused', () => {
    const opened = flips(ROOT, 3).map((root) => codeOf({ ...METADATA, roots: [] }, { root }));
    expect(opened.filter((code) => code === 'ok')).toEqual([]);
  });

  test.each([...parts])('a %s that is cut, empty or followed by a byte is refused', (part) => {
    const bytes = bytesOf(METADATA[part]);
    const cuts = Array.from({ length: 40 }, (_, index) => bytes.subarray(0, Math.floor((bytes.length * index) / 40)));
    for (const cut of [...cuts, Buffer.concat([bytes, Buffer.from('\n')]), Buffer.concat([bytes, bytes])])
      expect(codeOf({ ...METADATA, [part]: encodeBase64(cut) })).not.toBe('ok');
    expect(codeOf({ ...METADATA, [part]: '*' })).toBe('malformed');
  });

  const read = {
    root: readTufRoot,
    targets: readTufTargets,
    snapshot: readTufSnapshot,
    timestamp: readTufTimestamp,
  };
  const samples: Readonly<Record<keyof typeof read, Uint8Array>> = {
    root: ROOT,
    targets: bytesOf(METADATA.targets),
    snapshot: bytesOf(METADATA.snapshot),
    timestamp: bytesOf(METADATA.timestamp),
  };
  const names = ['root', 'targets', 'snapshot', 'timestamp'] as const;

  test.each(names.flatMap((a) => names.map((b) => [a, b] as const)))(
    'a %s is read as a %s only when it is one',
    (a, b) => {
      expect(read[b](samples[a]).ok).toBe(a === b);
    },
  );

  const changed = (name: keyof typeof read, change: (signed: Record<string, unknown>) => void): boolean => {
    const document = JSON.parse(Buffer.from(samples[name]).toString()) as { signed: Record<string, unknown> };
    change(document.signed);
    return read[name](canonicalBytes(document)).ok;
  };
  test.each(names)('a %s with another spec version, a bad number or a field nobody knows is refused', (name) => {
    expect(changed(name, () => undefined)).toBe(true);
    for (const spec of ['2.0.0', '1.1.0', '1.0', '1.0.', '1.0.31 ', '', 1])
      expect(changed(name, (signed) => (signed['spec_version'] = spec))).toBe(false);
    for (const version of [0, -1, '1', 1_000_000_001, null, true])
      expect(changed(name, (signed) => (signed['version'] = version))).toBe(false);
    for (const expires of ['2026-02-30T00:00:00Z', '2026-11-21T12:00:00.000Z', 'never', '2026-11-21', 1])
      expect(changed(name, (signed) => (signed['expires'] = expires))).toBe(false);
    for (const type of ['mirrors', 'Root', '', null])
      expect(changed(name, (signed) => (signed['_type'] = type))).toBe(false);
    expect(changed(name, (signed) => (signed['delegations'] = {}))).toBe(false);
    for (const field of Object.keys((JSON.parse(Buffer.from(samples[name]).toString()) as TufMetadata).signed))
      expect([field, changed(name, (signed) => delete signed[field])]).toEqual([field, false]);
  });

  test('two signatures of one key are refused before they are counted', () => {
    const document = JSON.parse(Buffer.from(samples.targets).toString()) as TufMetadata;
    const twice = { ...document, signatures: [document.signatures[0], document.signatures[0]] };
    expect(readTufTargets(canonicalBytes(twice)).ok).toBe(false);
  });

  test('another spelling of the same document is refused', () => {
    for (const name of names) {
      const text = Buffer.from(samples[name]).toString();
      const spaced = JSON.stringify(JSON.parse(text), undefined, 1);
      const reversed = text.replace(/^\{("signatures":\[.*\]),("signed":.*)\}$/s, '{$2,$1}');
      expect(reversed).not.toBe(text);
      for (const other of [spaced, reversed, ` ${text}`, text.replace('"signed"', String.raw`"sign\u0065d"`)])
        expect(read[name](Buffer.from(other)).ok).toBe(false);
    }
  });

  test('a file above its limit is refused before it is read', () => {
    for (const [name, limit] of [
      ['root', 512_000],
      ['targets', 262_144],
      ['snapshot', 65_536],
      ['timestamp', 16_384],
    ] as const) {
      const long = read[name](Buffer.alloc(limit + 1, 0x20));
      expect(long.ok ? '' : long.refusal.detail).toContain(`more than ${limit}`);
    }
  });

  test('deep nesting and duplicate keys are refused', () => {
    expect(readTufRoot(Buffer.from('['.repeat(100))).ok).toBe(false);
    expect(readTufRoot(Buffer.from('{"signed":{},"signed":{}}')).ok).toBe(false);
  });

  test('a publication says the same for the same keys: Ed25519 signs without chance', () => {
    const [a, b] = HOUSE.registrars;
    const bundle = bundleOf(HOUSE, { isDemo: true });
    const once = () => publishTrust({ bundle, roots: [], registrars: [a], online: HOUSE.online, onlineExpires: NOW });
    expect(once()).toEqual(once());
    expect(b.kind).toBe('p256');
  });
});
