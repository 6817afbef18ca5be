/**
 * The signed closure of a change whose evidence stays inside (V2): one digest and one verdict, carried out by a named person. Until it
 * comes the record stays open, and shows "held inside".
 */
import {
  checkClosure,
  evidenceClosureShape,
  nextState,
  ok,
  readShape,
  refuse,
  type Digest,
  type EvidenceClosure,
  type ProposalEvent,
  type ProposalState,
  type Result,
} from '@countersign/core';
import { PAYLOAD, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { exclusionsFor } from '../approvals/verify-approval.ts';
import { capsuleSubject, openStoredCapsule, type StoredCapsule } from '../capsules/stored-capsule.ts';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import { lockProposal, type ProposalRow } from '../proposals/proposal-row.ts';
import type { Work } from '../store/transact.ts';
import { peopleWhoSigned } from '../trust/signers.ts';

export interface ClosureBody {
  readonly document: DsseEnvelope;
}

/** Signed inside, carried out by hand: days, not minutes. */
const SIGNED_WITHIN_MS = 30 * 86_400_000;
const AHEAD_MS = 300_000;

export async function closeEvidence(
  deps: Deps,
  exchange: OwnExchange<ClosureBody, undefined>,
): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const trust = await deps.trust.bundle(organisation);
  if (trust === undefined) return refuse('no-trust', 'no trust bundle names the people');
  const { document } = exchange.body;
  const closure = opened(document);
  if (!closure.ok) return closure;
  const stored = await capsuleNamed(deps, organisation, closure.value.capsule);
  if (stored === undefined) return refuse('not-found', 'there is no such capsule here');
  const { people } = trust.bundle;
  const exclusions = exclusionsFor(stored.capsule, people);
  const person = checkClosure(closure.value, {
    capsule: stored.capsule,
    digest: stored.digest,
    roster: people,
    exclusions,
  });
  if (!person.ok) return person;
  if (peopleWhoSigned(document, [person.value]).length === 0 || document.signatures.length !== 1)
    return refuse('bad-signature', 'the closure is not signed by the person it names', { clause: 'A2' });
  const ageMs = Date.parse(exchange.now) - Date.parse(closure.value.signedAt);
  if (ageMs > SIGNED_WITHIN_MS || ageMs < -AHEAD_MS)
    return refuse('expired', `the closure was signed at ${closure.value.signedAt}`, { clause: 'V2' });
  return exchange.commit(async (work) => {
    const row = await lockProposal(work.db, organisation, closure.value.proposal);
    if (row === undefined) return refuse('not-found', 'there is no such proposal');
    return record(work, { row, stored, closure: closure.value, document });
  });
}

interface Closing {
  readonly row: ProposalRow;
  readonly stored: StoredCapsule;
  readonly closure: EvidenceClosure;
  readonly document: DsseEnvelope;
}

async function record(work: Work, { row, stored, closure, document }: Closing): Promise<Result<Answer>> {
  const { db, context } = work;
  const { verdict, evidence, person } = closure;
  const state = verdict === 'not-accepted' ? ok(row.state) : stateAfter(row, { verdict, evidence, person });
  if (!state.ok) return state;
  work.leaf({
    event: 'evidence.closed',
    subject: capsuleSubject(stored.digest),
    correlation: row.id,
    body: { capsule: stored.digest, evidence, verdict, person, closure: document },
  });
  if (state.value === row.state) return ok(json({ proposal: row.id, state: row.state, verdict }));
  await db
    .updateTable('proposal')
    .set({ state: state.value, reason: `${person} closed it inside: ${verdict}`, updated_at: context.now })
    .where('organisation', '=', context.organisation)
    .where('id', '=', row.id)
    .execute();
  work.leaf({
    event: 'remediation.closed',
    subject: `proposal:${row.id}`,
    correlation: row.id,
    body: { state: state.value, evidence, by: person },
  });
  if (row.triage !== null)
    await db
      .updateTable('triage')
      .set({ state: 'closed' })
      .where('organisation', '=', context.organisation)
      .where('id', '=', row.triage)
      .execute();
  return ok(json({ proposal: row.id, state: state.value, verdict }));
}

/** Nothing was heard from inside, so outside its end is unknown until a person settles it. */
function stateAfter(
  { state, rolloutCapsule }: ProposalRow,
  {
    verdict,
    evidence,
    person,
  }: { readonly verdict: 'succeeded' | 'rolled-back'; readonly evidence: Digest; readonly person: string },
): Result<ProposalState> {
  if (rolloutCapsule === null) return refuse('conflict', 'nothing of this change was dispatched', { clause: 'V2' });
  const outcome = verdict === 'succeeded' ? 'SUCCEEDED' : 'ROLLED_BACK';
  const unknown = state === 'UNKNOWN' ? ok(state) : nextState(state, { type: 'window-passed' });
  const settled: ProposalEvent = { type: 'reconciled', outcome, by: person, evidence };
  return unknown.ok ? nextState(unknown.value, settled) : unknown;
}

function opened(document: DsseEnvelope): Result<EvidenceClosure> {
  if (document.payloadType !== PAYLOAD.evidenceClosure)
    return refuse('wrong-type', 'the document is not a closure of evidence', { clause: 'V2' });
  const payload = payloadOf(document);
  const read = payload.ok ? readStrictJson(payload.value) : payload;
  return read.ok ? readShape(evidenceClosureShape, read.value) : read;
}

async function capsuleNamed({ store }: Deps, organisation: string, digest: Digest): Promise<StoredCapsule | undefined> {
  const row = await store
    .selectFrom('capsule')
    .select(['digest', 'dsse'])
    .where('organisation', '=', organisation)
    .where('digest', '=', digest)
    .where('purpose', '=', 'rollout')
    .executeTakeFirst();
  return row === undefined ? undefined : openStoredCapsule(row.digest, row.dsse);
}

/** What is said outside of a change whose evidence is held inside; undefined: it is not. */
export async function heldInside(
  { store }: Pick<Deps, 'store'>,
  { organisation, capsule }: { readonly organisation: string; readonly capsule: StoredCapsule },
): Promise<'held inside' | 'closed' | undefined> {
  if (capsule.capsule.egress !== 'local-only') return undefined;
  const closed = await store
    .selectFrom('leaf')
    .select('id')
    .where('organisation', '=', organisation)
    .where('event', '=', 'evidence.closed')
    .where('subject', '=', capsuleSubject(capsule.digest))
    .executeTakeFirst();
  return closed === undefined ? 'held inside' : 'closed';
}
