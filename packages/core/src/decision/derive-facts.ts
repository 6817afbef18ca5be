/**
 * Facts of one operation, computed from what is known and signed elsewhere (X1): nothing here is taken from the agent's word. Who
 * knows each fact is in `fact-table.ts`. The agent's own text (environment, rollback plan, timing) can only make an act more restricted.
 */
import type { ActionImpact } from '../impact/actions/action-impact.ts';
import { analyseAction } from '../impact/actions/analyse-action.ts';
import { analyseImpact, IMPACT_LIMITS, type Impact } from '../impact/impact.ts';
import { severityOf } from '../signal/severity.ts';
import { openCalendars } from '../envelope/calendar.ts';
import { isSaidWithin } from './fact-ages.ts';
import { authenticated, sorted, type DerivedFacts, type FactInputs } from './fact-inputs.ts';
import { KNOWERS, type Provenance } from './fact-table.ts';
import type { Facts } from './facts.ts';
import { cumulativeFacts, historyFacts } from './history-facts.ts';
import { isValidated, reversalFacts, stagingPolicyMet } from './staging-facts.ts';
import { reachFacts, targetFacts } from './target-facts.ts';
import { triggerOf, type Trigger } from './trigger-facts.ts';

export type {
  ContractedClass,
  DerivedFacts,
  Documents,
  DrillRecord,
  FactInputs,
  KnownSource,
  ReceivedSignal,
  SkipTally,
} from './fact-inputs.ts';

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
  paths: [],
  segments: 0,
  sharedServices: 0,
  fanOut: 0,
  citizens: 0,
  owners: [],
  edgesVisited: 0,
};

export function deriveFacts(inputs: FactInputs): DerivedFacts {
  const impact = impactOf(inputs);
  const act = actionImpactOf(inputs, impact);
  const trigger = triggerOf(inputs, impact);
  const targets = targetFacts(inputs, impact);
  const { proposal, envelope, now } = inputs;
  const facts: Facts = {
    now,
    ...agentFacts(inputs),
    ...targets,
    ...reachFacts(inputs.graph, impact, act),
    ...trigger.facts,
    ...reversalFacts(inputs, impact, act),
    ...historyFacts(inputs, impact, targets.tiers),
    ...cumulativeFacts(inputs, impact),
    isGraphFresh: isGraphFresh(inputs),
    stagingValidated: isValidated(inputs),
    stagingPolicyMet: stagingPolicyMet(inputs),
    openCalendars: openCalendars(envelope?.calendars ?? [], now),
    hasChangeRecord: proposal.changeRecord !== undefined,
    hasContingencyPlan: proposal.contingencyPlan !== undefined,
  };
  return {
    facts,
    missing: [...missingFacts(inputs), ...(act?.missing ?? [])],
    findings: findingsOf(trigger, act),
    provenance: provenanceOf(inputs),
    impact,
    ...(act !== undefined && { action: act }),
  };
}

function impactOf({ graph, proposal, healthKnown, limits = IMPACT_LIMITS }: FactInputs): Impact {
  if (graph === undefined) return { ...EMPTY_GRAPH, targets: [], unknownTargets: [...new Set(proposal.targets)] };
  return analyseImpact(graph, proposal.targets, { ...limits, healthKnown });
}

/** The meaning of the act (G4); nothing can be said of it without a graph, and then every target is unknown anyway. */
function actionImpactOf(inputs: FactInputs, impact: Impact): ActionImpact | undefined {
  const { graph, proposal, envelope, healthKnown, limits = IMPACT_LIMITS } = inputs;
  if (graph === undefined) return undefined;
  const { change, targets, rollback } = proposal;
  // No envelope, no window: then everything at once, which is the worst.
  const atOnce = envelope?.rollout.window ?? targets.length;
  return analyseAction(graph, { change, targets, rollback }, impact, { ...limits, healthKnown, atOnce });
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

function isGraphFresh({ graph, envelope, now }: FactInputs): boolean {
  if (graph === undefined || envelope === undefined) return false;
  return isSaidWithin(graph.snapshot.takenAt, now, envelope.maxGraphAgeMinutes * 60_000);
}

/** In words for a person: what is needed and not there. */
function missingFacts(inputs: FactInputs): readonly string[] {
  const { envelope, graph, proposal, roster } = inputs;
  const signals = authenticated(inputs);
  const missing: string[] = [];
  if (envelope === undefined) missing.push('an active envelope');
  if (graph === undefined) missing.push('a system graph');
  if (!roster.some(({ id }) => id === proposal.agent)) missing.push(`the agent \`${proposal.agent}\` in the roster`);
  if (signals.length === 0) missing.push('a signal of an authenticated source');
  else if (envelope !== undefined && signals.every((signal) => severityOf(envelope.severities, signal) < 0)) {
    const unmapped = sorted(signals.map(({ severity }) => severity));
    missing.push(`a severity: the envelope maps none of ${unmapped.map((word) => `\`${word}\``).join(', ')}`);
  }
  return missing;
}

function findingsOf({ benign, stale }: Trigger, act: ActionImpact | undefined): DerivedFacts['findings'] {
  return [
    ...benign.map(({ signal, match }) => ({
      clause: 'AG-706 4.11',
      text: `signal \`${signal.id}\` (${signal.rule}) is known to be harmless: ${match.reason} (said by ${match.owner})`,
    })),
    ...stale.map(({ id, observedAt }) => ({
      clause: 'D3',
      text: `signal \`${id}\` was last seen at ${observedAt}: a word of more than a day, or of the future, lets nothing run alone`,
    })),
    ...(act?.findings ?? []).map(({ clause, text }) => ({ clause, text })),
  ];
}

/** What each knower's words were read from: what the caller names, and the signals and the proposal themselves. */
function provenanceOf(inputs: FactInputs): readonly Provenance[] {
  const { documents = {}, proposal, now } = inputs;
  const known: typeof documents = {
    relay: authenticated(inputs).map(({ id, document }) => `${id} ${document}`),
    clock: [now],
    proposal: [proposal.changeDigest],
    ...documents,
  };
  return KNOWERS.map((knower) => ({ knower, documents: (known[knower] ?? []).toSorted() }));
}
