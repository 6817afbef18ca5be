import { expect, test } from 'vitest';
import { anEnvelope } from '../envelope/envelope.builder.ts';
import { decide } from './decide.ts';
import { inputOf, type Setting } from './decide.builder.ts';
import type { Decision } from './decision.ts';
import { agreeingOracle, someFacts } from './facts.builder.ts';
import type { Oracle } from './oracle.ts';

const decided = (setting: Setting = {}): Decision => decide(inputOf(setting));
const clausesOf = (decision: Decision): readonly string[] => decision.reasons.map(({ clause }) => clause);

const brokenOracles: readonly { readonly what: string; readonly oracle: Oracle }[] = [
  { what: 'cannot answer', oracle: () => ({ kind: 'error', problem: 'it stopped', engine: 'cedar 0' }) },
  {
    what: 'allows everything',
    oracle: () => ({ kind: 'answer', isAllowed: true, determining: ['G01-patch-staged'], engine: 'cedar 0' }),
  },
  {
    what: 'denies everything',
    oracle: () => ({ kind: 'answer', isAllowed: false, determining: [], engine: 'cedar 0' }),
  },
  {
    what: 'agrees on the answer but not on the rules',
    oracle: (question) => {
      const answer = agreeingOracle(anEnvelope())(question);
      return answer.kind === 'answer'
        ? { ...answer, determining: [...answer.determining, 'people/suspended'] }
        : answer;
    },
  },
];
test.each(brokenOracles)('D1: when the second engine $what, nothing runs until it is mended', ({ oracle }) => {
  const decision = decided({ oracle });
  expect(decision.verdict).toBe('prohibited');
  expect(clausesOf(decision).every((clause) => clause === 'D1')).toBe(true);
  expect(decision.rules.length).toBeGreaterThan(0);
});

const oracle: Oracle = () => {
  throw new Error('was asked');
};

test('D1: a number that an engine would round prohibits before any engine is asked', () => {
  const decision = decided({ facts: someFacts({ targets: 2 ** 53 }), oracle });
  expect([decision.verdict, decision.reasons[0]?.text]).toEqual([
    'prohibited',
    'the fact targets is not a whole number an engine can read',
  ]);
});
