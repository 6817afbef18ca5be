/** Predicted against seen (D4): compared once a rollout is over, put on record, and counted for the contraction of a class (E6). */
import {
  predictionError,
  type ActionType,
  type Digest,
  type Instant,
  type NodeId,
  type OrganisationId,
  type Prediction,
  type SeenHealth,
} from '@countersign/core';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { capsuleSubject } from '../capsules/stored-capsule.ts';
import type { Schema } from '../store/schema.ts';
import { WITH_NEXT } from '../store/together.ts';
import type { Work } from '../store/transact.ts';

interface Over {
  readonly capsule: Digest;
  readonly decision: Digest;
  readonly proposal: string;
  readonly agent: string;
  readonly action: ActionType;
  /** Whose health was read during the rollout. */
  readonly watched: readonly NodeId[];
}

/** One reading of all dependants, as the runner reported it; `detail` is hostile text and only looked through for known names. */
interface Reading {
  readonly verdict: string;
  readonly detail: string;
}

/** What a rollout that is over is compared by; read under the lock of its proposal. */
export interface Foreseen {
  /** Of each decision on the proposal, by its digest. */
  readonly predictions: Readonly<Record<Digest, Prediction | null>> | null;
  readonly readings: readonly Reading[] | null;
  readonly is_compared: boolean;
}

/** The columns of `Foreseen` beside a capsule `c`. */
export const FORESEEN: RawBuilder<unknown> = sql`
  (select json_object_agg(d.digest, d.document->'prediction') from decision d
     where d.organisation = c.organisation and d.proposal = c.proposal) as predictions,
  (select json_agg(json_build_object('verdict', event->>'verdict', 'detail', event->>'detail') order by seq)
     from rollout_event e where e.organisation = c.organisation and e.capsule = c.digest
       and event->>'type' in ('dependants', 'restored')) as readings,
  exists (select from prediction_outcome o where o.organisation = c.organisation and o.capsule = c.digest) as is_compared`;

/** Compares and writes, or does nothing where nothing was predicted or looked at. A second end of the same capsule changes nothing. */
export async function recordPrediction({ db, context, leaf }: Work, over: Over, foreseen: Foreseen): Promise<void> {
  const { capsule, decision, proposal, agent, action, watched } = over;
  const prediction = foreseen.predictions?.[decision] ?? undefined;
  if (prediction === undefined || foreseen.readings === null || foreseen.is_compared) return;
  const seen = foreseen.readings.flatMap((one) => seenIn(one, watched));
  const { compared, wrong, unforeseen } = predictionError(prediction, seen);
  const worse = wrong.filter(({ isWorse }) => isWorse).length;
  await sql`
    insert into prediction_outcome (organisation, capsule, agent, action, compared, wrong, worse, unforeseen, at)
    values (${context.organisation}, ${capsule}, ${agent}, ${action}, ${compared}, ${wrong.length}, ${worse},
      ${unforeseen.length}, ${context.now}::timestamptz) ${sql.raw(WITH_NEXT)}`.execute(db);
  leaf({
    event: 'prediction.compared',
    subject: capsuleSubject(capsule),
    correlation: proposal,
    body: { capsule, decision, compared, wrong, unforeseen },
  });
}

/**
 * What one reading says of each watched node: all well, or those named are degraded. The runner names few; where it says that there
 * are more, nothing is known of the others, and no data is not a look (X4).
 */
export function seenIn({ verdict, detail }: Reading, watched: readonly NodeId[]): readonly SeenHealth[] {
  if (verdict === 'success') return watched.map((node) => ({ node, health: 'unaffected' }));
  const isWhole = !/; and \d+ more$/.test(detail);
  const said = new Map(
    detail.split('; ').flatMap((part) => {
      const [name = '', state = ''] = part.split(': ');
      return [[name, state] as const];
    }),
  );
  return watched.flatMap((node): readonly SeenHealth[] => {
    const state = said.get(node);
    if (state === undefined) return isWhole ? [{ node, health: 'unaffected' }] : [];
    return state === 'degraded' ? [{ node, health: 'degraded' }] : [{ node, health: 'unknown' }];
  });
}

/** One act whose outcome was compared with its dry run. */
export interface PredictionOutcome {
  readonly capsule: string;
  readonly action: ActionType;
  readonly at: Instant;
  /** It came worse than foreseen, or hurt what nothing was foreseen of. */
  readonly isMispredicted: boolean;
}

const MOST = 10_000;

/** The newest first; what was never compared is not among them. */
export async function loadPredictionErrors(
  db: Kysely<Schema>,
  organisation: OrganisationId,
): Promise<readonly PredictionOutcome[]> {
  const { rows } = await sql<PredictionOutcome>`
    select capsule, action, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
      (worse + unforeseen > 0) as "isMispredicted"
    from prediction_outcome where organisation = ${organisation} and compared + unforeseen > 0
    order by prediction_outcome.at desc limit ${MOST}`.execute(db);
  return rows;
}
