/** Tables of envelope versions on their way, of what took or gave autonomy, and of work left to people; see the schema for the rules of all tables. */
import type { ColumnType, Generated } from 'kysely';

type Json<T> = ColumnType<T, string, string>;
type Instant = ColumnType<Date, Date | string, Date | string>;
type Big = number;

/** A version nobody has activated yet, as it will be signed; signatures are gathered beside it (E3). */
interface EnvelopeDraftRow {
  organisation: string;
  version: number;
  digest: string;
  document: Buffer;
  signatures: Json<unknown>;
  author: string;
  state: 'open' | 'activated' | 'stale';
  created_at: Instant;
}

/** Requests with expected verdicts that every new version has to pass (E5). */
interface EnvelopeSuiteRow {
  organisation: string;
  name: string;
  document: Json<unknown>;
  digest: string;
  stored_by: string;
  stored_at: Instant;
}

/** An action type that lost its autonomy (E6), until it is lifted. */
interface ContractionRow {
  organisation: string;
  id: string;
  action: string;
  reasons: Json<unknown>;
  since: Instant;
  lifted_at: Instant | null;
  lifted_by: string | null;
  restoration: Json<unknown> | null;
}

/** What an auditor signed (E7), until an auditor signs that it is closed. */
interface AuditFindingRow {
  organisation: string;
  id: string;
  digest: string;
  dsse: Json<unknown>;
  auditor: string;
  owner: string;
  due_at: Instant;
  opened_at: Instant;
  closure: Json<unknown> | null;
  closed_at: Instant | null;
}

/** An act that policy keeps from running, done by hand (D1). */
interface ManualWorkRow {
  organisation: string;
  proposal: string;
  revision: number;
  title: string;
  why: string;
  missing: Json<readonly string[]>;
  decision: string | null;
  state: 'open' | 'done' | 'closed';
  opened_at: Instant;
  note: string | null;
  done_by: string | null;
  done_at: Instant | null;
  post_check: Json<unknown> | null;
  result: 'passed' | 'failed' | null;
  closed_by: string | null;
  closed_at: Instant | null;
}

/** An agent or a source that asks people or counts nothing until a policy admin signs (D7). */
interface RestraintRow {
  organisation: string;
  id: string;
  subject_kind: 'agent' | 'source';
  subject: string;
  kind: 'suspended' | 'baseline';
  reasons: Json<readonly string[]>;
  set_by: string;
  since: Instant;
  lifted_by: string | null;
  lifted_at: Instant | null;
  lift: Json<unknown> | null;
}

interface AgentRefusalRow {
  organisation: string;
  id: Generated<Big>;
  agent: string;
  code: string;
  at: Instant;
}

/** Predicted against seen, once a rollout is over (D4). */
interface PredictionOutcomeRow {
  organisation: string;
  capsule: string;
  agent: string;
  action: string;
  compared: number;
  wrong: number;
  worse: number;
  unforeseen: number;
  at: Instant;
}

export interface AuthorityTables {
  envelope_draft: EnvelopeDraftRow;
  envelope_suite: EnvelopeSuiteRow;
  contraction: ContractionRow;
  audit_finding: AuditFindingRow;
  manual_work: ManualWorkRow;
  restraint: RestraintRow;
  agent_refusal: AgentRefusalRow;
  prediction_outcome: PredictionOutcomeRow;
}
