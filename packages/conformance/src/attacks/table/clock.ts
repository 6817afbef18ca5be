/** Attacks on time: a clock that is set, and documents that an attacker keeps back while time goes by (I5, T15, X5). */
import type { Attack, Attempt, Scene } from '../attack.ts';
import { carriedOut, refusedAs } from '../trials.ts';
import { beside, introduce, MovableClock } from '../world/beside.ts';
import { startHosts } from '../world/estate.ts';
import { order } from '../world/order.ts';
import { alone, ELSEWHERE, people } from '../world/shorthand.ts';
import { status, type StatusPlan } from '../world/status.ts';

const MINUTE_MS = 60_000;
const HALF_AN_HOUR_MS = 1_800_000;
const about = { threats: ['T15', 'I5'], requirements: ['X1', 'C1'], runner: 'own' } as const;

interface Machine {
  readonly on: Scene;
  readonly clock: MovableClock;
}

/** Hosts with the same clock: a health report of another time would count for nothing. */
async function onMachine(
  scene: Scene,
  use: (machine: Machine) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const clock = new MovableClock(scene);
  const hosts = await startHosts(`${scene.enclave.folder}-hosts`, clock.file);
  try {
    return await use({ on: { ...scene, hosts }, clock });
  } finally {
    await hosts.stop();
  }
}

/** The order and nothing with it: whatever else there is, is kept back. */
const only =
  (plan: typeof alone) =>
  ({ world }: Scene): Attempt => {
    const made = order(world, plan());
    return { last: made.delivery, subject: made.digest };
  };

const introducedThen =
  (plan: typeof alone) =>
  (on: Scene): Promise<readonly string[]> =>
    carriedOut((scene) => {
      const attempt = only(plan)(scene);
      // The statement comes after the dispatch, which it counts.
      introduce(scene);
      return attempt;
    })(on);

/** At half past, something is carried out; then somebody sets the clock of that machine to the hour. */
const setWhileRunning =
  ({ from, to }: { readonly from: number; readonly to: number }, code: string) =>
  (scene: Scene): Promise<readonly string[]> =>
    onMachine(scene, ({ on, clock }) =>
      clock.later(from, () =>
        beside(on, { name: 'clocked', clock: clock.file }, async (runner) => {
          const before = await introducedThen(people)(runner);
          const after = await clock.later(to, () => refusedAs(code, only(people))(runner));
          return [...before, ...after];
        }),
      ),
    );

/** The runner is started again on what it remembers. */
const startedAgain =
  ({ from, to }: { readonly from: number; readonly to: number }, trial: (on: Scene) => Promise<readonly string[]>) =>
  (scene: Scene): Promise<readonly string[]> =>
    onMachine(scene, async ({ on, clock }) => {
      const place = { name: 'restarted', clock: clock.file };
      const before = await clock.later(from, () => beside(on, place, introducedThen(people)));
      return [...before, ...(await clock.later(to, () => beside(on, place, trial)))];
    });

export const CLOCK_ATTACKS: readonly Attack[] = [
  {
    ...about,
    name: 'clock-set-back-while-running',
    claim: 'the clock is set back so that a window that is over opens again',
    run: setWhileRunning({ from: HALF_AN_HOUR_MS, to: 0 }, 'clock-backwards'),
  },
  {
    ...about,
    name: 'clock-set-ahead-while-running',
    claim: 'the clock is set ahead so that a window opens early',
    run: setWhileRunning({ from: 0, to: HALF_AN_HOUR_MS }, 'clock-jumped'),
  },
  {
    ...about,
    name: 'clock-set-back-over-a-restart',
    claim: 'the clock is set back while the runner is down',
    run: startedAgain({ from: HALF_AN_HOUR_MS, to: 0 }, refusedAs('clock-backwards', only(people))),
    twin: startedAgain({ from: 0, to: HALF_AN_HOUR_MS }, carriedOut(only(people))),
  },
];

/** Six minutes go by in which nothing is delivered but orders. */
const sixMinutesLater =
  (trial: (on: Scene) => Promise<readonly string[]>) =>
  (scene: Scene): Promise<readonly string[]> =>
    onMachine(scene, async ({ on, clock }) => {
      const place = { name: 'left-alone', clock: clock.file };
      const before = await beside(on, place, introducedThen(alone));
      return [...before, ...(await clock.later(6 * MINUTE_MS, () => beside(on, place, trial)))];
    });

const withheld = {
  threats: ['T4', 'T27', 'I5', 'I21'],
  requirements: ['X5', 'E3', 'AG-706 4.4'],
  runner: 'own',
} as const;

const afterWord =
  (says: (scene: Scene) => StatusPlan) =>
  (scene: Scene): Attempt => {
    introduce(scene);
    const made = order(scene.world, people());
    return { before: [status(scene.world, says(scene))], last: made.delivery, subject: made.digest };
  };

/** What a runner does once the witness's word has reached it; the twin is the same order while the word is kept back. */
const told = (row: {
  readonly name: string;
  readonly claim: string;
  readonly code: string;
  readonly says: (scene: Scene) => StatusPlan;
}): Attack => {
  const { code, says, ...rest } = row;
  return { ...withheld, ...rest, run: refusedAs(code, afterWord(says)), twin: carriedOut(afterWord(() => ({}))) };
};

export const WITHHELD_ATTACKS: readonly Attack[] = [
  {
    ...withheld,
    name: 'everything-withheld-and-run-alone',
    claim: 'a halt and a narrower envelope are kept back from a runner for six minutes, and it still runs things alone',
    run: sixMinutesLater(refusedAs('status-stale', only(alone))),
    // Not promised: what people signed runs on under the documents that the runner has.
    twin: sixMinutesLater(carriedOut(only(people))),
  },
  told({
    name: 'halt-withheld-then-told',
    claim: 'what people signed starts although the witness has said that everything is stopped',
    code: 'halted',
    says: () => ({ change: { halts: ['all'] } }),
  }),
  told({
    name: 'narrowing-withheld-then-told',
    claim: 'what people signed starts under an envelope that the witness has seen replaced',
    code: 'envelope-superseded',
    says: ({ world }) => ({
      change: { envelope: { digest: ELSEWHERE, version: world.envelope.document.version + 1 } },
    }),
  }),
  told({
    name: 'trust-withheld-then-told',
    claim: 'what people signed starts under a trust bundle that the witness has seen replaced',
    code: 'trust-superseded',
    says: ({ world }) => ({ change: { trustVersion: world.bundle.version + 1 } }),
  }),
];
