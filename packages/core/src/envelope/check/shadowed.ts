/**
 * Rules that another rule always outranks: every condition of the stronger one follows from a condition of the weaker one. Cheap and
 * sound, not complete: what only several rules together shadow is the comparison's business.
 */
import { ENVIRONMENTS } from '../../people/trust-bundle.ts';
import { TIERS } from '../../graph/graph.ts';
import type { IntegerName, Mode, SetName } from '../attributes.ts';
import type { Envelope } from '../envelope.ts';
import type { Condition, Rule } from '../rule.ts';
import { rulesOf } from '../rules.ts';
import { error, warning, type EnvelopeFinding } from './finding.ts';

/** Can be below zero; every other number is a count. */
const SIGNED: ReadonlySet<IntegerName> = new Set(['severity', 'drillAgeDays']);
/** Every act has targets, of some kind and tier, somewhere. */
const NEVER_EMPTY: ReadonlySet<SetName> = new Set(['environments', 'tiers', 'targetKinds']);
const EVERY: Readonly<Partial<Record<SetName, readonly string[]>>> = { environments: ENVIRONMENTS, tiers: TIERS };

const isInside = (inner: readonly string[], outer: readonly string[]): boolean =>
  inner.every((item) => outer.includes(item));

/** Holds for every request there is. */
function isAlways(condition: Condition): boolean {
  switch (condition.op) {
    case 'at-least':
      return condition.value <= (condition.fact === 'targets' ? 1 : SIGNED.has(condition.fact) ? -1 : 0);
    case 'any-of':
      return NEVER_EMPTY.has(condition.fact) && isInside(EVERY[condition.fact] ?? [''], condition.values);
    case 'is':
    case 'at-most':
    case 'only':
    case 'one-of':
      return false;
  }
}

/** Whether `wanted` holds wherever `given` does. */
function follows(wanted: Condition, given: Condition): boolean {
  if (wanted.fact !== given.fact) return false;
  switch (wanted.op) {
    case 'is':
      return given.op === 'is' && given.value === wanted.value;
    case 'at-least':
      return given.op === 'at-least' && given.value >= wanted.value;
    case 'at-most':
      return given.op === 'at-most' && given.value <= wanted.value;
    case 'any-of':
      if (given.op === 'only') return NEVER_EMPTY.has(wanted.fact) && isInside(given.values, wanted.values);
      return given.op === 'any-of' && isInside(given.values, wanted.values);
    case 'only':
      return given.op === 'only' && isInside(given.values, wanted.values);
    case 'one-of':
      return given.op === 'one-of' && isInside(given.values, wanted.values);
  }
}

const isOutranked = (weak: Rule, strong: Rule): boolean =>
  strong.conditions.every((wanted) => isAlways(wanted) || weak.conditions.some((given) => follows(wanted, given)));

const covers = (strong: Rule, action: string): boolean =>
  strong.actions === 'every' || strong.actions.some((one) => one === action);

/** Rules that together outrank every action of `weak`, each of them alone for its actions; undefined when some action is free. */
function outrankedBy(weak: Rule, strong: readonly Rule[]): readonly string[] | undefined {
  const outranking = strong.filter((rule) => rule.id !== weak.id && isOutranked(weak, rule));
  if (weak.actions === 'every') {
    const whole = outranking.filter(({ actions }) => actions === 'every');
    return whole.length > 0 ? whole.map(({ id }) => id) : undefined;
  }
  if (weak.actions.length === 0) return undefined;
  const found = weak.actions.map((action) => outranking.find((rule) => covers(rule, action))?.id);
  return found.includes(undefined) ? undefined : [...new Set(found.flatMap((id) => id ?? []))];
}

/** Grants that something always takes away, routes for what nobody may approve, human-only rules that a prohibition covers. */
export function checkShadowed(envelope: Envelope): readonly EnvelopeFinding[] {
  // What the phase takes away is meant to be taken away.
  const rules = rulesOf({ ...envelope, phase: 'bounded-autonomy' });
  const forbids = (mode: Mode): readonly Rule[] =>
    rules.filter(({ effect, modes }) => effect === 'forbid' && modes.includes(mode));
  const [alone, approved] = [forbids('autonomous'), forbids('approved')];
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const look = (id: string, strong: readonly Rule[]): string | undefined => {
    const rule = byId.get(id);
    const names = rule === undefined ? undefined : outrankedBy(rule, strong);
    return names?.map((name) => `\`${name}\``).join(', ');
  };
  return [
    ...envelope.grants.flatMap(({ id, isEnabled }, position) => {
      const by = isEnabled ? look(id, alone) : undefined;
      if (by === undefined) return [];
      return [
        error(`/grants/${position}`, `permits nothing: ${by} always outrank it`, {
          advice: 'switch the grant off, or narrow what outranks it',
          clause: 'AG-706 4.1',
        }),
      ];
    }),
    ...envelope.routes.flatMap(({ id }, position) => {
      const by = look(id, approved);
      return by === undefined
        ? []
        : [warning(`/routes/${position}`, `is never asked: ${by} prohibits all it is about`, { clause: 'AG-706 4.2' })];
    }),
    ...envelope.humanOnly.flatMap(({ id }, position) => {
      const by = look(id, approved);
      return by === undefined
        ? []
        : [warning(`/humanOnly/${position}`, `asks people for what ${by} prohibits anyway`, { clause: 'AG-706 4.7' })];
    }),
    ...checkCounts(envelope),
  ];
}

/** Limits on counts that no grant can reach protect nothing. */
function checkCounts({ grants, humanOnly }: Envelope): readonly EnvelopeFinding[] {
  const enabled = grants.filter(({ isEnabled }) => isEnabled);
  if (enabled.length === 0) return [];
  const most = Math.max(...enabled.map(({ caps }) => caps.targets));
  return humanOnly.flatMap(({ targetsOver }, position) =>
    targetsOver !== undefined && targetsOver >= most
      ? [
          warning(
            `/humanOnly/${position}/targetsOver`,
            `is never reached: no grant lets more than ${most} targets run`,
            {
              clause: 'AG-706 4.5',
            },
          ),
        ]
      : [],
  );
}
