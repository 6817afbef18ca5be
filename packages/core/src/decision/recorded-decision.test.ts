/** A recorded decision is read strictly: of every field a replay reads, its absence and another form are refused with the place (D2). */
import { describe, expect, test } from 'vitest';
import { inputOf } from './decide.builder.ts';
import { decide } from './decide.ts';
import { readRecordedDecision } from './recorded-decision.ts';

const whole: Readonly<Record<string, unknown>> = { ...decide(inputOf()) };
const placesOf = (document: Readonly<Record<string, unknown>>): readonly string[] => {
  const read = readRecordedDecision(document);
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};
const READ = 'proposal revision changeDigest stage verdict missing facts findings provenance envelope graph engines';

describe('D2: a recorded decision', () => {
  test('is read with what explains it to people left aside', () => {
    const read = readRecordedDecision(whole);
    expect(read.ok && Object.keys(read.value).toSorted()).toEqual(READ.split(' ').toSorted());
  });

  test.each(READ.split(' '))('without `%s` is refused at that place', (name) => {
    const { [name]: _, ...rest } = whole;
    expect(placesOf(rest)).toEqual([`/${name}`]);
  });

  test.each(READ.split(' '))('with a `%s` of another form is refused at that place', (name) => {
    for (const wrong of [null, true, 1.5, { a: 1 }, ['\u202e'.repeat(30_000)]])
      expect(placesOf({ ...whole, [name]: wrong }).some((at) => at.startsWith(`/${name}`))).toBe(true);
  });

  test('with a fact too many is refused: nobody wrote that one down', () => {
    const facts = { ...(whole['facts'] as object), isTrusted: true };
    expect(placesOf({ ...whole, facts })).toEqual(['/facts/isTrusted']);
  });
});
