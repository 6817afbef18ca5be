/** Remediation Authority Envelope (E1, AG-706 4.1, 4.5, 4.10): what may run alone, what needs whom, what never happens. */
import type { AgentId, Id, Instant, OrganisationId } from '../shared/brand.ts';
import { TIERS, tierShape, type Tier } from '../graph/graph.ts';
import { demandShape, environmentShape, type Environment } from '../people/trust-bundle.ts';
import type { Demand } from '../people/person.ts';
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';
import {
  boolean,
  id,
  instant,
  integer,
  list,
  literal,
  map,
  object,
  oneOf,
  optional,
  text,
  type Shape,
} from '../shared/shape.ts';
import { EGRESS_MODES, type EgressMode } from './egress.ts';

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

/** A bounded permission to act without asking. */
export interface Grant {
  readonly id: Id<'Rule'>;
  readonly isEnabled: boolean;
  readonly actions: readonly ActionType[];
  readonly tiers: readonly Tier[];
  readonly environments: readonly Environment[];
  /** 0..4 after the severity mapping: info, low, medium, high, critical. */
  readonly minSeverity: number;
  readonly minIndependentSignals: number;
  readonly requiresStaging: boolean;
  /** Names of calendars of which one must be open; empty: any time. */
  readonly calendars: readonly string[];
  readonly caps: {
    readonly targets: number;
    readonly services: number;
    readonly perTier: Readonly<Partial<Record<Tier, number>>>;
    /** Share of one tier's targets, in per cent. */
    readonly percentOfTier: number;
    readonly actionsPerHour: number;
  };
  readonly rollbackWindowMinutes: number;
  readonly maxDrillAgeDays: number;
}

/** Whom to ask, when a decision owes people (A1). All matching routes are owed together. */
export interface Route {
  readonly id: Id<'Rule'>;
  readonly clause: string;
  readonly when: {
    readonly environments?: readonly Environment[];
    readonly tiers?: readonly Tier[];
    readonly actions?: readonly ActionType[];
    readonly targetsOver?: number;
  };
  readonly demands: readonly Demand[];
  readonly stepUp: boolean;
}

/** Weekly hours in UTC offsets of a fixed zone; `from`/`to` in minutes of the day, days 1 (Monday) to 7. */
export interface Calendar {
  readonly name: string;
  readonly utcOffsetMinutes: number;
  readonly weekly: readonly { readonly days: readonly number[]; readonly from: number; readonly to: number }[];
}

export interface Envelope {
  readonly type: 'envelope';
  readonly organisation: OrganisationId;
  readonly version: number;
  /** Digest of the version it replaces; absent for the first. */
  readonly supersedes?: string;
  readonly owner: string;
  readonly ticket: string;
  readonly validFrom: Instant;
  /** At most 92 days after `validFrom` (E2). */
  readonly validUntil: Instant;
  readonly agents: readonly AgentId[];
  readonly maxGraphAgeMinutes: number;
  /** Per source scale word, the severity 0..4; a word that is not listed is unknown, hence prohibited. */
  readonly severities: Readonly<Record<string, number>>;
  readonly calendars: readonly Calendar[];
  /** Action types nobody may run here. */
  readonly prohibited: readonly {
    readonly id: Id<'Rule'>;
    readonly clause: string;
    readonly actions: readonly ActionType[];
  }[];
  /** Turn an act to people whatever a grant says. */
  readonly humanOnly: readonly {
    readonly id: Id<'Rule'>;
    readonly clause: string;
    readonly actions?: readonly ActionType[];
    readonly tiers?: readonly Tier[];
    readonly zones?: readonly string[];
    readonly dataClasses?: readonly string[];
  }[];
  readonly grants: readonly Grant[];
  readonly routes: readonly Route[];
  /** Action types whose low risk lets them skip staging (L4). */
  readonly maySkipStaging: readonly ActionType[];
  readonly rollout: RolloutRule;
  readonly egress: Readonly<Record<Environment, EgressMode>>;
}

const name = text({ min: 1, max: 80 });
const actions: Shape<readonly ActionType[]> = list(oneOf(...ACTION_TYPES), { max: 64 });
const tiers: Shape<readonly Tier[]> = list(tierShape, { max: 3 });
const environments: Shape<readonly Environment[]> = list(environmentShape, { max: 3 });
const clause = text({ min: 1, max: 40 });
const count = integer({ min: 0, max: 1_000_000 });

const grantShape: Shape<Grant> = object<Grant>({
  id: id(),
  isEnabled: boolean,
  actions,
  tiers,
  environments,
  minSeverity: integer({ min: 0, max: 4 }),
  minIndependentSignals: integer({ min: 1, max: 9 }),
  requiresStaging: boolean,
  calendars: list(name, { max: 16 }),
  caps: object<Grant['caps']>({
    targets: count,
    services: count,
    perTier: map(count, { max: 3, key: new RegExp(`^(?:${TIERS.join('|')})$`) }),
    percentOfTier: integer({ min: 0, max: 100 }),
    actionsPerHour: count,
  }),
  rollbackWindowMinutes: integer({ min: 0, max: 10_080 }),
  maxDrillAgeDays: integer({ min: 1, max: 92 }),
});

const routeShape: Shape<Route> = object<Route>({
  id: id(),
  clause,
  when: object<Route['when']>({
    environments: optional(environments),
    tiers: optional(tiers),
    actions: optional(actions),
    targetsOver: optional(count),
  }),
  demands: list(demandShape, { min: 1, max: 8 }),
  stepUp: boolean,
});

const minuteOfDay = integer({ min: 0, max: 1440 });
export const envelopeShape: Shape<Envelope> = object<Envelope>({
  type: literal('envelope'),
  organisation: id(),
  version: integer({ min: 1, max: 1_000_000 }),
  supersedes: optional(text({ min: 71, max: 71 })),
  owner: name,
  ticket: name,
  validFrom: instant,
  validUntil: instant,
  agents: list(id<'Agent'>(), { max: 200 }),
  maxGraphAgeMinutes: integer({ min: 1, max: 525_600 }),
  severities: map(integer({ min: 0, max: 4 }), { max: 64 }),
  calendars: list(
    object<Calendar>({
      name,
      utcOffsetMinutes: integer({ min: -840, max: 840 }),
      weekly: list(
        object<Calendar['weekly'][number]>({
          days: list(integer({ min: 1, max: 7 }), { min: 1, max: 7 }),
          from: minuteOfDay,
          to: minuteOfDay,
        }),
        { min: 1, max: 32 },
      ),
    }),
    { max: 32 },
  ),
  prohibited: list(object<Envelope['prohibited'][number]>({ id: id(), clause, actions }), { max: 200 }),
  humanOnly: list(
    object<Envelope['humanOnly'][number]>({
      id: id(),
      clause,
      actions: optional(actions),
      tiers: optional(tiers),
      zones: optional(list(name, { max: 64 })),
      dataClasses: optional(list(name, { max: 64 })),
    }),
    { max: 200 },
  ),
  grants: list(grantShape, { max: 1000 }),
  routes: list(routeShape, { max: 200 }),
  maySkipStaging: actions,
  rollout: object<RolloutRule>({
    canary: integer({ min: 1, max: 1000 }),
    window: integer({ min: 1, max: 1000 }),
    bakeMs: integer({ min: 0, max: 86_400_000 }),
    healthTimeoutMs: integer({ min: 100, max: 3_600_000 }),
  }),
  egress: object<Envelope['egress']>({
    staging: oneOf(...EGRESS_MODES),
    'pre-production': oneOf(...EGRESS_MODES),
    production: oneOf(...EGRESS_MODES),
  }),
});
