/**
 * Everything the tables know that a decision needs, in one round trip, inside the transaction that will act on it: what was read
 * and what is written then belong together (traps 4 and 5).
 */
import {
  parseId,
  readShape,
  signalShape,
  validationReportShape,
  type ActionType,
  type AgentId,
  type ContractedClass,
  type DrillRecord,
  type Instant,
  type IntentLock,
  type OperationRecord,
  type OrganisationId,
  type ProposalId,
  type ReceivedSignal,
  type RunId,
  type SignalId,
  type SkipTally,
  type TargetId,
  type Tier,
  type ValidationReport,
} from '@countersign/core';
import { instantOf } from '@countersign/core';
import { payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { Heads } from '../trust/current.ts';
import { agentFragment, HISTORY_DAYS, standingOf, type AgentRow, type AgentStanding } from './agent-standing.ts';
import { signalFragment, signalKnowledge, type SignalKnowledge, type SignalRow } from './signal-knowledge.ts';

export interface Asked {
  readonly organisation: OrganisationId;
  readonly proposal: ProposalId;
  readonly agent: string;
  readonly action: ActionType;
  readonly signals: readonly SignalId[];
  readonly now: Instant;
}

export interface Knowledge extends SignalKnowledge {
  readonly heads: Heads;
  readonly signals: readonly ReceivedSignal[];
  /** The staging runner's signed report on this proposal, and its digest column says which capsule. */
  readonly validation: { readonly capsule: string; readonly report: ValidationReport } | undefined;
  readonly operations: readonly OperationRecord[];
  readonly drills: readonly DrillRecord[];
  readonly locks: readonly IntentLock[];
  /** Open proposals of the same action by the digest of what they want. */
  readonly openIntents: ReadonlyMap<string, string>;
  readonly runs: ReadonlySet<RunId>;
  /** A rollout of the same action is stopped and nobody has let it go on. */
  readonly isBreakerOpen: boolean;
  readonly status: DsseEnvelope | undefined;
  readonly agent: AgentStanding;
  /** Classes whose autonomy bad outcomes took away (E6). */
  readonly contractions: readonly ContractedClass[];
  readonly skips: readonly SkipTally[];
}

interface Row extends SignalRow {
  readonly heads: Heads;
  readonly signals: readonly { readonly document: unknown; readonly is_authenticated: boolean }[] | null;
  readonly validation: { readonly capsule: string; readonly dsse: DsseEnvelope } | null;
  readonly operations:
    | readonly {
        readonly proposal: string;
        readonly agent: string;
        readonly action: ActionType;
        readonly targets: readonly TargetId[];
        readonly started_ms: number;
        readonly ongoing: boolean;
      }[]
    | null;
  readonly drills:
    | readonly { readonly action: ActionType; readonly tier: Tier; readonly passed: boolean; readonly at_ms: number }[]
    | null;
  readonly locks:
    | readonly { readonly intent: string; readonly signals: readonly SignalId[]; readonly at_ms: number }[]
    | null;
  readonly open: readonly { readonly id: string; readonly intent: string }[] | null;
  readonly breaker: boolean;
  readonly status: DsseEnvelope | null;
  readonly agent: AgentRow;
  readonly contractions: readonly ActionType[] | null;
  readonly skips: { readonly acts: number; readonly skipped: number };
}

/** A rejected wish does not come back rephrased for so long (A3). */
const INTENT_LOCK_MS: number = 30 * 86_400_000;
const WINDOW_HOURS = 25;
/** Where a second proposal of the same intent would only ask the same people, or the same runner, twice. */
const OPEN_STATES: string[] = [
  'DRAFT',
  'VALIDATING',
  'PENDING',
  'NEEDS_INFO',
  'DEFERRED',
  'APPROVED',
  'DISPATCHED',
  'RUNNING',
  'VERIFYING',
];

export async function loadKnowledge(db: Kysely<Schema>, asked: Asked): Promise<Knowledge> {
  const { organisation, proposal, action, signals, now } = asked;
  const found = await sql<Row>`select
    json_build_object(
      'bundle', (select digest from trust_bundle where organisation = ${organisation} order by version desc limit 1),
      'envelope', (select digest from envelope_version where organisation = ${organisation} and state = 'active'),
      'newestEnvelope', (select coalesce(max(version), 0) from envelope_version where organisation = ${organisation}),
      'graph', (select digest from graph_version where organisation = ${organisation} order by version desc limit 1)) as heads,
    -- Only what a relay signed: the runner believes nothing else, and people must not be asked to sign what it will refuse (X1).
    -- A source that somebody suspended counts as if nobody had authenticated it (D7).
    (select json_agg(json_build_object('document', document, 'is_authenticated', is_authenticated and dsse is not null
        and not exists (select from restraint r where r.organisation = signal.organisation and r.subject_kind = 'source'
          and r.subject = signal.source and r.lifted_at is null)))
       from signal where organisation = ${organisation} and id = any(${[...signals]}::text[])) as signals,
    (select json_build_object('capsule', capsule, 'dsse', dsse) from validation
       where organisation = ${organisation} and proposal = ${proposal} order by received_at desc limit 1) as validation,
    (select json_agg(json_build_object('proposal', p.id, 'agent', p.agent, 'action', p.document->'change'->>'action',
        'targets', p.document->'targets', 'started_ms', floor(extract(epoch from acted.at) * 1000)::bigint,
        'ongoing', acted.state in ('dispatched', 'running')))
       from (
         select c.proposal, c.state, c.created_at as at from capsule c
           where c.organisation = ${organisation} and c.purpose = 'rollout' and c.state in ('dispatched', 'running')
         union all
         -- It counts from when it last acted: a capsule may wait a day for its signatures.
         select c.proposal, c.state, greatest(c.created_at, r.updated_at) from rollout r
           join capsule c on c.organisation = r.organisation and c.digest = r.capsule
           where r.organisation = ${organisation} and c.purpose = 'rollout' and c.state = 'finished'
             and r.updated_at > ${now}::timestamptz - make_interval(hours => ${WINDOW_HOURS})) as acted
       join proposal p on p.organisation = ${organisation} and p.id = acted.proposal) as operations,
    (select json_agg(json_build_object('action', action, 'tier', tier, 'passed', is_passed,
        'at_ms', floor(extract(epoch from at) * 1000)::bigint))
       from (select distinct on (tier, is_passed) action, tier, is_passed, at from drill
             where organisation = ${organisation} and action = ${action} and at <= ${now}::timestamptz
             order by tier, is_passed, at desc) as newest) as drills,
    (select json_agg(json_build_object('intent', intent, 'signals', document->'signals',
        'at_ms', floor(extract(epoch from updated_at) * 1000)::bigint))
       from proposal where organisation = ${organisation} and state = 'REJECTED'
         and updated_at > ${now}::timestamptz - make_interval(secs => ${INTENT_LOCK_MS / 1000}) and document->'change'->>'action' = ${action}) as locks,
    (select json_agg(json_build_object('id', id, 'intent', intent)) from proposal
       where organisation = ${organisation} and state = any(${OPEN_STATES}::text[]) and document->'change'->>'action' = ${action}) as open,
    exists (select from rollout r join proposal p on p.organisation = r.organisation and p.id = r.proposal
       where r.organisation = ${organisation} and r.phase in ('tripped', 'halted', 'rolling-back') and p.id <> ${proposal}
         and p.document->'change'->>'action' = ${action}) as breaker,
    (select dsse from status where organisation = ${organisation}) as status,
    ${agentFragment(asked)},
    ${signalFragment(asked)},
    (select json_agg(distinct action) from contraction where organisation = ${organisation} and lifted_at is null) as contractions,
    (select json_build_object('acts', count(*), 'skipped', count(*) filter (where not exists (
         select from validation v where v.organisation = c.organisation and v.proposal = c.proposal and v.is_passed)))
       from capsule c join proposal p on p.organisation = c.organisation and p.id = c.proposal
       where c.organisation = ${organisation} and c.purpose = 'rollout' and c.state in ('dispatched', 'running', 'finished')
         and c.created_at > ${now}::timestamptz - make_interval(days => ${HISTORY_DAYS})
         and p.document->'change'->>'action' = ${action}) as skips`.execute(db);
  const [row] = found.rows;
  if (row === undefined) throw new Error('a query without a condition gave no row');
  return knowledgeOf(row, asked);
}

function knowledgeOf(row: Row, { signals: named, action }: Asked): Knowledge {
  const validation =
    row.validation === null ? undefined : { capsule: row.validation.capsule, report: reportOf(row.validation.dsse) };
  const signals = (row.signals ?? []).map(({ document, is_authenticated }) => ({
    signal: stored(readShape(signalShape, document)),
    isAuthenticated: is_authenticated,
  }));
  return {
    heads: row.heads,
    signals,
    validation,
    operations: (row.operations ?? []).map((operation) => ({
      proposal: identified<'Proposal'>(operation.proposal),
      agent: identified<'Agent'>(operation.agent) satisfies AgentId,
      action: operation.action,
      targets: operation.targets,
      startedAt: instantOf(operation.started_ms),
      isOngoing: operation.ongoing,
    })),
    drills: (row.drills ?? []).map(({ action: drilled, tier, passed, at_ms }) => ({
      action: drilled,
      tier,
      isPassed: passed,
      at: instantOf(at_ms),
    })),
    locks: (row.locks ?? []).map(({ intent, signals: seen, at_ms }) => ({
      intent,
      signals: seen,
      until: instantOf(at_ms + INTENT_LOCK_MS),
    })),
    openIntents: new Map((row.open ?? []).map(({ id, intent }) => [intent, id])),
    // A run on record is the evaluation that raised a received signal, or a check of a validation run.
    runs: new Set<RunId>([
      ...signals.filter(({ signal }) => named.includes(signal.id)).map(({ signal }) => identified<'Run'>(signal.id)),
      ...(validation?.report.runs.map(({ id }) => id) ?? []),
    ]),
    isBreakerOpen: row.breaker,
    status: row.status ?? undefined,
    agent: standingOf(row.agent),
    ...signalKnowledge(row),
    contractions: (row.contractions ?? []).map((contracted) => ({ action: contracted })),
    skips: [{ action, ...row.skips }],
  };
}

const identified = <Name extends string>(text: string): ReturnType<typeof parseId<Name>> & string => {
  const id = parseId<Name>(text);
  if (id === undefined) throw new Error('a stored id does not have the form of one');
  return id;
};

function stored<T>(
  read:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly refusal: { readonly detail: string } },
): T {
  if (read.ok) return read.value;
  throw new Error(`a stored document does not have its form: ${read.refusal.detail}`);
}

/** The signature was verified before it was stored; the bytes decide, not the columns. */
function reportOf(dsse: DsseEnvelope): ValidationReport {
  const payload = stored(payloadOf(dsse));
  return stored(readShape(validationReportShape, stored(readStrictJson(payload, { maxBytes: payload.length }))));
}
