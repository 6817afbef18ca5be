/** What a control plane that holds its own key can make of a capsule people signed, field by field, and how the runner calls it (D6). */
import { digest, id, instant, plusMs, type Capsule, type Digest, type Instant } from '@countersign/core';
import { changeDigestOf, type CapsuleDelivery } from '@countersign/seal';
import { expect, test } from 'vitest';
import { code } from '../testkit/attack.ts';
import { made } from '../testkit/made.ts';
import { FIRST, forgedAfter, parentsOf, signDelta } from '../testkit/versions.ts';

const carried: Partial<CapsuleDelivery> = { approvals: FIRST.delivery.approvals, parents: parentsOf(FIRST) };
const hash = (letter: string): Digest => made(digest, `sha256:${letter.repeat(64)}`);
const at = (text: string): Instant => made(instant, text);
const of = FIRST.capsule;
const rollout = (part: Partial<Capsule['rollout']>): Partial<Capsule> => ({ rollout: { ...of.rollout, ...part } });
const proposal = (part: Partial<Capsule['proposal']>): Partial<Capsule> => ({ proposal: { ...of.proposal, ...part } });
/** Another content with the digest that fits it: the control plane holds the key, so everything it says agrees with itself. */
const bound = (part: Partial<Pick<Capsule, 'change' | 'validation' | 'rollback'>>): Partial<Capsule> => {
  const { change, validation, rollback } = { ...of, ...part };
  return { change, validation, rollback, changeDigest: changeDigestOf({ change, validation, rollback }) };
};
const [host1, host2, host3] = of.targets as [
  Capsule['targets'][number],
  Capsule['targets'][number],
  Capsule['targets'][number],
];
const host4 = { ...host3, id: made(id<'Target'>(), 'host-4') };
const content = (text: string): Partial<Capsule> =>
  bound({
    change: {
      ...of.change,
      steps: of.change.steps.map((step) => (step.adapter === 'config' ? { ...step, content: text } : step)),
    },
  });

