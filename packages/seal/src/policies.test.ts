import {
  instantOf,
  parseId,
  plainBlocks,
  PLAIN_CAPS,
  PLAIN_GRANT,
  type Envelope,
  type Grant,
  type Id,
} from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from './digest.ts';
import { checkPolicies, policyDigestOf, withPolicies } from './policies.ts';

const idOf = <Name extends string>(text: string): Id<Name> => {
  const id = parseId<Name>(text);
  if (id === undefined) throw new Error(text);
  return id;
};
const GRANT: Grant = {
  id: idOf('G1'),
  isEnabled: true,
  actions: ['package.patch'],
  tiers: ['non-critical'],
  environments: ['production'],
  ...PLAIN_GRANT,
  minSeverity: 2,
  minIndependentSignals: 1,
  requiresStaging: true,
  calendars: [],
  caps: {
    ...PLAIN_CAPS,
    targets: 10,
    services: 4,
    perTier: { 'non-critical': 10 },
    percentOfTier: 20,
    actionsPerHour: 3,
  },
  rollbackWindowMinutes: 30,
  maxDrillAgeDays: 60,
};
const envelope = (change: Partial<Envelope> = {}): Envelope =>
  withPolicies({
    type: 'envelope',
    organisation: idOf('acme'),
    version: 1,
    owner: 'omar',
    ticket: 'CHG-1',
    reason: 'for a test',
    ...plainBlocks([{ role: idOf('release-approver'), count: 1 }]),
    validFrom: instantOf(0),
    validUntil: instantOf(86_400_000),
    agents: [idOf('playbook')],
    maxGraphAgeMinutes: 60,
    severities: { high: 3 },
    calendars: [],
    prohibited: [{ id: idOf('P1'), clause: 'L7', actions: ['data.destroy'] }],
    humanOnly: [{ id: idOf('H1'), clause: 'AG-706 4.7', zones: ['scada'] }],
    grants: [GRANT],
    routes: [
      {
        id: idOf('R1'),
        clause: 'A1',
        when: {},
        demands: [{ role: idOf('release-approver'), count: 1 }],
        stepUp: false,
      },
    ],
    maySkipStaging: [],
    rollout: { canary: 5, window: 10, bakeMs: 0, healthTimeoutMs: 5000 },
    egress: { staging: 'sanitized', 'pre-production': 'sanitized', production: 'sanitized' },
    ...change,
  });
const BASE = envelope();
const rule = { id: idOf<'Rule'>('X'), clause: 'c' };
const caps = (change: Partial<Grant['caps']>): Partial<Envelope> => ({
  grants: [{ ...GRANT, caps: { ...GRANT.caps, ...change } }],
});

