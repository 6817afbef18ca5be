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
export {
  type Role,
  type RoleGrant,
  type Surface,
  type Enrolled,
  type PersonalKey,
  type Credential,
  type Person,
  type Agent,
  credentialShape,
  personShape,
  type Demand,
} from './people/person.ts';
export { floorDemands, mergeDemands } from './people/demands.ts';
export { type PersonIdentity, type WorkloadIdentity } from './people/outside-identity.ts';
export {
  type AgentScope,
  type AgentRoster,
  SCOPES_OF_DUTY,
  standingAgent,
  grantedScopes,
  agentSharingKey,
  standsForAgent,
  personOfIdentity,
} from './people/identity.ts';
export {
  type EnrolmentPolicy,
  type OfferedPasskey,
  type DutyPair,
  LEAST_COOLING_OFF_MS,
  enrolmentPolicyShape,
  checkOfferedPasskey,
} from './people/enrolment.ts';
export { type KeyOf, type Roster, checkRoster, withoutWaitingKeys } from './people/roster.ts';
export { type RosterChange, checkRosterChange } from './people/roster-change.ts';
export {
  type TrustKey,
  type TrustBundle,
  ENVIRONMENTS,
  type Environment,
  environmentShape,
  demandShape,
  trustBundleShape,
} from './people/trust-bundle.ts';
export { checkTrustBundle, DEMO_MARK, recordNameOf } from './people/check-trust-bundle.ts';
export { checkKeyDuties, type KeyReaders } from './people/key-duties.ts';
export { type Revocation, type SignedMoment, isRevokedAt } from './people/revocation.ts';
export { type Classified, type TierRule, leastTier } from './people/tier-rule.ts';
export {
  NODE_KINDS,
  type NodeKind,
  TIERS,
  type Tier,
  tierShape,
  type GraphNode,
  type GraphSnapshot,
  graphSnapshotShape,
} from './graph/graph.ts';
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
export {
  type RolloutRule,
  type Envelope,
  type Grant,
  type Route,
  type Selector,
  type Restriction,
  type Prohibition,
  type Guardrail,
  type Calendar,
  type Phase,
  PHASES,
} from './envelope/envelope.ts';
export { envelopeShape } from './envelope/envelope-shape.ts';
export { PLAIN_CAPS, PLAIN_GRANT, plainBlocks } from './envelope/plain-blocks.ts';
export { type Facts, NO_DEADLINE_HOURS } from './decision/facts.ts';
export { factsShape } from './decision/facts-shape.ts';
export { stricterFacts } from './decision/stricter-facts.ts';
export { type Decision, type Counterfactual, type RuleTrace, type Verdict } from './decision/decision.ts';
export { type CapsuleTarget, type Capsule, type DecisionInputs, capsuleShape } from './capsule/capsule.ts';
export { type RiskAssessment } from './capsule/risk.ts';
export { type Approval, type Resume, approvalShape, resumeShape } from './approval/approval.ts';
export { type HealthVerdict, type RolloutEvent, rolloutEventShape } from './rollout/event.ts';
export { RECORD_EVENTS, type RecordEvent, type Leaf, leafShape } from './record/leaf.ts';
export {
  MAX_HALTS,
  type NamedVersion,
  rulingVersionShape,
  type RulingVersion,
  type Status,
  statusShape,
} from './record/status.ts';
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
export { FLAGS, INTEGERS, MODES, SETS, WORDS } from './envelope/attributes.ts';
export {
  compareModes,
  compareRead,
  type CompareOptions,
  type Comparison,
  type Widening,
} from './envelope/compare/compare.ts';
export { deadRules, type DeadRule } from './envelope/compare/dead-rules.ts';
export { cedarJsonOf, toEst, type CedarJson, type Est } from './envelope/compare/est.ts';
export { readEst, type ReadPolicies } from './envelope/compare/read-est.ts';
export { cedarContext, toCedar, type CedarPolicies } from './envelope/cedar.ts';
export { checkEnvelope, checkEnvelopeAgainst, lintEnvelope, type LintSetting } from './envelope/check-envelope.ts';
export { type EnvelopeFinding } from './envelope/check/finding.ts';
export { didYouMean, nearestName } from './envelope/check/nearest-name.ts';
export { describeHumanConditions } from './envelope/human-conditions.ts';
export { HUMAN_CONDITION_NAMES } from './envelope/human-conditions.ts';
export type { Condition, Rule } from './envelope/rule.ts';
export { rulesOf } from './envelope/rules.ts';
export { type EnvelopeInForce, type DecisionInput, decide } from './decision/decide.ts';
export {
  type ReceivedSignal,
  type DrillRecord,
  type FactInputs,
  type DerivedFacts,
  type ContractedClass,
  type Documents,
  type KnownSource,
  type SkipTally,
  deriveFacts,
} from './decision/derive-facts.ts';
export {
  compileEnvelope,
  evaluate,
  evaluateAttributes,
  evaluateVerdict,
  answerOf,
  attributesOf,
  OWN_ENGINE,
} from './decision/evaluate.ts';
export type { Answer, CompiledEnvelope, Evaluation, RuleVerdict } from './decision/evaluate.ts';
export { floorReasons } from './decision/floor.ts';
export { type OracleQuestion, type OracleAnswer, type Oracle } from './decision/oracle.ts';
export {
  type EnvelopeTestCase,
  type EnvelopeTestSuite,
  envelopeTestSuiteShape,
  runEnvelopeTests,
} from './decision/test-cases.ts';
export {
  FLEET_OPERATOR_ROLES,
  POLICY_ADMIN_ROLE,
  isApproverRole,
  checkGrant,
  checkPolicySigners,
  dutyConflicts,
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
export { emptiedProposal, expiredText } from './proposal/emptied.ts';
export { type IntentLock, intentOf } from './proposal/intent.ts';
export { type IntakeKnowledge, acceptDraft } from './proposal/intake.ts';
export { hiddenCharacters, PAGE_WIDTH, plain } from './capsule/plain-text.ts';
export { renderCapsule } from './capsule/render.ts';
export { assessRisk } from './capsule/assess-risk.ts';
export { CANARY_ABOVE, checkCapsule } from './capsule/capsule-rules.ts';
export { capturedStateShape, stateToCapture, type CapturedState } from './capsule/captured-state.ts';
export { counterCapsuleOf, type CounterCapsule } from './capsule/counter-capsule.ts';
export {
  capsuleChanges,
  worstEffect,
  type CapsuleChange,
  type ChangeFacts,
  type DeltaEffect,
} from './approval/capsule-changes.ts';
export {
  carriedApprovals,
  linkBetween,
  MAX_CARRY_DEPTH,
  weakestKeys,
  type BoundApproval,
  type CarriedApproval,
  type Link,
  type SignedVersion,
} from './approval/carry-over.ts';
export { renderDelta, type Version } from './approval/render-delta.ts';
export { Quorum, evaluateQuorum, quorumProgress, eligiblePeople, type Vote } from './approval/quorum.ts';
export { approvalFor, checkApprovalBinding, type ApprovalFacts } from './approval/statement.ts';
export { keyDoubt, owesOwnSurface } from './approval/surface.ts';
export { Resumed, checkResume } from './approval/resume.ts';
export { authorize } from './approval/authorized.ts';
export { planOf } from './rollout/plan.ts';
export type { RolloutState } from './rollout/state.ts';
export { startRollout, apply, replay } from './rollout/reducer.ts';
export { type RolloutCommand, nextCommands } from './rollout/commands.ts';
export { type RolloutCounts, type RolloutView, viewOf, targetStates } from './rollout/counts.ts';
export { orderTargets } from './rollout/strata.ts';
export { planCapsule, type CapsulePlan, type PlannedCapsule } from './rollout/plan-capsule.ts';
export { evidenceCounts } from './evidence/counts.ts';
export { missingEvidence, missingForAutomatic } from './evidence/completeness.ts';
export { egressList, mayCountsLeave, mayLeave } from './evidence/egress.ts';
export { TARGET_STATES, type Breaker, type RolloutPhase, type TargetState } from './rollout/ledger.ts';
export { parseRange, hasCommon, type AddressRange } from './shared/address.ts';
export {
  type BenignSchedule,
  type RegisteredSchedule,
  type BenignMatch,
  MAX_BENIGN_MINUTES,
  benignScheduleShape,
  matchesBenign,
} from './signal/benign.ts';
export { type Cron, parseCron } from './signal/cron.ts';
export { severityOf } from './signal/severity.ts';
export {
  OUTCOME_LABELS,
  type OutcomeLabel,
  type LabelledOutcome,
  type LabelTally,
  type OutcomeRates,
  LEAST_TRUE_LABELS,
  lowerBoundPercent,
  ratesOf,
} from './signal/rates.ts';
export { confidenceOf } from './signal/confidence.ts';
export {
  SOURCE_FORMATS,
  type SourceFormat,
  type DetectionCategory,
  type RegisteredSource,
  type SourceDescription,
  OTHER_CATEGORY,
  sourceDescriptionShape,
  categoryOf,
  categoryOfSignal,
  maySend,
} from './signal/source.ts';
export { independentSet, independentSources } from './signal/correlate.ts';
export { type FindingDetail } from './signal/finding-detail.ts';
export { type SarifLog, readSarifLog } from './signal/parse-sarif.ts';
export {
  type Reach,
  type ReachMap,
  type ReachStep,
  type UnknownReach,
  reachFromEntries,
} from './impact/reachability/reach.ts';
export { type OnPath, businessPaths } from './impact/reachability/business-path.ts';
export type {
  Answerable,
  Disposition,
  Finding,
  HeardStatement,
  HeldReason,
  RankedFinding,
} from './impact/reachability/finding.ts';
export { type RankInputs, rankFindings } from './impact/reachability/rank.ts';
export { newestStatements } from './impact/reachability/exploitability.ts';
export { type VexFormat, type VexStatement, readVex, vexFormatOf } from './impact/reachability/vex.ts';
export { readExploitedList } from './impact/reachability/exploited.ts';
export { type FindingTally, type ShareHeld, shareHeld } from './impact/reachability/share.ts';
export { type ValidationSpec, validationSpecShape } from './evidence/validation-spec.ts';
export { type SpecRun, type FlakyCheck, flakyChecks } from './evidence/flaky.ts';
export { type Coverage, type Gap, type ModuleCoverage, coverageOf } from './evidence/coverage.ts';
export { fromBackstage } from './graph/importers/from-backstage.ts';
export { fromCompose } from './graph/importers/from-compose.ts';
export { fromCycloneDx } from './graph/importers/from-cyclonedx.ts';
export { fromKubernetes, type KubernetesOptions } from './graph/importers/from-kubernetes.ts';
export { fromOtelServiceGraph, type ServiceGraphOptions } from './graph/importers/from-otel-service-graph.ts';
export { fromCsv, fromJson } from './graph/importers/from-rows.ts';
export { mergeParts, type ImportReport, type MergedGraph, type MergeOptions } from './graph/importers/merge-parts.ts';
export {
  FINDING_KINDS,
  type FindingKind,
  type ImportedPart,
  type Importer,
  type ImportFinding,
  type ImportOptions,
  type PartEdge,
  type PartNode,
  type SourceDocument,
} from './graph/importers/part.ts';
export { type Adjacency, type EdgeColumns, eachNeighbour, markOf, NOWHERE } from './graph/adjacency.ts';
export {
  type GraphColumns,
  type NodeColumns,
  type NodeRow,
  columnsOf,
  EdgeWriter,
  NodeWriter,
} from './graph/columns.ts';
export { type ColumnIndex, indexFromColumns, tierAt } from './graph/index-graph.ts';
export { type ReachLimits, withReach } from './impact/reach.ts';
export { checkSigned, type EnvelopeSignature, type SignedEnvelope } from './envelope/activate-signed.ts';
export { compareOutside } from './envelope/lifecycle/outside.ts';
export { type Effect, type OutsideChange, isAgainst } from './envelope/lifecycle/outside-change.ts';
export { type RuleComparison, type RuleExample } from './envelope/lifecycle/compare-rules.ts';
export { type ProvedNarrowing, MAX_NARROWINGS, proveNarrowing } from './envelope/lifecycle/narrowing.ts';
export { type WideningReport, wideningLines, wideningOf } from './envelope/lifecycle/widening.ts';
export { analyseAction, rollbackEffect } from './impact/actions/analyse-action.ts';
export {
  type Act,
  ACTION_FINDING_KINDS,
  type ActionFinding,
  type ActionFindingKind,
  type ActionImpact,
  type ActionOptions,
  type CutFlow,
} from './impact/actions/action-impact.ts';
export {
  type ForeseenFlow,
  type ForeseenHealth,
  type Health,
  type Prediction,
  type PredictionError,
  predictionError,
  type SeenHealth,
} from './impact/prediction.ts';
export { type CumulativeImpact, cumulativeImpact, type Overlap, overlapsOf } from './impact/cumulative.ts';
export { MAX_SIGNAL_AGE_MS, MAX_VALIDATION_AGE_MS } from './decision/fact-ages.ts';
export { FACT_TABLE, KNOWERS, type FactSource, type Knower, type Provenance } from './decision/fact-table.ts';
export { type FactChange, type Wanted, applyChange } from './decision/fact-change.ts';
export { counterfactuals, applyAll, runsAlone } from './decision/counterfactual.ts';
export { nextOpening } from './decision/next-opening.ts';
export { type Margin, marginsOf } from './decision/margins.ts';
export { explainDecision } from './decision/explain.ts';
export { type RecordedInputs, replayDecision } from './decision/replay-decision.ts';
export { type RecordedDecision, readRecordedDecision } from './decision/recorded-decision.ts';
export { predictionShape } from './decision/prediction-shape.ts';
export { type EdgeName, type GraphUpdate, applyUpdate, graphUpdateShape } from './graph/graph-update.ts';
export { rosterProblems } from './envelope/lifecycle/roster-problems.ts';
export { type ClassRecord, classRecords, type Outcome, type Rate } from './envelope/lifecycle/contraction.ts';
export { draftExpansions, type Expansion } from './envelope/lifecycle/expansion.ts';
export { alignmentOf, type Drift, type DriftKind, EXPIRY_WARNING_DAYS } from './envelope/lifecycle/alignment.ts';
export {
  type AuditClosure,
  auditClosureShape,
  type AuditFinding,
  auditFindingShape,
  type Restoration,
  restorationShape,
} from './envelope/lifecycle/audit-finding.ts';
export {
  type AgentDay,
  type AgentHistory,
  type Baseline,
  type Departure,
  BASELINE_DAYS,
  baselineOf,
  leavesBaseline,
} from './decision/baseline.ts';
export {
  type LiftFacts,
  type RestraintKind,
  type RestraintLift,
  RESTRAINT_KINDS,
  checkLift,
  restraintLiftShape,
} from './decision/restraint.ts';
export { judge } from './decision/judge.ts';
export { updateBetween } from './graph/update-between.ts';
export { type GraphReport, graphReport } from './graph/import-graph.ts';
export {
  AUTOMATIC_FIELDS,
  BUNDLE_FIELDS,
  bundleFields,
  missingFields,
  type BundleFacts,
  type BundleField,
  type FieldLine,
  type FieldState,
} from './evidence/bundle-fields.ts';
export {
  type CampaignApproval,
  type CampaignFacts,
  campaignApprovalShape,
  checkCampaignApproval,
} from './approval/campaign-approval.ts';
export { exclusionsOfCampaign } from './approval/campaign-exclusions.ts';
export {
  type CampaignChange,
  type CampaignId,
  type CampaignManifest,
  type CampaignMember,
  type CampaignStage,
  type CampaignTotals,
  MAX_CAMPAIGN_CAPSULES,
  type PlacedMember,
  type StageRelease,
  type TierCounts,
  campaignShape,
  placedMembers,
} from './capsule/campaign.ts';
export { renderCampaign } from './capsule/campaign-page.ts';
export { type HeldCapsule, checkCampaign, checkMember } from './capsule/campaign-rules.ts';
export { campaignTotals, mergedDemands, targetsOf, tierCountsOf } from './capsule/campaign-totals.ts';
export { type Receipt, isSuccess, receiptShape } from './evidence/receipt.ts';
export { type ReleaseQuestion, checkRelease } from './evidence/stage-release.ts';
export { CONTROLS, type Control } from './record/control-map.ts';
export {
  EXCEPTIONS,
  periodReport,
  periodReportText,
  type PeriodQuestion,
  type PeriodReport,
  type ReportedEntry,
} from './record/period-report.ts';
export {
  checkClosure,
  CLOSURE_VERDICTS,
  evidenceClosureShape,
  type ClosureFacts,
  type ClosureVerdict,
  type EvidenceClosure,
} from './evidence/closure.ts';
export {
  LEAST_DAYS,
  RETENTION_KINDS,
  retentionOf,
  type RetentionDays,
  type RetentionKind,
  type RetentionKinds,
  type RetentionPolicy,
} from './envelope/retention.ts';
export { eventsOfKind, isHeld, kindOfEvent, type HoldScope } from './record/retained.ts';
export {
  derivedValues,
  HEALTH_WORDS,
  HOST_CLASSES,
  MASKING_RULES,
  sanitizedViewShape,
  type DerivedValue,
  type SanitizedView,
} from './evidence/sanitized-view.ts';
export { derivedText } from './evidence/derived-text.ts';
export { countsText } from './rollout/counts-text.ts';
