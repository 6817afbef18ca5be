/** The reports that end something: a staging run's verdict, the evidence of a rollout, a capsule the gate did not admit. */
import {
  isTerminal,
  nextState,
  refuse,
  type Digest,
  type EvidenceStatement,
  type ProposalEvent,
  type ProposalState,
  type ReconciledOutcome,
  type Result,
  type TargetId,
  type ValidationReport,
} from '@countersign/core';
import { evidenceLeafBody, validationLeafBody, type RecordLink } from '@countersign/seal';
import { sql } from 'kysely';
import { capsuleSubject, openStoredCapsule, type StoredCapsule } from '../capsules/stored-capsule.ts';
import { FORESEEN, recordPrediction, type Foreseen } from '../decisions/prediction-outcomes.ts';
import { deliverInline, deliverLinked } from './deliveries.ts';
import { rowOf, type ProposalColumns, type ProposalRow } from '../proposals/proposal-row.ts';
import { raise } from '../rollouts/raise-signal.ts';
import { raiseFlaky } from '../specs/raise-flaky.ts';
import { WITH_NEXT } from '../store/together.ts';
import type { Work } from '../store/transact.ts';
import type { VerifiedReport } from './verify-report.ts';

type Of<Kind extends VerifiedReport['kind']> = Extract<VerifiedReport, { readonly kind: Kind }>;

interface Known extends StoredCapsule {
  readonly state: string;
  readonly row: ProposalRow;
  readonly foreseen: Foreseen;
}

interface Found extends ProposalColumns, Foreseen {
  readonly capsule_dsse: unknown;
  readonly capsule_state: string;
}

/**
 * The capsule with its proposal, whose lock is taken first: whoever moves a remediation waits here. The statement after it reads what is
 * true then. Which proposal a capsule is of never changes.
 */
async function capsuleOf({ db, context }: Work, digest: Digest, enclave: string): Promise<Known | undefined> {
  const { organisation } = context;
  await sql`
    select 1 from proposal where organisation = ${organisation} and id = (
      select proposal from capsule where organisation = ${organisation} and digest = ${digest} and enclave = ${enclave})
    for no key update ${sql.raw(WITH_NEXT)}`.execute(db);
  const { rows } = await sql<Found>`
    select p.*, c.dsse as capsule_dsse, c.state as capsule_state, ${FORESEEN}
    from capsule c join proposal p on p.organisation = c.organisation and p.id = c.proposal
    where c.organisation = ${organisation} and c.digest = ${digest} and c.enclave = ${enclave}`.execute(db);
  const [found] = rows;
  if (found === undefined) return undefined;
  const { capsule_dsse: dsse, capsule_state: state } = found;
  return { ...openStoredCapsule(digest, dsse), state, row: rowOf(organisation, found), foreseen: found };
}

const unknownCapsule = refuse('conflict', 'no capsule of this enclave has this digest');

/** Stores the signed verdict; what follows from it is decided afterwards, from the tables (L1, L4). */
export async function recordValidation(
  work: Work,
  report: Of<'validation'>,
  enclave: string,
): Promise<Result<{ readonly proposal: string }>> {
  const { validation, dsse, payload } = report;
  const known = await capsuleOf(work, validation.capsule, enclave);
  if (known === undefined) return unknownCapsule;
  const { capsule } = known;
  const isOfThis =
    capsule.purpose === 'validation' &&
    capsule.proposal.id === validation.proposal &&
    capsule.changeDigest === validation.changeDigest &&
    capsule.audience.runner === validation.runner;
  if (!isOfThis) return refuse('conflict', 'the report is not about the run that was asked for', { clause: 'L4' });
  const { db, context } = work;
  const { organisation, now } = context;
  const { drill } = validation;
  const drills =
    drill === undefined ? [] : drill.tiers.map((tier) => ({ action: drill.action, tier, is_passed: drill.isRestored }));
  const { numAffectedRows } = await sql`
    with kept as (
      insert into validation (organisation, capsule, proposal, is_passed, dsse, received_at)
      values (${organisation}, ${validation.capsule}, ${validation.proposal}, ${validation.isPassed}, ${JSON.stringify(dsse)}::jsonb, ${now}::timestamptz)
      on conflict do nothing returning 1),
    drilled as (
      insert into drill (organisation, action, tier, at, is_passed, evidence)
      select ${organisation}, action, tier, ${validation.finishedAt}::timestamptz, is_passed, ${validation.capsule}
      from jsonb_to_recordset(${JSON.stringify(drills)}::jsonb) as d (action text, tier text, is_passed boolean)
      where exists (select from kept)
      on conflict do nothing)
    update capsule set state = 'finished'
    where organisation = ${organisation} and digest = ${validation.capsule} and exists (select from kept)`.execute(db);
  // A run has one verdict, the first; a second report neither changes it nor tells another story in the record.
  if ((numAffectedRows ?? 0n) === 0n) return { ok: true, value: { proposal: validation.proposal } };
  const { isPassed, runs } = validation;
  work.leaf({
    event: 'validation.finished',
    subject: capsuleSubject(validation.capsule),
    correlation: validation.proposal,
    body: validationLeafBody(validation, payload),
  });
  if (!isPassed) {
    const title = `staging validation of ${validation.proposal} failed`;
    await raise(work, { rule: 'ValidationFailed', title, targets: failedTargets(runs), document: payload });
  }
  await raiseFlaky(work, validation);
  return { ok: true, value: { proposal: validation.proposal } };
}

