import { plusMs, type Instant } from '@countersign/core';
import { expect, test } from 'vitest';
import { KEYS, NOW, TARGETS } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { makeWorld } from '../testkit/world.ts';
import type { Trust } from './trust.ts';
import { withUsableKeys } from './usable-keys.ts';

const HOUR_MS = 3_600_000;
const trustOf = (): Trust => {
  const context = gateOf(makeWorld({ now: NOW, targets: TARGETS, authority: 'envelope' }, KEYS));
  context.journal.close();
  if (context.trust === undefined) throw new Error('no trust');
  return context.trust;
};
const keysOf = ({ bundle }: Trust): number =>
  bundle.people.reduce((sum, { credentials }) => sum + credentials.length, 0);
const waitingUntil = (trust: Trust, usableFrom: Instant): Trust => ({
  ...trust,
  bundle: {
    ...trust.bundle,
    people: trust.bundle.people.map((person, place) =>
      place > 0 ? person : { ...person, credentials: person.credentials.map((one) => ({ ...one, usableFrom })) },
    ),
  },
});

test('A2: without a waiting key it is the trust itself, the same value each time', () => {
  const trust = trustOf();
  expect(withUsableKeys(trust, NOW)).toBe(trust);
  expect(withUsableKeys(trust, plusMs(NOW, HOUR_MS))).toBe(trust);
});

test('A2: a waiting key is left out until its moment and not a moment longer, and nothing is made twice meanwhile', () => {
  const usableFrom = plusMs(NOW, HOUR_MS);
  const trust = waitingUntil(trustOf(), usableFrom);
  const early = withUsableKeys(trust, NOW);
  expect(keysOf(early)).toBeLessThan(keysOf(trust));
  expect(withUsableKeys(trust, plusMs(usableFrom, -1))).toBe(early);
  expect(withUsableKeys(trust, usableFrom)).toBe(trust);
  // A clock that went back asks anew: the key waits again.
  expect(keysOf(withUsableKeys(trust, NOW))).toBe(keysOf(early));
});
