/** An envelope in which every field, also every optional one, says something: for tests that walk the whole form. */
import { ENVIRONMENTS } from '../people/trust-bundle.ts';
import { parseDigest } from '../shared/brand.ts';
import { aCalendar, aGrant, anEnvelope, anId, aRoute, at } from './envelope.builder.ts';
import type { Envelope, Selector } from './envelope.ts';
import { RETENTION_KINDS } from './retention.ts';

export const FULL_SELECTOR: Required<Selector> = {
  actions: ['package.patch'],
  environments: ['production'],
  tiers: ['non-critical'],
  affectedTiers: ['production-critical'],
  targetKinds: ['host'],
  zones: ['dmz'],
  dataClasses: ['cardholder'],
  paths: ['payments'],
  owners: ['shop-team'],
  calendars: ['freeze'],
  targetsOver: 5,
  servicesOver: 2,
  citizensFrom: 1000,
  statutoryWithinHours: 24,
};

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`) ?? '';

export const wholeEnvelope = (): Envelope =>
  anEnvelope({
    version: 2,
    supersedes: DIGEST,
    confidence: { scanner: 80 },
    calendars: [
      aCalendar({
        name: 'freeze',
        closed: ['2026-12-25'],
        periods: [{ from: at('2026-12-20T00:00:00.000Z'), to: at('2026-12-31T00:00:00.000Z') }],
      }),
    ],
    prohibited: [{ id: anId('P1'), clause: 'PCI 6.5', ...FULL_SELECTOR, without: 'change-record' }],
    humanOnly: [{ id: anId('H1'), clause: 'AG-706 4.7', ...FULL_SELECTOR }],
    grants: [aGrant({ targetKinds: ['host'], calendars: ['freeze'] })],
    routes: [aRoute({ when: FULL_SELECTOR })],
    staging: { dataClasses: ['synthetic'], dependencies: [anId('db')] },
    retentionKinds: Object.fromEntries(
      ENVIRONMENTS.map((name) => [name, Object.fromEntries(RETENTION_KINDS.map((kind) => [kind, 100]))]),
    ),
    guardrails: [
      {
        id: anId('W1'),
        clause: 'W',
        modes: ['autonomous'],
        actions: ['package.patch'],
        conditions: [
          { op: 'is', fact: 'isSuspended', value: true },
          { op: 'at-least', fact: 'targets', value: 3 },
          { op: 'at-most', fact: 'severity', value: 1 },
          { op: 'any-of', fact: 'zones', values: ['dmz'] },
          { op: 'only', fact: 'owners', values: ['shop-team'] },
          { op: 'one-of', fact: 'rollbackKind', values: ['none'] },
        ],
      },
    ],
  });
