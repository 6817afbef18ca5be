/** Words that were true once: signed by their knower, kept back by whoever carries them, and used when it suits (X1). */
import { plusMs, signalShape, validationReportShape, type Signal, type ValidationReport } from '@countersign/core';
import type { Attack, Scene } from '../attack.ts';
import { signReport, signSignal } from '../world/facts.ts';
import { made } from '../world/made.ts';
import type { OrderPlan } from '../world/order.ts';
import { alone, row, type Row } from '../world/shorthand.ts';
import { PATCH } from './known-facts.ts';

type Facts = NonNullable<OrderPlan['facts']>;

const DAY_MS = 86_400_000;

const stale = (about: Omit<Row, 'threats' | 'requirements' | 'code'> & Partial<Row>): Attack =>
  row({ threats: ['T4', 'T25', 'I16'], requirements: ['X1', 'D3', 'AG-706 4.11'], code: 'not-autonomous', ...about });

/** Every relay told it, so long ago. */
const toldBefore =
  ({ world }: Scene, agoMs: number): Facts =>
  ({ signals, signed }) => [
    ...signals.map((signal) =>
      signSignal(
        made<Signal>(signalShape, {
          ...signal,
          startedAt: plusMs(world.now(), -agoMs - 60_000),
          observedAt: plusMs(world.now(), -agoMs),
        }),
        world.keys.signer(`relay-${signal.source}`),
      ),
    ),
    ...signed.slice(-1),
  ];

/** The staging run ended so long ago; its drill is told again by a later run of something else. */
const validatedBefore =
  ({ world }: Scene, agoMs: number): Facts =>
  ({ report, signed }) => {
    const { drill: _drill, ...run } = report;
    const at = { startedAt: plusMs(world.now(), -agoMs - 1000), finishedAt: plusMs(world.now(), -agoMs) };
    return [
      ...signed.slice(0, -1),
      staged(world, { ...run, ...at }),
      staged(world, { ...report, proposal: 'P-other' }),
    ];
  };

const staged = ({ keys }: Scene['world'], report: object): ReturnType<typeof signReport> =>
  signReport(made<ValidationReport>(validationReportShape, report), keys.signer('runner-staging'));

/** The run that passed is brought, and the one after it as well. */
const failedAfter =
  ({ world }: Scene): Facts =>
  ({ report, signed }) => [
    ...signed,
    staged(world, { ...report, isPassed: false, finishedAt: plusMs(world.now(), -1000) }),
  ];

export const STALE_FACT_ATTACKS: readonly Attack[] = [
  stale({
    name: 'signals-older-than-a-day',
    claim: 'what two relays saw more than a day ago is used to act alone now',
    plan: (scene) => ({ ...alone(), facts: toldBefore(scene, DAY_MS + 60_000) }),
    twin: (scene) => ({ ...alone(), facts: toldBefore(scene, DAY_MS - 600_000) }),
  }),
  stale({
    name: 'signals-from-tomorrow',
    claim: 'signals dated tomorrow would stay young for a day longer',
    threats: ['T15', 'T25'],
    plan: (scene) => ({ ...alone(), facts: toldBefore(scene, -DAY_MS) }),
  }),
  stale({
    name: 'staging-proof-older-than-a-month',
    claim: 'staging proved the change more than thirty days ago, in another state of the estate',
    threats: ['T4', 'T14'],
    requirements: ['L4', 'X1', 'AG-706 4.3'],
    plan: (scene) => ({ ...PATCH, facts: validatedBefore(scene, 30 * DAY_MS + 60_000) }),
    twin: (scene) => ({ ...PATCH, facts: validatedBefore(scene, 30 * DAY_MS - 600_000) }),
  }),
  stale({
    name: 'staging-failed-after-it-passed',
    claim: 'of two staging runs of one change the one that passed is put first',
    threats: ['T4', 'T14'],
    requirements: ['L4', 'X1', 'AG-706 4.3'],
    plan: (scene) => ({ ...PATCH, facts: failedAfter(scene) }),
    twin: () => PATCH,
  }),
];
