/**
 * A registered source of signals (D8): where its data comes from, who answers for it, what it sends, what it detects and in which
 * words it says how bad something is. The registry says which category a signal is of, not whoever sent it.
 */
import type { SourceId } from '../shared/brand.ts';
import { id, list, object, oneOf, text, where, type Shape } from '../shared/shape.ts';
import type { SourceLineage } from './correlate.ts';
import type { Signal } from './signal.ts';

export const SOURCE_FORMATS = ['alertmanager', 'sarif', 'openvex', 'cyclonedx-vex', 'exploited-list'] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

/** Rules of one kind of detection: each entry is a rule, or the beginning of rules when it ends in `*`. */
export interface DetectionCategory {
  readonly name: string;
  readonly rules: readonly string[];
}

export interface RegisteredSource extends SourceLineage {
  /** The person or team that answers for it. */
  readonly owner: string;
  /** What it may send besides signals of any format; empty while nobody has said. */
  readonly formats: readonly SourceFormat[];
  readonly categories: readonly DetectionCategory[];
  /** Its words for severity, least first; the envelope maps them. */
  readonly scale: readonly string[];
}

/** What no category names. */
export const OTHER_CATEGORY = 'other';

const word = (max: number): Shape<string> => text({ min: 1, max });
const category: Shape<DetectionCategory> = object<DetectionCategory>({
  name: text({ min: 1, max: 64, pattern: /^[a-z0-9][a-z0-9-]*$/ }),
  rules: list(word(200), { min: 1, max: 200 }),
});
const hasTwice = (names: readonly string[]): boolean => new Set(names).size < names.length;

/** What a policy admin may say of a source; its lineage is part of the trust bundle or of the installation. */
export type SourceDescription = Omit<RegisteredSource, 'source' | 'lineage'>;
export const sourceDescriptionShape: Shape<SourceDescription> = object<SourceDescription>({
  owner: id(),
  formats: list(oneOf(...SOURCE_FORMATS), { max: SOURCE_FORMATS.length }),
  categories: where(list(category, { max: 64 }), (categories) =>
    hasTwice(categories.map(({ name }) => name)) ? 'must not name a category twice' : undefined,
  ),
  // A colon would name another source's entry in the envelope's mapping.
  scale: where(list(text({ min: 1, max: 40, pattern: /^[^:]+$/ }), { max: 32 }), (scale) =>
    hasTwice(scale) ? 'must not name a word twice' : undefined,
  ),
});

/** The most specific entry wins: a whole rule before a beginning, a longer beginning before a shorter one. */
export function categoryOf(source: Pick<RegisteredSource, 'categories'> | undefined, rule: string): string {
  let found = { name: OTHER_CATEGORY, weight: -1 };
  for (const { name, rules } of source?.categories ?? [])
    for (const entry of rules) {
      const weight = weightOf(entry, rule);
      if (weight > found.weight) found = { name, weight };
    }
  return found.name;
}

function weightOf(entry: string, rule: string): number {
  if (entry === rule) return Number.MAX_SAFE_INTEGER;
  return entry.endsWith('*') && rule.startsWith(entry.slice(0, -1)) ? entry.length - 1 : -1;
}

/** The category of a signal by the registry of its own source. */
export const categoryOfSignal = (
  { source, rule }: Pick<Signal, 'source' | 'rule'>,
  sources: readonly Pick<RegisteredSource, 'source' | 'categories'>[],
): string =>
  categoryOf(
    sources.find((one) => one.source === source),
    rule,
  );

/** Only a source that is registered for it may say that something is harmless (G5). */
export const maySend = (
  sources: readonly (Pick<RegisteredSource, 'formats'> & { readonly source: SourceId })[],
  source: string,
  formats: readonly SourceFormat[],
): boolean => sources.some((one) => one.source === source && one.formats.some((format) => formats.includes(format)));
