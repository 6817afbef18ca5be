/**
 * Facts of one operation, computed from what is known and signed elsewhere (X1): nothing here is taken from the agent's word.
 *
 * Provenance: tiers, zones, environments, data classes, dependants, shares: the graph its owner signed. Severity and
 * independence: authenticated signals, the registry's lineage, the envelope's mapping. Staging: the signed report of the staging
 * runner. Drills, rates, overlaps, breakers, suspensions: the record. Calendars and the graph's age: `now` against the envelope.
 * The agent's own text (environment, rollback plan, timing) can only make an act more restricted.
 */
import { msOf, type Digest, type Instant, type ProposalId, type SourceId } from '../shared/brand.ts';
import type { Tier } from '../graph/graph.ts';
import type { GraphIndex } from '../graph/index-graph.ts';
import { analyseImpact, IMPACT_LIMITS, type Impact, type ImpactOptions } from '../impact/impact.ts';
import {
  actionsLastHour,
  CUMULATIVE_WINDOW_MS,
  cumulativeTargets,
  overlaps,
  type OperationRecord,
} from '../impact/cumulative.ts';
import type { Agent } from '../people/person.ts';
import type { ActionType } from '../proposal/change.ts';
import type { Proposal } from '../proposal/proposal.ts';
import type { SourceLineage } from '../signal/correlate.ts';
import type { Signal } from '../signal/signal.ts';
import { openCalendars } from '../envelope/calendar.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { Facts } from './facts.ts';
import { supportOf } from './support.ts';

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

/** A pattern people have labelled harmless (4.11); without a source it holds for all. */
interface BenignPattern {
  readonly rule: string;
  readonly source?: SourceId;
}

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
  readonly sources: readonly SourceLineage[];
  readonly knownBenign: readonly BenignPattern[];
  readonly validation?: ValidationResult;
  readonly drills: readonly DrillRecord[];
  readonly operations: readonly OperationRecord[];
  readonly isBreakerOpen: boolean;
  readonly isSuspended: boolean;
}

/** Facts are always whole and restrictive where something is missing; what is missing prohibits (D1). */
export interface DerivedFacts {
  readonly facts: Facts;
  readonly missing: readonly string[];
  readonly impact: Impact;
}

const EMPTY_GRAPH: Omit<Impact, 'targets' | 'unknownTargets'> = {
  tiers: [],
  targetsPerTier: { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0 },
  percentOfTier: 100,
  environments: [],
  sites: [],
  zones: [],
  dataClasses: [],
  dependants: [],
  affectedServices: [],
  affectedTiers: [],
  watch: [],
  unhandled: [],
  edgesVisited: 0,
};

const sorted = <T extends string>(items: Iterable<T>): readonly T[] => [...new Set(items)].toSorted();

export function deriveFacts(inputs: FactInputs): DerivedFacts {
  const impact = impactOf(inputs);
  const facts: Facts = {
    now: inputs.now,
    ...agentFacts(inputs),
    ...targetFacts(inputs, impact),
    ...triggerFacts(inputs, impact),
    ...reversalFacts(inputs, impact),
    ...historyFacts(inputs, impact),
    isGraphFresh: isGraphFresh(inputs),
    stagingValidated: isValidated(inputs),
    openCalendars: openCalendars(inputs.envelope?.calendars ?? [], inputs.now),
  };
  return { facts, missing: missingFacts(inputs), impact };
}

function impactOf({ graph, proposal, healthKnown, limits = IMPACT_LIMITS }: FactInputs): Impact {
  if (graph === undefined) return { ...EMPTY_GRAPH, targets: [], unknownTargets: [...new Set(proposal.targets)] };
  return analyseImpact(graph, proposal.targets, { ...limits, healthKnown });
}

/** Known, not ended, allowed to propose, and named by the envelope (L8). */
function agentFacts({
  proposal,
  envelope,
  roster,
  now,
}: FactInputs): Pick<Facts, 'agent' | 'isAgentListed' | 'action'> {
  const agent = roster.find(({ id }) => id === proposal.agent);
  const mayPropose = agent !== undefined && agent.duty !== 'observe' && now < agent.expiresAt;
  return {
    agent: proposal.agent,
    isAgentListed: mayPropose && (envelope?.agents.includes(proposal.agent) ?? false),
    action: proposal.change.action,
  };
}

type TargetFacts = Pick<
  Facts,
  | 'environments'
  | 'tiers'
  | 'zones'
  | 'dataClasses'
  | 'targets'
  | 'unknownTargets'
  | 'targetsPerTier'
  | 'percentOfTier'
  | 'affectedServices'
  | 'affectedTiers'
  | 'unhandledDependants'
>;

function targetFacts({ proposal }: FactInputs, impact: Impact): TargetFacts {
  const unknown = impact.unknownTargets.length;
  return {
    // The agent's word can add an environment, never take one away.
    environments: sorted([...impact.environments, proposal.environment]),
    tiers: unknown > 0 ? sorted<Tier>([...impact.tiers, 'safety-critical']) : impact.tiers,
    zones: impact.zones,
    dataClasses: impact.dataClasses,
    targets: impact.targets.length + unknown,
    unknownTargets: unknown,
    targetsPerTier: {
      ...impact.targetsPerTier,
      'safety-critical': impact.targetsPerTier['safety-critical'] + unknown,
    },
    percentOfTier: unknown > 0 ? 100 : impact.percentOfTier,
    affectedServices: impact.affectedServices.length,
    affectedTiers: impact.affectedTiers,
    // A walk that was stopped did not see everything: at least one dependant is not vouched for.
    unhandledDependants: impact.unhandled.length + (impact.stoppedBy === undefined ? 0 : 1),
  };
}

