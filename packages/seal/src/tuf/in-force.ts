/** The bundle without what is revoked: for everything that gives new authority. Old evidence is read by `isRevokedAt` instead. */
import { isRevokedAt, type Credential, type Instant, type TrustBundle } from '@countersign/core';
import { keyidOfCredential } from '../human-signature.ts';
import { decodePublicKey } from '../keys.ts';
import { parseVkey } from '../note.ts';

/** Keys and credentials that are not revoked at that time; a key that cannot be read is left for its reader to refuse. */
export function bundleInForce(bundle: TrustBundle, at: Instant): TrustBundle {
  const { revocations, people, agents, keys } = bundle;
  if (revocations.length === 0) return bundle;
  const counts = (keyid: string | undefined): boolean =>
    keyid === undefined || !isRevokedAt(revocations, keyid, { at });
  const hasKey = ({ publicKey }: { readonly publicKey: string }): boolean => counts(keyidOf(publicKey));
  return {
    ...bundle,
    people: people.map((person) => ({
      ...person,
      credentials: person.credentials.filter((credential: Credential) => counts(keyidOfCredential(credential))),
    })),
    agents: agents.map((agent) => ({
      ...agent,
      ...(agent.keys !== undefined && { keys: agent.keys.filter((key) => counts(keyidOf(key))) }),
    })),
    keys: {
      ...keys,
      capsuleSigners: keys.capsuleSigners.filter(hasKey),
      graphOwners: keys.graphOwners.filter(hasKey),
      relays: keys.relays.filter(hasKey),
      runners: keys.runners.filter(hasKey),
      statusSigners: keys.statusSigners.filter(hasKey),
      // The quorum stays: fewer witnesses never make fewer cosignatures enough.
      witnesses: keys.witnesses.filter((vkey) => counts(keyidOfNote(vkey))),
    },
  };
}

/** When the next key stops counting; undefined when none will. */
export const nextRevocation = ({ revocations }: TrustBundle, at: Instant): Instant | undefined =>
  revocations
    .map(({ notAfter }) => notAfter)
    .filter((notAfter) => notAfter >= at)
    .toSorted()[0];

/** Whether the record's own key is revoked: then no checkpoint is new, and everything that needs one stops. */
export const isLogRevoked = ({ revocations, keys }: TrustBundle, at: Instant): boolean => {
  const keyid = keyidOfNote(keys.log);
  return keyid !== undefined && isRevokedAt(revocations, keyid, { at });
};

function keyidOf(publicKey: string): string | undefined {
  const key = decodePublicKey(publicKey);
  return key.ok ? key.value.keyid : undefined;
}

function keyidOfNote(vkey: string): string | undefined {
  const verifier = parseVkey(vkey);
  return verifier.ok ? verifier.value.key.keyid : undefined;
}
