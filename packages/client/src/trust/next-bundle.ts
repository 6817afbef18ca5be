/**
 * The next trust bundle, made from the one in force by one step at a time. Nothing here signs; what comes out is held against
 * the rules of the roster before it is written (A2, A4).
 */
import {
  checkGrant,
  checkRoster,
  checkTrustBundle,
  plusMs,
  refuse,
  type Credential,
  type Instant,
  type Person,
  type PersonId,
  type Result,
  type Revocation,
  type Role,
  type RoleGrant,
  type TrustBundle,
  type TrustKey,
} from '@countersign/core';
import { checkTrustKeys, keyidOfCredential, keyMaterialOf } from '@countersign/seal';

const DAY_MS = 86_400_000;

/** A draft and what it starts from; `before` is what is in force, absent only at the very first. */
export interface BundleDraft {
  readonly before: TrustBundle | undefined;
  readonly bundle: TrustBundle;
}

/** The bundle in force as the beginning of the next: grants whose time has come are roles now. */
export function nextBundle(before: TrustBundle, now: Instant, validDays: number): BundleDraft {
  const issuedAt = now < before.issuedAt ? before.issuedAt : now;
  const people = before.people.map((person) => withDueGrants(person, issuedAt));
  const expiresAt = plusMs(issuedAt, validDays * DAY_MS);
  return { before, bundle: { ...before, version: before.version + 1, issuedAt, expiresAt, people } };
}

function withDueGrants({ grants = [], ...person }: Person, now: Instant): Person {
  const due = grants.filter(({ usableFrom }) => usableFrom <= now).map(({ role }) => role);
  const waiting = grants.filter(({ usableFrom }) => usableFrom > now);
  return withGrants({ ...person, roles: [...new Set([...person.roles, ...due])] }, waiting);
}

/** No empty list: a field that says nothing would be one more thing to sign. */
const withGrants = ({ grants: _old, ...person }: Person, grants: readonly RoleGrant[]): Person =>
  grants.length === 0 ? person : { ...person, grants };

/** From when something new may count: the longer of the times that the bundle in force and the draft demand (A2). */
export function countsFrom({ before, bundle }: BundleDraft, now: Instant): Instant {
  const waitMs = Math.max(bundle.enrolment.coolingOffMs, before?.enrolment.coolingOffMs ?? 0);
  return plusMs(now < bundle.issuedAt ? bundle.issuedAt : now, waitMs);
}

export interface Joining {
  readonly id: PersonId;
  readonly name: string | undefined;
  readonly roles: readonly Role[];
  readonly credentials: readonly Credential[];
}

/** Somebody new, or more for somebody who is there. Who is in force already waits for a role; whoever is new waits with their keys. */
export function withPerson(draft: BundleDraft, joining: Joining, now: Instant): Result<BundleDraft> {
  const { bundle, before } = draft;
  const known = bundle.people.find(({ id }) => id === joining.id);
  if (known === undefined && joining.name === undefined)
    return refuse('malformed', `\`${joining.id}\` is not on the roster, so a name is needed`);
  const person: Person = known ?? { id: joining.id, name: joining.name ?? joining.id, roles: [], credentials: [] };
  let held = holdingAll(person);
  for (const role of joining.roles) {
    const granted = checkGrant(held, role, exceptionsOf(bundle));
    if (!granted.ok) return granted;
    held = { ...held, roles: granted.value };
  }
  const isInForce = before?.people.some(({ id }) => id === joining.id) === true;
  const more = joining.roles.filter((role) => !person.roles.includes(role));
  const from = countsFrom(draft, now);
  const grants = isInForce
    ? more
        .filter((role) => person.grants?.some((grant) => grant.role === role) !== true)
        .map((role) => ({ role, usableFrom: from }))
    : [];
  const changed = withGrants(
    {
      ...person,
      name: joining.name ?? person.name,
      roles: isInForce ? person.roles : [...person.roles, ...more],
      credentials: [...person.credentials, ...joining.credentials],
    },
    [...(person.grants ?? []), ...grants],
  );
  const people =
    known === undefined ? [...bundle.people, changed] : bundle.people.map((one) => (one === known ? changed : one));
  return judged(draft, { people });
}

/** A grant counts as held when duties are compared: the conflict is refused now, not on the day it comes true (A4). */
const holdingAll = (person: Person): Person => ({
  ...person,
  roles: [...person.roles, ...(person.grants ?? []).map(({ role }) => role)],
});

const exceptionsOf = ({ enrolment }: TrustBundle): readonly (readonly [Role, Role])[] =>
  (enrolment.dutyExceptions ?? []).map(({ one, other }) => [one, other] as const);

export function withoutPerson(draft: BundleDraft, person: PersonId): Result<BundleDraft> {
  const people = draft.bundle.people.filter(({ id }) => id !== person);
  return people.length === draft.bundle.people.length
    ? refuse('not-found', `\`${person}\` is not on the roster`)
    : judged(draft, { people });
}

/** The key goes from wherever it stands, and its name to the revocations: what it signed before stays verifiable. */
export function withRevocation(draft: BundleDraft, revocation: Revocation): Result<BundleDraft> {
  const { people, revocations, keys } = draft.bundle;
  const others = <Key extends TrustKey>(listed: readonly Key[]): readonly Key[] =>
    listed.filter(({ publicKey }) => keyidOfCredential({ kind: 'raw', publicKey }) !== revocation.keyid);
  const old = revocations.find(({ keyid }) => keyid === revocation.keyid);
  if (old !== undefined && old.notAfter < revocation.notAfter)
    return refuse('not-newer', `the key is revoked since ${old.notAfter}; a later time would give it days back`, {
      clause: 'X1',
    });
  const rest = revocations.filter((one) => one !== old);
  return judged(draft, {
    people: people.map((person) => ({
      ...person,
      credentials: person.credentials.filter((one) => keyidOfCredential(one) !== revocation.keyid),
    })),
    keys: {
      ...keys,
      capsuleSigners: others(keys.capsuleSigners),
      graphOwners: others(keys.graphOwners),
      relays: others(keys.relays),
      runners: others(keys.runners),
      statusSigners: others(keys.statusSigners),
    },
    revocations: [...rest, revocation],
  });
}

/** Every step ends here: what comes out may be said in a bundle, or the step is refused with every complaint. */
export function judged({ before, bundle }: BundleDraft, change: Partial<TrustBundle>): Result<BundleDraft> {
  const after: TrustBundle = { ...bundle, ...change };
  const sound = checkTrustBundle(after);
  if (!sound.ok) return sound;
  const keys = checkTrustKeys(after);
  if (!keys.ok) return keys;
  const roster = checkRoster(after, keyMaterialOf);
  return roster.ok ? { ok: true, value: { before, bundle: after } } : roster;
}
