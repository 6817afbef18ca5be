import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDigest, type TargetId } from '../shared/brand.ts';
import { activate } from '../envelope/activate.ts';
import { anEnvelope, anId, NOW } from '../envelope/envelope.builder.ts';
import { aSignal } from '../signal/signal.builder.ts';
import { decide } from './decide.ts';
import type { Verdict } from './decision.ts';
import { aProposal, estate, someInputs } from './derive-facts.builder.ts';
import { deriveFacts, type FactInputs } from './derive-facts.ts';
import { aFloor, agreeingOracle } from './facts.builder.ts';

const targets = (...names: readonly string[]): readonly TargetId[] => names.map((name) => anId<'Target'>(name));

const envelope = anEnvelope();
const digest = parseDigest(`sha256:${'e1'.repeat(32)}`)!;
const signatures = ['paul', 'petra'].map((person) => ({
  person: anId<'Person'>(person),
  roles: [anId<'Role'>('policy-admin')],
  digest,
}));
const activated = activate({ envelope, digest, now: NOW, signatures, authors: [] });
const verdictOn = (names: readonly string[], change: Partial<FactInputs>): Verdict => {
  if (!activated.ok) throw new Error('must be active');
  const all = estate.nodes.map(({ id }) => id).filter((id) => id !== 'h19');
  const speaking = (id: string, source: string) => ({
    signal: aSignal(id, { source: anId(source), targets: targets(...all) }),
    isAuthenticated: true,
  });
  const proposal = aProposal({ targets: targets(...names) });
  const derived = deriveFacts(
    someInputs({ signals: [speaking('s1', 'prometheus'), speaking('s2', 'scanner')], proposal, ...change }),
  );
  return decide({
    proposal,
    stage: 'after-staging',
    derived,
    envelope: { kind: 'active', active: activated.value },
    floor: aFloor(),
    oracle: agreeingOracle(envelope),
  }).verdict;
};

test('4.5: adding a target never makes an act autonomous that was not', () => {
  const names = [...estate.nodes.map(({ id }) => id), 'ghost'];
  const seen = { autonomous: 0, other: 0 };
  fc.assert(
    fc.property(
      fc.subarray(names, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(...names),
      fc.boolean(),
      (some, more, isPayHealthy) => {
        const change = { healthKnown: (node: string) => node !== 'pay' || isPayHealthy };
        const [before, after] = [verdictOn(some, change), verdictOn([...new Set([...some, more])], change)];
        seen[before === 'autonomous' ? 'autonomous' : 'other'] += 1;
        expect(after === 'autonomous' && before !== 'autonomous').toBe(false);
      },
    ),
    { numRuns: 300, examples: [[['h0'], 'pay', false]] },
  );
  expect(seen.autonomous).toBeGreaterThan(20);
  expect(seen.other).toBeGreaterThan(20);
});
