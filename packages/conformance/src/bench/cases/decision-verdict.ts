/**
 * `decision/verdict`: one question on given facts, answered by our evaluator and by Cedar with everything parsed beforehand, in turns.
 * The slopes are exponents: a cost that doubles while the size doubles has slope 1, one that stays the same has slope 0.
 */
import { compileEnvelope, evaluateVerdict, type CompiledEnvelope, type Facts } from '@countersign/core';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { interleave } from '../measure/interleave.ts';
import { median, spreadOf } from '../measure/percentiles.ts';
import { openCedar } from '../peers/cedar.ts';
import { envelopeOfRules, patchOf } from '../policy/made-envelope.ts';
import type { Measured } from '../result.ts';

const ROUNDS = 9;
const SLOPE_ROUNDS = 41;
/** Calls whose time is taken together: one is too short for the clock. */
const BATCH = 200;
const PEER_BATCH = 20;
const RULES_MANY: readonly number[] = [10, 100, 1000, 10_000];
const TARGETS_MANY: readonly number[] = [1000, 10_000, 100_000, 1_000_000];

export const decisionVerdict: BenchCase = {
  name: 'decision/verdict',
  needs: [],
  async run(context) {
    const few = await against(context, 20);
    const many = await against(context, 200);
    context.say(`cedar takes ${few.times.toFixed(1)} times as long at 20 rules, ${many.times.toFixed(1)} at 200`);
    const rules = slopeOf(RULES_MANY, (count) => {
      const compiled = compileEnvelope(envelopeOfRules(count));
      const facts = patchOf(8);
      return () => usPerCall(compiled, facts);
    });
    const compiled = compileEnvelope(envelopeOfRules(200));
    const targets = slopeOf(TARGETS_MANY, (count) => {
      const facts = patchOf(count);
      return () => usPerCall(compiled, facts);
    });
    return measured({ few, many, rules, targets });
  },
};

interface Against {
  /** How many times as long the peer takes. */
  readonly times: number;
  readonly oursUs: readonly number[];
  readonly peerUs: readonly number[];
  readonly policies: number;
}

/** Both must give the same answer before anyone is timed. */
async function against({ seed, untilMs }: BenchContext, rules: number): Promise<Against> {
  const compiled = compileEnvelope(envelopeOfRules(rules));
  const cedar = openCedar(compiled.cedar);
  const facts = patchOf(8);
  const [own, theirs] = [evaluateVerdict(compiled, facts, 'autonomous'), cedar.ask(facts, 'autonomous')];
  if (own.isAllowed !== theirs.isAllowed || own.determining.join() !== theirs.determining.join())
    throw new Error('the two engines do not give the same answer');
  const paired = await interleave({
    rounds: ROUNDS,
    seed,
    untilMs,
    ours: async () => [usPerCall(compiled, facts)],
    peer: async () => [
      usOf(PEER_BATCH, () => {
        cedar.ask(facts, 'autonomous');
      }),
    ],
  });
  return {
    times: 1 / paired.ratio.median,
    oursUs: paired.oursMs,
    peerUs: paired.peerMs,
    policies: compiled.rules.length,
  };
}

function usOf(calls: number, call: () => void): number {
  const started = performance.now();
  for (let made = 0; made < calls; made += 1) call();
  return ((performance.now() - started) * 1000) / calls;
}

const usPerCall = (compiled: CompiledEnvelope, facts: Facts): number =>
  usOf(BATCH, () => {
    evaluateVerdict(compiled, facts, 'autonomous');
  });

interface Slope {
  readonly exponent: number;
  readonly us: readonly number[];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Least squares through the logarithms. Every size is made ready and warmed before any is timed, and they are timed in turns: what
 * disturbs one disturbs all.
 */
function slopeOf(sizes: readonly number[], prepare: (size: number) => () => number): Slope {
  const timers = sizes.map(prepare);
  for (let turn = 0; turn < ROUNDS; turn += 1) for (const time of timers) time();
  const turns = Array.from({ length: SLOPE_ROUNDS }, () => timers.map((time) => time()));
  const us = sizes.map((_, at) => median(turns.map((turn) => turn[at] ?? Number.NaN)));
  const [x, y] = [sizes.map(Math.log), us.map(Math.log)];
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, at) => sum + (value - meanX) * ((y[at] ?? 0) - meanY), 0);
  const variance = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  return { exponent: covariance / variance, us };
}

function measured(found: {
  readonly few: Against;
  readonly many: Against;
  readonly rules: Slope;
  readonly targets: Slope;
}): Measured {
  const { few, many, rules, targets } = found;
  return {
    n: ROUNDS * BATCH * 2,
    counters: {
      'policies at 20 rules': few.policies,
      'policies at 200 rules': many.policies,
      ...Object.fromEntries(
        RULES_MANY.map((count, at) => [`ns at ${count} rules`, Math.round((rules.us[at] ?? 0) * 1000)]),
      ),
      ...Object.fromEntries(
        TARGETS_MANY.map((count, at) => [`ns at ${count} targets`, Math.round((targets.us[at] ?? 0) * 1000)]),
      ),
    },
    cpu_us: { 'ours at 20': median(few.oursUs), 'ours at 200': median(many.oursUs) },
    wall: spreadOf(many.oursUs.map((us) => us / 1000)),
    peer: { 'cedar at 20, us': median(few.peerUs), 'cedar at 200, us': median(many.peerUs) },
    ratio: { 'cedar / ours at 20 rules': few.times, 'cedar / ours at 200 rules': many.times },
    bar: {
      'times faster at 20 rules': { found: few.times, atLeast: 8 },
      'times faster at 200 rules': { found: many.times, atLeast: 30 },
      'slope over rules': { found: rules.exponent, atMost: 0.05 },
      'slope over targets': { found: targets.exponent, atMost: 0.05 },
    },
  };
}
