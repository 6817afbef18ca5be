/** For tests of importers: documents with places, parts in short form, and what every importer must do with hostile input. */
import { parseId, parseInstant } from '../../shared/brand.ts';
import type { Result } from '../../shared/result.ts';
import type { Environment } from '../../people/trust-bundle.ts';
import { mergeParts, type MergedGraph } from './merge-parts.ts';
import type { ImportedPart, ImportFinding, PartEdge, SourceDocument } from './part.ts';

/** Documents at `file:1`, `file:2` and so on. */
export const documents = (...values: readonly unknown[]): readonly SourceDocument[] =>
  values.map((value, index) => ({ at: `file:${index + 1}`, value }));

export function partOf(result: Result<ImportedPart>): ImportedPart {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.refusal));
}

export const complaintsOf = (result: Result<unknown>): readonly string[] =>
  result.ok ? [] : (result.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`);

/** `a > b depends-on`: hard; `~` soft; `?` not said; then what is known of the flow. */
const edgeText = ({ from, to, kind, isHard, isObserved, traffic, perMinute }: Omit<PartEdge, 'at'>): string => {
  const sign = isHard === undefined ? '?' : isHard ? '>' : '~';
  const more = [isObserved === true ? 'seen' : undefined, traffic, perMinute].filter((one) => one !== undefined);
  return [from, sign, to, kind, ...more].join(' ');
};
export const edgesOf = ({ edges }: { readonly edges: readonly Omit<PartEdge, 'at'>[] }): readonly string[] =>
  edges.map(edgeText).toSorted();

const findingText = ({ kind, at, subject, detail }: ImportFinding): string => `${kind} ${at} ${subject}: ${detail}`;
export const findingsOf = ({ findings }: Pick<ImportedPart, 'findings'>): readonly string[] =>
  findings.map(findingText);

export function merged(
  parts: readonly ImportedPart[],
  environment: Environment | undefined = 'production',
): Result<MergedGraph> {
  const organisation = parseId<'Organisation'>('acme');
  const takenAt = parseInstant('2026-11-18T02:00:00.000Z');
  if (organisation === undefined || takenAt === undefined) throw new Error('the test names something malformed');
  return mergeParts(parts, {
    organisation,
    version: 1,
    takenAt,
    ...(environment !== undefined && { defaults: { environment } }),
  });
}

export function mergedGraph(parts: readonly ImportedPart[], environment?: Environment): MergedGraph {
  const result = merged(parts, environment);
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.refusal));
}
