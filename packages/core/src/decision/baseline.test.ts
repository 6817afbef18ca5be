import fc from 'fast-check';
import { expect, test } from 'vitest';
import { at } from '../envelope/envelope.builder.ts';
import { baselineOf, BASELINE_DAYS, leavesBaseline, type AgentDay, type AgentHistory } from './baseline.ts';

const NOW = at('2026-11-18T12:00:00.000Z');
const TODAY = '2026-11-18';
const quiet = (day: string, change: Partial<AgentDay> = {}): AgentDay => ({
  day,
  proposals: 5,
  refused: 1,
  reRaised: 0,
  failedPredictions: 0,
  ...change,
});
const past = Array.from({ length: BASELINE_DAYS }, (_, n) => quiet(`2026-11-${String(10 + n).padStart(2, '0')}`));
const historyOf = (today: Partial<AgentDay> = {}, days = past): AgentHistory => ({
  days: [...days, quiet(TODAY, today)],
  classes: [{ action: 'package.patch', since: at('2026-11-10T00:00:00.000Z') }],
});
const kindsOf = (history: AgentHistory, asked: 'package.patch' | 'data.destroy' = 'package.patch') =>
  leavesBaseline(history, NOW, asked).map(({ kind }) => kind);

test('D7: an agent that goes on as before is inside its baseline', () => {
  expect(leavesBaseline(historyOf(), NOW, 'package.patch')).toEqual([]);
  expect(baselineOf(historyOf(), NOW)).toEqual({
    days: BASELINE_DAYS,
    mostProposals: 5,
    mostRefused: 1,
    mostReRaised: 0,
    mostFailedPredictions: 0,
    actions: ['package.patch'],
  });
});

const departures = [
  { kind: 'rate', today: { proposals: 16 }, inside: { proposals: 15 } },
  { kind: 'refusals', today: { refused: 5 }, inside: { refused: 4 } },
  { kind: 're-raised', today: { reRaised: 2 }, inside: { reRaised: 1 } },
  { kind: 'failed-predictions', today: { failedPredictions: 2 }, inside: { failedPredictions: 1 } },
] as const;
test.each(departures)('D7: it leaves its baseline by $kind, and not one short of it', ({ kind, today, inside }) => {
  expect([kindsOf(historyOf(today)), kindsOf(historyOf(inside))]).toEqual([[kind], []]);
});

test('D7: an action it never proposed before is a departure, said with what it used to propose', () => {
  const [departure] = leavesBaseline(historyOf(), NOW, 'data.destroy');
  expect(departure).toEqual({
    kind: 'new-class',
    seen: 1,
    usual: 0,
    text: 'data.destroy is new to it; on 7 days it proposed package.patch',
  });
});

test('D7: what began today is no past: a new action stays new until the day is over', () => {
  const classes = [...historyOf().classes, { action: 'data.destroy' as const, since: at('2026-11-18T01:00:00.000Z') }];
  expect(kindsOf({ ...historyOf(), classes }, 'data.destroy')).toEqual(['new-class']);
});

test('D7: an agent younger than a week has no baseline to leave', () => {
  expect(kindsOf(historyOf({ proposals: 500 }, past.slice(1)), 'data.destroy')).toEqual([]);
});

test('D7: more of the same on one day never brings an agent back inside', () => {
  const day = fc.record({
    day: fc.constant(TODAY),
    proposals: fc.nat(60),
    refused: fc.nat(20),
    reRaised: fc.nat(5),
    failedPredictions: fc.nat(5),
  });
  fc.assert(
    fc.property(day, day, (one, more) => {
      const sum = {
        proposals: one.proposals + more.proposals,
        refused: one.refused + more.refused,
        reRaised: one.reRaised + more.reRaised,
        failedPredictions: one.failedPredictions + more.failedPredictions,
      };
      const [before, after] = [kindsOf(historyOf(one)), kindsOf(historyOf(sum))];
      expect(after).toEqual(expect.arrayContaining(before));
    }),
  );
});
