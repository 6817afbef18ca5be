/** Attacks on what a decision rests on: only whoever knows a fact can make it count, and only for what it is about (X1, D3, X6). */
import { signalShape, validationReportShape } from '@countersign/core';
import { PATCHED_OPENSSL } from '../../estate/packages.ts';
import type { Attack, Scene } from '../attack.ts';
import { signReport, signSignal } from '../world/facts.ts';
import { TWIN_SOURCE } from '../world/house.ts';
import { made } from '../world/made.ts';
import type { OrderPlan } from '../world/order.ts';
import { alone, row, type Row } from '../world/shorthand.ts';

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
  (
    { world }: Scene,
    { key = 'runner-staging', change = {} }: { readonly key?: string; readonly change?: object },
  ): NonNullable<OrderPlan['facts']> =>
  ({ report, signed }) => [
    ...signed.slice(0, -1),
    signReport(made(validationReportShape, { ...report, ...change }), world.keys.signer(key)),
  ];

/** A patch that may run alone once staging has shown that it works. */
export const PATCH: OrderPlan = {
  ...alone(),
  change: {
    action: 'package.patch',
    steps: [
      { adapter: 'config', path: 'lib/openssl.json', content: PATCHED_OPENSSL, validate: 'json' },
      { adapter: 'service', operation: 'restart', service: 'app' },
    ],
  },
};

export const FACT_ATTACKS: readonly Attack[] = [
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
      facts: drillBy(scene, {
        change: { drill: { action: 'service.restart', tiers: ['non-critical'], isRestored: false } },
      }),
    }),
  }),
  fact({
    name: 'drill-older-than-a-quarter',
    claim: 'the last drill of this rollback is more than 92 days old',
    requirements: ['X6', 'AG-706 4.6'],
    threats: ['I15'],
    code: 'not-autonomous',
    plan: (scene) => ({
      ...alone(),
      facts: drillBy(scene, {
        change: { startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-02T00:00:00.000Z' },
      }),
    }),
  }),
  ...(
    [
      [
        'staging-proof-of-another-change',
        'staging validated another change',
        { changeDigest: `sha256:${'a'.repeat(64)}` },
      ],
      ['staging-proof-of-another-proposal', 'staging validated another proposal', { proposal: 'P-other' }],
      ['staging-proof-failed', 'staging ran the change and it failed', { isPassed: false }],
    ] as const
  ).map(([name, claim, change]) =>
    fact({
      name,
      claim,
      threats: ['T4', 'T14'],
      requirements: ['L4', 'X1', 'AG-706 4.3'],
      code: 'not-autonomous',
      plan: (scene) => ({ ...PATCH, facts: drillBy(scene, { change }) }),
      twin: () => PATCH,
    }),
  ),
  fact({
    name: 'staging-proof-by-the-server',
    claim: 'the server signs the staging report itself',
    threats: ['T4', 'T14'],
    requirements: ['L4', 'X1', 'AG-706 4.3'],
    code: 'not-autonomous',
    plan: (scene) => ({ ...PATCH, facts: drillBy(scene, { key: 'capsule-signer' }) }),
  }),
];
