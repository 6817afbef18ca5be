/** Attacks on the trust bundle: everything a runner believes hangs on it, and only root keys can change it (X1). */
import { instantOf, plusMs } from '@countersign/core';
import {
  makeSnapshot,
  makeTimestamp,
  publishRoot,
  readTufTargets,
  signTufMetadata,
  tufFileBytes,
  vkeyOf,
  type TargetsSigned,
  type TrustMetadata,
  type TufMetadata,
} from '@countersign/seal';
import type { Keyring } from '../../demo/keyring.ts';
import { DEMO_ORGANISATION } from '../../demo/people.ts';
import { recordNames, signTrustBundle } from '../../demo/trust.ts';
import type { Attack, Scene } from '../attack.ts';
import { carriedOut, refusedAs } from '../trials.ts';
import { attackedTrust } from '../world/house.ts';
import { good } from '../world/made.ts';
import { order } from '../world/order.ts';
import { people } from '../world/shorthand.ts';
import { status } from '../world/status.ts';
import type { World } from '../world/world.ts';

const DAY_MS = 86_400_000;

/** The same people and keys, were they of production: the record has a name of its own then. */
function production({ keys, bundle }: World): ReturnType<typeof signTrustBundle> {
  const names = recordNames(false);
  const record = {
    log: vkeyOf('log', names.log, keys.signer('log').publicKey),
    witnesses: [vkeyOf('witness', names.witness, keys.signer('witness').publicKey)],
  };
  const enrolment = { coolingOffMs: DAY_MS, authenticators: [], allowUnattested: false, allowBackup: false };
  const change = { isDemo: false, enrolment, keys: { ...bundle.keys, ...record } };
  return signTrustBundle(keys, attackedTrust(keys, change));
}

const trust = (
  name: string,
  claim: string,
  code: string,
  bundle: (scene: Scene) => ReturnType<typeof signTrustBundle>,
): Attack => ({
  name,
  claim,
  threats: ['T4', 'T7'],
  requirements: ['X1', 'O2'],
  run: refusedAs(code, (scene) => ({ last: { kind: 'trust', trust: bundle(scene) } })),
});

/** Other targets, named honestly by whoever holds the online key: a compromised control plane does. */
function withTargets(
  metadata: TrustMetadata,
  keys: Keyring,
  change: (targets: TufMetadata<TargetsSigned>) => TufMetadata<TargetsSigned>,
): TrustMetadata {
  const read = good(readTufTargets(Buffer.from(metadata.targets, 'base64')));
  const targets = tufFileBytes(change(read));
  const { version } = read.signed;
  const expires = instantOf(Date.now() + DAY_MS);
  const online = [keys.signer('trust-online')];
  const snapshot = tufFileBytes(
    signTufMetadata(makeSnapshot({ version, expires, targets, targetsVersion: version }), online),
  );
  const timestamp = tufFileBytes(
    signTufMetadata(makeTimestamp({ version, expires, snapshot, snapshotVersion: version }), online),
  );
  const encoded = { targets, snapshot, timestamp };
  return {
    ...metadata,
    ...Object.fromEntries(
      Object.entries(encoded).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
    ),
  };
}

/** First letters of a runner that has seen nothing yet. */
const firstLetters = (scene: Scene, bundle = scene.world.trust): ReturnType<typeof status>[] => [
  { kind: 'trust', trust: bundle },
  status(scene.world),
];

