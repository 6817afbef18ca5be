/** The demo's authority envelope: what its two policy admins signed. */
import {
  envelopeShape,
  plusMs,
  readShape,
  type Envelope,
  type Instant,
  PLAIN_CAPS,
  PLAIN_GRANT,
  plainBlocks,
} from '@countersign/core';
import { withPolicies } from '@countersign/seal';
import { DEMO_ORGANISATION, PLAYBOOK_AGENT } from './people.ts';

const DAY_MS = 86_400_000;

/** Ready to use, small, and each behind staging or limited to one restart. */
const GRANTS = [
  {
    id: 'restart-one',
    isEnabled: true,
    actions: ['service.restart'],
    tiers: ['non-critical'],
    environments: ['staging', 'production'],
    ...PLAIN_GRANT,
    minSeverity: 2,
    minIndependentSignals: 2,
    requiresStaging: false,
    calendars: [],
    caps: {
      ...PLAIN_CAPS,
      targets: 3,
      services: 10,
      perTier: { 'non-critical': 3 },
      percentOfTier: 10,
      actionsPerHour: 100_000,
    },
    rollbackWindowMinutes: 60,
    maxDrillAgeDays: 92,
  },
  {
    id: 'patch-few',
    isEnabled: true,
    actions: ['package.patch'],
    tiers: ['non-critical', 'production-critical'],
    environments: ['production'],
    ...PLAIN_GRANT,
    minSeverity: 2,
    minIndependentSignals: 2,
    requiresStaging: true,
    calendars: ['always'],
    caps: {
      ...PLAIN_CAPS,
      targets: 15,
      services: 10,
      perTier: { 'non-critical': 15, 'production-critical': 5 },
      percentOfTier: 5,
      actionsPerHour: 20,
    },
    rollbackWindowMinutes: 60,
    maxDrillAgeDays: 92,
  },
] as const;

/** Whom to ask; all that match are owed together. */
const ROUTES = [
  {
    id: 'production',
    clause: '4.2',
    when: { environments: ['production'] },
    demands: [{ role: 'release-approver', count: 1 }],
    stepUp: false,
  },
  {
    id: 'large-blast',
    clause: '4.5',
    when: { environments: ['production'], targetsOver: 100 },
    demands: [{ role: 'service-owner', count: 1 }],
    stepUp: false,
  },
  {
    id: 'safety',
    clause: '4.7',
    when: { tiers: ['safety-critical'] },
    demands: [{ role: 'plant-safety', count: 1 }],
    stepUp: true,
  },
] as const;

/** Valid for 30 days from `now`. Throws only when this file itself is wrong. */
export function demoEnvelope(now: Instant, version = 1): Envelope {
  const read = readShape(envelopeShape, {
    type: 'envelope',
    organisation: DEMO_ORGANISATION,
    version,
    owner: 'risk-committee',
    ticket: 'CAB-1',
    reason: 'the demo begins',
    ...plainBlocks([]),
    dryRun: { marginPercent: 0, demands: [{ role: 'release-approver', count: 1 }] },
    validFrom: now,
    validUntil: plusMs(now, 30 * DAY_MS),
    agents: [PLAYBOOK_AGENT.id],
    maxGraphAgeMinutes: 1440,
    severities: { note: 1, warning: 2, error: 3, critical: 4, info: 0, none: 0 },
    calendars: [
      {
        name: 'always',
        zone: 'UTC',
        offsets: [{ from: '1970-01-01T00:00:00.000Z', minutes: 0 }],
        closed: [],
        periods: [],
        weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440 }],
      },
    ],
    prohibited: [{ id: 'never-destroy', clause: 'L7', actions: ['data.destroy', 'tenant.cross', 'governance.change'] }],
    humanOnly: [
      { id: 'people-safety', clause: '4.7', tiers: ['safety-critical'] },
      { id: 'people-ot', clause: '4.7', zones: ['ot'] },
      {
        id: 'people-network',
        clause: 'L7',
        actions: ['firewall.rule', 'network.isolate', 'credential.rotate', 'acl.change', 'account.disable'],
      },
    ],
    grants: GRANTS,
    routes: ROUTES,
    maySkipStaging: ['service.restart'],
    rollout: { canary: 25, window: 10, bakeMs: 500, healthTimeoutMs: 4000 },
    policies: `sha256:${'0'.repeat(64)}`,
    egress: { staging: 'sanitized', 'pre-production': 'sanitized', production: 'sanitized' },
  });
  if (!read.ok) throw new Error(`the demo envelope is malformed: ${JSON.stringify(read.refusal)}`);
  return withPolicies(read.value);
}
