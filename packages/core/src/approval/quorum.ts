/**
 * The quorum (A2, A4, I1): a set of natural persons over one digest. A signature delivered twice is one person (trap 2), a
 * person fills one place however many roles they hold, and no demand at all is never a quorum. In production one of those who
 * count signed on a surface that the server does not deliver, so a server that lies on its own page is not enough.
 */
import type { Digest, Instant, PersonId } from '../shared/brand.ts';
import { ok, type Refusal, type Result } from '../shared/result.ts';
import { ineligibility, isEligible, naturalPerson, type Exclusion, type Tie } from '../people/duties.ts';
import type { Demand, Enrolled, Person, Role } from '../people/person.ts';
import type { Environment } from '../people/trust-bundle.ts';
import { fillPlaces } from './matching.ts';
import { keyDoubt, OWN_SURFACE_NEXT, owesOwnSurface } from './surface.ts';

/** A signature that was verified and bound (see `checkApprovalBinding`). */
export interface Vote {
  readonly person: PersonId;
  readonly role: Role;
  /** Digest of the capsule that was signed. */
  readonly capsule: Digest;
  /** The enrolled keys that verified, as the roster describes them; never what the signature says about itself. */
  readonly keys: readonly Enrolled[];
}

export interface QuorumQuestion {
  readonly capsule: Digest;
  readonly demands: readonly Demand[];
  readonly approvals: readonly Vote[];
  readonly exclusions: readonly Exclusion[];
  /** As it is now, not as it was when they signed (trap 4). */
  readonly roster: readonly Person[];
  readonly ties?: readonly Tie[];
  readonly environment: Environment;
  readonly now: Instant;
}

export interface QuorumSeat {
  readonly role: Role;
  readonly person: PersonId;
}

export interface QuorumProgress {
  readonly isMet: boolean;
  readonly filled: readonly QuorumSeat[];
  readonly missing: readonly Demand[];
  /** Whether all who count signed on pages of the server, where that is not enough (A2). */
  readonly owesOwnSurface: boolean;
  /** Votes that do not count, each with the reason. */
  readonly uncounted: readonly { readonly person: PersonId; readonly role: Role; readonly reason: string }[];
}

/** Proof that the demanded people signed exactly this capsule. Only a met question makes one; it does not survive a wire. */
export class Quorum {
  readonly #capsule: Digest;
  readonly #seats: readonly QuorumSeat[];

  private constructor(capsule: Digest, seats: readonly QuorumSeat[]) {
    this.#capsule = capsule;
    this.#seats = seats;
    Object.freeze(this);
  }

  static of(question: QuorumQuestion): Result<Quorum> {
    const progress = quorumProgress(question);
    if (!progress.isMet) return { ok: false, refusal: notMet(question, progress) };
    return ok(new Quorum(question.capsule, Object.freeze([...progress.filled])));
  }

  get capsule(): Digest {
    return this.#capsule;
  }

  get seats(): readonly QuorumSeat[] {
    return this.#seats;
  }
}

export const evaluateQuorum = (question: QuorumQuestion): Result<Quorum> => Quorum.of(question);

/** How far a quorum is, for people who wait for it. */
export function quorumProgress(question: QuorumQuestion): QuorumProgress {
  const judged = question.approvals.map((vote) => ({ vote, reason: doubt(vote, question) }));
  const good = judged.flatMap(({ vote, reason }) => (reason === undefined ? [vote] : []));
  const places = question.demands.flatMap(({ role, count }) => Array.from({ length: count }, () => role));
  const ties = question.ties ?? [];
  const natural = new Map(good.map(({ person }) => [person, naturalPerson(person, ties)]));
  const voters = [...new Set(natural.values())];
  const taken = fillPlaces(places, voters, (place, voter) =>
    good.some((vote) => vote.role === place && natural.get(vote.person) === voter),
  );
  const filled = places.flatMap((role, index) => {
    const person = taken[index];
    return person === undefined ? [] : [{ role, person }];
  });
  const missing = missingDemands(question.demands, filled);
  const isServedOnly = owesOwnSurface(
    question.environment,
    good.flatMap(({ keys }) => keys),
    question.now,
  );
  return {
    isMet: places.length > 0 && missing.length === 0 && !isServedOnly,
    filled,
    missing,
    owesOwnSurface: isServedOnly,
    uncounted: judged.flatMap(({ vote: { person, role }, reason }) =>
      reason === undefined ? [] : [{ person, role, reason }],
    ),
  };
}

