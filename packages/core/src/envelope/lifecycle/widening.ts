/** What a new version newly permits (E3, E4): the rules by exact comparison, everything else field by field; what is not proved counts. */
import type { Mode } from '../attributes.ts';
import type { Envelope } from '../envelope.ts';
import { compareRules, type RuleComparison } from './compare-rules.ts';
import { compareOutside, COVERAGE } from './outside.ts';
import { isAgainst, type OutsideChange } from './outside-change.ts';

export interface WideningReport {
  /** The rules in every question: may it run alone, after a look, with approvals; who is asked. */
  readonly semantic: RuleComparison;
  /** Everything outside the rules that differs. */
  readonly outside: readonly OutsideChange[];
  /** True unless every part was shown to permit nothing more. */
  readonly isWidening: boolean;
  /** Nothing was found that widens, and something could not be shown. */
  readonly isNotProved: boolean;
  /** What "no widening" speaks about, and what it says nothing about. */
  readonly covers: readonly string[];
  readonly doesNotCover: readonly string[];
}

const named = (coverage: 'rules' | 'outside'): string =>
  Object.entries(COVERAGE)
    .filter(([, how]) => (coverage === 'rules' ? how === 'rules' : typeof how === 'function'))
    .map(([field]) => field)
    .join(', ');

/** Compares two versions; the same version never widens. */
export function wideningOf(before: Envelope, after: Envelope): WideningReport {
  const semantic = compareRules(before, after);
  const outside = compareOutside(before, after);
  const against = outside.filter(isAgainst);
  const isWidening = against.length > 0 || semantic.comparison.kind !== 'no-widening';
  const isFound = against.some(({ effect }) => effect === 'widens') || semantic.comparison.kind === 'widening';
  return {
    semantic,
    outside,
    isWidening,
    isNotProved: isWidening && !isFound,
    covers: [
      `the rules as both engines run them, with the fields ${named('rules')}`,
      `outside the rules, field by field: ${named('outside')}`,
    ],
    doesNotCover: [
      'the program that derives facts, the graph, the adapters and the people of the roster: those have their own signatures',
    ],
  };
}

/** One line for each thing that speaks against a narrowing, the clearest first. */
export function wideningLines({ semantic, outside }: WideningReport): readonly string[] {
  const rules = ruleLines(semantic);
  const others = outside
    .filter(isAgainst)
    .map(
      ({ at, effect, before, after, why }) =>
        `${at} ${effect === 'widens' ? 'widens' : 'is not clear'}: ${why} (${before} -> ${after})`,
    );
  return [...rules, ...others];
}

function ruleLines({ comparison, examples }: RuleComparison): readonly string[] {
  switch (comparison.kind) {
    case 'no-widening':
      return [];
    case 'not-proved':
      return [`the rules are not proved to narrow: ${comparison.reason}`];
    case 'widening':
      return examples.map(({ mode, action, facts, lostRoutes }) => {
        const lost = lostRoutes.length === 0 ? '' : ` (${lostRoutes.join(', ')})`;
        return `${QUESTIONS[mode]}${lost}: \`${action}\` with ${facts.join('; ')}`;
      });
  }
}

const QUESTIONS: Readonly<Record<Mode, string>> = {
  autonomous: 'newly runs alone',
  reviewed: 'newly runs after one look',
  approved: 'newly may be approved',
  route: 'people are asked no more',
};
