/**
 * Carries out the reducer's commands (X4-X7). One turn: take what happened, apply it, see what may be done now, write all of it to
 * the journal in one flush, and only then act. Nothing outside starts before its intent is on disk (I6).
 */
import {
  apply,
  ok,
  planOf,
  refuse,
  replay,
  viewOf,
  type Capsule,
  type Digest,
  type NodeId,
  type Refusal,
  type Result,
  type Resumed,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutState,
  type RolloutView,
} from '@countersign/core';
import type { ProgressReporter } from '../egress/progress.ts';
import type { Entry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Log } from '../preflight/log.ts';
import { Effects, type Happened } from './effects.ts';
import { FindingsBook } from './findings.ts';
import { hasNoWayBack, isFailedValidation, nextSteps, type Ask } from './next-steps.ts';
import type { Tools } from './tools.ts';

export interface RolloutWork {
  readonly capsule: Capsule;
  readonly digest: Digest;
  readonly dependants: readonly NodeId[];
  /** Asked before every lease: whether new acts are still allowed (I5). Going back never asks. `trips`: stops so far. */
  readonly mayAct: (trips: number) => Result<true>;
}

export interface RolloutDeps {
  readonly tools: Tools;
  readonly journal: Journal;
  readonly progress: ProgressReporter;
  readonly log: Log;
  /** Entries that close the rollout: evidence or validation report. */
  readonly conclude: (rollout: Rollout) => readonly Entry[];
  /** After each flush, the first one included. */
  readonly committed: () => void;
}

/** As the event's shape has it. */
const MAX_BY = 120;

export class Rollout {
  readonly work: RolloutWork;
  readonly findings: FindingsBook;
  readonly #deps: RolloutDeps;
  readonly #effects: Effects;
  #state: RolloutState;
  #seq: number;
  #pending: Entry[];
  #fresh: RolloutEvent[] = [];
  #asks: Ask[] = [];
  #answers: (() => void)[] = [];
  #rollbackCause: string | undefined;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  #isEnding = false;