/** The authenticated signals the proposal names; what it names and nobody received is not there. */
const authenticated = ({ signals, proposal }: FactInputs): readonly Signal[] => {
  const named = new Set<string>(proposal.signals);
  return signals
    .filter(({ signal, isAuthenticated }) => isAuthenticated && named.has(signal.id))
    .map(({ signal }) => signal);
};

function triggerFacts(
  inputs: FactInputs,
  impact: Impact,
): Pick<Facts, 'severity' | 'independentSignals' | 'matchesKnownBenign'> {
  const signals = authenticated(inputs);
  const firing = signals.filter(({ status }) => status === 'firing');
  return {
    severity: signals.reduce((highest, signal) => Math.max(highest, severityOf(inputs.envelope, signal)), -1),
    independentSignals: supportOf({ graph: inputs.graph, impact, signals: firing, sources: inputs.sources }),
    matchesKnownBenign: firing.some((signal) =>
      inputs.knownBenign.some(
        ({ rule, source }) => rule === signal.rule && (source === undefined || source === signal.source),
      ),
    ),
  };
}

/** The envelope's word for the source's word (D3); -1 when it has none. */
const severityOf = (envelope: Envelope | undefined, { severity }: Signal): number =>
  envelope !== undefined && Object.hasOwn(envelope.severities, severity) ? (envelope.severities[severity] ?? -1) : -1;

function reversalFacts(
  { proposal, drills, now }: FactInputs,
  impact: Impact,
): Pick<Facts, 'rollbackKind' | 'rollbackWindowMinutes' | 'rollbackLosesData' | 'drillAgeDays'> {
  const { kind, windowMinutes, dataEffects } = proposal.rollback;
  const tiers = impact.unknownTargets.length > 0 ? sorted<Tier>([...impact.tiers, 'safety-critical']) : impact.tiers;
  const ages = tiers.map((tier) => drillAgeDays(drills, { action: proposal.change.action, tier, now }));
  return {
    rollbackKind: kind,
    rollbackWindowMinutes: windowMinutes,
    rollbackLosesData: dataEffects === 'lost' || dataEffects === 'unknown',
    // The worst class rules; one that was never drilled makes the whole act undrilled.
    drillAgeDays: ages.length === 0 || ages.includes(-1) ? -1 : Math.max(...ages),
  };
}

const DAY_MS = 86_400_000;

/** Full days begun since the newest drill of the class, when it passed; a failed one takes the older ones' word away (X6). */
function drillAgeDays(
  drills: readonly DrillRecord[],
  { action, tier, now }: { readonly action: ActionType; readonly tier: Tier; readonly now: Instant },
): number {
  const own = drills.filter((drill) => drill.action === action && drill.tier === tier && drill.at <= now);
  const newest = own.reduce<Instant | undefined>(
    (latest, { at }) => (latest === undefined || at > latest ? at : latest),
    undefined,
  );
  if (newest === undefined || own.some(({ at, isPassed }) => at === newest && !isPassed)) return -1;
  return Math.ceil((msOf(now) - msOf(newest)) / DAY_MS);
}

function historyFacts(
  inputs: FactInputs,
  impact: Impact,
): Pick<Facts, 'actionsLastHour' | 'cumulativeTargets' | 'isBreakerOpen' | 'isSuspended' | 'overlapsOperation'> {
  const { proposal, operations, now } = inputs;
  const { id, agent, targets, change, timing } = proposal;
  const asked = { proposal: id, agent, action: change.action, targets, now };
  return {
    actionsLastHour: actionsLastHour(operations, asked),
    cumulativeTargets: cumulativeTargets(operations, asked, CUMULATIVE_WINDOW_MS),
    isBreakerOpen: inputs.isBreakerOpen,
    isSuspended: inputs.isSuspended,
    overlapsOperation: overlaps(operations, {
      ...asked,
      mayNotOverlap: timing.mayNotOverlap,
      nearby: new Set<string>(impact.dependants),
    }),
  };
}

/** How far ahead of us another clock may be before its date is not believed. */
const CLOCK_SKEW_MS = 60_000;

function isGraphFresh({ graph, envelope, now }: FactInputs): boolean {
  if (graph === undefined || envelope === undefined) return false;
  const ageMs = msOf(now) - msOf(graph.snapshot.takenAt);
  return ageMs >= -CLOCK_SKEW_MS && ageMs <= envelope.maxGraphAgeMinutes * 60_000;
}

/** Staging counts only for exactly this change; a planned reproduction must have failed before and passed after (L4). */
function isValidated({ validation, proposal, now }: FactInputs): boolean {
  if (validation === undefined) return false;
  return (
    validation.proposal === proposal.id &&
    validation.changeDigest === proposal.changeDigest &&
    validation.isPassed &&
    (proposal.validation.reproduction === undefined || validation.isReproduced) &&
    msOf(validation.finishedAt) <= msOf(now) + CLOCK_SKEW_MS
  );
}

/** In words for a person: what is needed and not there. */
function missingFacts(inputs: FactInputs): readonly string[] {
  const { envelope, graph, proposal, roster } = inputs;
  const signals = authenticated(inputs);
  const unmapped = sorted(signals.map(({ severity }) => severity));
  const missing: string[] = [];
  if (envelope === undefined) missing.push('an active envelope');
  if (graph === undefined) missing.push('a system graph');
  if (!roster.some(({ id }) => id === proposal.agent)) missing.push(`the agent \`${proposal.agent}\` in the roster`);
  if (signals.length === 0) missing.push('a signal of an authenticated source');
  else if (envelope !== undefined && signals.every((signal) => severityOf(envelope, signal) < 0))
    missing.push(`a severity: the envelope maps none of ${unmapped.map((word) => `\`${word}\``).join(', ')}`);
  return missing;
}
