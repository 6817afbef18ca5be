/** Random histories of a record and of those who watch it: what is proved of an entry's time is true, and as close as the proof allows (V3). */
import { instantOf, msOf } from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OpenedCheckpoint } from './checkpoint.ts';
import { bracketText, entryTime, timesSummary, timesTexts, TIME_TOLERANCE_MS, WitnessedTimes } from './time-bracket.ts';

/** Seconds: far enough from 1970 that nothing is cut off. */
const BEGIN = 1_795_000_000;

const seen = (size: number, ...seconds: readonly number[]): OpenedCheckpoint => ({
  origin: 'log',
  size,
  root: new Uint8Array(32),
  cosignatures: seconds.map((timeSeconds, place) => ({ name: `w${place}`, timeSeconds })),
});

interface History {
  /** When each entry came, ms; never earlier than the one before. */
  readonly cameMs: readonly number[];
  readonly looksMs: readonly number[];
}
const history: fc.Arbitrary<History> = fc
  .record({
    gaps: fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 30 }),
    looks: fc.array(fc.integer({ min: 0, max: 160_000 }), { maxLength: 12 }),
  })
  .map(({ gaps, looks }) => {
    let at = BEGIN * 1000;
    return { cameMs: gaps.map((gap) => (at += gap)), looksMs: looks.map((look) => BEGIN * 1000 + look) };
  });
const sizeAt = ({ cameMs }: History, ms: number): number => cameMs.filter((came) => came <= ms).length;
/** What an honest witness cosigned at these moments; an empty tree is not cosigned. */
const honest = (of: History, more: readonly number[] = []): readonly OpenedCheckpoint[] =>
  of.looksMs.map((look) => seen(sizeAt(of, look), Math.floor(look / 1000), ...more)).filter(({ size }) => size > 0);
const second = (ms: number): number => Math.floor(ms / 1000) * 1000;
const holds = (times: WitnessedTimes, index: number, cameMs: number): boolean => {
  const { after, by } = times.bracket(index);
  return (after === undefined || msOf(after) <= cameMs) && (by === undefined || cameMs <= msOf(by));
};

describe('V3: the bracket of a time', () => {
  test('holds the moment at which the entry came, whatever was seen and when', () => {
    fc.assert(
      fc.property(history, (of) => {
        const times = new WitnessedTimes(honest(of), 1);
        for (const [index, came] of of.cameMs.entries()) expect(holds(times, index, came)).toBe(true);
      }),
    );
  });

  test('is made by the latest checkpoint without the entry and the earliest with it', () => {
    fc.assert(
      fc.property(history, (of) => {
        const looks = of.looksMs.filter((look) => sizeAt(of, look) > 0);
        const times = new WitnessedTimes(honest(of), 1);
        for (const index of of.cameMs.keys()) {
          const without = looks.filter((look) => sizeAt(of, look) <= index);
          const withIt = looks.filter((look) => sizeAt(of, look) > index);
          expect(times.bracket(index)).toEqual({
            ...(without.length > 0 && { after: instantOf(second(Math.max(...without))) }),
            ...(withIt.length > 0 && { by: instantOf(second(Math.min(...withIt)) + 999) }),
          });
        }
      }),
    );
  });

  test('only gets closer with another checkpoint, in whatever order they are given', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 11 }), (of, left) => {
        const all = honest(of);
        const fewer = new WitnessedTimes(
          all.filter((_, place) => place !== left),
          1,
        );
        const more = new WitnessedTimes(all.toReversed(), 1);
        for (const index of of.cameMs.keys()) {
          const [wide, close] = [fewer.bracket(index), more.bracket(index)];
          expect((close.after ?? '') >= (wide.after ?? '')).toBe(true);
          expect((close.by ?? '9') <= (wide.by ?? '9')).toBe(true);
        }
      }),
    );
  });

  test('is true although one witness less than the quorum says what it likes', () => {
    const lies = fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(history, lies, (of, lie) => {
        const times = new WitnessedTimes(honest(of, lie), lie.length + 1);
        for (const [index, came] of of.cameMs.entries()) expect(holds(times, index, came)).toBe(true);
      }),
    );
  });

  test('is not made by fewer witnesses than the quorum, nor by none at all', () => {
    for (const [quorum, checkpoint] of [
      [2, seen(4, BEGIN)],
      [1, seen(4)],
      [0, seen(4)],
    ] as const)
      expect(new WitnessedTimes([checkpoint], quorum).bracket(2)).toEqual({});
    expect(new WitnessedTimes([seen(4, BEGIN)], 0).bracket(2)).toEqual({ by: instantOf(BEGIN * 1000 + 999) });
  });
});

describe('V3: the word of the server', () => {
  const times = new WitnessedTimes([seen(5, BEGIN), seen(9, BEGIN + 60)], 1);
  const said = (ms: number) =>
    entryTime({ leaf: { event: 'approval.received', at: instantOf(ms) }, index: 6 }, times.bracket(6));
  const of = (index: number, seconds = BEGIN + 30) =>
    entryTime({ leaf: { event: 'decision.made', at: instantOf(seconds * 1000) }, index }, times.bracket(index));
  const [from, to] = [BEGIN * 1000, (BEGIN + 60) * 1000 + 999];

  test('is no finding inside of its bracket, and so far outside as clocks differ', () => {
    for (const ms of [from, to, from - TIME_TOLERANCE_MS, to + TIME_TOLERANCE_MS])
      expect(said(ms).finding).toBeUndefined();
  });

  test('is a finding one millisecond beyond that, back in time and ahead', () => {
    expect(said(from - TIME_TOLERANCE_MS - 1).finding).toMatch(/but at \S+ a witness knew the record without it$/);
    expect(said(to + TIME_TOLERANCE_MS + 1).finding).toMatch(/but at \S+ a witness had seen it already$/);
  });

  test('is named as such where an end of the bracket, or all of it, is not proved', () => {
    expect(bracketText({})).toBe("server's word only");
    const { after = from, by = to, ...none } = times.bracket(6);
    expect(none).toEqual({});
    expect(bracketText(times.bracket(6))).toBe(`after ${after} and by ${by}, as witnesses say`);
    expect(bracketText(times.bracket(0))).toContain("not before when: server's word only");
    expect(bracketText(times.bracket(9))).toContain("by when: server's word only");
  });

  test('is told in a line for all neighbours of one bracket, and in one of its own where it is contradicted', () => {
    const lines = timesTexts([of(5, BEGIN + 1), of(6, BEGIN + 2), of(7, BEGIN - 9000), of(8, BEGIN + 3), of(9, BEGIN)]);
    expect(lines.map((line) => line.replaceAll(/\S+Z/g, 'T'))).toEqual([
      'after T and by T, as witnesses say; the server says T to T: 5 decision.made, 6 decision.made',
      expect.stringMatching(/^NOT AS WITNESSES SAW IT, 7 decision.made: the server says T/),
      'after T and by T, as witnesses say; the server says T: 8 decision.made',
      "after T, as witnesses say; by when: server's word only; the server says T: 9 decision.made",
    ]);
    expect(timesTexts([])).toEqual([]);
  });

  test('is counted: bracketed, half proved, not proved, contradicted', () => {
    const word = entryTime({ leaf: { event: 'decision.made', at: instantOf(0) }, index: 6 }, {});
    expect(timesSummary([of(1), of(6), of(7, BEGIN + 9000), of(12), word])).toMatchObject({
      bracketed: 2,
      half: 2,
      wordOnly: 1,
      findings: [{ index: 7 }],
    });
  });
});
