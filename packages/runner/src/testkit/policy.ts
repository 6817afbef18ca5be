/** An envelope with one grant and one route, and a graph with the given targets under one service. */
import {
  envelopeShape,
  graphSnapshotShape,
  plusMs,
  type Envelope,
  type GraphSnapshot,
  type Instant,
  type Tier,
  demandShape,
  PLAIN_CAPS,
  PLAIN_GRANT,
  plainBlocks,
} from '@countersign/core';
import { withPolicies } from '@countersign/seal';
import { ORGANISATION } from './house.ts';
import { made } from './made.ts';

const DAY_MS = 86_400_000;
export const SERVICE = 'shop';

export function makeEnvelope(now: Instant, change: object = {}): Envelope {
  return withPolicies(
    made(envelopeShape, {
      type: 'envelope',
      organisation: ORGANISATION,
      version: 7,
      supersedes: `sha256:${'0'.repeat(64)}`,
      owner: 'owner-of-policy',
      ticket: 'CAB-1',
      reason: 'for a test',
      ...plainBlocks([made(demandShape, { role: 'release-approver', count: 1 })]),
      validFrom: plusMs(now, -DAY_MS),
      validUntil: plusMs(now, DAY_MS),
      agents: ['playbook'],
      maxGraphAgeMinutes: 60,
      severities: { high: 3, critical: 4 },
      calendars: [],
      prohibited: [],
      humanOnly: [],
      grants: [
        {
          id: 'patch-alone',
          isEnabled: true,
          actions: ['package.patch', 'service.restart'],
          tiers: ['non-critical'],
          environments: ['production'],
          ...PLAIN_GRANT,
          minSeverity: 3,
          minIndependentSignals: 2,
          requiresStaging: true,
          calendars: [],
          caps: {
            ...PLAIN_CAPS,
            targets: 10,
            services: 5,
            perTier: { 'non-critical': 10 },
            percentOfTier: 100,
            actionsPerHour: 100,
          },
          rollbackWindowMinutes: 120,
          maxDrillAgeDays: 30,
        },
      ],
      routes: [
        {
          id: 'production',
          clause: 'A1',
          when: { environments: ['production', 'staging'] },
          demands: [{ role: 'release-approver', count: 1 }],
          stepUp: false,
        },
      ],
      maySkipStaging: [],
      rollout: { canary: 2, window: 4, bakeMs: 0, healthTimeoutMs: 400 },
      egress: { staging: 'sanitized', 'pre-production': 'sanitized', production: 'sanitized' },
      policies: `sha256:${'0'.repeat(64)}`,
      ...change,
    }),
  );
}

export interface GraphTarget {
  readonly id: string;
  readonly tier: Tier;
}

export function makeGraph(
  now: Instant,
  targets: readonly GraphTarget[],
  environment: 'production' | 'staging',
): GraphSnapshot {
  const node = (id: string, kind: string, tier: Tier): object => ({ id, kind, tier, environment, owner: 'team' });
  return made(graphSnapshotShape, {
    type: 'graph-snapshot',
    organisation: ORGANISATION,
    version: 5,
    takenAt: plusMs(now, -60_000),
    nodes: [...targets.map(({ id, tier }) => node(id, 'host', tier)), node(SERVICE, 'service', 'non-critical')],
    edges: targets.map(({ id }) => ({ from: SERVICE, to: id, kind: 'depends-on', isHard: false })),
  });
}
