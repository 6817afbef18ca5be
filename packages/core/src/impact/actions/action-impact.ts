/** What one act means for the estate (G4): read from its typed steps and the graph, never from the agent's words. */
import type { NodeId } from '../../shared/brand.ts';
import type { Tier } from '../../graph/graph.ts';
import type { ProposalDraft } from '../../proposal/proposal.ts';
import type { RollbackPlan } from '../../proposal/change.ts';
import type { ImpactOptions } from '../impact.ts';
import type { Prediction } from '../prediction.ts';

/** Closed: each kind is shown, counted and tested by itself. */
export const ACTION_FINDING_KINDS = [
  'strata',
  'shared-library',
  'restart',
  'config',
  'consumers-missing',
  'consumers-undeclared',
  'consumers-strangers',
  'flows-cut',
  'control-cut',
  'control-inside',
  'exposure',
  'isolated',
  'login-lost',
  'last-admin',
  'access',
  'respawn',
  'file-needed',
  'flag-readers',
  'scale',
  'data-prohibited',
  'floor',
  'foreign-step',
  'beyond-targets',
  'foreseen-down',
] as const;
export type ActionFindingKind = (typeof ACTION_FINDING_KINDS)[number];

export interface ActionFinding {
  readonly kind: ActionFindingKind;
  /** Requirement or clause, e.g. `AG-706 4.3`. */
  readonly clause: string;
  /** One sentence for a person; names at most `NAMED` nodes, the list below has all. */
  readonly text: string;
  /** Sorted; of more than `LISTED` only the first. */
  readonly nodes: readonly NodeId[];
  /** How many they are. */
  readonly count: number;
}

/** Most nodes a finding lists: it goes into the record as it is. */
export const LISTED = 1000;

export interface CutFlow {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly traffic?: string;
  readonly perMinute?: number;
}

export type DataEffects = RollbackPlan['dataEffects'];

export interface ActionImpact {
  readonly findings: readonly ActionFinding[];
  /** Facts that the meaning of the act needs and nobody has; any of them prohibits until mended (D1). Sorted. */
  readonly missing: readonly string[];
  readonly prediction: Prediction;
  /** Segments that targets lie in or that the act touches, sorted. */
  readonly affectedSegments: readonly NodeId[];
  /** What the act touches beyond the targets and the dependants of the walk, sorted; as long as the estate is, not for the record. */
  readonly affectedNodes: readonly NodeId[];
  /** Tiers, zones, business paths and data classes of `affectedNodes` and of all that is foreseen down or unknown, sorted. */
  readonly extraTiers: readonly Tier[];
  readonly extraZones: readonly string[];
  readonly extraPaths: readonly string[];
  readonly extraDataClasses: readonly string[];
  /** Users of a credential, an account or a secret that the plan leaves without it, sorted (scenario B). */
  readonly missingConsumers: readonly NodeId[];
  /** Edges of traffic that stop, sorted by both ends (scenario C). */
  readonly cutFlows: readonly CutFlow[];
  /** The worst of what the plan claims and what the act means (X6). */
  readonly dataEffects: DataEffects;
  /** The plan puts a before-state back, and every step has an inverse; without it only a drill can make up for it (X6). */
  readonly isReversible: boolean;
}

/** Of the proposal only what is done, to what, and how it is undone. */
export type Act = Pick<ProposalDraft, 'change' | 'targets' | 'rollback'>;

export interface ActionOptions extends ImpactOptions {
  /** Most targets touched at the same time: the window of the rollout; all of them when nobody limits it. */
  readonly atOnce: number;
}

/** Worst last: a known loss is worse than not knowing, and both are never autonomous (X6). */
const DATA_EFFECTS: readonly DataEffects[] = ['none', 'kept', 'replayed-once', 'unknown', 'lost'];

export const worstDataEffects = (effects: readonly DataEffects[]): DataEffects =>
  DATA_EFFECTS.findLast((effect) => effects.includes(effect)) ?? 'none';

export const isDataEffects = (word: string | undefined): word is DataEffects =>
  DATA_EFFECTS.some((effect) => effect === word);
