/** Attacks on what is believed to be well: a change that did not take, on hosts that say they are healthy all the same (T26, I10). */
import { PATCHED_OPENSSL, PATCHED_VERSION } from '../../estate/packages.ts';
import type { Attack, Scene, Trial } from '../attack.ts';
import { attemptOf, carriedOut, deliver } from '../trials.ts';
import { order, type OrderPlan } from '../world/order.ts';
import type { SeenReport } from '../world/reports.ts';
import { ordered, people } from '../world/shorthand.ts';

const TRIP_MS = 30_000;

/** Two hosts, one after the other: what is not seen on the first must not reach the second. */
const patching = (world: Scene['world'], version: string): OrderPlan => ({
  ...people(),
  hosts: world.hosts(2),
  change: {
    action: 'package.patch',
    steps: [
      { adapter: 'config', path: 'lib/openssl.json', content: PATCHED_OPENSSL, validate: 'json' },
      { adapter: 'service', operation: 'restart', service: 'app' },
    ],
    intendedVersions: { openssl: version },
  },
});

const outcomeOf = (report: SeenReport): string | undefined => {
  switch (report.kind) {
    case 'refusal':
      return `it was refused as ${report.refusal.code}`;
    case 'evidence':
      return report.statement.outcome;
    case 'progress':
      return report.events.some(({ type }) => type === 'tripped') ? 'tripped' : undefined;
    case 'receipt':
      return undefined;
  }
};

const tripsAtTheFirst: Trial = async (scene) => {
  const { enclave, hosts, world } = scene;
  const [before, from] = [await hosts.restarts(), enclave.mark()];
  const made = order(world, patching(world, `${PATCHED_VERSION}-other`));
  deliver(scene, attemptOf(scene, made));
  const outcome = await enclave.until(from, outcomeOf, TRIP_MS);
  const touched = (await hosts.restarts()) - before;
  // Nobody has to sign the way back, and the hosts are free again (X6).
  enclave.drop({ kind: 'rollback', capsule: made.digest, by: 'conformance' });
  const ended = await enclave.until(
    from,
    (report) => (report.kind === 'evidence' ? report.statement.outcome : undefined),
    TRIP_MS,
  );
  return [
    ...(outcome === 'tripped' ? [] : [`the first sign was: ${outcome}`]),
    ...(touched === 1 ? [] : [`${touched} restarts before it stopped`]),
    ...(ended === 'rolled-back' ? [] : [`it ended as ${ended}`]),
  ];
};

export const HEALTH_ATTACKS: readonly Attack[] = [
  {
    name: 'healthy-with-another-version',
    claim: 'a host is healthy and does not show the version that was intended, and the change goes on',
    threats: ['T26', 'I10'],
    requirements: ['X4', 'X5', 'AG-706 4.9'],
    run: tripsAtTheFirst,
    twin: carriedOut(ordered(({ world }) => patching(world, PATCHED_VERSION))),
  },
];
