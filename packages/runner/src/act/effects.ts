/**
 * What takes time: acts, health, waiting. Each is in hand at most once; its result is a list of events for the next turn. An effect
 * never throws: what goes wrong is a verdict.
 */
import {
  isRunnable,
  type RunnableStep,
  ok,
  type Capsule,
  type Digest,
  type Instant,
  type NodeId,
  type Result,
  type RolloutEvent,
  type TargetId,
  msOf,
} from '@countersign/core';
import type { Entry, NoteTopic } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { LocalTarget } from '../preflight/inventory.ts';
import { codeOf } from '../preflight/read-file.ts';
import { readDependants, type DependantsReading } from '../watch/dependants.ts';
import { revertTarget } from '../undo/revert-target.ts';
import { actOnTarget, NOT_TOUCHED, type TargetOrder, type TargetOutcome } from './act-on-target.ts';
import type { Captured } from './adapter.ts';
import type { FindingsBook } from './findings.ts';
import { runProbes } from './probe-runs.ts';
import { recoverTarget } from './recover-target.ts';
import { captureStep, type Tools } from './tools.ts';

export interface Happened {
  readonly events: readonly RolloutEvent[];
  readonly entries: readonly Entry[];
}

export interface EffectsOf {
  readonly capsule: Capsule;
  readonly digest: Digest;
  readonly dependants: readonly NodeId[];
  readonly tools: Tools;
  readonly journal: Journal;
  readonly findings: FindingsBook;
}

type Start = (() => void) | undefined;
const NOTHING: Happened = { events: [], entries: [] };
/** Longest single timer; a longer wait is asked for again. */
const LONGEST_TIMER_MS = 60_000;
const WAIT = 'wait ';

export class Effects {
  readonly #of: EffectsOf;
  readonly #wake: () => void;
  readonly #inHand: Set<string> = new Set();
  #results: Happened[] = [];
  #areChecksDone = false;

  constructor(of: EffectsOf, wake: () => void) {
    this.#of = of;
    this.#wake = wake;
    this.#areChecksDone = of.findings.get('after', 'run') !== undefined;
  }

  /** Whether the validation's checks after the change have run. */
  get areChecksDone(): boolean {
    return this.#areChecksDone;
  }

  get isBusy(): boolean {
    // A timer alone is not work: nothing is lost when it is left behind.
    return [...this.#inHand].some((key) => !key.startsWith(WAIT)) || this.#results.length > 0;
  }

  take(): readonly Happened[] {
    return this.#results.splice(0);
  }

  /** Reserves the key now, so that the next turn does not start it again; runs when the returned function is called. */
  #once(key: string, run: () => Promise<Happened>, whenBroken: (detail: string) => Happened): Start {
    if (this.#inHand.has(key)) return undefined;
    this.#inHand.add(key);
    return () => {
      void run()
        .catch((error: unknown) => whenBroken(`the runner could not finish this (${codeOf(error)})`))
        .then((happened) => this.#finish(key, happened));
    };
  }

  #finish(key: string, happened: Happened): void {
    this.#inHand.delete(key);
    this.#results.push(happened);
    this.#wake();
  }

  #now(): Instant {
    return this.#of.tools.clock.now();
  }

