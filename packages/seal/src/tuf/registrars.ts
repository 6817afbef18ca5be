/** The roster is signed by two people, not by two keys of one: registrars are found in the bundle they signed (A2, X1). */
import {
  checkRoster,
  checkRosterChange,
  ok,
  refuse,
  type Person,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import { keyMaterialOf } from '../human-signature.ts';
import type { ReadRoot } from './roles.ts';

/** The role of a person who signs rosters. */
export const REGISTRAR_ROLE = 'registrar';

/** Registrars of this roster of whose keys one signed. */
function registrarsIn({ people }: TrustBundle, root: ReadRoot, signers: readonly string[]): readonly Person[] {
  const materials = new Set(signers.map((keyid) => root.keys.get(keyid)?.material));
  return people.filter(
    ({ roles, credentials }) =>
      roles.some((role) => role === REGISTRAR_ROLE) &&
      credentials.some((credential) => materials.has(keyMaterialOf(credential) ?? '')),
  );
}

/** What no roster may hold, and what this one may not change of the one before: two registrars stand for each gain (A2, A4). */
export function checkPeople(
  bundle: TrustBundle,
  previous: TrustBundle | undefined,
  by: { readonly root: ReadRoot; readonly signers: readonly string[] },
): Result<true> {
  if (previous === undefined) return checkRoster(bundle, keyMaterialOf);
  const signers = registrarsIn(bundle, by.root, by.signers).map(({ id }) => id);
  return checkRosterChange({ before: previous, after: bundle, signers }, keyMaterialOf);
}

/** In production the signers of the targets belong to so many different people with the role `registrar`. */
export function checkRegistrars(bundle: TrustBundle, root: ReadRoot, signers: readonly string[]): Result<true> {
  if (bundle.isDemo) return ok(true);
  const registrars = registrarsIn(bundle, root, signers);
  const { threshold } = root.signed.roles.targets;
  if (registrars.length >= threshold) return ok(true);
  return refuse(
    'trust-unsigned',
    `${registrars.length} different people with the role ${REGISTRAR_ROLE} signed the bundle, ${threshold} are needed`,
    { clause: 'A2' },
  );
}
