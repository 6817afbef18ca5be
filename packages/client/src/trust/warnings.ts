/** What a registrar should know before it hurts: things that are allowed and unwise, or about to end. */
import { dutyConflicts, type Instant, type TrustBundle } from '@countersign/core';
import { keyidOfCredential, keyMaterialOf, REGISTRAR_ROLE, trustEnds, type RootSigned } from '@countersign/seal';
import { holderOf, keyOfTuf } from './ceremony.ts';

interface Judged {
  readonly root: RootSigned;
  readonly bundle: TrustBundle | undefined;
  /** End of the timestamp. */
  readonly freshUntil: Instant | undefined;
  readonly rootUntil: Instant | undefined;
  readonly now: Instant;
}

export function trustWarnings({ root, bundle, freshUntil, rootUntil, now }: Judged): readonly string[] {
  return [
    ...ending({ rootUntil, freshUntil, bundle, now }),
    ...rootWarnings(root, bundle),
    ...(bundle === undefined
      ? ['no trust bundle is published yet: nobody is known']
      : bundleWarnings(bundle, root, now)),
  ];
}

function ending({ rootUntil, freshUntil, bundle, now }: Omit<Judged, 'root'>): readonly string[] {
  const ends = {
    ...(rootUntil !== undefined && { root: rootUntil }),
    ...(bundle !== undefined && { bundle: bundle.expiresAt }),
    ...(freshUntil !== undefined && { timestamp: freshUntil }),
  };
  const dates = { ends, ...(bundle !== undefined && { since: bundle.issuedAt }) };
  return trustEnds(dates, now).flatMap(({ state, text, next }) => (state === 'fine' ? [] : [`${text}; next: ${next}`]));
}

function rootWarnings(root: RootSigned, bundle: TrustBundle | undefined): readonly string[] {
  const { keyids, threshold } = root.roles.root;
  const materials = (ids: readonly string[]): readonly (string | undefined)[] =>
    ids.map((keyid) => {
      const key = root.keys[keyid];
      const own = key === undefined ? undefined : keyOfTuf(key);
      return own === undefined ? undefined : keyMaterialOf(own);
    });
  const registrars = new Set(materials(root.roles.targets.keyids));
  const both = keyids.filter((_keyid, place) => registrars.has(materials(keyids)[place]));
  const unknown = root.roles.targets.keyids.filter((keyid) => {
    const key = root.keys[keyid];
    const holder = key === undefined ? undefined : holderOf(key, bundle);
    return (
      bundle?.people.some(({ id, roles }) => id === holder && roles.some((role) => role === REGISTRAR_ROLE)) !== true
    );
  });
  return [
    ...(root.demo ? ['these are demo keys: no production root accepts them, and this accepts no production key'] : []),
    ...(threshold === 1 ? ['one root key alone decides who is trusted (threshold 1)'] : []),
    ...(threshold === keyids.length && threshold > 1
      ? ['every root key is needed: after the loss of one nobody can change the root']
      : []),
    ...both.map((keyid) => `the key ${keyid.slice(0, 16)} is a root key and a registrar's key`),
    ...(bundle === undefined
      ? []
      : unknown.map(
          (keyid) => `the registrar's key ${keyid.slice(0, 16)} is of nobody who is a registrar in the bundle`,
        )),
  ];
}

function bundleWarnings(bundle: TrustBundle, root: RootSigned, now: Instant): readonly string[] {
  const { people, keys, revocations, enrolment } = bundle;
  const exceptions = (enrolment.dutyExceptions ?? []).map(({ one, other }) => [one, other] as const);
  const revoked = new Set(revocations.map(({ keyid }) => keyid));
  const online = new Set(root.roles.timestamp.keyids);
  const capsuleKeys = keys.capsuleSigners.map(({ publicKey }) => keyidOfCredential({ kind: 'raw', publicKey }));
  return [
    ...people.flatMap(({ id, roles, credentials, grants = [] }) => [
      ...dutyConflicts([...roles, ...grants.map(({ role }) => role)], []).map(({ roles: [a, b], rule }) =>
        isExcepted(exceptions, a, b)
          ? `\`${id}\` holds \`${a}\` and \`${b}\` by a signed exception (${rule})`
          : `\`${id}\` holds \`${a}\` and \`${b}\`: ${rule}`,
      ),
      ...(roles.length > 0 && credentials.every((one) => one.usableFrom > now)
        ? [`\`${id}\` holds roles and has no key that counts yet`]
        : []),
    ]),
    ...capsuleKeys.flatMap((keyid) =>
      keyid !== undefined && revoked.has(keyid)
        ? [`the capsule signer ${keyid.slice(0, 16)} is revoked and still listed`]
        : [],
    ),
    ...(keys.capsuleSigners.length === 0 ? ['no capsule signer is named: no runner accepts a capsule'] : []),
    ...(keys.witnessQuorum === 0 ? ['no witness has to cosign the record: a fork of it would not show'] : []),
    ...(online.size > 1 ? [`${online.size} keys may renew the timestamp, each by itself`] : []),
  ];
}

const isExcepted = (exceptions: readonly (readonly [string, string])[], a: string, b: string): boolean =>
  exceptions.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
