/** Attacks that freeze or mix the trust metadata: the online parts end within days, and nothing new starts after it; undoing stays (X1). */
import { plusMs, type Instant, type TrustBundle } from '@countersign/core';
import { publishTrust, type TrustMetadata } from '@countersign/seal';
import { demoRoot } from '../../demo/trust.ts';
import type { Attack, Attempt, Scene } from '../attack.ts';
import { carriedOut, refusedAs } from '../trials.ts';
import { beside, MovableClock } from '../world/beside.ts';
import { startHosts } from '../world/estate.ts';
import { attackedTrust } from '../world/house.ts';
import { order, type Order } from '../world/order.ts';
import { people } from '../world/shorthand.ts';
import { status } from '../world/status.ts';
import type { World } from '../world/world.ts';

const MINUTE_MS = 60_000;
const TEN_MINUTES_MS = 600_000;

/** The same bundle under online metadata that ends soon: whoever keeps back the next one freezes it. */
const endingSoon = (world: World): TrustMetadata => published(world, world.bundle, plusMs(world.now(), 5 * MINUTE_MS));

const published = ({ keys }: World, bundle: TrustBundle, onlineExpires: Instant): TrustMetadata =>
  publishTrust({
    bundle,
    roots: [demoRoot(keys)],
    registrars: ['rea', 'ugo'].map((person) => keys.signer(`people/${person}`)),
    online: keys.signer('trust-online'),
    onlineExpires,
  });

const only = (made: Order): Attempt => ({ last: made.delivery, subject: made.digest });

/** One act while the metadata counts; ten minutes later it has ended, and nothing newer was delivered. */
const frozen =
  (trial: (on: Scene, ran: Order) => Promise<readonly string[]>) =>
  async (scene: Scene): Promise<readonly string[]> => {
    const { world } = scene;
    const clock = new MovableClock(scene);
    const hosts = await startHosts(`${scene.enclave.folder}-hosts`, clock.file);
    const place = { name: 'frozen', clock: clock.file };
    const on = { ...scene, hosts };
    const ran = order(world, people());
    try {
      const before = await beside(on, place, async (runner) => {
        runner.enclave.drop({ kind: 'trust', trust: endingSoon(world) });
        runner.enclave.drop(status(world));
        return carriedOut(() => only(ran))(runner);
      });
      const after = await clock.later(TEN_MINUTES_MS, () => beside(on, place, (runner) => trial(runner, ran)));
      return [...before, ...after];
    } finally {
      await hosts.stop();
    }
  };

/** The way back needs no fresh trust: it was signed together with the change. */
async function rolledBack({ enclave }: Scene, { digest }: Order): Promise<readonly string[]> {
  const from = enclave.mark();
  enclave.drop({ kind: 'rollback', capsule: digest, by: 'nils' });
  const outcome = await enclave.until(
    from,
    (report) => {
      if (report.kind === 'refusal') return `refused as ${report.refusal.code}: ${report.refusal.detail}`;
      return report.kind === 'evidence' ? report.statement.outcome : undefined;
    },
    30_000,
  );
  return outcome === 'rolled-back' ? [] : [`the rollback ended as ${outcome}`];
}

const about = { threats: ['T4', 'I5'], requirements: ['X1', 'O2'] } as const;
const mixed = (name: string, claim: string, parts: readonly ('snapshot' | 'timestamp' | 'targets')[]): Attack => ({
  ...about,
  name,
  claim,
  run: refusedAs('trust-mixed', ({ world }) => {
    const newer = published(world, attackedTrust(world.keys, { version: 9 }), world.bundle.expiresAt);
    const old = Object.fromEntries(parts.map((part) => [part, world.trust[part]]));
    return { last: { kind: 'trust', trust: { ...newer, ...old } } };
  }),
});

export const FROZEN_TRUST_ATTACKS: readonly Attack[] = [
  {
    ...about,
    name: 'trust-frozen',
    claim: 'newer trust metadata is kept back until the old one has ended, and people’s acts still start',
    runner: 'own',
    run: frozen((on) => refusedAs('trust-expired', ({ world }) => only(order(world, people())))(on)),
    twin: frozen(rolledBack),
  },
  mixed('trust-snapshot-of-another-version', 'the snapshot of one version is put under the timestamp of another', [
    'snapshot',
  ]),
  mixed('trust-targets-of-another-version', 'the targets of one version are put under the snapshot of another', [
    'targets',
  ]),
];