  /** Health before anything is touched. Without data nothing starts; the halt gets its number when it is applied. */
  start(): Start {
    const stopped = (by: string): Happened => ({
      events: [{ type: 'halted', at: this.#now(), trip: 1, by }],
      entries: [],
    });
    return this.#once(
      'start',
      async () => {
        const reading = await this.#readDependants();
        const runs = this.#of.capsule.purpose === 'validation' ? await this.#probe('before') : [];
        const entries = [...this.#dependantNotes(reading, 'dependant-before'), ...runs];
        if (reading.verdict === 'error')
          return { ...stopped('no health data of the dependants before the change'), entries };
        return { events: [{ type: 'started', at: this.#now() }], entries };
      },
      stopped,
    );
  }

  /** Captures every step of a target, changing nothing. */
  capture(target: TargetId): Result<readonly Entry[]> {
    const { digest, tools } = this.#of;
    const entries: Entry[] = [];
    const local = this.#local(target);
    for (const [step, one] of this.#steps().entries()) {
      const captured = captureStep(tools, one, local);
      if (!captured.ok) return captured;
      if (captured.value !== undefined)
        entries.push({ kind: 'captured', capsule: digest, target, step, captured: captured.value });
    }
    return ok(entries);
  }

  /** `mayStill` is asked last of all before the first step. */
  act(target: TargetId, mayStill: () => Result<true>): Start {
    return this.#once(
      `target ${target}`,
      async () => this.#outcome(target, await actOnTarget(this.#of.tools, this.#order(target), mayStill)),
      this.#lost(target),
    );
  }

  /** Leased, but its state could not be kept: it is not touched. */
  cannotCapture(target: TargetId, detail: string): Start {
    const findings = { healthBefore: 'not read', healthAfter: 'not touched', output: `${NOT_TOUCHED} ${detail}` };
    const outcome: TargetOutcome = { kind: 'verdict', verdict: 'error', detail: `${NOT_TOUCHED} ${detail}`, findings };
    return this.#once(`target ${target}`, async () => this.#outcome(target, outcome), this.#lost(target));
  }

  /** An act whose verdict is missing after a restart. */
  recover(target: TargetId): Start {
    const run = async (): Promise<Happened> => {
      const { journal, digest, tools } = this.#of;
      const leased = journal.events(digest).find((event) => event.type === 'leased' && event.target === target);
      return this.#outcome(target, await recoverTarget(tools, this.#order(target), leased?.at ?? this.#now()));
    };
    return this.#once(`target ${target}`, run, this.#lost(target));
  }

  #lost(target: TargetId): (detail: string) => Happened {
    return (detail) => ({ events: [{ type: 'unknown', at: this.#now(), target, detail }], entries: [] });
  }

  #outcome(target: TargetId, outcome: TargetOutcome): Happened {
    const { findings } = this.#of;
    const { healthBefore, healthAfter, output } = outcome.findings;
    const entries = [
      findings.note(target, 'health-before', healthBefore),
      findings.note(target, 'health-after', healthAfter),
      findings.note(target, 'output', output),
    ];
    const at = this.#now();
    const detail = outcome.detail.slice(0, 500);
    if (outcome.kind === 'unknown') return { events: [{ type: 'unknown', at, target, detail }], entries };
    return { events: [{ type: 'verdict', at, target, verdict: outcome.verdict, detail }], entries };
  }

  #local(target: TargetId): LocalTarget {
    const local = this.#of.tools.inventory.targets.get(target);
    // INVARIANT: the gate refused a capsule with a target that is not in the inventory.
    if (local === undefined) throw new Error('the inventory lost a target of a rollout that is running');
    return local;
  }

  #steps(): readonly RunnableStep[] {
    const { steps } = this.#of.capsule.change;
    // INVARIANT: the catalogue refused a capsule with a step that no adapter here carries out.
    if (!steps.every(isRunnable)) throw new Error('a step without an adapter came past the gate');
    return steps;
  }

  #order(target: TargetId): TargetOrder {
    const { capsule, digest } = this.#of;
    const { change, rollout } = capsule;
    const { intendedVersions: versions } = change;
    const { healthTimeoutMs } = rollout;
    return { capsule: digest, target: this.#local(target), steps: this.#steps(), versions, healthTimeoutMs };
  }

  checkDependants(cohort: number): Start {
    const broken = (detail: string): Happened => ({
      events: [{ type: 'dependants', at: this.#now(), cohort, verdict: 'error', detail }],
      entries: [],
    });
    return this.#once(
      `dependants ${cohort}`,
      async () => {
        const reading = await this.#readDependants();
        const { verdict, detail } = reading;
        const entries = this.#dependantNotes(reading, 'dependant-after');
        return {
          events: [{ type: 'dependants', at: this.#now(), cohort, verdict, detail: detail.slice(0, 500) }],
          entries,
        };
      },
      broken,
    );
  }

  checkRestored(): Start {
    const broken = (detail: string): Happened => ({
      events: [{ type: 'restored', at: this.#now(), verdict: 'error', detail }],
      entries: [],
    });
    return this.#once(
      'restored',
      async () => {
        const reading = await this.#readDependants();
        const { verdict, detail } = reading;
        const entries = this.#dependantNotes(reading, 'dependant-after');
        return { events: [{ type: 'restored', at: this.#now(), verdict, detail: detail.slice(0, 500) }], entries };
      },
      broken,
    );
  }

  revert(target: TargetId, from: { readonly since: Instant; readonly isResumed: boolean }): Start {
    const failed = (detail: string): Happened => ({
      events: [{ type: 'revert-failed', at: this.#now(), target, detail: detail.slice(0, 500) }],
      entries: [],
    });
    return this.#once(
      `revert ${target}`,
      async () => {
        const { tools, journal, digest, findings } = this.#of;
        if (findings.get(target, 'output')?.startsWith(NOT_TOUCHED) === true)
          return {
            events: [{ type: 'reverted', at: this.#now(), target, isHealthy: true, detail: 'was not touched' }],
            entries: [],
          };
        const rows = this.#of.capsule.change.steps.map((_, step): readonly [number, Captured | undefined] => [
          step,
          journal.capture(digest, target, step),
        ]);
        const captures = new Map(
          rows.flatMap(([step, captured]) => (captured === undefined ? [] : [[step, captured] as const])),
        );
        const order = { ...this.#order(target), captures, revertingSince: from.since, isResumed: from.isResumed };
        const outcome = await revertTarget(tools, order);
        if (outcome.kind === 'failed') return failed(outcome.detail);
        const { isHealthy, detail } = outcome;
        const entries = [findings.note(target, 'health-after', detail)];
        return {
          events: [{ type: 'reverted', at: this.#now(), target, isHealthy, detail: detail.slice(0, 500) }],
          entries,
        };
      },
      failed,
    );
  }

  /** The validation's checks after the change, once. */
  checkAfter(): Start {
    return this.#once(
      'after',
      async () => {
        const entries = [...(await this.#probe('after')), this.#of.findings.note('after', 'run', '[]')];
        this.#areChecksDone = true;
        return { events: [], entries };
      },
      () => {
        this.#areChecksDone = true;
        return NOTHING;
      },
    );
  }

  wait(until: Instant): Start {
    return this.#once(
      `${WAIT}${until}`,
      async () => {
        const leftMs = Math.max(1, msOf(until) - msOf(this.#now()));
        await new Promise((resolve) => void setTimeout(resolve, Math.min(leftMs, LONGEST_TIMER_MS)));
        return NOTHING;
      },
      () => NOTHING,
    );
  }

  async #probe(phase: 'before' | 'after'): Promise<readonly Entry[]> {
    const { capsule, digest, tools, findings } = this.#of;
    const targets = capsule.targets.map(({ id }) => this.#local(id));
    const runs = await runProbes(tools, { plan: capsule.validation, targets, phase, capsule: digest });
    return [findings.note(`runs-${phase}`, 'run', JSON.stringify(runs))];
  }

  #readDependants(): Promise<DependantsReading> {
    const { tools, dependants, capsule } = this.#of;
    const patience = { timeoutMs: capsule.rollout.healthTimeoutMs, monotonicMs: tools.clock.monotonicMs };
    return readDependants(tools.caller, tools.inventory, { dependants, since: this.#now(), patience });
  }

  #dependantNotes({ states }: DependantsReading, topic: NoteTopic): readonly Entry[] {
    return states.map(({ subject, state }) => this.#of.findings.note(subject, topic, state));
  }
}