const failedTargets = (runs: ValidationReport['runs']): readonly TargetId[] => [
  ...new Set(runs.filter(({ phase, result }) => phase === 'after' && result !== 'passed').map(({ target }) => target)),
];

/** A9: the record closes only when the bound verification has passed; everything else stays open and says what it is. */
export async function recordEvidence(
  work: Work,
  report: Of<'evidence'>,
  enclave: string,
): Promise<Result<{ readonly proposal: string; readonly over?: ProposalRow }>> {
  const { statement, dsse, fields, view, payload } = report;
  const known = await capsuleOf(work, statement.capsule, enclave);
  if (known === undefined) return unknownCapsule;
  const { capsule, digest } = known;
  if (capsule.proposal.id !== statement.proposal || capsule.audience.runner !== statement.runner)
    return refuse('conflict', 'the evidence is not about this capsule', { clause: 'V1' });
  const { db, context } = work;
  const { organisation, now } = context;
  await sql`
    with kept as (
      insert into evidence (organisation, capsule, dsse, fields, view, received_at)
      values (${organisation}, ${digest}, ${JSON.stringify(dsse)}::jsonb, ${JSON.stringify(fields)}::jsonb,
        ${view === undefined ? null : JSON.stringify(view)}::jsonb, ${now}::timestamptz)
      on conflict (organisation, capsule) do update set dsse = excluded.dsse, fields = excluded.fields, view = excluded.view,
        received_at = excluded.received_at)
    update capsule set state = 'finished'
    where organisation = ${organisation} and digest = ${digest} and ${statement.outcome !== 'halted'}
    ${sql.raw(WITH_NEXT)}`.execute(db);
  const { outcome } = statement;
  work.leaf({
    event: 'evidence.received',
    subject: capsuleSubject(digest),
    correlation: statement.proposal,
    body: evidenceLeafBody(statement, payload),
  });
  if (capsule.purpose === 'rollout' && outcome !== 'halted')
    await recordPrediction(
      work,
      {
        capsule: digest,
        decision: capsule.decision.digest,
        proposal: statement.proposal,
        agent: capsule.proposal.agent,
        action: capsule.change.action,
        watched: capsule.dependants,
      },
      known.foreseen,
    );
  // Late evidence of a capsule that was replaced is kept, and moves nothing.
  const state =
    capsule.purpose === 'rollout' && known.row.rolloutCapsule === digest
      ? await close(work, { row: known.row, statement, payload })
      : undefined;
  const isOver = state !== undefined && isTerminal(state);
  return { ok: true, value: { proposal: statement.proposal, ...(isOver && { over: known.row }) } };
}

async function close(
  work: Work,
  {
    row,
    statement,
    payload,
  }: { readonly row: ProposalRow; readonly statement: EvidenceStatement; readonly payload: Digest },
): Promise<ProposalState | undefined> {
  const { db, context } = work;
  const last = eventOf(statement, payload);
  if (last === undefined) return undefined;
  const state = stateAfter(row, { last, payload, by: context.actor });
  if (state === undefined) return undefined;
  const reason = `the runner's evidence says ${statement.outcome}`;
  await db
    .updateTable('proposal')
    .set({ state, reason, updated_at: context.now })
    .where('organisation', '=', context.organisation)
    .where('id', '=', row.id)
    .modifyEnd(sql.raw(WITH_NEXT))
    .execute();
  if (state === 'SUCCEEDED' || state === 'ROLLED_BACK') {
    const { outcome, counts } = statement;
    work.leaf({
      event: 'remediation.closed',
      subject: `proposal:${row.id}`,
      correlation: row.id,
      body: { state, outcome, counts, evidence: payload },
    });
    if (row.triage !== null)
      await db
        .updateTable('triage')
        .set({ state: 'closed' })
        .where('organisation', '=', context.organisation)
        .where('id', '=', row.triage)
        .modifyEnd(sql.raw(WITH_NEXT))
        .execute();
  }
  return state;
}

