/** Every attack there is. A name is a promise: it is never given to another attack. */
import type { Attack } from './attack.ts';
import { APPROVAL_ATTACKS } from './table/approvals.ts';
import { CAMPAIGN_ATTACKS } from './table/campaigns.ts';
import { CAPSULE_ATTACKS } from './table/capsule.ts';
import { CLOCK_ATTACKS, WITHHELD_ATTACKS } from './table/clock.ts';
import { CUT_UP_ATTACKS } from './table/cut-up.ts';
import { DECISION_ATTACKS } from './table/decision.ts';
import { FACT_ATTACKS } from './table/known-facts.ts';
import { HEALTH_ATTACKS } from './table/health.ts';
import { HOSTILE_INPUT } from './table/hostile-input.ts';
import { ENVELOPE_ATTACKS } from './table/envelope.ts';
import { GRAPH_ATTACKS } from './table/graph.ts';
import { PEER_ATTACKS } from './table/peer-findings.ts';
import { SURFACE_ATTACKS } from './table/surfaces.ts';
import { FROZEN_TRUST_ATTACKS } from './table/frozen-trust.ts';
import { OLD_ENVELOPE_ATTACKS } from './table/old-envelopes.ts';
import { SPLIT_VIEW_ATTACKS } from './table/split-views.ts';
import { VERSION_ATTACKS } from './table/versions.ts';
import { TRUST_ATTACKS } from './table/trust.ts';
import { REPLAY_ATTACKS } from './table/replay.ts';
import { RESUME_ATTACKS } from './table/resume.ts';
import { RECORD_ATTACKS, STATUS_ATTACKS } from './table/standing.ts';
import { STALE_FACT_ATTACKS } from './table/stale-facts.ts';
import { STEP_ATTACKS } from './table/steps.ts';

export const ATTACKS: readonly Attack[] = [
  ...CAPSULE_ATTACKS,
  ...APPROVAL_ATTACKS,
  ...DECISION_ATTACKS,
  ...CUT_UP_ATTACKS,
  ...FACT_ATTACKS,
  ...STALE_FACT_ATTACKS,
  ...ENVELOPE_ATTACKS,
  ...OLD_ENVELOPE_ATTACKS,
  ...GRAPH_ATTACKS,
  ...TRUST_ATTACKS,
  ...STATUS_ATTACKS,
  ...RECORD_ATTACKS,
  ...STEP_ATTACKS,
  ...HEALTH_ATTACKS,
  ...REPLAY_ATTACKS,
  ...HOSTILE_INPUT,
  ...RESUME_ATTACKS,
  ...PEER_ATTACKS,
  ...CLOCK_ATTACKS,
  ...WITHHELD_ATTACKS,
  ...SURFACE_ATTACKS,
  ...CAMPAIGN_ATTACKS,
  ...VERSION_ATTACKS,
  ...FROZEN_TRUST_ATTACKS,
  ...SPLIT_VIEW_ATTACKS,
];
