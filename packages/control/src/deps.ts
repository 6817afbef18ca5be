/** What every feature folder is given. Made once, in `main.ts`; nothing else reads the environment. */
import type { Instant, OrganisationId, ProposalId } from '@countersign/core';
import type { Config } from './config.ts';
import type { RouteDefinition } from './http/route.ts';
import type { NewestRecord } from './record/newest.ts';
import type { RecordProofs } from './record/proofs.ts';
import type { Bus } from './store/bus.ts';
import type { Store } from './store/schema.ts';
import type { Transactor } from './store/transact.ts';
import type { Trust } from './trust/current.ts';

export interface Deps {
  readonly store: Store;
  readonly transactor: Transactor;
  readonly bus: Bus;
  readonly config: Config;
  /** What rules now: trust bundle, envelope, graph, source lineages; remembered until it changes. */
  readonly trust: Trust;
  /** Checkpoints and entries, from memory where this process grows the log. */
  readonly newest: NewestRecord;
  readonly proofs: RecordProofs;
  readonly clock: () => Instant;
  /** Wakes the flow of a proposal; it reads the tables again. Returns at once, may be lost. */
  readonly wake: (organisation: OrganisationId, proposal: ProposalId) => void;
  /** Failures of background work; one line, no text of callers. */
  readonly report: (failure: { readonly where: string; readonly error: string }) => void;
}

/** What the feature folders bring along: their routes and their background work. */
export interface Features {
  readonly routes: readonly RouteDefinition[];
  /** Behind `deps.wake`. */
  readonly wake: Deps['wake'];
  /** A capsule was put on record by this process: it waits for its inclusion proof. Returns at once. */
  readonly dispatched: (organisation: OrganisationId, subject: string) => void;
  /** After the store is ready, before the first request. */
  readonly start: () => Promise<void>;
  /** After the last request, before the store is closed. */
  readonly stop: () => Promise<void>;
}