/** An outcome with an unknown target is no success and no rollback (X7). */
function eventOf({ outcome, counts }: EvidenceStatement, evidence: Digest): ProposalEvent | undefined {
  switch (outcome) {
    case 'completed':
      return counts.unknown === 0 ? { type: 'verified', evidence } : { type: 'outcome-lost' };
    case 'rolled-back':
      return counts.unknown === 0 ? { type: 'rolled-back', evidence } : { type: 'outcome-lost' };
    case 'failed':
      return { type: 'verification-failed' };
    case 'halted':
      return undefined;
  }
}

/** The steps a late or lost progress report would have taken are taken here; each is legal or the state stays. */
function stateAfter(
  row: ProposalRow,
  { last, payload, by }: { readonly last: ProposalEvent; readonly payload: Digest; readonly by: string },
): ProposalState | undefined {
  const settled = row.state === 'UNKNOWN' ? reconciled(last, payload, by) : undefined;
  const events: readonly ProposalEvent[] =
    settled === undefined ? [{ type: 'started' }, { type: 'executed' }, last] : [settled];
  const after = events.reduce<ProposalState>((state, event) => {
    const next = nextState(state, event);
    return next.ok ? next.value : state;
  }, row.state);
  return after === row.state ? undefined : after;
}

const RECONCILED: ReadonlyMap<string, ReconciledOutcome> = new Map([
  ['verified', 'SUCCEEDED'],
  ['rolled-back', 'ROLLED_BACK'],
  ['verification-failed', 'FAILED'],
]);

function reconciled(last: ProposalEvent, evidence: Digest, by: string): ProposalEvent | undefined {
  const outcome = RECONCILED.get(last.type);
  return outcome === undefined ? undefined : { type: 'reconciled', outcome, by, evidence };
}

const LACKS_DOCUMENT: ReadonlySet<string> = new Set(['envelope-missing', 'graph-missing']);

/** What a runner did not admit is visible and spends the capsule; nothing was touched (X1). */
export async function recordRefusal(
  work: Work,
  report: Of<'refusal'>,
  enclave: string,
  link?: RecordLink,
): Promise<Result<{ readonly proposal: string | undefined }>> {
  const { refusal } = report;
  const known = await capsuleOf(work, refusal.subject, enclave);
  const proposal = known?.capsule.proposal.id;
  work.leaf({
    event: 'capsule.refused',
    subject: capsuleSubject(refusal.subject),
    correlation: proposal ?? refusal.subject.slice(-64),
    body: refusal,
  });
  // A copy of a capsule that is under way or over, refused as a replay: its rollout is not touched by that.
  if (known === undefined || known.state !== 'dispatched' || refusal.code === 'replay')
    return { ok: true, value: { proposal: undefined } };
  const { db, context } = work;
  const { organisation, now } = context;
  // It never saw them, or lost them: the same capsule goes once more with both, and only then a refusal is one.
  if (LACKS_DOCUMENT.has(refusal.code)) {
    const address = { organisation, enclave: known.capsule.audience.enclave };
    if (await deliverInline(work, address, known.digest)) return { ok: true, value: { proposal: undefined } };
  }
  // It missed so many deliveries that none of the links begins where it stands.
  if (link !== undefined) {
    const address = { organisation, enclave: known.capsule.audience.enclave };
    if (await deliverLinked(work, address, { capsule: known.digest, link }))
      return { ok: true, value: { proposal: undefined } };
  }
  await db
    .updateTable('capsule')
    .set({ state: 'refused' })
    .where('organisation', '=', organisation)
    .where('digest', '=', known.digest)
    .execute();
  const { row } = known;
  const isCurrent = row.rolloutCapsule === known.digest || row.validationCapsule === known.digest;
  const next =
    known.capsule.purpose === 'rollout'
      ? nextState(row.state, { type: 'refused-by-runner', code: refusal.code })
      : undefined;
  if (isCurrent)
    await db
      .updateTable('proposal')
      .set({
        reason: `${refusal.code}: ${refusal.detail}`.slice(0, 2000),
        updated_at: now,
        ...(next?.ok === true && { state: next.value }),
      })
      .where('organisation', '=', organisation)
      .where('id', '=', row.id)
      .execute();
  return { ok: true, value: { proposal: row.id } };
}
