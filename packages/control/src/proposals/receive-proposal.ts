/**
 * Intake (L2): complete or refused with everything that is missing. What is accepted is decided, and goes as far as policy lets it,
 * in the same transaction: there is no moment at which a proposal is stored and nobody has judged it.
 */
import {
  acceptDraft,
  intentOf,
  proposalDraftShape,
  readShape,
  refuse,
  type GraphIndex,
  type IntakeKnowledge,
  type Proposal,
  type ProposalDraft,
  type Result,
  type TargetId,
} from '@countersign/core';
import {
  changeDigestOf,
  digestOf,
  escapeHostile,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@countersign/seal';
import { sql } from 'kysely';
import { countRefusal } from '../agents-watch/restraints.ts';
import { assertStillRules, underAuthority, type Authority } from '../decisions/authority.ts';
import type { Knowledge } from '../decisions/load-knowledge.ts';
import type { Deps } from '../deps.ts';
import type { Remediations } from '../flow/remediations.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import type { Work } from '../store/transact.ts';
import type { ProposalRow } from './proposal-row.ts';
import { storedId } from '../store/stored.parse.ts';

interface Received {
  readonly draft: ProposalDraft;
  readonly triage: string | null;
}

/** The draft beside the triage it answers; one refusal with every complaint, whether form or content is at fault. */
function readReceived(body: JsonObject): Result<Received> {
  const { triage = null, ...rest } = body;
  const isTriage = triage === null || (typeof triage === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(triage));
  const draft = readShape(proposalDraftShape, rest);
  const complaints = [
    ...(draft.ok ? [] : (draft.refusal.complaints ?? [])),
    ...(isTriage ? [] : [{ at: '/triage', problem: 'must be an id' }]),
  ];
  if (draft.ok && isTriage) return { ok: true, value: { draft: draft.value, triage } };
  return refuse('incomplete', `${complaints.length} things are missing or wrong in the proposal`, {
    clause: 'L2',
    complaints,
  });
}

export async function receiveProposal(
  { deps, remediations }: { readonly deps: Deps; readonly remediations: Remediations },
  exchange: OwnExchange<JsonValue, undefined>,
): Promise<Result<Answer>> {
  const { organisation, id } = exchange.principal;
  // Not even the form of a proposal: nothing was proposed, so nothing goes on record.
  if (!isJsonObject(exchange.body))
    return refuse('malformed', 'a proposal is an object', {
      clause: 'L2',
      complaints: [{ at: '', problem: 'must be an object' }],
    });
  const received = readReceived(exchange.body);
  if (!received.ok) return exchange.commit(async (work) => refuseOnRecord(work, received));
  const answer = await underAuthority(deps.trust, organisation, (authority) =>
    exchange.commit((work) => accept(work, { ...received.value, agent: id, authority, remediations })),
  );
  if (answer.ok) deps.bus.publish('proposal', organisation);
  return answer;
}

/** A refusal is an event like any other: what an agent tried is part of its baseline (D7, L5). */
async function refuseOnRecord(
  work: Work,
  refused: Extract<Result<never>, { readonly ok: false }>,
): Promise<Result<never>> {
  const { code, detail, complaints = [] } = refused.refusal;
  const subject = work.context.actor;
  if (subject.startsWith('agent:')) await countRefusal(work, subject.slice('agent:'.length), code);
  work.leaf({
    event: 'proposal.refused',
    subject,
    correlation: 'intake',
    body: {
      code,
      detail: escapeHostile(detail, MAX_SHOWN),
      // Names in a refused draft are hostile and of any length; what is on record stays.
      complaints: complaints
        .slice(0, MAX_COMPLAINTS)
        .map(({ at, problem }) => ({ at: escapeHostile(at, MAX_SHOWN), problem: escapeHostile(problem, MAX_SHOWN) })),
    },
  });
  return refused;
}

const MAX_COMPLAINTS = 100;
const MAX_SHOWN = 300;

interface Accepting extends Received {
  readonly agent: string;
  readonly authority: Authority;
  readonly remediations: Remediations;
}

async function accept(work: Work, accepting: Accepting): Promise<Result<Answer>> {
  const { draft, triage, agent, authority, remediations } = accepting;
  const { organisation, now } = work.context;
  const id = remediations.newProposalId();
  const { change, signals: named } = draft;
  const proposer = storedId<'Agent'>(agent);
  const knowledge = await remediations.knowledge(work, { id, agent: proposer, change, signals: named });
  assertStillRules(authority, knowledge.heads);
  const signals = new Map(knowledge.signals.map(({ signal }) => [signal.id, signal]));
  const intent = intentOf(draft, signals);
  const wanted = digestOf(new TextEncoder().encode(intent.key));
  const accepted = acceptDraft(draft, { ...intakeKnowledge(accepting, knowledge, wanted), now, signals });
  if (!accepted.ok) return refuseOnRecord(work, accepted);
  const open = knowledge.openIntents.get(wanted);
  if (open !== undefined)
    return refuseOnRecord(
      work,
      refuse('already-proposed', `the same intent is open already as \`${open}\``, { clause: 'D5' }),
    );
  if (triage !== null && !(await markProposed(work, triage)))
    return refuseOnRecord(
      work,
      refuse('incomplete', 'the proposal names a triage that is not known', {
        clause: 'L2',
        complaints: [{ at: '/triage', problem: 'is not known here' }],
      }),
    );
  const proposal: Proposal = {
    ...accepted.value,
    id,
    organisation,
    revision: 1,
    agent: storedId<'Agent'>(agent),
    createdAt: now,
    changeDigest: changeDigestOf(draft),
  };
  const row = await remediations.begin(work, draftRow(proposal, { triage, intent: wanted }), { authority, knowledge });
  const { state, reason, revision, rolloutCapsule } = row;
  return {
    ok: true,
    value: json(
      {
        id,
        state,
        reason,
        revision,
        changeDigest: proposal.changeDigest,
        ...(rolloutCapsule !== null && { capsule: rolloutCapsule }),
      },
      201,
      { location: `/api/v1/proposals/${id}` },
    ),
  };
}

const targetsOf = new WeakMap<GraphIndex, ReadonlySet<TargetId>>();

/** Every node of a graph may be a target; the set is kept as long as the graph is. */
function knownTargets(graph: GraphIndex | undefined): ReadonlySet<TargetId> {
  if (graph === undefined) return new Set();
  const known = targetsOf.get(graph) ?? new Set(graph.snapshot.nodes.map(({ id }) => storedId<'Target'>(id)));
  targetsOf.set(graph, known);
  return known;
}

function intakeKnowledge(
  { draft, agent, authority }: Accepting,
  knowledge: Knowledge,
  wanted: string,
): Pick<IntakeKnowledge, 'agent' | 'runs' | 'targets' | 'locks'> {
  const { key } = intentOf(draft, new Map(knowledge.signals.map(({ signal }) => [signal.id, signal])));
  return {
    agent: authority.trust.agents.get(agent),
    runs: knowledge.runs,
    targets: knownTargets(authority.graph?.index),
    // Stored as a digest; the rule compares the texts.
    locks: knowledge.locks.map((lock) => (lock.intent === wanted ? { ...lock, intent: key } : lock)),
  };
}

const draftRow = (
  proposal: Proposal,
  from: { readonly triage: string | null; readonly intent: string },
): ProposalRow => ({
  organisation: proposal.organisation,
  id: proposal.id,
  revision: proposal.revision,
  state: 'DRAFT',
  ...from,
  proposal,
  reason: '',
  validationCapsule: null,
  rolloutCapsule: null,
  expired: null,
  createdAt: proposal.createdAt,
  updatedAt: proposal.createdAt,
});

/** Takes the triage up; false when there is none of this name. */
async function markProposed({ db, context }: Work, triage: string): Promise<boolean> {
  const { rows } = await sql`
    with marked as (
      update triage set state = 'proposed'
      where organisation = ${context.organisation} and id = ${triage} and state = 'open')
    select 1 from triage where organisation = ${context.organisation} and id = ${triage}`.execute(db);
  return rows.length > 0;
}
