/** Every attack there is. A name is a promise: it is never given to another attack. */
import type { Attack } from './attack.ts';
import { APPROVAL_ATTACKS } from './table/approvals.ts';
import { CAPSULE_ATTACKS } from './table/capsule.ts';
import { DECISION_ATTACKS } from './table/decision.ts';
import { HOSTILE_INPUT } from './table/hostile-input.ts';
import { POLICY_ATTACKS } from './table/policy.ts';
import { REPLAY_ATTACKS } from './table/replay.ts';
import { RESUME_ATTACKS } from './table/resume.ts';
import { RECORD_ATTACKS, STATUS_ATTACKS } from './table/standing.ts';
import { STEP_ATTACKS } from './table/steps.ts';

export const ATTACKS: readonly Attack[] = [
  ...CAPSULE_ATTACKS,
  ...APPROVAL_ATTACKS,
  ...DECISION_ATTACKS,
  ...POLICY_ATTACKS,
  ...STATUS_ATTACKS,
  ...RECORD_ATTACKS,
  ...STEP_ATTACKS,
  ...REPLAY_ATTACKS,
  ...HOSTILE_INPUT,
  ...RESUME_ATTACKS,
];