export const TRUST_ATTACKS: readonly Attack[] = [
  trust(
    'trust-rolled-back',
    'an older trust bundle, with people who have left, is delivered again',
    'trust-rolled-back',
    ({ world }) => signTrustBundle(world.keys, attackedTrust(world.keys, { version: 2 })),
  ),
  trust('trust-signed-by-one-registrar', 'one registrar signs a trust bundle alone', 'trust-unsigned', ({ world }) =>
    signTrustBundle(world.keys, attackedTrust(world.keys, { version: 9 }), [world.keys.signer('people/rea')]),
  ),
  trust('trust-signed-by-one-registrar-twice', 'one registrar signs a trust bundle twice', 'malformed', ({ world }) => {
    const signed = signTrustBundle(world.keys, attackedTrust(world.keys, { version: 9 }), [
      world.keys.signer('people/rea'),
    ]);
    return withTargets(signed, world.keys, ({ signatures, ...rest }) => ({
      ...rest,
      signatures: [...signatures, ...signatures],
    }));
  }),
  trust('trust-signed-by-the-server', 'the control plane makes itself a trust bundle', 'trust-unsigned', ({ world }) =>
    signTrustBundle(world.keys, attackedTrust(world.keys, { version: 9 }), [
      world.keys.signer('capsule-signer'),
      world.keys.signer('trust-online'),
    ]),
  ),
  trust(
    'trust-signed-by-people',
    'policy admins sign a trust bundle instead of the registrars',
    'trust-unsigned',
    ({ world }) =>
      signTrustBundle(world.keys, attackedTrust(world.keys, { version: 9 }), [
        world.keys.signer('people/kim'),
        world.keys.signer('people/lea'),
      ]),
  ),
  trust(
    'trust-mixed',
    'the bundle of one version is put under the metadata of another',
    'trust-mixed',
    ({ world }) => ({
      ...signTrustBundle(world.keys, attackedTrust(world.keys, { version: 9 })),
      bundle: world.trust.bundle,
    }),
  ),
  trust('trust-root-of-the-server', 'the control plane makes itself a new root', 'trust-unsigned', ({ world }) => {
    const own = publishRoot({
      organisation: DEMO_ORGANISATION,
      isDemo: true,
      version: 2,
      expires: plusMs(world.now(), DAY_MS),
      root: { keys: [world.keys.signer('trust-online')], threshold: 1 },
      registrars: { keys: [world.keys.signer('capsule-signer')], threshold: 1 },
      online: world.keys.signer('trust-online'),
    });
    const signed = signTrustBundle(world.keys, attackedTrust(world.keys, { version: 9 }), [
      world.keys.signer('capsule-signer'),
    ]);
    return { ...signed, roots: [...signed.roots, Buffer.from(own).toString('base64')] };
  }),
  trust(
    'trust-with-one-key-for-two-things',
    'registrars are talked into a bundle in which the key of the capsules is also the witness’s',
    'trust-unsound',
    ({ world }) =>
      signTrustBundle(
        world.keys,
        attackedTrust(world.keys, {
          version: 9,
          keys: { ...world.bundle.keys, statusSigners: world.bundle.keys.capsuleSigners },
        }),
      ),
  ),
  trust(
    'trust-with-one-relay-for-two-sources',
    'one relay key stands for two sources, which then count as two',
    'trust-unsound',
    ({ world }) => {
      const [first] = world.bundle.keys.relays;
      const relays = world.bundle.keys.relays.map((relay) => ({ ...relay, publicKey: first?.publicKey ?? '' }));
      return signTrustBundle(
        world.keys,
        attackedTrust(world.keys, { version: 9, keys: { ...world.bundle.keys, relays } }),
      );
    },
  ),
  trust(
    'trust-of-another-organisation',
    'the trust bundle of another organisation is delivered',
    'trust-other',
    ({ world }) => signTrustBundle(world.keys, attackedTrust(world.keys, { version: 9, organisation: 'another' })),
  ),
  {
    name: 'trust-missing',
    claim: 'a runner that was never given a trust bundle obeys',
    threats: ['T4', 'I21'],
    requirements: ['X1'],
    runner: 'own',
    run: refusedAs('trust-missing', ({ world }) => {
      const made = order(world, people());
      return { last: made.delivery, subject: made.digest };
    }),
    twin: carriedOut((scene) => ({ before: firstLetters(scene), last: order(scene.world, people()).delivery })),
  },
  {
    name: 'trust-expired',
    claim: 'a trust bundle that has ended still opens the gate',
    threats: ['T4', 'I5'],
    requirements: ['X1'],
    runner: 'own',
    run: refusedAs('trust-expired', (scene) => {
      const { world } = scene;
      const old = { version: 3, issuedAt: plusMs(world.now(), -2 * DAY_MS), expiresAt: plusMs(world.now(), -DAY_MS) };
      const made = order(world, people());
      const bundle = signTrustBundle(world.keys, attackedTrust(world.keys, old));
      return { before: firstLetters(scene, bundle), last: made.delivery, subject: made.digest };
    }),
    twin: carriedOut((scene) => ({ before: firstLetters(scene), last: order(scene.world, people()).delivery })),
  },
  {
    name: 'approver-left-after-signing',
    claim: 'somebody who was taken off the roster after signing still counts',
    threats: ['T6', 'T7', 'I1'],
    requirements: ['A2', 'X1'],
    runner: 'own',
    run: refusedAs('approver-unknown', (scene) => {
      const { world } = scene;
      const made = order(world, people());
      const remaining = { version: 4, people: world.bundle.people.filter(({ id }) => id !== 'ana') };
      const bundle = signTrustBundle(world.keys, attackedTrust(world.keys, remaining));
      return {
        before: [...firstLetters(scene), { kind: 'trust', trust: bundle }],
        last: made.delivery,
        subject: made.digest,
      };
    }),
    twin: carriedOut((scene) => ({ before: firstLetters(scene), last: order(scene.world, people()).delivery })),
  },
  {
    name: 'role-lost-after-signing',
    claim: 'somebody who lost the role after signing still counts in it',
    threats: ['T6', 'I1'],
    requirements: ['A2', 'A4', 'X1'],
    runner: 'own',
    run: refusedAs('quorum-missing', (scene) => {
      const { world } = scene;
      const made = order(world, people());
      const changed = world.bundle.people.map((person) =>
        person.id === 'ana' ? { ...person, roles: ['auditor'] } : person,
      );
      const bundle = signTrustBundle(world.keys, attackedTrust(world.keys, { version: 4, people: changed }));
      return {
        before: [...firstLetters(scene), { kind: 'trust', trust: bundle }],
        last: made.delivery,
        subject: made.digest,
      };
    }),
  },
  {
    name: 'demo-keys-in-production',
    claim: 'a trust bundle of demo keys is delivered to a runner that refuses them',
    threats: ['T4', 'T7'],
    requirements: ['X1', 'C1'],
    runner: 'no-demo',
    run: refusedAs('demo-trust', ({ world }) => ({ last: { kind: 'trust', trust: { ...world.trust, roots: [] } } })),
  },
  {
    name: 'demo-capsule-in-production',
    claim: 'a capsule made with demo keys is delivered to a runner that refuses them',
    threats: ['T4', 'T7'],
    requirements: ['X1', 'C1'],
    runner: 'no-demo',
    run: refusedAs('demo-capsule', (scene) => {
      const { world } = scene;
      const made = order(world, { ...people(), record: world.newRecord(false) });
      return { before: firstLetters(scene, production(world)), last: made.delivery, subject: made.digest };
    }),
    twin: carriedOut((scene) => {
      const { world } = scene;
      const record = world.newRecord(false);
      return {
        before: firstLetters(scene, production(world)),
        last: order(world, { ...people(), record, capsule: () => ({ isDemo: false }) }).delivery,
      };
    }),
  },
];
