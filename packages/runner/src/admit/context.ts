/** Everything the gate reads beside the delivery: local configuration, verified documents, the journal, the clock. */
import type { Instant } from '@countersign/core';
import type { Journal } from '../journal/journal.ts';
import type { Catalogue } from '../preflight/catalogue.ts';
import type { Inventory } from '../preflight/inventory.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';
import type { Status } from '@countersign/core';
import type { PolicyVersion } from '@countersign/seal';
import type { SeenCheckpoint } from './inclusion.ts';
import type { KnownDocuments } from './known-documents.ts';
import type { Trust } from './trust.ts';

/** Largest clock difference between two honest machines that is reckoned with, always on the cautious side (trap 15). */
export const SKEW_MS = 5000;

export interface GateContext {
  readonly config: RunnerConfig;
  readonly catalogue: Catalogue;
  readonly inventory: Inventory;
  readonly journal: Journal;
  /** Graphs and envelopes that were delivered before the capsules that name them. */
  readonly documents: KnownDocuments;
  /** Absent: no trust bundle was ever verified here, so nothing is admitted. */
  readonly trust?: Trust;
  /** The newest verified status statement, however old. */
  readonly status?: Status;
  /** The newest view of the record this program has verified; absent: the journal knows. */
  readonly seen?: SeenCheckpoint;
  /** The newest envelope version under which this program let anything in; absent: the journal knows. */
  readonly newest?: PolicyVersion;
  readonly now: Instant;
  /** Whether the wall clock agrees with the monotonic one since the program started. */
  readonly isClockSteady: boolean;
  /** Somebody stopped everything, here or by a delivery. */
  readonly isStopped: boolean;
  /** Targets of rollouts that are not finished. */
  readonly busyTargets: ReadonlySet<string>;
}
