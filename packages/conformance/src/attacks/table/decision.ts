/** Attacks on the decision: the control plane lies about the verdict, or about what it rests on (X1, D2, L7). */
import { demandShape, digest, signalShape, validationReportShape, type Decision, type FactInputs } from '@countersign/core';
import type { Attack, Scene } from '../attack.ts';
import { attemptOf, refusedAs } from '../trials.ts';
import { signReport, signSignal } from '../world/facts.ts';
import { TWIN_SOURCE, SAFETY_HOST } from '../world/house.ts';
import { made } from '../world/made.ts';
import { order, type OrderPlan } from '../world/order.ts';
import { alone, people, row, type Row } from '../world/shorthand.ts';

/** Restarting alone is allowed; this is not, for the reason the row names. The facts that go along decide. */
const fact = (about: Omit<Row, 'threats' | 'requirements'> & Partial<Pick<Row, 'threats' | 'requirements'>>): Attack =>
  row({ threats: ['T4', 'T25', 'I16'], requirements: ['X1', 'D3', 'AG-706 4.11'], ...about });

const onlyReports: NonNullable<OrderPlan['facts']> = ({ signed }) => signed.slice(-1);

/** The second signal is signed with this key instead of its own relay's. */
const signalBy =
  ({ world }: Scene, key: string): NonNullable<OrderPlan['facts']> =>
  ({ signals, signed }) => [
    ...signed.slice(0, 1),
    ...signals.slice(1).map((signal) => signSignal(signal, world.keys.signer(key))),
    ...signed.slice(-1),
  ];

/** The report of the staging run, changed and signed with this key. */
const drillBy =
  ({ world }: Scene, { key = 'runner-staging', change = {} }: { readonly key?: string; readonly change?: object }): NonNullable<OrderPlan['facts']> =>
  ({ report, signed }) => [
    ...signed.slice(0, -1),
    signReport(made(validationReportShape, { ...report, ...change }), world.keys.signer(key)),
  ];

const calledAutonomous = ({ requirement: _requirement, ...decision }: Decision): Decision => ({ ...decision, verdict: 'autonomous' });
const ASKED = { routes: [], demands: [made(demandShape, { role: 'release-approver', count: 1 })], stepUp: false };
const withAction = (action: string): OrderPlan => ({ ...alone(), change: { action }, decision: calledAutonomous });
const benign = (inputs: FactInputs): FactInputs => ({ ...inputs, knownBenign: [{ rule: 'service-stuck' }] });

