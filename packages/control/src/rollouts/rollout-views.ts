/**
 * The state of running rollouts, kept between two batches of a runner so that a batch costs what is in it and not what came
 * before. The events in the table are the truth; a view that is missing, old or spent by a failed transaction is replayed.
 */
import {
  planOf,
  readShape,
  replay,
  rolloutEventShape,
  type Digest,
  type RolloutEvent,
  type RolloutState,
} from '@countersign/core';
import type { Kysely } from 'kysely';
import type { StoredCapsule } from '../capsules/stored-capsule.ts';
import type { Schema } from '../store/schema.ts';

interface View {
  readonly state: RolloutState;
  readonly events: number;
}

const MAX_VIEWS = 100;

export class RolloutViews {
  readonly #views = new Map<Digest, View>();

  /** Takes the view out: applying events spends it, and only `keep` after the commit brings its successor in. */
  async take(db: Kysely<Schema>, { digest, capsule }: StoredCapsule, events: number): Promise<RolloutState> {
    const view = this.#views.get(digest);
    this.#views.delete(digest);
    if (view?.events === events) return view.state;
    const before = events === 0 ? [] : await storedEvents(db, capsule.organisation, digest);
    const replayed = replay(planOf(capsule), before);
    if (replayed.ok) return replayed.value;
    throw new Error(`the stored events of ${digest} do not replay: ${replayed.refusal.detail}`);
  }

  keep(capsule: Digest, view: View): void {
    const [oldest] = this.#views.keys();
    if (this.#views.size >= MAX_VIEWS && oldest !== undefined) this.#views.delete(oldest);
    this.#views.set(capsule, view);
  }
}

async function storedEvents(
  db: Kysely<Schema>,
  organisation: string,
  capsule: string,
): Promise<readonly RolloutEvent[]> {
  const rows = await db
    .selectFrom('rollout_event')
    .select('event')
    .where('organisation', '=', organisation)
    .where('capsule', '=', capsule)
    .orderBy('seq')
    .execute();
  return rows.map(({ event }, index) => {
    const read = readShape(rolloutEventShape, event);
    if (read.ok) return read.value;
    throw new Error(`stored event ${index} of ${capsule} does not have its form`);
  });
}
