/** Predicted against seen (D4): compared once a rollout is over, put on record, and counted for the contraction of a class (E6). */
import {
  predictionError,
  type ActionType,
  type Decision,
  type Digest,
  type Instant,
  type NodeId,
  type OrganisationId,
  type Prediction,
  type SeenHealth,
} from '@countersign/core';
import { sql, type Kysely } from 'kysely';
import { capsuleSubject } from '../capsules/stored-capsule.ts';
import type { Schema } from '../store/schema.ts';
import { storedDecision } from '../store/stored.parse.ts';
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

/** Compares and writes, or does nothing where nothing was predicted or looked at. A second end of the same capsule changes nothing. */
export async function recordPrediction(work: Work, over: Over): Promise<void> {
  const { db, context } = work;
  const found = await sql<{ readonly document: unknown; readonly readings: readonly Reading[] | null }>`
    select d.document, (select json_agg(json_build_object('verdict', event->>'verdict', 'detail', event->>'detail') order by seq)
        from rollout_event where organisation = ${context.organisation} and capsule = ${over.capsule}
          and event->>'type' in ('dependants', 'restored')) as readings
    from decision d where d.organisation = ${context.organisation} and d.digest = ${over.decision}`.execute(db);
  const [row] = found.rows;
  const decision: Decision | undefined = row === undefined ? undefined : storedDecision(row.document);
  const { prediction } = decision ?? {};
  if (prediction === undefined || row?.readings === null || row?.readings === undefined) return;
  await compare(work, { ...over, prediction, seen: row.readings.flatMap((one) => seenIn(one, over.watched)) });
}

async function compare(
  { db, context, leaf }: Work,
  over: Over & { readonly prediction: Prediction; readonly seen: readonly SeenHealth[] },
): Promise<void> {
  const { capsule, decision, proposal, agent, action, prediction, seen } = over;
  const { compared, wrong, unforeseen } = predictionError(prediction, seen);
  const worse = wrong.filter(({ isWorse }) => isWorse).length;
  const { rows } = await sql`
    insert into prediction_outcome (organisation, capsule, agent, action, compared, wrong, worse, unforeseen, at)
    values (${context.organisation}, ${capsule}, ${agent}, ${action}, ${compared}, ${wrong.length}, ${worse},
      ${unforeseen.length}, ${context.now}::timestamptz)
    on conflict do nothing returning 1`.execute(db);
  if (rows.length === 0) return;
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
