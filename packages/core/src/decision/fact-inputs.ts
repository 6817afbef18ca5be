/** What the facts of one operation are computed from (X1): each part with who vouches for it; nothing is the agent's word. */
import type { Digest, Instant, ProposalId } from '../shared/brand.ts';
import type { Tier } from '../graph/graph.ts';
import type { GraphIndex } from '../graph/index-graph.ts';
import type { ActionImpact } from '../impact/actions/action-impact.ts';
import type { OperationRecord } from '../impact/cumulative.ts';
import type { Impact, ImpactOptions } from '../impact/impact.ts';
import type { Agent } from '../people/person.ts';
import type { ActionType } from '../proposal/change.ts';
import type { Proposal } from '../proposal/proposal.ts';
import type { BenignSchedule } from '../signal/benign.ts';
import type { SourceLineage } from '../signal/correlate.ts';
import type { LabelTally } from '../signal/rates.ts';
import type { Signal } from '../signal/signal.ts';
import type { DetectionCategory } from '../signal/source.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { Provenance } from './fact-table.ts';
import type { Facts } from './facts.ts';

/** One of the signals a proposal names, and whether its source proved itself when it came in (D8). */
export interface ReceivedSignal {
  readonly signal: Signal;
  readonly isAuthenticated: boolean;
}

/** The staging runner's verdict; a `ValidationReport` is one. */
interface ValidationResult {
  readonly proposal: ProposalId;
  readonly changeDigest: Digest;
  readonly isPassed: boolean;
  readonly isReproduced: boolean;
  readonly finishedAt: Instant;
}

/** A rollback drill of one action on one class of targets (X6). */
export interface DrillRecord {
  readonly action: ActionType;
  readonly tier: Tier;
  readonly isPassed: boolean;
  readonly at: Instant;
}

/** A class whose autonomy bad outcomes took away (E6). */
export interface ContractedClass {
  readonly action: ActionType;
  /** Absent: every tier. */
  readonly tier?: Tier;
}

/** How many acts of one action there were of late, and how many skipped staging (L4). */
export interface SkipTally {
  readonly action: ActionType;
  readonly acts: number;
  readonly skipped: number;
}

/** A source as the registry has it; without categories every rule is of the category `other`. */
export interface KnownSource extends SourceLineage {
  readonly categories?: readonly DetectionCategory[];
}

/** Names of the signed documents behind what is known, for the record: digests, ids of reports, checkpoints. */
export type Documents = Readonly<Partial<Record<Provenance['knower'], readonly string[]>>>;

export interface FactInputs {
  readonly now: Instant;
  readonly proposal: Proposal;
  /** Absent: none is active; the decision is prohibited. */
  readonly envelope?: Envelope;
  /** Absent: no snapshot was imported; every target is unknown. */
  readonly graph?: GraphIndex;
  readonly healthKnown: ImpactOptions['healthKnown'];
  readonly limits?: Pick<ImpactOptions, 'hops' | 'caps'>;
  readonly roster: readonly Agent[];
  readonly signals: readonly ReceivedSignal[];
  readonly sources: readonly KnownSource[];
  readonly schedules: readonly BenignSchedule[];
  /** What people said of earlier signals; absent where nobody holds them: then the signed table of the envelope counts alone. */
  readonly labels?: readonly LabelTally[];
  readonly validation?: ValidationResult;
  readonly drills: readonly DrillRecord[];
  readonly operations: readonly OperationRecord[];
  readonly skips?: readonly SkipTally[];
  readonly contractions?: readonly ContractedClass[];
  readonly isBreakerOpen: boolean;
  readonly isSuspended: boolean;
  readonly isBaselineLeft?: boolean;
  readonly documents?: Documents;
}

/** Facts are always whole and restrictive where something is missing; what is missing prohibits (D1). */
export interface DerivedFacts {
  readonly facts: Facts;
  readonly missing: readonly string[];
  /** In sentences for people: what the act means for the estate and why the trigger is doubted. */
  readonly findings: readonly { readonly clause: string; readonly text: string }[];
  /** Who vouches for which facts, with the documents (X1). */
  readonly provenance: readonly Provenance[];
  readonly impact: Impact;
  /** Absent: no graph, nothing can be foreseen. */
  readonly action?: ActionImpact;
}

export const sorted = <T extends string>(items: Iterable<T>): readonly T[] => [...new Set(items)].toSorted();

/** The authenticated signals the proposal names; what it names and nobody received is not there. */
export function authenticated({ signals, proposal }: Pick<FactInputs, 'proposal' | 'signals'>): readonly Signal[] {
  const named = new Set<string>(proposal.signals);
  return signals
    .filter(({ signal, isAuthenticated }) => isAuthenticated && named.has(signal.id))
    .map(({ signal }) => signal);
}