/** Every part of an envelope that the rules carry. */
const IN_RULES: readonly (readonly [string, Partial<Envelope>])[] = [
  ['when it begins', { validFrom: instantOf(1) }],
  ['when it ends', { validUntil: instantOf(86_400_001) }],
  ['the phase', { phase: 'observe-only' }],
  ['a prohibition more', { prohibited: [...BASE.prohibited, rule] }],
  ['no prohibition', { prohibited: [] }],
  [
    'an exception of a prohibition',
    { prohibited: BASE.prohibited.map((one) => ({ ...one, without: 'change-record' })) },
  ],
  ['a human-only rule more', { humanOnly: [...BASE.humanOnly, rule] }],
  ['another zone', { humanOnly: [{ ...rule, id: idOf('H1'), clause: 'AG-706 4.7', zones: ['lan'] }] }],
  ['a clause', { humanOnly: BASE.humanOnly.map((one) => ({ ...one, clause: 'AG-706 4.8' })) }],
  ['a grant that is off', { grants: [{ ...GRANT, isEnabled: false }] }],
  ['a cap', caps({ targets: 11 })],
  ['a cap of a tier', caps({ perTier: { 'non-critical': 9 } })],
  ['a rate', caps({ actionsPerHour: 4 })],
  ['a route', { routes: BASE.routes.map((one) => ({ ...one, when: { targetsOver: 1 } })) }],
  ['the margin', { dryRun: { ...BASE.dryRun, marginPercent: 10 } }],
  ['a limit', { limits: { ...BASE.limits, concurrentOperations: 2 } }],
  ['what may skip staging', { maySkipStaging: ['process.kill'] }],
  ['how much may skip staging', { maxSkipPercent: 50 }],
  ['a guardrail', { guardrails: [{ ...rule, id: idOf('W'), modes: ['approved'], actions: [], conditions: [] }] }],
];
/** And every part it does not: signed all the same, as fields of the document. */
const OUTSIDE: readonly (readonly [string, Partial<Envelope>])[] = [
  ['reason', { reason: 'other' }],
  ['ticket', { ticket: 'CHG-2' }],
  ['owner', { owner: 'kim' }],
  ['version', { version: 2 }],
  ['agents', { agents: [] }],
  ['severities', { severities: {} }],
  ['confidence', { confidence: { a: 1 } }],
  ['graph age', { maxGraphAgeMinutes: 1 }],
  ['rollout', { rollout: { ...BASE.rollout, canary: 1 } }],
  ['egress', { egress: { ...BASE.egress, staging: 'local-only' } }],
  ['retention', { retentionDays: { ...BASE.retentionDays, staging: 1 } }],
  ['contraction', { contraction: { ...BASE.contraction, days: 1 } }],
  ['people of a route', { routes: BASE.routes.map((one) => ({ ...one, stepUp: true })) }],
];

describe('E1: the digest names the rules', () => {
  test.each(IN_RULES)('%s changes it', (_what, change) => {
    expect(policyDigestOf({ ...BASE, ...change })).not.toBe(BASE.policies);
  });
  test('no two of these versions share it', () => {
    const all = IN_RULES.map(([, change]) => policyDigestOf({ ...BASE, ...change }));
    expect(new Set([...all, BASE.policies]).size).toBe(IN_RULES.length + 1);
  });
  test.each(OUTSIDE)('%s does not change it', (_what, change) => {
    expect(policyDigestOf({ ...BASE, ...change })).toBe(BASE.policies);
  });
  test('what the document claims of its rules does not count', () => {
    expect(policyDigestOf({ ...BASE, policies: digestOf(new Uint8Array([1])) })).toBe(BASE.policies);
  });
  test('property: the order of the rules does not count', () => {
    const prohibited = ['A', 'B', 'C', 'D'].map((id) => ({ ...rule, id: idOf<'Rule'>(id) }));
    fc.assert(
      fc.property(fc.shuffledSubarray(prohibited, { minLength: 4 }), (shuffled) => {
        expect(policyDigestOf(envelope({ prohibited: shuffled }))).toBe(policyDigestOf(envelope({ prohibited })));
      }),
      { numRuns: 20, seed: 706 },
    );
  });
});

describe('E1: an envelope carries the digest of its own rules', () => {
  test('written last it is right, written twice it is the same', () => {
    expect(checkPolicies(BASE)).toEqual({ ok: true, value: true });
    expect(withPolicies(BASE)).toEqual(BASE);
  });
  test.each(IN_RULES)('%s changed afterwards: refused, with what to do', (_what, change) => {
    expect(checkPolicies({ ...BASE, ...change })).toMatchObject({
      ok: false,
      refusal: {
        code: 'policies-other',
        clause: 'E1',
        next: ['compile the envelope again and let it be signed again'],
      },
    });
  });
  test.each(OUTSIDE)('%s changed afterwards: its rules still are the ones it names', (_what, change) => {
    expect(checkPolicies({ ...BASE, ...change }).ok).toBe(true);
  });
  test('the digest of another algorithm, of nothing, or of one letter less is not it', () => {
    for (const policies of [
      '',
      'sha256:',
      BASE.policies.slice(0, -1),
      BASE.policies.toUpperCase(),
      digestOf(new Uint8Array()),
    ])
      expect(checkPolicies({ ...BASE, policies: policies as Envelope['policies'] }).ok).toBe(false);
  });
});
