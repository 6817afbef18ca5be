/** The control plane's HTTP API, typed; runs in Node and in a page. */
import { authorityCalls, type AuthorityCalls } from './sdk/authority.ts';
import { enclaveCalls, type EnclaveCalls } from './sdk/enclaves.ts';
import { eventCalls, type EventCalls } from './sdk/events.ts';
import { evidenceCalls, type EvidenceCalls } from './sdk/evidence.ts';
import { findingCalls, type FindingCalls } from './sdk/findings.ts';
import { graphCalls, type GraphCalls } from './sdk/graph.ts';
import { Http, type Connection } from './sdk/http.ts';
import { proposalCalls, type ProposalCalls } from './sdk/proposals.ts';
import { recordCalls, type RecordCalls } from './sdk/record.ts';
import { retentionCalls, type RetentionCalls } from './sdk/retention.ts';
import { rolloutCalls, type RolloutCalls } from './sdk/rollouts.ts';
import { sessionCalls, type SessionCalls } from './sdk/session.ts';
import { signalCalls, type SignalCalls } from './sdk/signals.ts';
import { specCalls, type SpecCalls } from './sdk/specs.ts';
import { trustCalls, type TrustCalls } from './sdk/trust.ts';
import { anything } from './sdk/view-shape.ts';
import { campaignCalls, type CampaignCalls } from './sdk/campaigns.ts';
import { workCalls, type WorkCalls } from './sdk/work.ts';
import { health, type Health } from './sdk/views.ts';

export interface Client
  extends
    ProposalCalls,
    RolloutCalls,
    TrustCalls,
    AuthorityCalls,
    RecordCalls,
    SignalCalls,
    FindingCalls,
    GraphCalls,
    SpecCalls,
    CampaignCalls,
    WorkCalls,
    EnclaveCalls,
    EvidenceCalls,
    RetentionCalls,
    EventCalls,
    SessionCalls {
  readonly health: () => Promise<Health>;
  /** The description of the API, OpenAPI 3.1. */
  readonly openapi: () => Promise<unknown>;
}

/** Every call throws a `Problem` when the answer is no; reading is tried again, writing only under its idempotency key. */
export function connect(connection: Connection): Client {
  const http = new Http(connection);
  return {
    ...proposalCalls(http),
    ...rolloutCalls(http),
    ...trustCalls(http),
    ...authorityCalls(http),
    ...recordCalls(http),
    ...signalCalls(http),
    ...findingCalls(http),
    ...graphCalls(http),
    ...specCalls(http),
    ...campaignCalls(http),
    ...workCalls(http),
    ...enclaveCalls(http),
    ...eventCalls(http),
    ...sessionCalls(http),
    ...evidenceCalls(http),
    ...retentionCalls(http),
    health: () => http.get(health, '/health'),
    openapi: () => http.get(anything, '/openapi.json'),
  };
}
