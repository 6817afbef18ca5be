/** Rules and a small universe of requests for tests: every constant of the rules lies inside the universe, so it has every class. */
import type { ActionType } from '../../proposal/change.ts';
import type { Attributes, Mode } from '../attributes.ts';
import type { Condition, Rule } from '../rule.ts';
import { attributesFrom } from './attributes.parse.ts';

export const aRule = (id: string, change: Partial<Rule> = {}): Rule => ({
  id,
  clause: 'AG-706 4.1',
  effect: 'permit',
  modes: ['autonomous'],
  actions: 'every',
  conditions: [],
  ...change,
});

export const someAttributes = (change: Partial<Attributes> = {}): Attributes => ({
  ...attributesFrom({ integer: () => 0, flag: () => false, set: () => [], word: () => 'restore' }),
  ...change,
});

export const SMALL = {
  actions: ['package.patch', 'service.restart', 'config.change'],
  targets: [0, 1, 2, 3],
  severity: [-1, 0, 1],
  zones: ['a', 'b', 'elsewhere'],
  kinds: ['restore', 'none', 'strange'],
} as const;

export interface SmallRequest {
  readonly action: ActionType;
  readonly attributes: Attributes;
}

const subsets = (items: readonly string[]): readonly (readonly string[])[] =>
  items.reduce<readonly (readonly string[])[]>((all, item) => [...all, ...all.map((one) => [...one, item])], [[]]);

/** Every request of the small universe. */
export function everyRequest(): readonly SmallRequest[] {
  const plain = someAttributes();
  return SMALL.actions.flatMap((action) =>
    SMALL.targets.flatMap((targets) =>
      SMALL.severity.flatMap((severity) =>
        [true, false].flatMap((isGraphFresh) =>
          subsets(SMALL.zones).flatMap((zones) =>
            SMALL.kinds.map((rollbackKind) => ({
              action,
              attributes: { ...plain, targets, severity, isGraphFresh, zones, rollbackKind },
            })),
          ),
        ),
      ),
    ),
  );
}

/** The meaning of the rule language, written once more and as plainly as can be. */
function holds(condition: Condition, attributes: Attributes): boolean {
  switch (condition.op) {
    case 'is':
      return attributes[condition.fact] === condition.value;
    case 'at-least':
      return attributes[condition.fact] >= condition.value;
    case 'at-most':
      return attributes[condition.fact] <= condition.value;
    case 'any-of':
      return condition.values.some((value) => attributes[condition.fact].includes(value));
    case 'only':
      return attributes[condition.fact].every((item) => condition.values.includes(item));
    case 'one-of':
      return condition.values.includes(attributes[condition.fact]);
  }
}

export const isMatched = (rule: Rule, { action, attributes }: SmallRequest, mode: Mode): boolean =>
  rule.modes.includes(mode) &&
  (rule.actions === 'every' || rule.actions.includes(action)) &&
  rule.conditions.every((condition) => holds(condition, attributes));

export function isPermitted(rules: readonly Rule[], request: SmallRequest, mode: Mode): boolean {
  const matched = rules.filter((rule) => isMatched(rule, request, mode));
  return matched.some(({ effect }) => effect === 'permit') && matched.every(({ effect }) => effect === 'permit');
}
