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
  readonly targetKinds: readonly string[];
  readonly zones: readonly string[];
  /** Zones and data classes of the targets and of everything that needs them. */
  readonly reachedZones: readonly string[];
  readonly dataClasses: readonly string[];
  readonly reachedDataClasses: readonly string[];
  /** Business paths on which a target or something that needs it lies. */
  readonly paths: readonly string[];
  readonly owners: readonly string[];
  readonly targets: number;
  /** Targets the graph does not know; any of them is safety-critical (T17). */
  readonly unknownTargets: number;
  readonly targetsPerTier: Readonly<Record<Tier, number>>;
  /** Largest share of one tier's targets in the environment, in per cent rounded up. */
  readonly percentOfTier: number;
  /** Services that hard-depend on the targets, and the highest tier among them. */
  readonly affectedServices: number;
  readonly affectedTiers: readonly Tier[];
  readonly affectedSegments: number;
  /** Steps of the change. */
  readonly changeSetSize: number;
  /** Most direct dependants of one target. */
  readonly fanOut: number;
  /** Targets that two or more parties share. */
  readonly sharedServices: number;
  /** Dependants whose availability the analysis cannot vouch for (4.3). */
  readonly unhandledDependants: number;
  /** Users of a credential that the plan leaves without the new one (scenario B). */
  readonly missingConsumers: number;
  /** Flows between other systems that the act cuts (scenario C). */
  readonly cutFlows: number;
  /** The dry run (D4): dependants foreseen down, dependants nothing can be foreseen of, lowest capacity left in per cent. */
  readonly predictedDown: number;
  readonly predictedUnknown: number;
  readonly capacityLeftPercent: number;
  /** Most citizens served by one affected service; fewest hours until a duty set by law is missed, `NO_DEADLINE_HOURS` when none. */
  readonly citizens: number;
  readonly statutoryHours: number;
  readonly isGraphFresh: boolean;
  /** 0..4; -1 when the envelope's mapping does not know the source's word. */
  readonly severity: number;
  readonly independentSignals: number;
  /** How sure past labels of these sources make us, rounded down (D3); never the agent's own word. */
  readonly confidencePercent: number;
  readonly matchesKnownBenign: boolean;
  readonly stagingValidated: boolean;
  /** Share of this action's acts of late that skipped staging, in per cent (L4). */
  readonly skipSharePercent: number;
  /** The validation keeps the data boundary and has the dependencies the envelope asks for (L4). */
  readonly stagingPolicyMet: boolean;
  readonly openCalendars: readonly string[];
  readonly rollbackKind: 'restore' | 'none';
  readonly rollbackWindowMinutes: number;
  readonly rollbackLosesData: boolean;
  /** Days since the last passed drill of this action on this target class; -1: never. */
  readonly drillAgeDays: number;
  readonly actionsLastHour: number;
  /** Targets touched by this agent's and action's operations inside the sliding window, this one included. */
  readonly cumulativeTargets: number;
  /** Acts in the last hour on these target classes, and of the whole organisation. */
  readonly classActionsLastHour: number;
  readonly organisationActionsLastHour: number;
  /** Operations in flight, this one not included. */
  readonly concurrentOperations: number;
  /** Targets the whole organisation's operations touched inside the sliding window, these included. */
  readonly organisationTargets: number;
  readonly isBreakerOpen: boolean;
  readonly isSuspended: boolean;
  /** Bad outcomes took the class's autonomy away (E6). */
  readonly isContracted: boolean;
  /** The agent left its own baseline (D7). */
  readonly isBaselineLeft: boolean;
  readonly overlapsOperation: boolean;
  readonly hasChangeRecord: boolean;
  readonly hasContingencyPlan: boolean;
}

/** Hours of a duty that nothing sets: beyond every limit an envelope can name. */
export const NO_DEADLINE_HOURS = 1_000_000;
