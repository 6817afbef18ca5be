/**
 * What every adapter promises (design section 7). `apply` is called at most once per (capsule, target) and never retried:
 * after a lost answer `probe` says what is, and an unclear answer is UNKNOWN (I4, trap 12).
 */
import type { Result, RollbackPlan, RunnableStep } from '@countersign/core';
import type { LocalTarget } from '../preflight/inventory.ts';
import type { Permit } from './permit.ts';

export interface AdapterContract {
  /** Doing it twice leaves the same state as doing it once. */
  readonly isIdempotent: boolean;
  readonly hasProbe: boolean;
  /** A late earlier call cannot land after a later one. */
  readonly hasFence: boolean;
  /** After this long the call has ended or will never take effect. */
  readonly deadlineMs: number;
  readonly capture: 'file-bytes' | 'none';
  readonly dataEffects: RollbackPlan['dataEffects'];
  /** Purdue zones it was proved in; elsewhere it does not apply. */
  readonly zones: readonly string[];
}

/** State of one file before the act; `bytes` absent: there was no file. */
export interface Captured {
  readonly path: string;
  readonly bytes?: Uint8Array;
  /** Permission bits of the file. */
  readonly mode: number;
}

/** What going back needs: the state before, and the permit of the capsule it belongs to. */
export interface Back {
  readonly captured: Captured | undefined;
  readonly permit: Permit;
}

export type ProbeResult = 'done' | 'not-done' | 'unclear';

export interface Adapter<S extends RunnableStep> {
  readonly contract: AdapterContract;
  /** Before-state, read without changing anything; undefined when there is nothing to put back. */
  readonly capture: (step: S, target: LocalTarget) => Result<Captured | undefined>;
  readonly apply: (step: S, target: LocalTarget, permit: Permit) => Promise<Result<string>>;
  readonly probe: (step: S, target: LocalTarget) => Promise<ProbeResult>;
  /** Back to the captured state. Idempotent: it may be called again after a crash. */
  readonly undo: (step: S, target: LocalTarget, back: Back) => Promise<Result<string>>;
}
