import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Capsule } from './capsule.ts';
import { CANARY_ABOVE, checkCapsule } from './capsule-rules.ts';
import { decidedAs, digestOf, exampleCapsule, idOf, instantAt, targetsNamed } from './example-capsule.test.ts';

const good = exampleCapsule();
const complaintsOf = (more: Partial<Capsule>): readonly string[] =>
  checkCapsule(exampleCapsule(more)).map(({ at }) => at);

/** Each breaks one rule alone, with the pointer of its place. No two change the same field. */
const FLAWS: readonly (readonly [string, Partial<Capsule>])[] = [
  ['/dependants', { dependants: [idOf('shop'), idOf('shop')] }],
  ['/change/steps', { change: { ...good.change, steps: [] } }],
  ['/rollout/canary', { rollout: { ...good.rollout, canary: 4 } }],
  ['/validation/checks', { validation: { ...good.validation, checks: [0, 1].map(() => good.validation.checks[0]!) } }],
  ['/rollback/isAutomatic', { rollback: { ...good.rollback, kind: 'none' } }],
  ['/notAfter', { notAfter: instantAt('2026-11-21T18:00:00.000Z') }],
  ['/parent', { parent: digestOf('f') }],
  ['/demands', { demands: [] }],
  ['/proposal/signals', { proposal: { ...good.proposal, signals: [idOf('S-1'), idOf('S-1')] } }],
];

test('C1: whatever is wrong together is named together, each at its place, and nothing else', () => {
  fc.assert(
    fc.property(fc.subarray([...FLAWS]), (flaws) => {
      const more = flaws.reduce<Partial<Capsule>>((sum, [, flaw]) => ({ ...sum, ...flaw }), {});
      expect(complaintsOf(more)).toEqual(flaws.map(([at]) => at));
    }),
  );
});

test('X4, X5: above ten targets neither the canary nor the window is everything; up to ten either may be', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 25 }),
      fc.integer({ min: 1, max: 25 }),
      fc.integer({ min: 1, max: 25 }),
      (count, canary, window) => {
        const places = complaintsOf({ targets: targetsNamed(count), rollout: { ...good.rollout, canary, window } });
        const isMany = count > CANARY_ABOVE;
        expect(places.includes('/rollout/canary')).toBe(canary > count || (isMany && canary === count));
        expect(places.includes('/rollout/window')).toBe(isMany && window >= count);
      },
    ),
  );
});

test('L7, X6: what runs alone touches nothing safety-critical, loses no data and owes nobody, in every combination', () => {
  const tier = fc.constantFrom<Capsule['targets'][number]['tier']>(
    'non-critical',
    'production-critical',
    'safety-critical',
  );
  const effects = fc.constantFrom<Capsule['rollback']['dataEffects']>(
    'none',
    'kept',
    'replayed-once',
    'lost',
    'unknown',
  );
  fc.assert(
    fc.property(tier, effects, fc.boolean(), (highest, dataEffects, isOwed) => {
      const places = complaintsOf({
        decision: decidedAs('autonomous'),
        demands: isOwed ? good.demands : [],
        targets: [...targetsNamed(2), ...targetsNamed(1, { id: idOf('db-1'), tier: highest })],
        rollback: { ...good.rollback, dataEffects },
      });
      expect(places).toEqual([
        ...(isOwed ? ['/demands'] : []),
        ...(dataEffects === 'lost' || dataEffects === 'unknown' ? ['/rollback/dataEffects'] : []),
        ...(highest === 'safety-critical' ? ['/decision/verdict'] : []),
      ]);
    }),
  );
});