/** What a control plane can make of a signed capsule, and how the runner calls it. Kim signed version 1 and nothing else. */
const WIDENINGS: readonly (readonly [string, string, Partial<Capsule>])[] = [
  ['carry-void', 'another organisation', { organisation: made(id<'Organisation'>(), 'other') }],
  ['carry-void', 'another environment', { environment: 'pre-production' }],
  ['carry-void', 'another enclave', { audience: { ...of.audience, enclave: made(id<'Enclave'>(), 'other') } }],
  ['carry-void', 'another runner', { audience: { ...of.audience, runner: made(id<'Runner'>(), 'runner-2') } }],
  ['carry-void', 'a demo', { isDemo: true }],
  ['carry-void', 'earlier', { notBefore: plusMs(of.notBefore, -1) }],
  ['carry-void', 'an hour earlier', { notBefore: plusMs(of.notBefore, -3_600_000) }],
  ['carry-void', 'longer', { notAfter: plusMs(of.notAfter, 1) }],
  ['carry-void', 'a day longer', { notAfter: plusMs(of.notAfter, 86_400_000) }],
  ['carry-void', 'another year', { notAfter: at('2027-11-21T00:00:00.000Z') }],
  ['carry-void', 'another proposal', proposal({ id: made(id<'Proposal'>(), 'P-9') })],
  ['carry-void', 'another agent', proposal({ agent: made(id<'Agent'>(), 'other') })],
  ['carry-void', 'an owner who could then sign', proposal({ owner: made(id<'Person'>(), 'kim') })],
  ['quorum-missing', 'another title', proposal({ title: 'harmless' })],
  ['quorum-missing', 'another reason', proposal({ hypothesis: 'none' })],
  ['quorum-missing', 'a signal fewer', proposal({ signals: of.proposal.signals.slice(0, 1) })],
  ['quorum-missing', 'a change record', proposal({ changeRecord: 'CHG-1' })],
  ['quorum-missing', 'a contingency plan', proposal({ contingencyPlan: 'none' })],
  ['carry-void', 'another content', content('{"version":"3"}')],
  ['carry-void', 'one space more in the content', content('{"version":"2"} ')],
  ['carry-void', 'another action', bound({ change: { ...of.change, action: 'package.patch' } })],
  ['carry-void', 'another summary', bound({ change: { ...of.change, summary: 'x' } })],
  ['carry-void', 'a step fewer', bound({ change: { ...of.change, steps: of.change.steps.slice(0, 1) } })],
  [
    'carry-void',
    'a step twice',
    bound({ change: { ...of.change, steps: [...of.change.steps, ...of.change.steps.slice(1)] } }),
  ],
  ['carry-void', 'steps in another order', bound({ change: { ...of.change, steps: of.change.steps.toReversed() } })],
  [
    'carry-void',
    'another file',
    bound({
      change: {
        ...of.change,
        steps: of.change.steps.map((step) => (step.adapter === 'config' ? { ...step, path: 'lib/other.json' } : step)),
      },
    }),
  ],
  [
    'carry-void',
    'a file that is not checked',
    bound({
      change: {
        ...of.change,
        steps: of.change.steps.map((step) =>
          step.adapter === 'config' ? { ...step, validate: 'none' as const } : step,
        ),
      },
    }),
  ],
  [
    'carry-void',
    'another service',
    bound({
      change: {
        ...of.change,
        steps: of.change.steps.map((step) => (step.adapter === 'service' ? { ...step, service: 'db' } : step)),
      },
    }),
  ],
  ['carry-void', 'no version to be seen afterwards', bound({ change: { ...of.change, intendedVersions: {} } })],
  [
    'carry-void',
    'another version to be seen afterwards',
    bound({ change: { ...of.change, intendedVersions: { app: '3' } } }),
  ],
  [
    'carry-void',
    'another specification',
    bound({ validation: { ...of.validation, spec: { ...of.validation.spec, version: 2 } } }),
  ],
  ['carry-void', 'other staging targets', bound({ validation: { ...of.validation, stagingTargets: [] } })],
  [
    'carry-void',
    'another check',
    bound({
      validation: { ...of.validation, checks: [{ id: made(id<'Check'>(), 'c'), path: '/', expectStatus: 200 }] },
    }),
  ],
  ['carry-void', 'no way back', bound({ rollback: { ...of.rollback, kind: 'none', isAutomatic: false } })],
  ['carry-void', 'a way back that waits for a person', bound({ rollback: { ...of.rollback, isAutomatic: false } })],
  ['carry-void', 'a shorter way back', bound({ rollback: { ...of.rollback, windowMinutes: 5 } })],
  ['carry-void', 'a longer way back', bound({ rollback: { ...of.rollback, windowMinutes: 120 } })],
  ['carry-void', 'data that is lost', bound({ rollback: { ...of.rollback, dataEffects: 'lost' } })],
  ['unknown-target', 'a host nobody knows', { targets: [...of.targets, host4] }],
  ['unknown-target', 'one host for another', { targets: [host1, host2, host4] }],
  ['quorum-missing', 'hosts in another order', { targets: [host3, host2, host1] }],
  ['quorum-missing', 'two of them in another order', { targets: [host2, host1] }],
  ['quorum-missing', 'another configuration', { targets: [{ ...host1, stratum: 'two' }, host2, host3] }],
  ['carry-void', 'a host of a higher tier', { targets: [{ ...host1, tier: 'production-critical' }, host2, host3] }],
  ['carry-void', 'a safety-critical host', { targets: [{ ...host1, tier: 'safety-critical' }, host2, host3] }],
  [
    'carry-void',
    'one host more, of a higher tier',
    { targets: [...of.targets, { ...host4, tier: 'production-critical' }] },
  ],
  ['carry-void', 'a larger canary', rollout({ canary: 3 })],
  ['carry-void', 'a larger window', { targets: of.targets, ...rollout({ window: of.rollout.window + 1 }) }],
  ['carry-void', 'more patience', rollout({ healthTimeoutMs: 401 })],
  ['quorum-missing', 'nobody watched', { dependants: [] }],
  ['carry-void', 'less that leaves turned into more', { egress: 'sanitized', ...rollout({ healthTimeoutMs: 4000 }) }],
  ['carry-void', 'it runs alone', { decision: { ...of.decision, verdict: 'autonomous' }, demands: [] }],
  ['carry-void', 'nobody is asked', { demands: [], decision: { ...of.decision, verdict: 'autonomous' } }],
  ['carry-void', 'another role is asked', { demands: [{ role: made(id<'Role'>(), 'service-owner'), count: 1 }] }],
  ['carry-void', 'an older envelope', { envelope: { digest: hash('1'), version: 6 } }],
  ['carry-void', 'another envelope of the same version', { envelope: { ...of.envelope, digest: hash('1') } }],
  ['carry-void', 'the same envelope under another number', { envelope: { ...of.envelope, version: 8 } }],
  ['carry-void', 'an older graph', { graph: { digest: hash('1'), version: 4 } }],
  ['carry-void', 'another graph of the same version', { graph: { ...of.graph, digest: hash('1') } }],
  ['version-chain', 'another capsule', { id: made(id<'Capsule'>(), 'C-9') }],
  ['version-chain', 'a version that is left out', { version: 3 }],
  ['version-chain', 'another parent', { parent: hash('1') }],
  ['version-chain', 'its own parent', { parent: of.decision.digest }],
];

test.each(WIDENINGS)('D6: %s: %s', (expected, _name, change) => {
  const { of: forged, dsse } = forgedAfter(FIRST, change);
  expect(code(FIRST, { capsule: dsse, ...carried })).toBe(expected);
  // A signature over what changed, by somebody who never signed the whole, is nobody's word either.
  const stranger = signDelta(FIRST, forged, { name: 'lee' });
  expect(code(FIRST, { capsule: dsse, parents: parentsOf(FIRST), approvals: [stranger] })).not.toContain('admitted');
});

test.each(WIDENINGS.filter(([expected]) => expected === 'carry-void'))(
  'D6: %s: %s, also when the person signed a delta over it',
  (expected, _name, change) => {
    const { of: forged, dsse } = forgedAfter(FIRST, change);
    const approvals = [...FIRST.delivery.approvals, signDelta(FIRST, forged)];
    expect(code(FIRST, { capsule: dsse, approvals, parents: parentsOf(FIRST) })).toBe(expected);
  },
);

test('the table is as long as it says', () => {
  expect(WIDENINGS.length).toBeGreaterThanOrEqual(60);
});
