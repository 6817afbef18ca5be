/**
 * Makes the capsule of a decided proposal (C1): resolved targets in stratified order, the services to watch, how fast, whom it
 * is for, when, and what people owe. Pure; nonce, ids and time come in, and the digest of the way back is added by whoever hashes.
 */
import { plusMs, type CapsuleId, type Digest, type Instant, type NodeId, type TargetId } from '../shared/brand.ts';
import { refuse, type Result } from '../shared/result.ts';
import type { Demand } from '../people/person.ts';
import type { TrustBundle } from '../people/trust-bundle.ts';
import { nodeOf, tierOf, type GraphIndex } from '../graph/index-graph.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { analyseImpact, IMPACT_LIMITS, strataOf } from '../impact/impact.ts';
import type { Envelope, RolloutRule } from '../envelope/envelope.ts';
import type { Decision } from '../decision/decision.ts';
import type { Capsule, CapsuleTarget, DecisionInputs } from '../capsule/capsule.ts';
import { CANARY_ABOVE, checkCapsule } from '../capsule/capsule-rules.ts';
import { stateToCapture } from '../capsule/captured-state.ts';
import { orderTargets } from './strata.ts';

export interface CapsulePlan {
  readonly purpose: Capsule['purpose'];
  readonly proposal: Proposal;
  readonly decision: Decision;
  readonly decisionDigest: Digest;
  readonly riskAssessment: Digest;
  readonly trust: TrustBundle;
  readonly envelope: { readonly document: Envelope; readonly digest: Digest };
  readonly graph: { readonly index: GraphIndex; readonly digest: Digest };
  readonly inputs: DecisionInputs;
  readonly id: CapsuleId;
  readonly nonce: string;
  /** The version before, when this one replaces it. */
  readonly before?: { readonly capsule: Capsule; readonly digest: Digest };
  readonly now: Instant;
}

/** A runner's clock may be behind ours; what has no wish to wait is valid from a little earlier. */
const BACKDATED_MS = 60_000;
const VALIDATION_MS = 3_600_000;
/** How long people have, and how long a rollout may take. */
const APPROVAL_MS = 86_400_000;
const AUTONOMOUS_MS = 4 * 3_600_000;

/** All but the digest of the way back. */
export type PlannedCapsule = Omit<Capsule, 'counterCapsule'>;

export function planCapsule(plan: CapsulePlan): Result<PlannedCapsule> {
  const { proposal, decision, trust } = plan;
  const environment = plan.purpose === 'validation' ? 'staging' : proposal.environment;
  // In staging the runner is the same for all enclaves.
  const wanted = plan.purpose === 'validation' ? undefined : proposal.enclave;
  const runner = trust.keys.runners.find(
    (key) => key.environment === environment && (wanted === undefined || key.enclave === wanted),
  );
  if (runner === undefined)
    return refuse(
      'no-runner',
      `the trust bundle names no runner for ${environment}${wanted === undefined ? '' : ` in ${wanted}`}`,
      { clause: 'X1' },
    );
  const agent = trust.agents.find(({ id }) => id === proposal.agent);
  if (agent === undefined) return refuse('agent-unknown', 'the agent is not registered', { clause: 'L8' });
  const targets = plan.purpose === 'validation' ? proposal.validation.stagingTargets : proposal.targets;
  const rollout = rolloutRule(plan.envelope.document.rollout, targets.length);
  const { change, validation, rollback } = proposal;
  const capsule: PlannedCapsule = {
    type: 'capsule',
    // Versions of one capsule share its id: the runner lets at most one of them run (C1).
    id: plan.before?.capsule.id ?? plan.id,
    version: (plan.before?.capsule.version ?? 0) + 1,
    ...(plan.before !== undefined && { parent: plan.before.digest }),
    organisation: proposal.organisation,
    purpose: plan.purpose,
    environment,
    audience: { enclave: runner.enclave, runner: runner.runner },
    ...windowOf(plan),
    nonce: plan.nonce,
    isDemo: trust.isDemo,
    proposal: {
      id: proposal.id,
      revision: proposal.revision,
      agent: proposal.agent,
      owner: agent.owner,
      title: proposal.title,
      hypothesis: proposal.hypothesis,
      signals: proposal.signals,
      ...(proposal.changeRecord !== undefined && { changeRecord: proposal.changeRecord }),
      ...(proposal.contingencyPlan !== undefined && { contingencyPlan: proposal.contingencyPlan }),
    },
    change,
    validation,
    rollback,
    changeDigest: proposal.changeDigest,
    capture: stateToCapture(change),
    targets: inOrder(plan, targets, rollout),
    rollout,
    dependants: dependantsOf(plan.graph.index, targets),
    egress: plan.envelope.document.egress[environment],
    decision: { digest: plan.decisionDigest, verdict: decision.verdict, inputs: plan.inputs },
    envelope: { digest: plan.envelope.digest, version: plan.envelope.document.version },
    graph: { digest: plan.graph.digest, version: plan.graph.index.snapshot.version },
    riskAssessment: plan.riskAssessment,
    demands: demandsOf(plan),
  };
  const complaints = checkCapsule(capsule);
  if (complaints.length === 0) return { ok: true, value: capsule };
  return refuse('capsule-faulty', 'a capsule cannot be made of this proposal', { clause: 'C1', complaints });
}

/** A validation run is asked of the staging runner, not of people; its demands come with the rollout. */
const demandsOf = ({ purpose, decision }: CapsulePlan): readonly Demand[] =>
  purpose === 'validation' || decision.verdict === 'autonomous' ? [] : (decision.requirement?.demands ?? []);

/** The envelope's rule, never wider, fitted to how many targets there are (X4). */
function rolloutRule(rule: RolloutRule, targets: number): RolloutRule {
  const most = targets > CANARY_ABOVE ? targets - 1 : targets;
  return { ...rule, canary: Math.min(rule.canary, most), window: Math.min(rule.window, most) };
}

function windowOf({
  purpose,
  proposal,
  decision,
  envelope,
  now,
}: CapsulePlan): Pick<Capsule, 'notBefore' | 'notAfter'> {
  const isValidation = purpose === 'validation';
  const lastsMs = isValidation ? VALIDATION_MS : decision.verdict === 'autonomous' ? AUTONOMOUS_MS : APPROVAL_MS;
  const wish: Partial<Proposal['timing']> = isValidation ? {} : proposal.timing;
  const notBefore = wish.notBefore !== undefined && wish.notBefore > now ? wish.notBefore : plusMs(now, -BACKDATED_MS);
  const from = notBefore > now ? notBefore : now;
  const ends = [
    plusMs(from, lastsMs),
    envelope.document.validUntil,
    ...(wish.notAfter === undefined ? [] : [wish.notAfter]),
  ];
  return { notBefore, notAfter: ends.reduce((first, end) => (end < first ? end : first)) };
}

function inOrder({ graph }: CapsulePlan, targets: readonly TargetId[], rule: RolloutRule): readonly CapsuleTarget[] {
  const resolved = strataOf(graph.index, targets).map(({ target, stratum }) => ({
    id: target,
    tier: tierOf(graph.index, target),
    stratum,
  }));
  return orderTargets(resolved, { canary: rule.canary, window: rule.window }).ordered;
}

/** Whoever needs a target and can be asked for its own health. */
function dependantsOf(index: GraphIndex, targets: readonly TargetId[]): readonly NodeId[] {
  const healthKnown = (node: NodeId): boolean => nodeOf(index, node)?.kind === 'service';
  return analyseImpact(index, targets, { ...IMPACT_LIMITS, healthKnown }).watch;
}
