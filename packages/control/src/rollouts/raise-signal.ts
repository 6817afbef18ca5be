/**
 * A stopped rollout and a failed staging run are signals of their own (W3): feedback is explicit, it goes through triage like
 * everything else. It comes from the server alone, so it can open work and never support autonomy.
 */
import { parseId, targetStates, type Digest, type Instant, type Signal, type TargetId } from '@countersign/core';
import { digestOfDocument } from '@countersign/seal';
import { insertTriages } from '../signals/triages.ts';
import type { Work } from '../store/transact.ts';
import type { RolloutAfter } from '../enclaves/record-progress.ts';

const BAD_STATES: ReadonlySet<string> = new Set(['broken', 'unknown', 'still-degraded', 'revert-failed']);
const MAX_NAMED = 1000;

interface Raised {
  readonly rule: string;
  readonly title: string;
  readonly targets: readonly TargetId[];
  /** Digest of what shows it: the capsule or the signed report. */
  readonly document: Digest;
}

export function raiseSignal(
  work: Work,
  { capsule, proposal, state }: Pick<RolloutAfter, 'capsule' | 'proposal' | 'state'>,
): Promise<void> {
  const bad = targetStates(state).filter((target) => BAD_STATES.has(target.state));
  return raise(work, {
    rule: 'RolloutTripped',
    title: `the rollout of ${proposal} was stopped by its breaker`,
    targets: bad.slice(0, MAX_NAMED).map(({ target }) => target),
    document: capsule,
  });
}

export async function raise(work: Work, { rule, title, targets, document }: Raised): Promise<void> {
  const { organisation, now } = work.context;
  const signal = signalOf({ rule, title, targets, document }, now);
  const key = digestOfDocument({ rule, document });
  const triages = await insertTriages(work, [{ key, title, signals: [signal.id] }]);
  const triage = triages.get(key);
  await work.db
    .insertInto('signal')
    .values({
      organisation,
      id: signal.id,
      source: signal.source,
      rule,
      document: JSON.stringify(signal),
      dsse: null,
      is_authenticated: false,
      occurrences: 1,
      triage: triage?.id ?? null,
      first_seen: now,
      last_seen: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  work.leaf({ event: 'signal.received', subject: 'source:countersign', correlation: '', body: { signal } });
  if (triage?.isNew === true)
    work.leaf({ event: 'triage.opened', subject: `triage:${triage.id}`, correlation: triage.id, body: { key, title } });
}

function signalOf({ rule, title, targets, document }: Raised, now: Instant): Signal {
  const id = parseId<'Signal'>(`S-${digestOfDocument({ rule, document, now }).slice(-32)}`);
  const source = parseId<'Source'>('countersign');
  if (id === undefined || source === undefined) throw new Error('an id of ours does not have the form of one');
  return {
    id,
    source,
    format: 'countersign',
    rule,
    title,
    severity: 'error',
    status: 'firing',
    targets,
    startedAt: now,
    observedAt: now,
    document,
  };
}
