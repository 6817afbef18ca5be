/** Remediation Authority Envelope (E1, AG-706 4.1, 4.5, 4.10): what may run alone, what needs whom, what never happens. */
import type { AgentId, Digest, Id, Instant, NodeId, OrganisationId } from '../shared/brand.ts';
import type { NodeKind, Tier } from '../graph/graph.ts';
import type { Environment } from '../people/trust-bundle.ts';
import type { Demand } from '../people/person.ts';
import type { ActionType } from '../proposal/change.ts';
import type { EgressMode } from './egress.ts';
import type { RetentionDays, RetentionKinds } from './retention.ts';
import type { Condition } from './rule.ts';

/** How a rollout goes (AG-706 4.4, 4.9): the runner obeys these and nothing wider. */
export interface RolloutRule {
  /** Most targets of the canary. */
  readonly canary: number;
  /** Window w: most targets leased without a verdict. */
  readonly window: number;
  /** Wait after each cohort before health is read again, in milliseconds. */
  readonly bakeMs: number;
  /** Time a target or dependant has to become healthy after the act, in milliseconds. */
  readonly healthTimeoutMs: number;
}

/** What a rule speaks about; every named part must match, an absent part matches all. */
export interface Selector {
  readonly actions?: readonly ActionType[];
  readonly environments?: readonly Environment[];
  /** Of the targets; `affectedTiers`, `zones`, `dataClasses`, `paths` look at what needs them too. */
  readonly tiers?: readonly Tier[];
  readonly affectedTiers?: readonly Tier[];
  readonly targetKinds?: readonly NodeKind[];
  readonly zones?: readonly string[];
  readonly dataClasses?: readonly string[];
  readonly paths?: readonly string[];
  readonly owners?: readonly string[];
  /** While one of these calendars is open. */
  readonly calendars?: readonly string[];
  readonly targetsOver?: number;
  readonly servicesOver?: number;
  /** Services that so many citizens or more depend on. */
  readonly citizensFrom?: number;
  /** A duty set by law is missed within so many hours or fewer. */
  readonly statutoryWithinHours?: number;
}

/** A bounded permission to act without asking (AG-706 4.1, 4.5). */
export interface Grant {
  readonly id: Id<'Rule'>;
  readonly isEnabled: boolean;
  readonly actions: readonly ActionType[];
  readonly tiers: readonly Tier[];
  readonly environments: readonly Environment[];
  /** Kinds of targets; empty: every kind. */
  readonly targetKinds: readonly NodeKind[];
  /** 0..4 after the severity mapping: info, low, medium, high, critical. */
  readonly minSeverity: number;
  readonly minIndependentSignals: number;
  /** Of the trigger, from signed rates of its sources (D3). */
  readonly minConfidencePercent: number;
  readonly requiresStaging: boolean;
  /** Names of calendars of which one must be open; empty: any time. */
  readonly calendars: readonly string[];
  readonly caps: {
    readonly targets: number;
    readonly services: number;
    readonly segments: number;
    readonly perTier: Readonly<Partial<Record<Tier, number>>>;
    /** Share of one tier's targets, in per cent. */
    readonly percentOfTier: number;
    /** Steps of the change. */
    readonly changeSetSize: number;
    /** Direct dependants of one target. */
    readonly fanOut: number;
    readonly sharedServices: number;
    readonly actionsPerHour: number;
  };
  /** Least capacity the dry run leaves to any dependant, in per cent. */
  readonly minCapacityLeftPercent: number;
  readonly rollbackWindowMinutes: number;
  readonly maxDrillAgeDays: number;
}

/** Whom to ask, when a decision owes people (A1). All matching routes are owed together. */
export interface Route {
  readonly id: Id<'Rule'>;
  readonly clause: string;
  readonly when: Selector;
  readonly demands: readonly Demand[];
  readonly stepUp: boolean;
}

/** What nobody may run, or turn to people. */
export interface Restriction extends Selector {
  readonly id: Id<'Rule'>;
  readonly clause: string;
}
export interface Prohibition extends Restriction {
  /** Prohibited only while the proposal lacks this. */
  readonly without?: 'change-record' | 'contingency-plan';
}

/** Hand-written Cedar in its analysed form: it can only forbid. */
export interface Guardrail {
  readonly id: Id<'Rule'>;
  readonly clause: string;
  readonly modes: readonly ('autonomous' | 'approved')[];
  /** Empty: every action. */
  readonly actions: readonly ActionType[];
  readonly conditions: readonly Condition[];
}