  private constructor(
    work: RolloutWork,
    deps: RolloutDeps,
    begun: { readonly state: RolloutState; readonly seq: number; readonly entries: readonly Entry[] },
  ) {
    this.work = work;
    this.#deps = deps;
    this.#state = begun.state;
    this.#seq = begun.seq;
    this.#pending = [...begun.entries];
    this.findings = new FindingsBook(work.digest, deps.journal);
    this.#rollbackCause = this.findings.get('rollback', 'asked');
    const { capsule, digest, dependants } = work;
    const { tools, journal } = deps;
    this.#effects = new Effects({ capsule, digest, dependants, tools, journal, findings: this.findings }, () =>
      this.#wake.resolve(),
    );
  }

  /** From the journal; `entries` are written together with the first intent. A journal that breaks a rule starts nothing. */
  static open(work: RolloutWork, deps: RolloutDeps, entries: readonly Entry[] = []): Result<Rollout> {
    const events = deps.journal.events(work.digest);
    const state = replay(planOf(work.capsule), events);
    if (!state.ok) return refuse('journal-broken', state.refusal.detail, { clause: 'X7' });
    return { ok: true, value: new Rollout(work, deps, { state: state.value, seq: events.length, entries }) };
  }

  get view(): RolloutView {
    return viewOf(this.#state);
  }

  /** For reading with the functions of the core; never applied to. */
  get state(): RolloutState {
    return this.#state;
  }

  /** Answered when the stop is on disk. Every stop takes a number; one that stands is left alone. */
  halt(by: string): Promise<Result<true>> {
    return this.#ask([], ({ breaker, trips }) =>
      breaker.state === 'open' && breaker.isHalt
        ? undefined
        : { type: 'halted', at: this.#now(), trip: trips + 1, by: by.slice(0, MAX_BY) },
    );
  }

  /** `entries` are written with the event or not at all: a resume that does not count is not used up. */
  resume(proof: Resumed, entries: readonly Entry[]): Promise<Result<true>> {
    if (this.#rollbackCause !== undefined && !hasNoWayBack(this.work.capsule, this.view))
      return Promise.resolve(refuse('resume-refused', 'a rollback was asked for', { clause: 'X6' }));
    return this.#ask(entries, () => ({ type: 'resumed', at: this.#now(), trip: proof.trip, by: proof.person }));
  }

  /** From a running rollout it is a halt first; it begins when every act in flight has its verdict (trap 14). */
  async rollback(by: string): Promise<Result<true>> {
    const { capsule, digest } = this.work;
    const { phase } = this.view;
    const cause = `asked for by ${by.slice(0, MAX_BY)}`;
    if (phase.name === 'completed' || hasNoWayBack(this.work.capsule, this.view))
      return this.#ask([], () => ({ type: 'rollback-started', at: this.#now(), cause }));
    const asked: Entry = { kind: 'note', capsule: digest, subject: 'rollback', topic: 'asked', body: cause };
    const note = capsule.rollback.kind === 'none' ? [] : [asked];
    const halted = await this.#ask(note, ({ breaker, trips }) =>
      breaker.state === 'open'
        ? undefined
        : { type: 'halted', at: this.#now(), trip: trips + 1, by: `rollback, ${cause}` },
    );
    if (halted.ok) this.#rollbackCause = cause;
    this.#wake.resolve();
    return halted;
  }

  /** Ends the loop between two turns; what is in flight stays an intent in the journal. */
  stop(): void {
    this.#isEnding = true;
    this.#deps.progress.end();
    this.#wake.resolve();
  }

  #ask(entries: readonly Entry[], event: Ask['event']): Promise<Result<true>> {
    const { promise, resolve } = Promise.withResolvers<Result<true>>();
    this.#asks.push({ event, entries, answer: resolve });
    this.#wake.resolve();
    return promise;
  }

  #now(): RolloutEvent['at'] {
    return this.#deps.tools.clock.now();
  }

  /** Until nothing is left to do. A trip without automatic rollback waits here for a person. */
  async run(): Promise<RolloutView> {
    for (;;) {
      // One turn takes everything that is ready, so that many results share one flush.
      await new Promise((resolve) => void setImmediate(resolve));
      if (this.#isEnding) return this.view;
      this.#wake = Promise.withResolvers<void>();
      const starts = this.#turn();
      if (this.#isSettled()) return this.#close();
      this.#commit();
      for (const start of starts) start();
      await this.#wake.promise;
    }
  }

  #turn(): readonly (() => void)[] {
    for (const happened of this.#effects.take()) this.#happen(happened);
    for (const ask of this.#asks.splice(0)) this.#obey(ask);
    const starts: (() => void)[] = [];
    for (let isMoving = true; isMoving;) {
      isMoving = false;
      for (const command of this.#commands()) {
        const before = this.#seq;
        const start = this.#carryOut(command);
        if (start !== undefined) starts.push(start);
        isMoving ||= this.#seq !== before;
        // A stop makes the rest of the list old.
        if (this.#seq !== before && command.type !== 'lease' && command.type !== 'revert') break;
      }
    }
    return starts;
  }

  #obey({ event, entries, answer }: Ask): void {
    const wanted = event(this.view);
    const refusal = wanted === undefined ? undefined : this.#tryApply(wanted);
    if (refusal === undefined) this.#pending.push(...entries);
    this.#answers.push(() => answer(refusal === undefined ? ok(true) : { ok: false, refusal }));
  }

  #commands(): readonly RolloutCommand[] {
    const { view } = this;
    const { areChecksDone } = this.#effects;
    const { capsule } = this.work;
    const [state, now, rollbackCause] = [this.#state, this.#now(), this.#rollbackCause];
    return nextSteps({ capsule, state, view, now, rollbackCause, areChecksDone });
  }

  #happen({ events, entries }: Happened): void {
    this.#pending.push(...entries);
    for (const event of events)
      this.#tryApply(event.type === 'halted' ? { ...event, trip: this.view.trips + 1 } : event);
  }

  /** An event that does not fit is not an error of the caller: the state has moved on, and the rules say no. */
  #tryApply(event: RolloutEvent): Refusal | undefined {
    const next = apply(this.#state, event);
    if (!next.ok) {
      this.#deps.log('not-applied', { capsule: this.work.digest, event: event.type, detail: next.refusal.detail });
      return next.refusal;
    }
    this.#state = next.value;
    this.#pending.push({ kind: 'event', capsule: this.work.digest, seq: this.#seq, event });
    this.#fresh.push(event);
    this.#seq += 1;
    return undefined;
  }

  /** Applies what the command means and returns what must start after the flush. */
  #carryOut(command: RolloutCommand): (() => void) | undefined {
    const at = this.#now();
    switch (command.type) {
      case 'start':
        return this.#effects.start();
      case 'lease':
        return this.#lease(command);
      case 'check-target':
        return this.#effects.recover(command.target);
      case 'check-dependants':
        return this.#effects.checkDependants(command.cohort);
      case 'wait':
        return this.#effects.wait(command.until);
      case 'trip':
        this.#apply({ type: 'tripped', at, trip: command.trip, cause: command.cause });
        return undefined;
      case 'start-rollback':
        this.#apply({ type: 'rollback-started', at, cause: command.cause });
        return undefined;
      case 'revert':
        this.#apply({ type: 'reverting', at, target: command.target });
        return this.#effects.revert(command.target, { since: at, isResumed: false });
      case 'check-reverted':
        return this.#effects.revert(command.target, {
          since: this.#revertingSince(command.target) ?? at,
          isResumed: true,
        });
      case 'check-restored':
        return this.#effects.checkRestored();
      case 'complete':
        this.#apply({ type: 'completed', at });
        return this.work.capsule.purpose === 'validation' ? this.#effects.checkAfter() : undefined;
      case 'hold':
        return undefined;
    }
  }

  #apply(event: RolloutEvent): void {
    if (this.#tryApply(event) !== undefined) throw new Error(`the reducer refuses its own command ${event.type}`);
  }

  /** The state before is captured before the intent, and both go to disk together. */
  #lease({ target, lease }: Extract<RolloutCommand, { type: 'lease' }>): (() => void) | undefined {
    const leave = this.work.mayAct(this.view.trips);
    if (!leave.ok) {
      this.#halted(`${leave.refusal.code}: ${leave.refusal.detail}`);
      return undefined;
    }
    const at = this.#now();
    const captured = this.#effects.capture(target);
    if (this.#tryApply({ type: 'leased', at, target, lease }) !== undefined) {
      this.#halted('the lease was refused');
      return undefined;
    }
    if (captured.ok) this.#pending.push(...captured.value);
    const mayStill = (): Result<true> => this.#mayStill();
    return captured.ok
      ? this.#effects.act(target, mayStill)
      : this.#effects.cannotCapture(target, captured.refusal.detail);
  }

  /** Asked again where the act begins: the flush and the first reading of health took time, and a stop may have come (I5). */
  #mayStill(): Result<true> {
    if (this.view.breaker.state !== 'closed') return refuse('stopped', 'the rollout was stopped', { clause: 'X5' });
    return this.work.mayAct(this.view.trips);
  }

  #halted(by: string): void {
    if (this.view.breaker.state === 'open') return;
    this.#apply({ type: 'halted', at: this.#now(), trip: this.view.trips + 1, by: by.slice(0, MAX_BY) });
  }

  #revertingSince(target: string): RolloutEvent['at'] | undefined {
    const events = this.#deps.journal.events(this.work.digest);
    return events.findLast((event) => event.type === 'reverting' && event.target === target)?.at;
  }

  #commit(): void {
    const entries = this.#pending;
    // Before the first event only health is read: the admission goes to disk with the first intent, in one flush.
    if (entries.length === 0 || this.#seq === 0) return this.#answerAll();
    const { progress, journal, tools } = this.#deps;
    const reported = { subject: 'progress', topic: 'reported', body: String(progress.reportedTo) } as const;
    entries.push({ kind: 'latest', key: 'clock', value: tools.clock.now() });
    entries.push({ kind: 'note', capsule: this.work.digest, ...reported });
    journal.write(entries);
    this.#pending = [];
    progress.add(this.#fresh);
    this.#fresh = [];
    this.#deps.committed();
    this.#answerAll();
  }

  /** What was asked for is on disk, or was refused. */
  #answerAll(): void {
    for (const answer of this.#answers.splice(0)) answer();
  }

  #isSettled(): boolean {
    const { phase } = this.view;
    if (this.#effects.isBusy) return false;
    switch (phase.name) {
      case 'rolled-back':
      case 'rollback-failed':
        return true;
      case 'completed':
        return this.work.capsule.purpose === 'rollout' || this.#effects.areChecksDone;
      case 'waiting':
      case 'leasing':
      case 'baking':
      case 'verified':
      case 'rolling-back':
        return isFailedValidation(this.work.capsule, this.view);
    }
  }

  #close(): RolloutView {
    this.#pending.push(...this.#deps.conclude(this), { kind: 'closed', capsule: this.work.digest });
    this.#commit();
    this.#deps.progress.flush();
    return this.view;
  }
}
