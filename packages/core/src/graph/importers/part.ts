/**
 * What one importer read (G3). A part says only what its files say: a field that is absent is not known, and no importer guesses
 * it. `mergeParts` puts parts together and decides what nobody said: an unknown tier stays unknown, the most restrictive (G1).
 */
import type { NodeId } from '../../shared/brand.ts';
import type { Result } from '../../shared/result.ts';
import type { Environment } from '../../people/trust-bundle.ts';
import type { GraphEdge, GraphNode } from '../graph.ts';

/** One already parsed document; `at` is where it came from in the words of its owner, e.g. `shop.yaml:12`. */
export interface SourceDocument {
  readonly at: string;
  /** Hostile. */
  readonly value: unknown;
}

export interface ImportOptions {
  /** What other words for environments mean here, e.g. `experimental` is `staging`. Keys in lower case. */
  readonly environmentNames?: ReadonlyMap<string, Environment>;
}

export const FINDING_KINDS = [
  /** Refers to something that no file describes. */
  'dangling',
  'unknown-tier',
  'unowned',
  /** Named in a way we have no kind for; `detail` says as what it was read. */
  'unknown-kind',
  /** Was skipped; `detail` says why. */
  'ignored',
  /** Has another id than the name in the file, because ids have a fixed form. */
  'renamed',
  /** Two files disagree; `detail` says which value was kept. */
  'conflict',
  'duplicate',
  'self-dependency',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Not a refusal: the graph is used, and its owner is told. Every text is hostile. */
export interface ImportFinding {
  readonly kind: FindingKind;
  readonly at: string;
  /** The node or name it is about. */
  readonly subject: string;
  readonly detail: string;
}

export type PartFields = Partial<Omit<GraphNode, 'id'>>;
/** `kind` is absent when the node was only seen, not declared. */
export interface PartNode extends PartFields {
  readonly id: NodeId;
  readonly at: string;
}
/** `isHard` is absent when the file does not say: then it is hard, the more restrictive. */
export interface PartEdge extends Omit<GraphEdge, 'isHard'> {
  readonly isHard?: boolean;
  readonly at: string;
}

export interface ImportedPart {
  readonly nodes: readonly PartNode[];
  readonly edges: readonly PartEdge[];
  readonly findings: readonly ImportFinding[];
  /** Ids that are not the name in the file, with that name: two names must never become one node. */
  readonly renamed: ReadonlyMap<NodeId, string>;
}

/** Pure: already parsed documents in, a part or every reason against it out. Never throws, whatever the documents hold. */
export type Importer<Options extends ImportOptions = ImportOptions> = (
  documents: readonly SourceDocument[],
  options?: Options,
) => Result<ImportedPart>;

export const MAX_NODES = 200_000;
export const MAX_EDGES = 1_000_000;
/** The most complaints that are worth reading. */
export const MAX_COMPLAINTS = 200;
