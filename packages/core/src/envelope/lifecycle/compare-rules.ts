/** The rules of two versions (E4): the exact comparison, its counter-examples in plain words. */
import type { Attributes, Mode } from '../attributes.ts';
import { compareModes, type Comparison, type Widening } from '../compare/compare.ts';
import { cedarJsonOf } from '../compare/est.ts';
import type { Envelope } from '../envelope.ts';
import { holds, type Condition, type Rule } from '../rule.ts';
import { rulesOf } from '../rules.ts';

/** A request that the new version treats more freely, as people read it. */
export interface RuleExample {
  /** The question: may it run alone, after a look, with approvals; `route`: people who are asked no more. */
  readonly mode: Mode;
  readonly action: string;
  /** What the request is like where the rules look, one fact a line; first what the old version refuses. */
  readonly facts: readonly string[];
  readonly grantedBy: readonly string[];
  readonly lostRoutes: readonly string[];
  /** False: no request of a real estate may look like this. It still counts. */
  readonly isRealistic: boolean;
}

export interface RuleComparison {
  readonly comparison: Comparison;
  readonly examples: readonly RuleExample[];
}

/** Dates are compared outside the rules: inside, every renewal would look like new authority. */
export function compareRules(before: Envelope, after: Envelope): RuleComparison {
  const [was, is] = [rulesOf(before), rulesOf(after)];
  const comparison = compareModes({ before: cedarJsonOf(was), after: cedarJsonOf(is) }, { ignoreValidity: true });
  const examples = comparison.kind === 'widening' ? comparison.examples : [];
  return { comparison, examples: examples.map((example) => inWords(example, was, is)) };
}

const MAX_FACTS = 12;

function inWords(example: Widening, was: readonly Rule[], is: readonly Rule[]): RuleExample {
  const { mode, action, attributes, grantedBy, lostRoutes, isRealistic } = example;
  const named = new Set([...grantedBy, ...lostRoutes]);
  const old = was.filter(({ id }) => named.has(id)).flatMap(({ conditions }) => conditions);
  // What the old rule asked and this request does not have; and what the old version forbade by a rule that is gone.
  const stopped = old.filter((condition) => !holds(condition, attributes));
  const forbade = was.filter((rule) => rule.effect === 'forbid' && rule.modes.includes(mode) && matches(rule, example));
  const granting = is.filter(({ id }) => named.has(id)).flatMap(({ conditions }) => conditions);
  const reasons = [
    ...stopped.map((condition) => `${factOf(condition, attributes)}, before ${wanted(condition)}`),
    ...forbade.map(({ id }) => `rule \`${id}\` forbade it`),
  ];
  const shown = granting.filter(({ fact }) => fact !== 'nowMs').map((condition) => factOf(condition, attributes));
  const facts = [...new Set([...reasons, ...shown])].slice(0, MAX_FACTS);
  return { mode, action, facts, grantedBy, lostRoutes, isRealistic };
}

const matches = ({ actions, conditions }: Rule, { action, attributes }: Widening): boolean =>
  (actions === 'every' || actions.includes(action)) && conditions.every((condition) => holds(condition, attributes));

const textOf = (value: Attributes[keyof Attributes]): string =>
  typeof value === 'object' ? value.join(' and ') || 'none' : String(value);
const factOf = ({ fact }: Condition, attributes: Attributes): string => `${fact} ${textOf(attributes[fact])}`;

function wanted(condition: Condition): string {
  switch (condition.op) {
    case 'is':
      return String(condition.value);
    case 'at-least':
      return `at least ${condition.value}`;
    case 'at-most':
      return `at most ${condition.value}`;
    case 'any-of':
      return `one of ${condition.values.join(', ') || 'none'}`;
    case 'only':
      return `only ${condition.values.join(', ') || 'none'}`;
    case 'one-of':
      return condition.values.join(' or ');
  }
}
