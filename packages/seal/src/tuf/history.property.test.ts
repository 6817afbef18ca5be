/** Random histories of what an organisation publishes and what a sender delivers, in any order: a reader never goes back (X1). */
import fc from 'fast-check';
import { plusMs } from '@countersign/core';
import { expect, test } from 'vitest';
import { generateSigner } from '../keys.ts';
import { makeTufHouse, NOW, rootOf, trustOf } from './house.builder.ts';
import { openTrust, type TrustVersions } from './open-trust.ts';
import type { TrustMetadata } from './trust-metadata.ts';

const HOUSE = makeTufHouse();
const ROOTS = [1, 2, 3].reduce<readonly Uint8Array[]>(
  (roots, version) => [
    ...roots,
    rootOf(HOUSE, { version, expires: plusMs(NOW, version * 86_400_000), ...(version > 1 && { before: HOUSE.roots }) }),
  ],
  [],
);
const PARTS = ['timestamp', 'snapshot', 'targets', 'bundle'] as const;
const made = new Map<string, TrustMetadata>();
/** Each combination is signed once. */
function published(root: number, bundle: number, online: number): TrustMetadata {
  const name = `${root} ${bundle} ${online}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const metadata = trustOf(HOUSE, { version: bundle }, { roots: ROOTS.slice(0, root), onlineVersion: online });
  made.set(name, metadata);
  return metadata;
}
const small = fc.integer({ min: 1, max: 4 });
const delivery = fc.record({ root: fc.integer({ min: 1, max: 3 }), bundle: small, online: small });

test('X1: whatever is delivered in whatever order, no version that was opened is ever followed by a lower one', () => {
  fc.assert(
    fc.property(fc.array(delivery, { minLength: 2, maxLength: 12 }), (history) => {
      let known: TrustVersions | undefined;
      let root = ROOTS[0]!;
      for (const { root: upTo, bundle, online } of history) {
        const opened = openTrust(published(upTo, bundle, online), { root, ...(known !== undefined && { known }) });
        const before = known;
        // A reader that remembers a newer root goes on from there, whether or not the sender knows it.
        expect(opened.ok).toBe(before === undefined || (bundle >= before.targets && online >= before.timestamp));
        if (!opened.ok) continue;
        known = opened.value.versions;
        root = Uint8Array.from(opened.value.root);
        expect(known).toEqual({
          root: Math.max(upTo, before?.root ?? 0),
          timestamp: online,
          snapshot: online,
          targets: bundle,
        });
      }
    }),
    { numRuns: 60 },
  );
});

test('X1: no mixture of two publications opens as anything but one of them', () => {
  const mixture = fc.record({
    one: delivery,
    other: delivery,
    from: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
  });
  fc.assert(
    fc.property(mixture, ({ one, other, from }) => {
      const [a, b] = [one, other].map(({ bundle, online }) => published(1, bundle, online)) as [
        TrustMetadata,
        TrustMetadata,
      ];
      const mixed = PARTS.reduce<TrustMetadata>(
        (all, part, at) => ({ ...all, [part]: from[at] === true ? a[part] : b[part] }),
        a,
      );
      const opened = openTrust(mixed, { root: ROOTS[0]! });
      const isWhole = [a, b].some((whole) => PARTS.every((part) => whole[part] === mixed[part]));
      expect(opened.ok).toBe(isWhole);
    }),
    { numRuns: 80 },
  );
});

test('X1: a thief of the online key gets no version of the roster that registrars did not sign', () => {
  const thief = generateSigner('ed25519');
  fc.assert(
    fc.property(small, fc.constantFrom('thief', 'online', 'one-registrar'), (version, who) => {
      const registrars = {
        thief: [thief],
        online: [HOUSE.online, thief],
        'one-registrar': [HOUSE.registrars[0], HOUSE.online],
      }[who];
      const opened = openTrust(trustOf(HOUSE, { version }, { roots: ROOTS, registrars }), { root: ROOTS[0]! });
      expect(!opened.ok && opened.refusal.code).toBe('trust-unsigned');
    }),
    { numRuns: 20 },
  );
});
