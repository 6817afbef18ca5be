/** Findings of auditors that stand (E7): dated, owned, and in the way of every widening once they are overdue. */
import type { Instant } from '@countersign/core';
import type { Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';

export interface OverdueFinding {
  readonly id: string;
  readonly owner: string;
  readonly dueAt: string;
}

export async function overdueFindings(
  db: Kysely<Schema>,
  organisation: string,
  now: Instant,
): Promise<readonly OverdueFinding[]> {
  const rows = await db
    .selectFrom('audit_finding')
    .select(['id', 'owner', 'due_at'])
    .where('organisation', '=', organisation)
    .where('closed_at', 'is', null)
    .where('due_at', '<=', new Date(now))
    .orderBy('due_at')
    .limit(100)
    .execute();
  return rows.map(({ id, owner, due_at }) => ({ id, owner, dueAt: due_at.toISOString() }));
}
