/** Local classification (G1, T17): registrars say for targets, segments and address ranges how critical they are at least. */
import { hasCommon, parseRange } from '../shared/address.ts';
import { id, literal, object, text, union, type Shape } from '../shared/shape.ts';
import { TIERS, tierShape, type Tier } from '../shared/tier.ts';

export type TierRule =
  | { readonly match: 'target'; readonly id: string; readonly least: Tier }
  | { readonly match: 'segment'; readonly id: string; readonly least: Tier }
  | { readonly match: 'cidr'; readonly prefix: string; readonly least: Tier };

/** What is known of a thing: its id, the segments it is in, its addresses or ranges of addresses. */
export interface Classified {
  readonly id: string;
  readonly segments: readonly string[];
  readonly addresses: readonly string[];
}

const prefix = text({ min: 4, max: 43, pattern: /^[0-9a-f.:]{2,39}\/\d{1,3}$/ });

export const tierRuleShape: Shape<TierRule> = union<TierRule>('match', {
  target: object({ match: literal('target'), id: id(), least: tierShape }),
  segment: object({ match: literal('segment'), id: id(), least: tierShape }),
  cidr: object({ match: literal('cidr'), prefix, least: tierShape }),
});

/** Whether the range of a rule is one; a rule that is none fits everything, and `checkTrustBundle` refuses it. */
export const hasRange = (rule: TierRule): boolean => rule.match !== 'cidr' || parseRange(rule.prefix) !== undefined;

/** The most critical of all rules that fit; undefined when none does. Rules only raise: order does not matter. */
export function leastTier(rules: readonly TierRule[], thing: Classified): Tier | undefined {
  const fitting = rules.filter((rule) => fits(rule, thing)).map(({ least }) => TIERS.indexOf(least));
  return TIERS[Math.max(-1, ...fitting)];
}

function fits(rule: TierRule, { id: own, segments, addresses }: Classified): boolean {
  switch (rule.match) {
    case 'target':
      return rule.id === own;
    case 'segment':
      return segments.includes(rule.id);
    case 'cidr':
      return addresses.some((address) => isInRange(address, rule.prefix));
  }
}

/** What cannot be read may be anywhere. */
function isInRange(address: string, range: string): boolean {
  const [one, whole] = [parseRange(address), parseRange(range)];
  return one === undefined || whole === undefined || hasCommon(one, whole);
}