/**
 * When something is open: weekly hours in local time, days on which they do not hold, and whole periods. The offset of the zone
 * is written out for the validity of the envelope, so that the answer needs no time zone data and never changes afterwards.
 */
export interface Calendar {
  readonly name: string;
  /** IANA name, for people. */
  readonly zone: string;
  /** Minutes east of UTC from each instant on, sorted; before the first nothing is open. */
  readonly offsets: readonly { readonly from: Instant; readonly minutes: number }[];
  /** `from`/`to` in minutes of the local day, days 1 (Monday) to 7. */
  readonly weekly: readonly { readonly days: readonly number[]; readonly from: number; readonly to: number }[];
  /** Local dates `YYYY-MM-DD` without weekly hours. */
  readonly closed: readonly string[];
  /** Open as well: freezes, blackouts, maintenance and release windows; `to` does not belong to it. */
  readonly periods: readonly { readonly from: Instant; readonly to: Instant }[];
}

/** Adoption (L6): nothing runs; people approve outside production; grants count. */
export const PHASES = ['observe-only', 'non-production', 'bounded-autonomy'] as const;
export type Phase = (typeof PHASES)[number];

/** Most at once and over time (D5); reaching one asks people. */
export interface Limits {
  readonly classActionsPerHour: number;
  readonly organisationActionsPerHour: number;
  readonly concurrentOperations: number;
  readonly organisationTargetsPerDay: number;
}

/** From which rates on a class loses its autonomy by itself (E6), in per cent over so many cases in so many days. */
export interface Contraction {
  readonly failurePercent: number;
  readonly falsePositivePercent: number;
  readonly predictionErrorPercent: number;
  readonly minCases: number;
  readonly days: number;
}

export interface Envelope {
  readonly type: 'envelope';
  readonly organisation: OrganisationId;
  readonly version: number;
  /** Digest of the version it replaces; absent for the first. */
  readonly supersedes?: string;
  readonly owner: string;
  /** Why this version, and the ticket of the change advisory board (E3). */
  readonly reason: string;
  readonly ticket: string;
  readonly validFrom: Instant;
  /** At most 92 days after `validFrom` (E2). */
  readonly validUntil: Instant;
  readonly phase: Phase;
  readonly agents: readonly AgentId[];
  readonly maxGraphAgeMinutes: number;
  /** Per source scale word, or `source:word`, the severity 0..4; a word that is not listed is unknown, hence prohibited. */
  readonly severities: Readonly<Record<string, number>>;
  /** Per source, or `source:category`, how sure its past labels make us, in per cent (D3); absent: not at all. */
  readonly confidence: Readonly<Record<string, number>>;
  /** Signals that began further apart than this do not support each other. */
  readonly correlation: { readonly windowMinutes: number };
  /** Version of the time zone data the offsets of `calendars` were taken from. */
  readonly tzdata: string;
  readonly calendars: readonly Calendar[];
  readonly prohibited: readonly Prohibition[];
  /** Turn an act to people whatever a grant says. */
  readonly humanOnly: readonly Restriction[];
  readonly grants: readonly Grant[];
  readonly routes: readonly Route[];
  /** Nearer to a cap than this share of it, one of these people looks at the dry run first (4.12, D4). */
  readonly dryRun: { readonly marginPercent: number; readonly demands: readonly Demand[] };
  readonly limits: Limits;
  readonly contraction: Contraction;
  /** Action types whose low risk lets them skip staging, and the share of their acts that may (L4). */
  readonly maySkipStaging: readonly ActionType[];
  readonly maxSkipPercent: number;
  /** Data classes that staging may hold, and what must be there for a validation to count (L4). */
  readonly staging: { readonly dataClasses: readonly string[]; readonly dependencies: readonly NodeId[] };
  readonly rollout: RolloutRule;
  readonly egress: Readonly<Record<Environment, EgressMode>>;
  readonly retentionDays: RetentionDays;
  /** Kinds of evidence that are kept for another time than the rest of their environment. */
  readonly retentionKinds?: RetentionKinds;
  readonly guardrails: readonly Guardrail[];
  /** Digest of the rules in Cedar's JSON form: what is signed here is what both engines run. */
  readonly policies: Digest;
}
