/** Tables of what people say of signals, of findings and of validation specs; see the schema for the rules of all tables. */
import type { OutcomeLabel } from '@countersign/core';
import type { ColumnType, Generated } from 'kysely';

type Json<T> = ColumnType<T, string, string>;
type Instant = ColumnType<Date, Date | string, Date | string>;
type Big = number;

/** What people know to be harmless (D3); removed ones stay, with who removed them. */
interface BenignScheduleRow {
  organisation: string;
  id: string;
  document: Json<unknown>;
  registered_by: string;
  registered_at: Instant;
  expires_at: Instant;
  removed_by: string | null;
  removed_at: Instant | null;
}
/** Every word of a person on a signal, in order; append-only by trigger. */
interface SignalLabelRow {
  organisation: string;
  signal: string;
  seq: Generated<Big>;
  label: OutcomeLabel;
  person: string;
  at: Instant;
  rationale: string;
}
/** The last word on each authenticated signal: what rates are counted from. */
interface SignalOutcomeRow {
  organisation: string;
  signal: string;
  source: string;
  rule: string;
  label: OutcomeLabel;
}
/** One rule on one target (G5), with its place in the queue as it was ranked last. */
interface FindingRow {
  organisation: string;
  id: string;
  rule: string;
  target: string;
  title: string;
  /** Whose severity it is: the source that reported it last. */
  source: string;
  severity: string;
  probability: number | null;
  components: Json<readonly string[]> | null;
  /** Sources that see it; it is over when none does. */
  sources: readonly string[];
  signal: string;
  is_open: boolean;
  first_seen: Instant;
  last_seen: Instant;
  owner: string | null;
  disposition: 'routed' | 'queued' | 'held' | null;
  held: string | null;
  unknown: string | null;
  answer_kind: string | null;
  answer_name: string | null;
  due_at: Instant | null;
  is_overdue: boolean;
  rank_key: string | null;
  reach: Json<unknown> | null;
  reasons: Json<unknown> | null;
}
/** What the queue was ranked by: graph, its freshness, severity mapping. */
interface FindingRankingRow {
  organisation: string;
  basis: string;
  ranked_at: Instant;
}
interface VexStatementRow {
  organisation: string;
  source: string;
  vulnerability: string;
  product: string;
  /** Empty: all of the product. */
  component: string;
  status: string;
  justification: string | null;
  said_at: Instant;
  received_at: Instant;
  document: string;
}
interface ExploitedRow {
  organisation: string;
  vulnerability: string;
  source: string;
  since: Instant;
}
/** A version never changes, by trigger. */
interface ValidationSpecRow {
  organisation: string;
  id: string;
  version: number;
  module: string;
  digest: string;
  document: Json<unknown>;
  registered_by: string;
  registered_at: Instant;
}

export interface SignalTables {
  benign_schedule: BenignScheduleRow;
  signal_label: SignalLabelRow;
  signal_outcome: SignalOutcomeRow;
  finding: FindingRow;
  finding_ranking: FindingRankingRow;
  vex_statement: VexStatementRow;
  exploited: ExploitedRow;
  validation_spec: ValidationSpecRow;
}
