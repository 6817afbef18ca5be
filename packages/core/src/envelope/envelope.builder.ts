/** A whole, valid envelope for tests; each test changes one thing. */
import { parseDigest, parseId, parseInstant, type Digest, type Id, type Instant } from '../shared/brand.ts';
import type { Calendar, Envelope, Grant, Route } from './envelope.ts';
import { PLAIN_CAPS, PLAIN_GRANT, plainBlocks } from './plain-blocks.ts';

const known = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('a test named something malformed');
  return value;
};
export const anId = <Name extends string>(text: string): Id<Name> => known(parseId<Name>(text));
export const at = (text: string): Instant => known(parseInstant(text));

/** A Wednesday, 02:14 UTC. */
export const NOW: Instant = at('2026-11-18T02:14:00.000Z');

/** Stands for the digest of the rules; who opens an envelope compares it, the rules themselves do not. */
const SOME_POLICIES: Digest = known(parseDigest(`sha256:${'0'.repeat(64)}`));

/** Open as its weekly hours say, in UTC. */
export const aCalendar = (change: Partial<Calendar> = {}): Calendar => ({
  name: 'always',
  zone: 'UTC',
  offsets: [{ from: at('1970-01-01T00:00:00.000Z'), minutes: 0 }],
  weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440 }],
  closed: [],
  periods: [],
  ...change,
});

export const aGrant = (change: Partial<Grant> = {}): Grant => ({
  id: anId('G01-patch-staged'),
  isEnabled: true,
  actions: ['package.patch'],
  tiers: ['non-critical', 'production-critical'],
  environments: ['production'],
  ...PLAIN_GRANT,
  minSeverity: 2,
  minIndependentSignals: 2,
  requiresStaging: true,
  calendars: ['night'],
  caps: {
    ...PLAIN_CAPS,
    targets: 15,
    services: 4,
    perTier: { 'non-critical': 15, 'production-critical': 10 },
    percentOfTier: 20,
    actionsPerHour: 3,
  },
  rollbackWindowMinutes: 30,
  maxDrillAgeDays: 60,
  ...change,
});

export const aRoute = (change: Partial<Route> = {}): Route => ({
  id: anId('R01-production'),
  clause: 'AG-706 4.2',
  when: { environments: ['production'] },
  demands: [{ role: anId('release-approver'), count: 1 }],
  stepUp: false,
  ...change,
});

export const anEnvelope = (change: Partial<Envelope> = {}): Envelope => ({
  type: 'envelope',
  organisation: anId('acme'),
  version: 1,
  owner: 'olive',
  ticket: 'CAB-7',
  reason: 'first version',
  ...plainBlocks([{ role: anId('release-approver'), count: 1 }]),
  validFrom: at('2026-11-01T00:00:00.000Z'),
  validUntil: at('2027-01-15T00:00:00.000Z'),
  agents: [anId('playbook')],
  maxGraphAgeMinutes: 60,
  severities: { warning: 2, critical: 4, error: 3 },
  calendars: [aCalendar({ name: 'night', weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 1320, to: 300 }] })],
  prohibited: [{ id: anId('P01-tenant'), clause: 'AG-706 4.1', actions: ['tenant.cross', 'data.destroy'] }],
  humanOnly: [{ id: anId('H01-clinical'), clause: 'AG-706 4.7', zones: ['clinical', 'scada'] }],
  grants: [aGrant()],
  routes: [
    aRoute(),
    aRoute({
      id: anId('R02-blast'),
      when: { targetsOver: 100 },
      demands: [{ role: anId('service-owner'), count: 1 }],
      stepUp: true,
    }),
  ],
  maySkipStaging: ['service.restart'],
  rollout: { canary: 5, window: 4, bakeMs: 1000, healthTimeoutMs: 5000 },
  egress: { staging: 'local-only', 'pre-production': 'local-only', production: 'local-only' },
  policies: SOME_POLICIES,
  ...change,
});
