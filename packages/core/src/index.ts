export {
  type Digest,
  type Id,
  type OrganisationId,
  type PersonId,
  type AgentId,
  type RunnerId,
  type SourceId,
  type SignalId,
  type ProposalId,
  type CapsuleId,
  type TargetId,
  type NodeId,
  type RunId,
  type EnclaveId,
  type Instant,
  parseId,
  parseDigest,
  parseInstant,
  msOf,
  instantOf,
  plusMs,
} from './shared/brand.ts';
export { type Result, type Refusal, type Complaint, ok, refuse } from './shared/result.ts';
export {
  type JsonSchema,
  type Shape,
  type Optional,
  readShape,
  text,
  integer,
  boolean,
  oneOf,
  id,
  digest,
  instant,
  list,
  map,
  optional,
  object,
  union,
  literal,
  where,
} from './shared/shape.ts';
export { DIGEST_WORDS, digestWords } from './shared/digest-words.ts';
export { type Role, type Credential, type Person, type Agent, credentialShape, type Demand } from './people/person.ts';
export {
  type TrustKey,
  type TrustBundle,
  ENVIRONMENTS,
  type Environment,
  environmentShape,
  demandShape,
  trustBundleShape,
} from './people/trust-bundle.ts';
export { TIERS, type Tier, tierShape, type GraphNode, type GraphSnapshot, graphSnapshotShape } from './graph/graph.ts';
export { SIGNAL_FORMATS, type SignalFormat, type Signal, signalShape, signalStatementShape } from './signal/signal.ts';
export {
  ACTION_TYPES,
  type ActionType,
  type Change,
  type Probe,
  type ValidationPlan,
  type RollbackPlan,
  type BoundChange,
  changeShape,
  validationPlanShape,
  rollbackPlanShape,
} from './proposal/change.ts';
export { type RunnableStep, type Step, isRunnable } from './proposal/step.ts';
export { type ProposalDraft, type Proposal, proposalDraftShape } from './proposal/proposal.ts';
export { EGRESS_MODES, type EgressMode } from './envelope/egress.ts';
export { type RolloutRule, type Envelope, envelopeShape } from './envelope/envelope.ts';
export { type Facts } from './decision/facts.ts';
export { type Decision } from './decision/decision.ts';
export { type CapsuleTarget, type Capsule, capsuleShape } from './capsule/capsule.ts';
export { type RiskAssessment } from './capsule/risk.ts';
export { type Approval, type Resume, approvalShape, resumeShape } from './approval/approval.ts';
export { type HealthVerdict, type RolloutEvent, rolloutEventShape } from './rollout/event.ts';
export { RECORD_EVENTS, type RecordEvent, type Leaf, leafShape } from './record/leaf.ts';
export { type Status, statusShape } from './record/status.ts';
export {
  type CheckRun,
  type ValidationReport,
  type TargetEvidence,
  type Evidence,
  type EvidenceStatement,
  validationReportShape,
  evidenceStatementShape,
} from './evidence/evidence.ts';
export { effectiveTier, highestTier, indexGraph, nodeOf, tierOf } from './graph/index-graph.ts';
export type { GraphIndex, LoweredTier } from './graph/index-graph.ts';
export type { SignalContext } from './signal/parse-context.ts';
export { parseRfc3339 } from './signal/parse-time.ts';
export { readAlertmanager } from './signal/parse-alertmanager.ts';
export { readSarif } from './signal/parse-sarif.ts';
export { type SourceLineage, correlate } from './signal/correlate.ts';
export { type Impact, IMPACT_LIMITS, analyseImpact, highestTierOf, strataOf } from './impact/impact.ts';
export { type OperationRecord, HOUR_MS, CUMULATIVE_WINDOW_MS } from './impact/cumulative.ts';
export { ActiveEnvelope, activate, noEnvelope } from './envelope/activate.ts';
export type { Attributes, Mode } from './envelope/attributes.ts';
export { openCalendars } from './envelope/calendar.ts';
export { cedarContext, toCedar, type CedarPolicies } from './envelope/cedar.ts';
export { checkEnvelope } from './envelope/check-envelope.ts';
export { HUMAN_CONDITION_NAMES } from './envelope/human-conditions.ts';
export type { Condition, Rule } from './envelope/rule.ts';
export { rulesOf } from './envelope/rules.ts';
export { type EnvelopeInForce, type DecisionInput, decide } from './decision/decide.ts';
export {
  type ReceivedSignal,
  type DrillRecord,
  type FactInputs,
  type DerivedFacts,
  deriveFacts,
} from './decision/derive-facts.ts';
export { compileEnvelope, evaluate, evaluateAttributes, attributesOf, OWN_ENGINE } from './decision/evaluate.ts';
export type { CompiledEnvelope, Evaluation } from './decision/evaluate.ts';
export { floorReasons } from './decision/floor.ts';
export { type OracleQuestion, type OracleAnswer, type Oracle } from './decision/oracle.ts';
export { type EnvelopeTestCase, envelopeTestSuiteShape, runEnvelopeTests } from './decision/test-cases.ts';
export {
  FLEET_OPERATOR_ROLES,
  POLICY_ADMIN_ROLE,
  isApproverRole,
  checkPolicySigners,
  type Exclusion,
  exclusionsOf,
  ineligibility,
} from './people/duties.ts';
export {
  PROPOSAL_STATES,
  type ProposalState,
  type ReconciledOutcome,
  type ProposalEvent,
  nextState,
  eventsFrom,
  isTerminal,
} from './proposal/state.ts';
export { type IntentLock, intentOf } from './proposal/intent.ts';
export { type IntakeKnowledge, acceptDraft } from './proposal/intake.ts';
export { hiddenCharacters, PAGE_WIDTH, plain } from './capsule/plain-text.ts';
export { renderCapsule } from './capsule/render.ts';
export { CANARY_ABOVE, checkCapsule } from './capsule/capsule-rules.ts';
export { Quorum, evaluateQuorum, quorumProgress, eligiblePeople } from './approval/quorum.ts';
export { approvalFor, checkApprovalBinding } from './approval/statement.ts';
export { Resumed, checkResume } from './approval/resume.ts';
export { authorize } from './approval/authorized.ts';
export { planOf } from './rollout/plan.ts';
export type { RolloutState } from './rollout/state.ts';
export { startRollout, apply, replay } from './rollout/reducer.ts';
export { type RolloutCommand, nextCommands } from './rollout/commands.ts';
export { type RolloutCounts, type RolloutView, viewOf, targetStates } from './rollout/counts.ts';
export { orderTargets } from './rollout/strata.ts';
export { evidenceCounts } from './evidence/counts.ts';
export { missingEvidence, missingForAutomatic } from './evidence/completeness.ts';
export { mayCountsLeave, mayLeave } from './evidence/egress.ts';
export { TARGET_STATES, type Breaker, type RolloutPhase, type TargetState } from './rollout/ledger.ts';
