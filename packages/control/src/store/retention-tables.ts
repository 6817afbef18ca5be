/** Tables of legal holds (V2); see the schema for the rules of all tables. */
import type { ColumnType } from 'kysely';

type Instant = ColumnType<Date, Date | string, Date | string>;

/** Stays after it was lifted: who held what and who let go of it is part of the story. */
interface LegalHoldRow {
  organisation: string;
  name: string;
  proposals: readonly string[];
  /** Instants as they stand in leaves, so that they compare as text; both or neither. */
  period_from: string | null;
  period_to: string | null;
  reason: string;
  set_by: string;
  set_at: Instant;
  lift_asked_by: string | null;
  lift_reason: string | null;
  lift_asked_at: Instant | null;
  lifted_by: string | null;
  lifted_at: Instant | null;
}

export interface RetentionTables {
  legal_hold: LegalHoldRow;
}
