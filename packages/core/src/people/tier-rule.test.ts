import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import { TIERS, type Tier } from '../shared/tier.ts';
import { hasRange, leastTier, tierRuleShape, type Classified, type TierRule } from './tier-rule.ts';

const THING: Classified = { id: 'host-1', segments: ['dmz', 'plant'], addresses: ['10.4.7.9', 'fd00::9'] };
const rule = (value: object, least: Tier = 'safety-critical'): TierRule => ({ ...value, least }) as TierRule;

const rank = (tier: Tier | undefined): number => (tier === undefined ? -1 : TIERS.indexOf(tier));

test.each<[string, TierRule, boolean]>([
  ['its id', rule({ match: 'target', id: 'host-1' }), true],
  ['another id', rule({ match: 'target', id: 'host-10' }), false],
  ['an id in another case', rule({ match: 'target', id: 'Host-1' }), false],
  ['one of its segments', rule({ match: 'segment', id: 'plant' }), true],
  ['a segment with its id as name', rule({ match: 'segment', id: 'host-1' }), false],
  ['a range it is in', rule({ match: 'cidr', prefix: '10.4.0.0/16' }), true],
  ['a range beside it', rule({ match: 'cidr', prefix: '10.5.0.0/16' }), false],
  ['exactly its address', rule({ match: 'cidr', prefix: '10.4.7.9/32' }), true],
  ['everything', rule({ match: 'cidr', prefix: '0.0.0.0/0' }), true],
  ['a range of the other family', rule({ match: 'cidr', prefix: 'fd00::/8' }), true],
  ['a range of the other family beside it', rule({ match: 'cidr', prefix: 'fe80::/10' }), false],
])('G1, T17: a rule for %s', (_, one, isFitting) => {
  expect(leastTier([one], THING)).toBe(isFitting ? 'safety-critical' : undefined);
});

test('T17: an address that cannot be read may be anywhere', () => {
  const thing = { ...THING, addresses: ['somewhere'] };
  expect(leastTier([rule({ match: 'cidr', prefix: '10.5.0.0/16' })], thing)).toBe('safety-critical');
  expect(leastTier([rule({ match: 'cidr', prefix: '10.5.0.0/16' })], { ...THING, addresses: [] })).toBe(undefined);
});

test('G1: rules only raise, in any order: the most critical that fits counts', () => {
  const least = fc.constantFrom(...TIERS);
  const any = fc.oneof(
    fc.record({ match: fc.constant('target' as const), id: fc.constantFrom('host-1', 'host-2'), least }),
    fc.record({ match: fc.constant('segment' as const), id: fc.constantFrom('dmz', 'office'), least }),
    fc.record({ match: fc.constant('cidr' as const), prefix: fc.constantFrom('10.4.0.0/16', '10.5.0.0/16'), least }),
  );
  fc.assert(
    fc.property(fc.array(any, { maxLength: 8 }), any, (rules, more) => {
      const before = rank(leastTier(rules, THING));
      expect(rank(leastTier([...rules, more], THING))).toBeGreaterThanOrEqual(before);
      expect(leastTier(rules.toReversed(), THING)).toBe(leastTier(rules, THING));
    }),
  );
});

test.each([
  { match: 'cidr', prefix: '10.4.7.9' },
  { match: 'cidr', prefix: 'all/0' },
  { match: 'target', id: '' },
  { match: 'target', id: '../x' },
  { match: 'tag', id: 'x' },
  { match: 'segment' },
])('G1: a rule that would never fit is refused when it is read: %j', (value) => {
  expect(readShape(tierRuleShape, { ...value, least: 'safety-critical' }).ok).toBe(false);
});

test.each(['10.4.7.9/16', '10.4.0.0/33', '10.4.0/16', 'fd00::1/8'])('G1: the range %s is none', (prefix) => {
  const none = rule({ match: 'cidr', prefix });
  expect(hasRange(none)).toBe(false);
  expect(leastTier([none], THING)).toBe('safety-critical');
});

test('G1: a rule names one of the three tiers', () => {
  expect(readShape(tierRuleShape, { match: 'target', id: 'a', least: 'unknown' }).ok).toBe(false);
  expect(readShape(tierRuleShape, { match: 'target', id: 'a', least: 'non-critical' }).ok).toBe(true);
});
