import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextCommands } from './commands.ts';
import { countsOf, viewOf } from './counts.ts';
import type { HealthVerdict, RolloutEvent } from './event.ts';
import { at } from './example-plan.test.ts';
import {
  pass,
  tick,
  started,
  leased,
  verdict,
  unknown,
  dependants,
  tripped,
  halted,
  resumed,
  rollback,
  reverting,
  reverted,
  revertFailed,
  restored,
  completed,
  after,
  plan,
} from './example-journal.test.ts';
import { apply, startRollout } from './reducer.ts';
import { auditJournal } from './simulate.ts';
import type { RolloutState } from './state.ts';

const places = fc.integer({ min: 0, max: 5 });
const results = fc.constantFrom<HealthVerdict>('success', 'success', 'failure', 'error');
const numbers = fc.integer({ min: 1, max: 3 });
const anyEvent = fc.oneof(
  fc.constant(started),
  places.map((n) => () => leased(n)),
  places.map((n) => () => leased(n)),
  fc.tuple(places, results).map(
    ([n, result]) =>
      () =>
        verdict(n, result),
  ),
  fc.tuple(places, results).map(
    ([n, result]) =>
      () =>
        verdict(n, result),
  ),
  places.map((n) => () => unknown(n)),
  fc.tuple(places, results).map(
    ([n, result]) =>
      () =>
        dependants(n, result),
  ),
  numbers.map((n) => () => tripped(n)),
  numbers.map((n) => () => halted(n)),
  numbers.map((n) => () => resumed(n)),
  fc.constant(rollback),
  places.map((n) => () => reverting(n)),
  places.map((n) => () => reverted(n)),
  places.map((n) => () => revertFailed(n)),
  results.map((result) => () => restored(result)),
  fc.constant(completed),
);

type Maker = (state: RolloutState) => { readonly event: RolloutEvent; readonly mustFit: boolean };
type Command = ReturnType<typeof nextCommands>[number];
/** Leases and reverts are journalled in order; so only the first of each is up. */
const firstOfType = (command: Command, index: number, all: readonly Command[]): boolean =>
  all.findIndex(({ type }) => type === command.type) === index;
/** Mostly what a runner would do next, so that histories get far; among it anything. */
const obedient = fc.nat().map((n): Maker => (state) => {
  const commands = nextCommands(state, at(pass(2))).filter(firstOfType);
  const events = commands.flatMap((command) => eventOf(command, n % 9 > 0) ?? []);
  const event = events[n % Math.max(1, events.length)];
  return event === undefined ? { event: resumed(viewOf(state).trips), mustFit: false } : { event, mustFit: true };
});
const anything = anyEvent.map((make): Maker => () => ({ event: make(), mustFit: false }));
const steps = fc.oneof({ weight: 8, arbitrary: obedient }, { weight: 1, arbitrary: anything });

test('I4, I8, I9: whatever events arrive in whatever order, no accepted journal breaks the bounds', () => {
  let leases = 0;
  fc.assert(
    fc.property(fc.array(steps, { minLength: 20, maxLength: 80 }), (makers) => {
      let state = startRollout(plan);
      const journal: RolloutEvent[] = [];
      for (const make of makers) {
        const { event } = make(state);
        const next = apply(state, event);
        if (!next.ok) continue;
        state = next.value;
        journal.push(event);
      }
      const found = auditJournal(journal);
      leases += found.touched;
      expect(found).toMatchObject({ leasesAfterStop: 0, leasedTwice: 0 });
      expect(found.mostInFlight).toBeLessThanOrEqual(plan.window);
      expect(countsOf(state)).toMatchObject({ touched: found.touched, broken: found.broken, actsAfterTrip: 0 });
      const trips = journal.flatMap((event) =>
        event.type === 'tripped' || event.type === 'halted' ? [event.trip] : [],
      );
      expect(trips).toEqual(trips.map((_, index) => index + 1));
      const left = journal.flatMap((event) => (event.type === 'resumed' ? [event.trip] : []));
      expect(new Set(left).size).toBe(left.length);
      // X7: the journal alone gives the same state again.
      expect(viewOf(after(plan, ...journal))).toEqual(viewOf(state));
    }),
    { numRuns: 400 },
  );
  expect(leases).toBeGreaterThan(400);
});

test('every command is accepted as the event it stands for, in every state that a random journal reaches', () => {
  const accepted = new Set<string>();
  fc.assert(
    fc.property(fc.array(steps, { minLength: 20, maxLength: 80 }), (makers) => {
      let state = startRollout(plan);
      for (const make of makers) {
        const { event, mustFit } = make(state);
        const next = apply(state, event);
        expect(next.ok || !mustFit).toBe(true);
        if (next.ok && mustFit) accepted.add(event.type);
        if (next.ok) state = next.value;
      }
    }),
    { numRuns: 400 },
  );
  // Everything but a halt, an unknown, a resume, and what only starts by a person under this plan.
  expect([...accepted].toSorted()).toEqual(
    expect.arrayContaining([
      'completed',
      'dependants',
      'leased',
      'restored',
      'reverted',
      'reverting',
      'started',
      'tripped',
      'verdict',
    ]),
  );
});

function eventOf(command: Command, isWell: boolean): RolloutEvent | undefined {
  const now = tick();
  if (command.type === 'start') return { type: 'started', at: now };
  if (command.type === 'lease') return { type: 'leased', at: now, target: command.target, lease: command.lease };
  if (command.type === 'check-target')
    return { type: 'verdict', at: now, target: command.target, verdict: isWell ? 'success' : 'error', detail: '' };
  if (command.type === 'check-dependants')
    return { type: 'dependants', at: now, cohort: command.cohort, verdict: 'success', detail: '' };
  if (command.type === 'trip') return { type: 'tripped', at: now, trip: command.trip, cause: command.cause };
  if (command.type === 'start-rollback') return { type: 'rollback-started', at: now, cause: command.cause };
  if (command.type === 'revert') return { type: 'reverting', at: now, target: command.target };
  if (command.type === 'check-reverted')
    return { type: 'reverted', at: now, target: command.target, isHealthy: true, detail: '' };
  if (command.type === 'check-restored') return { type: 'restored', at: now, verdict: 'success', detail: '' };
  return command.type === 'complete' ? { type: 'completed', at: now } : undefined;
}
