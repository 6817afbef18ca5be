/** What programs use: the typed HTTP client. It loads in a page as well, so nothing here may need Node. */
export { connect, type Client } from './client.ts';
export { AgentCredential, TokenRefused, type AgentIdentity, type AgentToken } from './sdk/agent-credential.ts';
export type { Deliveries, EnclaveCalls, NamedReport } from './sdk/enclaves.ts';
export type { EventCalls, Following, Recorded, RecordedLeaf } from './sdk/events.ts';
export type { FindingCalls, FindingOptions, FindingSummaryView, FindingView } from './sdk/findings.ts';
export type { Connection, Writing } from './sdk/http.ts';
export { Problem, type ProblemFields } from './sdk/problem.ts';
export type { PageOptions, ProposalCalls, Rejection } from './sdk/proposals.ts';
export type { CheckpointView, Cosignature, EntryView, RecordCalls } from './sdk/record.ts';
export type { SessionCalls, SessionView } from './sdk/session.ts';
export type { RolloutCalls } from './sdk/rollouts.ts';
export type {
  RatesView,
  RelayedDocument,
  SignalCalls,
  SignalLabel,
  SignalView,
  TriageOptions,
  TriageView,
} from './sdk/signals.ts';
export type { CoverageView, GapView, ModuleCoverageView, SpecCalls, SpecView } from './sdk/specs.ts';
export type { GraphCalls, GraphReportView, ListedView, OwnersView, OwnerView } from './sdk/graph.ts';
export type {
  EnrolmentState,
  EnrolmentView,
  EnvelopeView,
  GraphView,
  TrustCalls,
  TrustDocument,
  TrustView,
} from './sdk/trust.ts';
export type {
  CapsuleSummary,
  DecisionView,
  DemandView,
  DocumentSignature,
  Health,
  Page,
  ProposalDetail,
  ProposalSummary,
  RolloutCountsView,
  RolloutSummary,
  Seat,
  SignedDocument,
  SigningData,
} from './sdk/views.ts';
