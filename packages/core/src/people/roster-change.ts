/**
 * What one bundle may change of the roster before it (A2, A4, T7): whoever gains a key or a role was put there by two registrars,
 * neither of them the one who gains, and waits until the cooling-off time is over, so that others can notice. Taking something
 * away needs neither.
 */
import { plusMs, type Instant, type PersonId } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import type { Credential, Person, Role } from './person.ts';
import { checkRoster, type KeyOf, type Roster } from './roster.ts';

const REGISTRAR: string = 'registrar';
const REGISTRARS_NEEDED = 2;

export interface RosterChange {
  readonly before: Roster;
  readonly after: Roster;
  /** Registrars of whose keys one signed the new bundle. */
  readonly signers: readonly PersonId[];
}

/** Something a person has in the new roster that they did not have before. */
interface Gain {
  readonly person: PersonId;
  readonly at: string;
  readonly what: string;
  /** Why it may not be so whoever signs; undefined when it may. */
  readonly objection: string | undefined;
}

export function checkRosterChange(change: RosterChange, keyOf: KeyOf): Result<true> {
  const { before, after } = change;
  const sound = checkRoster(after, keyOf);
  if (!sound.ok) return sound;
  const gains = after.people.flatMap((person, place) => gainsOf({ person, at: `/people/${place}` }, change, keyOf));
  const complaints: readonly Complaint[] = [
    ...(after.issuedAt < before.issuedAt
      ? [{ at: '/issuedAt', problem: 'is earlier than that of the bundle before' }]
      : []),
    ...gains.flatMap(({ at, what, objection }) =>
      objection === undefined ? [] : [{ at, problem: `${what} ${objection}` }],
    ),
    ...gains.flatMap((gain) => unsupported(gain, change)),
  ];
  if (complaints.length === 0) return ok(true);
  return refuse('roster-change', 'the trust bundle changes the roster in a way that is not allowed', {
    clause: 'A2',
    complaints,
    next: [
      'two registrars sign, neither of them the person who gains a key or role',
      'give new keys and roles a time from which they count, later than the cooling-off time from now',
    ],
  });
}

/** Demo roots are not people; nothing a demo signs is accepted outside of it. */
function unsupported({ person, at, what }: Gain, { before, after, signers }: RosterChange): readonly Complaint[] {
  // Registrars already before: nobody makes their own supporters with the same bundle.
  const isRegistrar = (signer: PersonId): boolean =>
    before.people.some(({ id, roles }) => id === signer && roles.some((role) => role === REGISTRAR));
  const others = new Set(signers.filter((signer) => signer !== person && isRegistrar(signer)));
  if (after.isDemo || others.size >= REGISTRARS_NEEDED) return [];
  const problem = `${what} needs ${REGISTRARS_NEEDED} registrars other than \`${person}\`, ${others.size} signed`;
  return [{ at, problem }];
}

interface Placed {
  readonly person: Person;
  readonly at: string;
}

function gainsOf(placed: Placed, change: RosterChange, keyOf: KeyOf): readonly Gain[] {
  const { before, after } = change;
  const known = before.people.find(({ id }) => id === placed.person.id);
  // The policy before is the one that binds: a bundle cannot shorten the wait for what itself brings.
  const earliest = plusMs(after.issuedAt, before.enrolment.coolingOffMs);
  const keys = newKeys(placed, { known, before, earliest, keyOf, isDemo: after.isDemo });
  return [...keys, ...newRoles(placed, known, after.issuedAt), ...newGrants(placed, known, earliest)];
}

interface KeyQuestion {
  readonly known: Person | undefined;
  readonly before: Roster;
  readonly earliest: Instant;
  readonly keyOf: KeyOf;
  /** A demo's people would stand before a locked door; nobody else accepts its roster. */
  readonly isDemo: boolean;
}

function newKeys({ person, at }: Placed, { known, before, earliest, keyOf, isDemo }: KeyQuestion): readonly Gain[] {
  return person.credentials.flatMap((credential, place): readonly Gain[] => {
    const key = keyOf(credential);
    const holder = before.people.find(({ credentials }) => credentials.some((one) => keyOf(one) === key));
    const held = known?.credentials.find((one) => keyOf(one) === key);
    if (held !== undefined && isNoMore(held, credential)) return [];
    const isForeign = holder !== undefined && holder.id !== person.id;
    const late = isDemo || credential.usableFrom >= earliest ? undefined : `counts before ${earliest}: it has to wait`;
    const objection = isForeign ? `was the key of \`${holder.id}\`` : late;
    return [{ person: person.id, at: `${at}/credentials/${place}`, what: 'the new key', objection }];
  });
}

/** The same key with the same place to sign, and no sooner than before. */
function isNoMore(held: Credential, now: Credential): boolean {
  const { usableFrom: before, ...rest } = held;
  const { usableFrom, ...same } = now;
  return usableFrom >= before && fieldsOf(rest) === fieldsOf(same);
}

const fieldsOf = (value: object): string =>
  JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Somebody new may come with roles: all their keys are new and wait. Whoever is here already waits for the role. */
function newRoles({ person, at }: Placed, known: Person | undefined, issuedAt: Instant): readonly Gain[] {
  const gained = person.roles.filter((role) => known?.roles.includes(role) !== true);
  return gained.map((role): Gain => {
    const isDue = known === undefined || wasDue(known, role, issuedAt);
    const objection = isDue ? undefined : 'has to be granted first, and be waited for, before it is held';
    return { person: person.id, at: `${at}/roles`, what: `the role \`${role}\``, objection };
  });
}

const wasDue = ({ grants = [] }: Person, role: Role, issuedAt: Instant): boolean =>
  grants.some((grant) => grant.role === role && grant.usableFrom <= issuedAt);

function newGrants({ person, at }: Placed, known: Person | undefined, earliest: Instant): readonly Gain[] {
  const isKnown = (role: Role, from: Instant): boolean =>
    (known?.grants ?? []).some((grant) => grant.role === role && grant.usableFrom <= from);
  return (person.grants ?? []).flatMap(({ role, usableFrom }): readonly Gain[] => {
    if (isKnown(role, usableFrom)) return [];
    const objection = usableFrom >= earliest ? undefined : `counts before ${earliest}: it has to wait`;
    return [{ person: person.id, at: `${at}/grants`, what: `the grant of \`${role}\``, objection }];
  });
}
