import { expect, test } from 'vitest';
import { decidedLines } from './decided-text.ts';

const capsules = (...dispatched: readonly boolean[]): readonly { readonly isDispatched: boolean }[] =>
  dispatched.map((isDispatched) => ({ isDispatched }));

test.each([
  [capsules(), []],
  [capsules(false), []],
  [
    capsules(true, false),
    ['1 decision made again here from the recorded facts, by the signed rules and the floor: the same verdict'],
  ],
  [
    capsules(true, true),
    ['2 decisions made again here from the recorded facts, by the signed rules and the floor: the same verdict'],
  ],
])('D2: only a decision whose capsule left was made again: %j', (given, lines) => {
  expect(decidedLines(given)).toEqual(lines);
});
