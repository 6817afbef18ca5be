/** Risk assessment (L2, AG-706 4.2): computed part of what an approver signs; its digest is in the capsule and in each approval. */
import type { Digest, Instant, ProposalId } from '../shared/brand.ts';
import type { Tier } from '../graph/graph.ts';

export interface RiskAssessment {
  readonly type: 'risk-assessment';
  readonly proposal: ProposalId;
  readonly changeDigest: Digest;
  readonly computedAt: Instant;
  readonly highestTier: Tier;
  readonly targets: number;
  readonly affectedServices: readonly string[];
  readonly reversibility: 'restorable' | 'not-reversible';
  readonly dataEffects: string;
  /** What stays wrong if nothing is done: the signals' own severity words. */
  readonly exposure: readonly string[];
  readonly independentSignals: number;
  /** How sure past labels of these sources make us, in per cent (D3). */
  readonly confidencePercent: number;
  /** The dry run in sentences (D4): what is foreseen of those who depend on the targets. */
  readonly foreseen: readonly string[];
  /** What the act means for the estate, as the decision found it (G4). */
  readonly findings: readonly string[];
  /** How near the caps of the nearest grant: words like `targets 1240 of 15`; empty: no grant is about such an act. */
  readonly margins: readonly string[];
}
