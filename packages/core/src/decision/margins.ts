/** How near an act is to each number of a grant (4.12): whole numbers, read from the rule the grant was compiled to. */
import type { Attributes, IntegerName } from '../envelope/attributes.ts';
import { holds, type Rule } from '../envelope/rule.ts';
import { answerOf, type CompiledEnvelope } from './evaluate.ts';
import type { Facts } from './facts.ts';

export interface Margin {
  readonly grant: string;
  readonly fact: IntegerName;
  readonly value: number;
  readonly bound: 'at-most' | 'at-least';
  readonly limit: number;
  /** What is left to the limit; below 0 it is passed. */
  readonly room: number;
}

/** Time is bounded by the envelope, not by a cap; no drill at all is a rule of its own. */
const isCap = (fact: IntegerName, limit: number): boolean =>
  fact !== 'nowMs' && !(fact === 'drillAgeDays' && limit === 0);

/** Of the grant that covers it; else of the one that lacks the fewest conditions. The true caps, without the reserve for the dry run. */
export function marginsOf(compiled: CompiledEnvelope, facts: Facts, attributes: Attributes): readonly Margin[] {
  const asked = { action: facts.action, attributes, mode: 'reviewed' } as const;
  const grants = (compiled.byQuestion.get(`reviewed ${facts.action}`) ?? []).filter(
    ({ effect }) => effect === 'permit',
  );
  const [covering] = answerOf(compiled, asked).permits;
  const grant = grants.find(({ id }) => id === covering) ?? nearest(grants, attributes);
  return grant === undefined ? [] : grant.conditions.flatMap((condition) => marginOf(grant.id, condition, attributes));
}

const NEAR = 'near/';
/** A rule for acts near the caps is the same grant under another name. */
const grantName = (id: string): string => (id.startsWith(NEAR) ? id.slice(NEAR.length) : id);

function marginOf(id: string, condition: Rule['conditions'][number], attributes: Attributes): readonly Margin[] {
  if (condition.op !== 'at-most' && condition.op !== 'at-least') return [];
  const { fact, op: bound, value: limit } = condition;
  if (!isCap(fact, limit)) return [];
  const value = attributes[fact];
  const room = bound === 'at-most' ? limit - value : value - limit;
  return [{ grant: grantName(id), fact, value, bound, limit, room }];
}

function nearest(grants: readonly Rule[], attributes: Attributes): Rule | undefined {
  let best: { readonly grant: Rule; readonly lacks: number } | undefined;
  for (const grant of grants) {
    const lacks = grant.conditions.filter((condition) => !holds(condition, attributes)).length;
    if (best === undefined || lacks < best.lacks) best = { grant, lacks };
  }
  return best?.grant;
}
