/**
 * `e2e/autonomous`: signal to durable receipt with one local target, against the floor program, turn by turn in the same
 * minutes. What gates is the ratio, with the bad end of its interval; counts of flushes and round trips are taken apart from
 * the times, because tracing slows down.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { AutonomousAct } from '../agent/autonomous-act.ts';
import { OutsideAgent } from '../agent/outside-agent.ts';
import { pidOf, withSystem } from '../agent/with-system.ts';
import { FLOOR_WORK, startFloor } from '../floor/floor.ts';
import { interleave, type Paired } from '../measure/interleave.ts';
import { spreadOf } from '../measure/percentiles.ts';
import { cpuUsOfTree, runningProcesses, treeOf } from '../measure/proc-stat.ts';
import { canCountSyscalls, countSyscalls, messages, succeeded, type CallCounts } from '../measure/syscalls.ts';
import type { System } from '../../system/start-system.ts';

const ROUNDS = 20;
const ACTS_A_ROUND = 3;
const FLOOR_A_ROUND = 8;
const WARM_UP = 5;
const LIMIT = 8;
const COUNTED_ACTS = 5;
const IDLE_MS = 1500;
/** Time kept for counting after the last round. */
const COUNTING_MS = 25_000;

export const e2eAutonomous: BenchCase = {
  name: 'e2e/autonomous',
  needs: [],
  run: (context) => withSystem(context, (system) => measure(context, system)),
};

async function measure(context: BenchContext, system: System): ReturnType<BenchCase['run']> {
  const { say } = context;
  const agent = await OutsideAgent.join(system);
  const floor = await startFloor(join(context.folder, 'floor'));
  try {
    const act = new AutonomousAct(agent, system);
    say('drilling the rollback in staging, then warming up');
    await act.drill();
    await times(WARM_UP, () => act.once());
    await floor.round(FLOOR_A_ROUND);
    const before = cpuOf(system);
    const paired = await interleave({
      rounds: ROUNDS,
      seed: context.seed,
      ours: () => times(ACTS_A_ROUND, () => act.once()),
      peer: () => floor.round(FLOOR_A_ROUND),
      untilMs: context.untilMs - COUNTING_MS,
    });
    const after = cpuOf(system);
    const acts = paired.oursMs.length;
    say(`${acts} acts against ${paired.peerMs.length} of the floor, median ratio ${paired.ratio.median.toFixed(2)}`);
    const counters = await countCalls(context, system, act);
    const cpu = Object.fromEntries(
      Object.entries(after).map(([name, us]) => [`${name} an act`, (us - (before[name] ?? 0)) / acts]),
    );
    return { ...timesOf(paired), counters: { ...counters, rounds: paired.ratios.length }, cpu_us: cpu };
  } finally {
    agent.leave();
    await floor.stop();
  }
}

function timesOf({
  oursMs,
  peerMs,
  ratio,
}: Paired): Omit<Awaited<ReturnType<BenchCase['run']>>, 'counters' | 'cpu_us'> {
  const { min, p10, p50, p99 } = spreadOf(peerMs);
  return {
    n: oursMs.length,
    wall: spreadOf(oursMs),
    peer: { 'floor min ms': min, 'floor p10 ms': p10, 'floor p50 ms': p50, 'floor p99 ms': p99, ...FLOOR_WORK },
    ratio: { floor: ratio },
    bar: { 'times the floor, bad end of the interval': { found: ratio.hi95, atMost: LIMIT } },
  };
}

async function times<T>(count: number, work: () => Promise<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for (let index = 0; index < count; index += 1) found.push(await work());
  return found;
}

const rootsOf = (system: System): Readonly<Record<string, number>> => ({
  control: pidOf(system, 'control'),
  gateway: pidOf(system, 'gateway-production'),
  runner: pidOf(system, 'runner-production'),
  database: pidOf(system, 'database'),
});

const cpuOf = (system: System): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(rootsOf(system)).map(([name, pid]) => [name, cpuUsOfTree(pid)]));

/** Flushes and SQL round trips an act, less what the idle system does in the same time. */
async function countCalls(
  context: BenchContext,
  system: System,
  act: AutonomousAct,
): Promise<Readonly<Record<string, number>>> {
  if (!canCountSyscalls()) {
    context.say('flushes and SQL round trips are NOT counted: strace is not installed');
    return {};
  }
  context.say('counting flushes and SQL round trips');
  const flushes: (readonly [string, number])[] = [];
  let roundTrips = 0;
  // One program at a time: tracing all of them at once would change what they do.
  for (const [name, root] of Object.entries(rootsOf(system))) {
    const idle = await traced(context, root, () => pause(IDLE_MS));
    const busy = await traced(context, root, () => times(COUNTED_ACTS, () => act.once()));
    const anAct = (count: (counts: CallCounts) => number): number =>
      (count(busy.counts) - (count(idle.counts) * busy.tookMs) / idle.tookMs) / COUNTED_ACTS;
    flushes.push([`${name} flushes an act`, anAct((counts) => succeeded(counts, ['fsync', 'fdatasync']))]);
    // A pipelined batch arrives as one message; a backend reads it 8 KiB at a time.
    if (name === 'database') roundTrips = anAct(messages);
  }
  const all = flushes.reduce((sum, [, count]) => sum + count, 0);
  return { ...Object.fromEntries(flushes), 'flushes an act': all, 'SQL round trips an act': roundTrips };
}

async function traced(
  { folder }: BenchContext,
  root: number,
  work: () => Promise<unknown>,
): Promise<{ readonly counts: CallCounts; readonly tookMs: number }> {
  const pids = treeOf(root, runningProcesses()).map(({ pid }) => pid);
  const counting = await countSyscalls(pids, folder);
  const started = performance.now();
  // Whatever becomes of the work, nobody stays attached.
  const outcome = await work().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const tookMs = performance.now() - started;
  const counts = await counting.stop();
  if (outcome !== undefined) throw outcome.error;
  return { counts, tookMs };
}
