/** Attacks on the decision: the control plane lies about the verdict, or about what it was reached with (D2, X1, L7). */
import { benignScheduleShape, demandShape, digest, type Decision, type FactInputs } from '@countersign/core';
import type { Attack } from '../attack.ts';
import { attemptOf, refusedAs } from '../trials.ts';
import { SAFETY_HOST } from '../world/house.ts';
import { made } from '../world/made.ts';
import { order, type OrderPlan } from '../world/order.ts';
import { alone, people, row } from '../world/shorthand.ts';

const calledAutonomous = ({ requirement: _requirement, ...decision }: Decision): Decision => ({
  ...decision,
  verdict: 'autonomous',
});
const ASKED = { routes: [], demands: [made(demandShape, { role: 'release-approver', count: 1 })], stepUp: false };
const withAction = (action: string): OrderPlan => ({ ...alone(), change: { action }, decision: calledAutonomous });
/** Said to be harmless at every hour of every day. */
const benign = (inputs: FactInputs): FactInputs => ({
  ...inputs,
  schedules: [
    made(benignScheduleShape, {
      id: 'always',
      rule: 'service-stuck',
      cron: '0 * * * *',
      utcOffsetMinutes: 0,
      durationMinutes: 60,
      reason: 'a batch job',
      owner: 'nils',
      expiresAt: '2099-01-01T00:00:00.000Z',
    }),
  ],
});

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
        signals: inputs.signals.map(({ signal }) => ({
          signal: { ...signal, severity: 'critical' },
          isAuthenticated: true,
        })),
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
    plan: () => ({
      ...alone(),
      decision: (decision) => ({ ...decision, changeDigest: made(digest, `sha256:${'d'.repeat(64)}`) }),
    }),
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
        claim: (inputs) => ({
          ...inputs,
          proposal: { ...inputs.proposal, targets: inputs.proposal.targets.slice(0, 1) },
        }),
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