export const DECISION_ATTACKS: readonly Attack[] = [
  row({
    name: 'verdict-changed-to-autonomous',
    claim: 'the server writes "autonomous" under facts that owe a person',
    threats: ['T4', 'I1', 'I23'],
    requirements: ['D2', 'X1', 'AG-706 4.2'],
    code: 'decision-differs',
    plan: () => ({ ...people(), decision: calledAutonomous, approvals: () => [] }),
    twin: alone,
  }),
  row({
    name: 'severity-raised-by-the-server',
    claim: 'the server raises the severity it decides on, beside signed signals that say less',
    threats: ['T4', 'T25', 'I16'],
    requirements: ['D3', 'X1'],
    code: 'not-autonomous',
    plan: () => ({
      ...people(),
      approvals: () => [],
      claim: (inputs) => ({
        ...inputs,
        signals: inputs.signals.map(({ signal }) => ({ signal: { ...signal, severity: 'critical' }, isAuthenticated: true })),
      }),
    }),
    twin: alone,
  }),
  {
    name: 'decision-of-another-capsule',
    claim: 'the recorded decision is not the one the capsule names',
    threats: ['T4', 'I23'],
    requirements: ['D2'],
    run: refusedAs('decision-other', (scene) => {
      const named = order(scene.world, alone());
      const other = order(scene.world, alone());
      return { ...attemptOf(scene, named), last: { ...named.delivery, decision: other.delivery.decision } };
    }),
  },
  row({
    name: 'decision-about-another-change',
    claim: 'a decision on one change is laid under the capsule of another',
    threats: ['T4', 'I3'],
    requirements: ['D6', 'L4'],
    code: 'decision-other',
    plan: () => ({ ...alone(), decision: (decision) => ({ ...decision, changeDigest: made(digest, `sha256:${'d'.repeat(64)}`) }) }),
  }),
  fact({
    name: 'facts-from-the-server-alone',
    claim: 'nothing but the server’s word says that there is a signal',
    code: 'prohibited',
    plan: () => ({ ...alone(), facts: onlyReports }),
    twin: alone,
  }),
  fact({
    name: 'one-signal-signed',
    claim: 'one of two signals has no relay behind it',
    code: 'not-autonomous',
    plan: () => ({ ...alone(), facts: ({ signed }) => signed.filter((_, index) => index !== 1) }),
    twin: alone,
  }),
  fact({
    name: 'relay-key-not-registered',
    claim: 'the second signal is signed with a key that no bundle names',
    code: 'not-autonomous',
    plan: (scene) => ({ ...alone(), facts: signalBy(scene, 'relay-of-nobody') }),
  }),
  fact({
    name: 'relay-speaks-for-another-source',
    claim: 'one relay signs for both sources',
    code: 'not-autonomous',
    plan: (scene) => ({ ...alone(), facts: signalBy(scene, 'relay-hostscan') }),
  }),
  fact({
    name: 'capsule-signer-speaks-for-a-source',
    claim: 'the server signs a signal with the key it signs capsules with',
    code: 'not-autonomous',
    plan: (scene) => ({ ...alone(), facts: signalBy(scene, 'capsule-signer') }),
  }),
  fact({
    name: 'sources-of-one-lineage',
    claim: 'two sources that draw from one feed count as two',
    code: 'not-autonomous',
    plan: () => ({
      ...alone(),
      sources: ['hostscan', TWIN_SOURCE.id],
      claim: (inputs) => ({ ...inputs, sources: inputs.sources.map(({ source }) => ({ source, lineage: [source] })) }),
    }),
    twin: () => ({ ...alone(), sources: ['alertmanager', TWIN_SOURCE.id] }),
  }),
  fact({
    name: 'signals-about-other-hosts',
    claim: 'real signals about one host are used to act on another',
    code: 'not-autonomous',
    plan: ({ world }) => {
      const [told = '', asked = ''] = world.hosts(2);
      return {
        ...alone(),
        hosts: [asked],
        facts: ({ signals, signed }) => [
          ...signals.map((signal) =>
            signSignal(made(signalShape, { ...signal, targets: [told] }), world.keys.signer(`relay-${signal.source}`)),
          ),
          ...signed.slice(-1),
        ],
      };
    },
  }),
  fact({
    name: 'drill-not-proved',
    claim: 'no signed report says that this rollback was ever drilled',
    requirements: ['X6', 'AG-706 4.6'],
    threats: ['I15'],
    code: 'not-autonomous',
    plan: () => ({ ...alone(), facts: ({ signed }) => signed.slice(0, -1) }),
    twin: alone,
  }),
  fact({
    name: 'drill-signed-by-production',
    claim: 'a drill is reported by a runner that is not a staging runner',
    requirements: ['X6', 'X1', 'AG-706 4.6'],
    threats: ['T5', 'I15'],
    code: 'not-autonomous',
    plan: (scene) => ({ ...alone(), facts: drillBy(scene, { key: 'runner-production' }) }),
  }),
  fact({
    name: 'drill-failed',
    claim: 'the rollback drill did not restore the before-state',
    requirements: ['X6', 'AG-706 4.6'],
    threats: ['I15'],
    code: 'not-autonomous',
    plan: (scene) => ({
      ...alone(),
      facts: drillBy(scene, { change: { drill: { action: 'service.restart', tiers: ['non-critical'], isRestored: false } } }),
    }),
  }),
  fact({
    name: 'drill-older-than-a-quarter',
    claim: 'the last drill of this rollback is more than 92 days old',
    requirements: ['X6', 'AG-706 4.6'],
    threats: ['I15'],
    code: 'not-autonomous',
    plan: (scene) => ({ ...alone(), facts: drillBy(scene, { change: { startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-02T00:00:00.000Z' } }) }),
  }),
  row({
    name: 'never-automatic-action',
    claim: 'an action that the floor gives to people alone is called autonomous',
    threats: ['T4', 'I2'],
    requirements: ['L7', 'AG-706 4.2'],
    code: 'floor',
    plan: () => withAction('credential.rotate'),
  }),
  row({
    name: 'network-segmentation-autonomous',
    claim: 'a firewall rule in production is called autonomous',
    threats: ['T4', 'I2'],
    requirements: ['L7', 'AG-706 4.2'],
    code: 'floor',
    plan: () => withAction('firewall.rule'),
  }),
  row({
    name: 'prohibited-action-approved',
    claim: 'people approve what the envelope prohibits',
    threats: ['T6', 'I1'],
    requirements: ['D1', 'E1', 'L7'],
    code: 'decision-differs',
    plan: (scene) => ({
      ...people(),
      hosts: scene.world.hosts(1),
      change: { action: 'data.destroy' },
      decision: (decision) => ({ ...decision, verdict: 'needs-approval', requirement: ASKED }),
    }),
  }),
  row({
    name: 'safety-critical-autonomous',
    claim: 'a safety-critical host is changed without a person, whatever the severity',
    threats: ['T17', 'I2'],
    requirements: ['L7', 'G1', 'AG-706 4.7'],
    code: 'capsule-faulty',
    plan: () => ({ ...alone(), hosts: [SAFETY_HOST], decision: calledAutonomous }),
    twin: alone,
  }),
  row({
    name: 'safety-critical-hidden-in-the-capsule',
    claim: 'the capsule calls a safety-critical host non-critical; the recorded facts do not',
    threats: ['T4', 'T17', 'I2'],
    requirements: ['L7', 'G1', 'AG-706 4.7'],
    code: 'floor',
    plan: () => ({
      ...alone(),
      hosts: [SAFETY_HOST],
      decision: calledAutonomous,
      capsule: ({ targets }) => ({ targets: targets.map((target) => ({ ...target, tier: 'non-critical' })) }),
    }),
  }),
  row({
    name: 'more-targets-than-the-grant',
    claim: 'four hosts where the grant allows three',
    threats: ['T2', 'I14'],
    requirements: ['AG-706 4.5', 'E1'],
    code: 'decision-differs',
    plan: ({ world }) => ({ ...alone(), hosts: world.hosts(4), decision: calledAutonomous }),
    twin: ({ world }) => ({ ...alone(), hosts: world.hosts(3) }),
  }),
  row({
    name: 'targets-undercounted',
    claim: 'the server decides on one host and dispatches four',
    threats: ['T2', 'T4', 'I14'],
    requirements: ['AG-706 4.5', 'X1'],
    code: 'not-autonomous',
    plan: ({ world }) => {
      const hosts = world.hosts(4);
      return {
        ...alone(),
        hosts,
        claim: (inputs) => ({ ...inputs, proposal: { ...inputs.proposal, targets: inputs.proposal.targets.slice(0, 1) } }),
      };
    },
  }),
  row({
    name: 'known-benign-hidden',
    claim: 'the recorded facts say that the pattern is known to be harmless, the verdict does not',
    threats: ['T25', 'I16'],
    requirements: ['D3', 'AG-706 4.11'],
    code: 'decision-differs',
    plan: () => ({ ...alone(), claim: benign, decision: calledAutonomous }),
  }),
];
