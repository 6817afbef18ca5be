/**
 * What holds in every roster (A2, A4, T7): a key is one person's, sound and enrolled for one page; nobody holds duties that
 * conflict. The registrars' signatures are another question, and so is what changed.
 */
import type { Instant } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import { dutyConflicts } from './duties.ts';
import { LEAST_COOLING_OFF_MS } from './enrolment.ts';
import type { Credential, Person } from './person.ts';
import type { TrustBundle } from './trust-bundle.ts';

/** The key itself, whatever its encoding; undefined when it is of no accepted kind, or weak. `seal` knows (see `keyMaterialOf`). */
export type KeyOf = (credential: Credential) => string | undefined;

/** The part of a trust bundle that is about people. */
export type Roster = Pick<TrustBundle, 'people' | 'enrolment' | 'isDemo' | 'issuedAt'>;

interface Held {
  readonly person: Person;
  readonly credential: Credential;
  readonly at: string;
}

/** The people with the keys that count by now; a key that waits makes no signature count, on whatever document (A2). */
export const withoutWaitingKeys = (people: readonly Person[], now: Instant): readonly Person[] =>
  people.map((person) => ({
    ...person,
    credentials: person.credentials.filter(({ usableFrom }) => usableFrom <= now),
  }));

export function checkRoster(roster: Roster, keyOf: KeyOf): Result<true> {
  const held = roster.people.flatMap((person, place) =>
    person.credentials.map((credential, key): Held => ({
      person,
      credential,
      at: `/people/${place}/credentials/${key}`,
    })),
  );
  const complaints = [
    ...policyComplaints(roster),
    ...peopleComplaints(roster),
    ...held.flatMap((one) => keyComplaints(one, roster)),
    ...sharedKeys(held, keyOf),
    ...sharedOrigins(held),
  ];
  if (complaints.length === 0) return ok(true);
  return refuse('roster-unsound', 'the roster holds what no roster may hold', { clause: 'A4', complaints });
}

const policyComplaints = ({ enrolment, isDemo }: Roster): readonly Complaint[] =>
  isDemo || enrolment.coolingOffMs >= LEAST_COOLING_OFF_MS
    ? []
    : [{ at: '/enrolment/coolingOffMs', problem: `is shorter than ${LEAST_COOLING_OFF_MS} ms` }];

/** A role that was given counts here already: the conflict is refused when it is granted, not when it hurts (A4). */
function peopleComplaints({ people, enrolment }: Roster): readonly Complaint[] {
  const exceptions = (enrolment.dutyExceptions ?? []).map(({ one, other }) => [one, other] as const);
  return people.flatMap(({ id, roles, grants = [] }, place) => {
    const at = `/people/${place}`;
    const isTwice = people.findIndex((other) => other.id === id) !== place;
    const all = [...new Set([...roles, ...grants.map(({ role }) => role)])];
    const conflicts = dutyConflicts(all, exceptions).map(({ roles: [a, b], rule }) => ({
      at: `${at}/roles`,
      problem: `\`${a}\` and \`${b}\` may not be held by one person: ${rule}`,
    }));
    return [...(isTwice ? [{ at: `${at}/id`, problem: 'names somebody a second time' }] : []), ...conflicts];
  });
}

function keyComplaints({ credential, at }: Held, { enrolment }: Roster): readonly Complaint[] {
  const isEarly = credential.usableFrom < credential.enrolledAt;
  const isSynced = credential.kind === 'passkey' && credential.allowBackup && !enrolment.allowBackup;
  return [
    ...(isEarly ? [{ at: `${at}/usableFrom`, problem: 'lies before the enrolment' }] : []),
    ...(isSynced ? [{ at: `${at}/allowBackup`, problem: 'is not allowed by the enrolment policy' }] : []),
  ];
}

/** Two names with one key are one person with two voices (A4). */
function sharedKeys(held: readonly Held[], keyOf: KeyOf): readonly Complaint[] {
  const holders = new Map<string, Held>();
  const complaints: Complaint[] = [];
  for (const one of held) {
    const key = keyOf(one.credential);
    const before = key === undefined ? undefined : holders.get(key);
    if (key === undefined) complaints.push({ at: one.at, problem: 'is not a key that may sign' });
    else if (before === undefined) holders.set(key, one);
    else complaints.push({ at: one.at, problem: `is the key of \`${before.person.id}\` at ${before.at}` });
  }
  const passkeys = held.flatMap(({ credential, at }) =>
    credential.kind === 'passkey' ? [{ id: credential.id, at }] : [],
  );
  const first = new Map(passkeys.toReversed().map(({ id, at }) => [id, at]));
  const twice = passkeys.filter(({ id, at }) => first.get(id) !== at);
  return [...complaints, ...twice.map(({ at }) => ({ at: `${at}/id`, problem: 'is the id of another passkey' }))];
}

/** One page is delivered by one side: the same origin cannot be the server's for one key and the organisation's for another. */
function sharedOrigins(held: readonly Held[]): readonly Complaint[] {
  const served = new Set(
    held.flatMap(({ credential }) => (credential.surface === 'served' ? originsOf(credential) : [])),
  );
  return held.flatMap(({ credential, at }) =>
    credential.surface === 'own' && originsOf(credential).some((origin) => served.has(origin))
      ? [{ at: `${at}/surface`, problem: 'is called `own`, and the same origin is called `served` for another key' }]
      : [],
  );
}

const originsOf = (credential: Credential): readonly string[] =>
  credential.kind === 'passkey' ? credential.origins : [];
