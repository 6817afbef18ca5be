/** Leave of a numbered trip by a person (X5, I9, trap 10): this capsule, this trip, once. */
import type { Digest, Instant, OrganisationId, PersonId } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import { ineligibility, type Exclusion } from '../people/duties.ts';
import type { Enrolled, Person, Role } from '../people/person.ts';
import type { Environment } from '../people/trust-bundle.ts';
import type { Resume } from './approval.ts';
import { timeComplaints } from './statement.ts';
import { keyDoubt, owesOwnSurface } from './surface.ts';

export interface ResumeFacts {
  readonly organisation: OrganisationId;
  readonly capsule: Digest;
  /** The trip that is open now. */
  readonly trip: number;
  readonly now: Instant;
  readonly skewMs: number;
  readonly roster: readonly Person[];
  readonly exclusions: readonly Exclusion[];
  /** Roles that may let a rollout go on; none means nobody may. */
  readonly roles: readonly Role[];
  /** Nonces of resumes that were used before. */
  readonly usedNonces: ReadonlySet<string>;
  readonly environment: Environment;
  /** The enrolled keys that verified. */
  readonly keys: readonly Enrolled[];
}

/** Proof that a named person let this trip of this capsule go on. */
export class Resumed {
  readonly #resume: Resume;

  private constructor(resume: Resume) {
    this.#resume = resume;
    Object.freeze(this);
  }

  /** The signature itself was verified before. */
  static of(resume: Resume, facts: ResumeFacts): Result<Resumed> {
    const complaints = resumeComplaints(resume, facts);
    if (complaints.length === 0) return ok(new Resumed(resume));
    return refuse('resume-refused', `the resume of trip ${resume.trip} does not count`, { clause: 'X5', complaints });
  }

  get trip(): number {
    return this.#resume.trip;
  }

  get capsule(): Digest {
    return this.#resume.capsule;
  }

  get person(): PersonId {
    return this.#resume.person;
  }
}

export const checkResume = (resume: Resume, facts: ResumeFacts): Result<Resumed> => Resumed.of(resume, facts);

const wrong = (isWrong: boolean, at: string, problem: string): readonly Complaint[] =>
  isWrong ? [{ at, problem }] : [];

function resumeComplaints(resume: Resume, facts: ResumeFacts): readonly Complaint[] {
  const person = facts.roster.find(({ id }) => id === resume.person);
  const doubt = person === undefined ? 'is not on the roster' : ineligibility(person, resume.role, facts.exclusions);
  return [
    ...wrong(resume.organisation !== facts.organisation, '/organisation', 'is another organisation'),
    ...wrong(resume.capsule !== facts.capsule, '/capsule', 'is another capsule'),
    ...wrong(resume.trip !== facts.trip, '/trip', `is not the open trip ${facts.trip}`),
    ...wrong(!facts.roles.includes(resume.role), '/role', 'may not let a rollout go on'),
    ...wrong(facts.usedNonces.has(resume.nonce), '/nonce', 'was used before'),
    ...(doubt === undefined ? [] : [{ at: '/person', problem: doubt }]),
    ...keyComplaints(facts),
    ...timeComplaints(resume, facts.skewMs, facts.now),
  ];
}

/** One signature lets a stopped change go on, so in production it may not be one that the server's own page asked for (A2). */
function keyComplaints({ environment, keys, now }: ResumeFacts): readonly Complaint[] {
  const doubt = keyDoubt(keys, now);
  if (doubt !== undefined) return [{ at: '/signatures', problem: doubt }];
  const problem = 'was made on a page that the server delivers; in production sign with `cs rollout resume`';
  return wrong(owesOwnSurface(environment, keys, now), '/signatures', problem);
}
