/** The registry of sources (D8): whom they belong to, what they send, what they detect. Lineage of relays is root-signed and wins. */
import {
  readShape,
  sourceDescriptionShape,
  type OrganisationId,
  type RegisteredSource,
  type SourceId,
  type SourceLineage,
} from '@countersign/core';
import type { Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';

/** Sources with a lineage in force (`deps.trust.lineages`), in order of their ids, described as the registry has them. */
export async function loadSources(
  db: Kysely<Schema>,
  organisation: OrganisationId,
  lineages: readonly SourceLineage[],
): Promise<readonly RegisteredSource[]> {
  const rows = await db
    .selectFrom('source')
    .select(['id', 'owner', 'formats', 'categories', 'scale'])
    .where('organisation', '=', organisation)
    .execute();
  const described = new Map(rows.map((row) => [row.id, row]));
  return lineages
    .toSorted((a, b) => (a.source < b.source ? -1 : 1))
    .map(({ source, lineage }) => ({ source, lineage, ...descriptionOf(described.get(source), source) }));
}

interface DescribedRow {
  readonly owner: string;
  readonly formats: unknown;
  readonly categories: unknown;
  readonly scale: unknown;
}

/** A description that does not fit any more describes nothing; the source still counts as one. */
function descriptionOf(row: DescribedRow | undefined, source: SourceId): Omit<RegisteredSource, 'source' | 'lineage'> {
  const { owner = source, formats = [], categories = [], scale = [] } = row ?? {};
  const read = readShape(sourceDescriptionShape, { owner: 'any', formats, categories, scale });
  return read.ok ? { ...read.value, owner } : { owner, formats: [], categories: [], scale: [] };
}
