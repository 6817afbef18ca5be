/** What a decision reads: aggregated over the whole operation, computed here or signed by who knows it, never told by the agent. */
import type { AgentId, Instant } from '../shared/brand.ts';
import type { Tier } from '../graph/graph.ts';
import type { Environment } from '../people/trust-bundle.ts';
import type { ActionType } from '../proposal/change.ts';

/** Sorted lists, so that equal facts have equal bytes. Unknown tiers are already counted as `safety-critical`. */
export interface Facts {
  readonly now: Instant;
  readonly agent: AgentId;
  readonly isAgentListed: boolean;
  readonly action: ActionType;
  readonly environments: readonly Environment[];
  readonly tiers: readonly Tier[];
  readonly zones: readonly string[];
  readonly dataClasses: readonly string[];
  readonly targets: number;
  /** Targets the graph does not know; any of them is safety-critical (T17). */
  readonly unknownTargets: number;
  readonly targetsPerTier: Readonly<Record<Tier, number>>;
  /** Largest share of one tier's targets in the environment, in per cent rounded up. */
  readonly percentOfTier: number;
  /** Services that hard-depend on the targets, and the highest tier among them. */
  readonly affectedServices: number;
  readonly affectedTiers: readonly Tier[];
  /** Dependants whose availability the analysis cannot vouch for (4.3). */
  readonly unhandledDependants: number;
  readonly isGraphFresh: boolean;
  /** 0..4; -1 when the envelope's mapping does not know the source's word. */
  readonly severity: number;
  readonly independentSignals: number;
  readonly matchesKnownBenign: boolean;
  readonly stagingValidated: boolean;
  readonly openCalendars: readonly string[];
  readonly rollbackKind: 'restore' | 'none';
  readonly rollbackWindowMinutes: number;
  readonly rollbackLosesData: boolean;
  /** Days since the last passed drill of this action on this target class; -1: never. */
  readonly drillAgeDays: number;
  readonly actionsLastHour: number;
  /** Targets touched by this agent's and action's operations inside the sliding window, this one included. */
  readonly cumulativeTargets: number;
  readonly isBreakerOpen: boolean;
  readonly isSuspended: boolean;
  readonly overlapsOperation: boolean;
}
