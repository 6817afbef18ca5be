/** The organisation of a test as production: what its registrars would sign after the ceremony. */
import { instantOf, recordNameOf, type TrustBundle } from '@countersign/core';
import {
  encodePublicKey,
  generateSigner,
  publishRoot,
  publishTrust,
  vkeyOf,
  type TrustMetadata,
} from '@countersign/seal';
import { bundleOf, idOf, NOON_MS, type World } from './world.ts';

const HOUR_MS = 3_600_000;

/** The same organisation after its founding ceremony: a production root, and two registrars on the roster. */
export function productionTrust(
  { organisation, keys }: World,
  version: number,
): Pick<World['config'], 'log' | 'root'> & { readonly trust: TrustMetadata } {
  const registrars = [generateSigner('ed25519'), generateSigner('ed25519')];
  const online = generateSigner('ed25519');
  const roots = { keys: [keys.root], threshold: 1 };
  const head = { organisation, isDemo: false, version: 1, expires: instantOf(NOON_MS + 10_000 * HOUR_MS) };
  const root = publishRoot({ ...head, root: roots, registrars: { keys: registrars, threshold: 2 }, online });
  // A record that began with demo keys is not gone on with: production has one of its own.
  const origin = recordNameOf(organisation, false);
  const log = { origin, signer: keys.log, vkey: vkeyOf('log', origin, keys.log.publicKey) };
  const demo = bundleOf(organisation, keys, log.vkey);
  const witnesses = [vkeyOf('witness', 'witness.example/one', keys.witness.publicKey)];
  const people = registrars.map((signer, place): TrustBundle['people'][number] => ({
    id: idOf(`registrar-${place}`),
    name: `registrar ${place}`,
    roles: [idOf('registrar')],
    credentials: [
      {
        kind: 'raw',
        publicKey: encodePublicKey(signer.publicKey),
        surface: 'own',
        enrolledAt: instantOf(NOON_MS - HOUR_MS),
        usableFrom: instantOf(NOON_MS),
      },
    ],
  }));
  const enrolment = { ...demo.enrolment, coolingOffMs: HOUR_MS };
  const bundle = {
    ...demo,
    version,
    isDemo: false,
    enrolment,
    people: [...demo.people, ...people],
    keys: { ...demo.keys, witnesses },
  };
  const trust = publishTrust({ bundle, roots: [root], registrars, online, onlineExpires: bundle.expiresAt });
  return { root, log, trust };
}
