/** What people said of signals and their sources (D3, 4.11), for the sources that speak about one proposal. */
import {
  benignScheduleShape,
  categoryOf,
  readShape,
  sourceDescriptionShape,
  type BenignSchedule,
  type DetectionCategory,
  type Instant,
  type LabelTally,
  type SignalId,
} from '@countersign/core';
import { sql, type RawBuilder } from 'kysely';
import { storedId } from '../store/stored.parse.ts';

export interface SignalKnowledge {
  /** Schedules of what is known to be harmless, in force now (4.11). */
  readonly schedules: readonly BenignSchedule[];
  /** Outcome labels of the sources that speak here, by their detection category (D3). */
  readonly labels: readonly LabelTally[];
  /** Detection categories of those sources, as the registry has them. */
  readonly categories: ReadonlyMap<string, readonly DetectionCategory[]>;
}

export interface SignalRow {
  readonly schedules: readonly unknown[] | null;
  readonly labels: readonly LabelCount[] | null;
  readonly categories: readonly { readonly source: string; readonly categories: unknown }[] | null;
}

interface LabelCount {
  readonly source: string;
  readonly rule: string;
  readonly label: LabelTally['label'];
  readonly count: number;
}

interface Asked {
  readonly organisation: string;
  readonly signals: readonly SignalId[];
  readonly now: Instant;
}

/** Three columns: `schedules`, `labels`, `categories`. */
export const signalFragment = ({ organisation, signals, now }: Asked): RawBuilder<SignalRow> => sql`
    (select json_agg(document order by id) from benign_schedule where organisation = ${organisation} and removed_at is null
       and expires_at > ${now}::timestamptz) as schedules,
    (select json_agg(l) from (select source, rule, label, count(*) as count from signal_outcome
       where organisation = ${organisation} and source in
         (select source from signal where organisation = ${organisation} and id = any(${[...signals]}::text[]))
       group by source, rule, label) as l) as labels,
    (select json_agg(json_build_object('source', id, 'categories', categories)) from source
       where organisation = ${organisation}) as categories`;

/** A category that cannot be read any more describes nothing; a schedule that cannot be read stops the decision. */
export function signalKnowledge({ schedules, labels, categories }: SignalRow): SignalKnowledge {
  const known = new Map((categories ?? []).map((row) => [row.source, describedCategories(row.source, row.categories)]));
  return {
    schedules: (schedules ?? []).flatMap((document) => {
      const read = readShape(benignScheduleShape, document);
      // A schedule only restricts: one that were left out would let something run.
      if (!read.ok) throw new Error(`a known-benign schedule cannot be read: ${read.refusal.detail}`);
      return [read.value];
    }),
    labels: talliesOf(labels ?? [], known),
    categories: known,
  };
}

function describedCategories(owner: string, categories: unknown): readonly DetectionCategory[] {
  const read = readShape(sourceDescriptionShape, { owner, formats: [], categories, scale: [] });
  return read.ok ? read.value.categories : [];
}

/** One tally for each source, category and label, in a fixed order: it is part of what a decision is made from. */
function talliesOf(
  counts: readonly LabelCount[],
  categories: ReadonlyMap<string, readonly DetectionCategory[]>,
): readonly LabelTally[] {
  const tallies = new Map<string, LabelTally>();
  for (const { source, rule, label, count } of counts) {
    const category = categoryOf({ categories: categories.get(source) ?? [] }, rule);
    const key = JSON.stringify([source, category, label]);
    tallies.set(key, {
      source: storedId<'Source'>(source),
      category,
      label,
      count: (tallies.get(key)?.count ?? 0) + count,
    });
  }
  return [...tallies].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, tally]) => tally);
}
