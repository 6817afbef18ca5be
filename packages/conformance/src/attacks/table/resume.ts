/** Attacks on the leave to go on after a stop: it is a person's, for one numbered trip, once (X5, I9, trap 10). */
import type { Digest } from '@countersign/core';
import type { DsseEnvelope } from '@countersign/seal';
import type { Attack, Scene, Trial } from '../attack.ts';
import { attemptOf, deliver, refusedAs } from '../trials.ts';
import { resume, type ResumePlan } from '../world/approval.ts';
import { order } from '../world/order.ts';
import type { SeenReport } from '../world/reports.ts';
import { people } from '../world/shorthand.ts';

const TRIP_MS = 30_000;
/** A manifest of which no service starts: the first host fails its health check. */
const BROKEN = '{}\n';

const tripNumber =
  (capsule: Digest, trip: number) =>
  (report: SeenReport): true | undefined =>
    report.kind === 'progress' &&
    report.capsule === capsule &&
    report.events.some((event) => event.type === 'tripped' && event.trip === trip)
      ? true
      : undefined;

/** An approved change that breaks each host it meets: it stops after the first and waits for a person. */
async function tripped(scene: Scene): Promise<Digest> {
  const { enclave, world } = scene;
  const from = enclave.mark();
  const made = order(world, {
    ...people(),
    hosts: world.hosts(4),
    change: {
      action: 'package.patch',
      steps: [
        { adapter: 'config', path: 'lib/openssl.json', content: BROKEN, validate: 'json' },
        { adapter: 'service', operation: 'restart', service: 'app' },
      ],
    },
  });
  deliver(scene, attemptOf(scene, made));
  await enclave.until(from, tripNumber(made.digest, 1), TRIP_MS);
  return made.digest;
}

/** Undone by the counter-capsule that was approved with it, which needs no one's leave (X6). */
async function rolledBack({ enclave }: Scene, capsule: Digest): Promise<readonly string[]> {
  const from = enclave.mark();
  enclave.drop({ kind: 'rollback', capsule, by: 'conformance' });
  const ended = await enclave.until(
    from,
    (report) => (report.kind === 'evidence' ? report.statement : undefined),
    TRIP_MS,
  );
  return ended.outcome === 'rolled-back' ? [] : [`the rollback ended as ${ended.outcome}`];
}

/** A leave that does not count, while one rollout is stopped at trip 1. */
const refusedResume =
  (make: (scene: Scene, capsule: Digest) => DsseEnvelope, code = 'resume-refused'): Trial =>
  async (scene) => {
    const capsule = await tripped(scene);
    const refused = await refusedAs(code, () => ({ last: { kind: 'resume', resume: make(scene, capsule) } }))(scene);
    return [...refused, ...(await rolledBack(scene, capsule))];
  };

const planned =
  (plan: Partial<ResumePlan>) =>
  ({ world }: Scene, capsule: Digest): DsseEnvelope =>
    resume(world, { capsule, trip: 1, person: 'nils', role: 'operator', ...plan });

/** The leave of trip 1 lets the next host go, which trips again; the same leave is then worth nothing. */
async function usedTwice(scene: Scene): Promise<readonly string[]> {
  const { enclave } = scene;
  const capsule = await tripped(scene);
  const leave = planned({})(scene, capsule);
  const from = enclave.mark();
  enclave.drop({ kind: 'resume', resume: leave });
  await enclave.until(from, tripNumber(capsule, 2), TRIP_MS);
  const refused = await refusedAs('resume-refused', () => ({ last: { kind: 'resume', resume: leave } }))(scene);
  return [...refused, ...(await rolledBack(scene, capsule))];
}

/** The right person's leave of the right trip: it goes on, to the next host that breaks. */
async function letOn(scene: Scene): Promise<readonly string[]> {
  const { enclave } = scene;
  const capsule = await tripped(scene);
  const from = enclave.mark();
  enclave.drop({ kind: 'resume', resume: planned({})(scene, capsule) });
  const went = await enclave.until(from, tripNumber(capsule, 2), TRIP_MS).then(
    () => [],
    () => ['it did not go on'],
  );
  return [...went, ...(await rolledBack(scene, capsule))];
}

const about = { threats: ['T27', 'I8', 'I9'], requirements: ['X5', 'AG-706 4.4'] } as const;

export const RESUME_ATTACKS: readonly Attack[] = [
  {
    ...about,
    name: 'resume-without-a-trip',
    claim: 'a leave is given to something that never stopped',
    run: refusedAs('resume-refused', (scene) => ({
      last: {
        kind: 'resume',
        resume: resume(scene.world, {
          capsule: order(scene.world, people()).digest,
          trip: 1,
          person: 'nils',
          role: 'operator',
        }),
      },
    })),
  },
  {
    ...about,
    name: 'resume-of-another-trip',
    claim: 'a leave names a trip that is not the open one',
    run: refusedResume(planned({ trip: 2 })),
    twin: letOn,
  },
  {
    ...about,
    name: 'resume-by-an-auditor',
    claim: 'somebody who may not let things go on does',
    run: refusedResume(planned({ person: 'ira', role: 'auditor' })),
  },
  {
    ...about,
    name: 'resume-in-a-role-not-held',
    claim: 'an auditor calls himself an operator',
    run: refusedResume(planned({ person: 'ira' })),
  },
  {
    ...about,
    name: 'resume-by-the-agents-owner',
    claim: 'the person who answers for the agent lets its own change go on',
    run: refusedResume(planned({ person: 'park', role: 'release-approver' })),
  },
  {
    ...about,
    name: 'resume-forged',
    claim: 'a leave in the operator’s name is signed with another key',
    run: refusedResume(planned({ signedBy: 'mallory' })),
  },
  {
    ...about,
    name: 'resume-expired',
    claim: 'a leave has ended before it came',
    run: refusedResume(
      planned({ change: { signedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T01:00:00.000Z' } }),
    ),
  },
  {
    ...about,
    name: 'resume-of-another-organisation',
    claim: 'a leave was given in another organisation',
    run: refusedResume(planned({ change: { organisation: 'another' } })),
  },
  {
    ...about,
    name: 'resume-used-twice',
    claim: 'the leave of one trip releases the next',
    run: usedTwice,
    twin: letOn,
  },
];