/** Why a vote does not count; undefined when it does. */
function doubt(vote: Vote, question: QuorumQuestion): string | undefined {
  if (vote.capsule !== question.capsule) return 'signed another capsule';
  if (!question.demands.some(({ role }) => role === vote.role)) return `nobody is asked for \`${vote.role}\``;
  const person = question.roster.find(({ id }) => id === vote.person);
  if (person === undefined) return 'is not on the roster';
  return ineligibility(person, vote.role, question.exclusions) ?? keyDoubt(vote.keys, question.now);
}

function missingDemands(demands: readonly Demand[], filled: readonly QuorumSeat[]): readonly Demand[] {
  const roles = [...new Set(demands.map(({ role }) => role))];
  return roles.flatMap((role) => {
    const asked = demands.reduce((sum, demand) => sum + (demand.role === role ? demand.count : 0), 0);
    const count = asked - filled.filter((seat) => seat.role === role).length;
    return count > 0 ? [{ role, count }] : [];
  });
}

function notMet(question: QuorumQuestion, { missing, filled, uncounted }: QuorumProgress): Refusal {
  if (missing.length === 0 && filled.length === 0)
    return { code: 'quorum-empty', detail: 'no approval is demanded, so none can be complete', clause: 'A4' };
  if (missing.length === 0)
    return {
      code: 'own-surface-missing',
      detail:
        'everybody signed on pages that the server delivers; in production one signature has to come from elsewhere',
      clause: 'A2',
      next: OWN_SURFACE_NEXT,
      eligible: ownSurfacePeople(question),
    };
  const owed = missing.map(({ role, count }) => `${count} x \`${role}\``).join(', ');
  const eligible = eligiblePeople(missing, question.roster, question.exclusions).flatMap(({ people }) => people);
  return {
    code: 'quorum-missing',
    detail: `approvals are missing: ${owed}`,
    clause: 'A2',
    eligible: [...new Set(eligible)],
    complaints: uncounted.map(({ person, role, reason }) => ({ at: `/approvals/${person}/${role}`, problem: reason })),
  };
}

/** Who could sign for each demand; people who stand excluded are not named. */
export function eligiblePeople(
  demands: readonly Demand[],
  roster: readonly Person[],
  exclusions: readonly Exclusion[],
): readonly { readonly role: Role; readonly count: number; readonly people: readonly PersonId[] }[] {
  return demands.map(({ role, count }) => ({
    role,
    count,
    people: roster.filter((person) => isEligible(person, role, exclusions)).map(({ id }) => id),
  }));
}

/** Who could give the signature that no page of the server can have falsified. */
function ownSurfacePeople({ demands, roster, exclusions, now }: QuorumQuestion): readonly PersonId[] {
  const named = new Set(eligiblePeople(demands, roster, exclusions).flatMap(({ people }) => people));
  const isAble = ({ id, credentials }: Person): boolean =>
    named.has(id) && credentials.some(({ surface, usableFrom }) => surface === 'own' && usableFrom <= now);
  return roster.filter(isAble).map(({ id }) => id);
}

/** Whether the demands can be met at all by the roster; asking for the impossible is found before anyone waits. */
export function isReachable(question: Omit<QuorumQuestion, 'approvals'>): boolean {
  const approvals = eligiblePeople(question.demands, question.roster, question.exclusions).flatMap(({ role, people }) =>
    people.map((person) => ({ person, role, capsule: question.capsule, keys: keysOf(person, question.roster) })),
  );
  return quorumProgress({ ...question, approvals }).isMet;
}

const keysOf = (person: PersonId, roster: readonly Person[]): readonly Enrolled[] =>
  roster.filter(({ id }) => id === person).flatMap(({ credentials }) => credentials);
