/** Stopping an agent or a source needs one person and no signature; letting it go on is signed by a policy admin (D7). */
import type { Id, Instant, OrganisationId, PersonId } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import { id, instant, literal, object, text, type Shape } from '../shared/shape.ts';
import { POLICY_ADMIN_ROLE } from '../people/duties.ts';
import type { Person } from '../people/person.ts';

/** `suspended`: a person stopped it. `baseline`: it left its own past and asks people from then on. */
export const RESTRAINT_KINDS = ['suspended', 'baseline'] as const;
export type RestraintKind = (typeof RESTRAINT_KINDS)[number];

/** Leave for exactly one restraint; the signature is over this. */
export interface RestraintLift {
  readonly type: 'restraint-lift';
  readonly organisation: OrganisationId;
  readonly restraint: Id<'Restraint'>;
  readonly person: PersonId;
  readonly reason: string;
  readonly signedAt: Instant;
  readonly expiresAt: Instant;
}

export const restraintLiftShape: Shape<RestraintLift> = object<RestraintLift>({
  type: literal('restraint-lift'),
  organisation: id(),
  restraint: id(),
  person: id(),
  reason: text({ min: 3, max: 2000 }),
  signedAt: instant,
  expiresAt: instant,
});

export interface LiftFacts {
  readonly organisation: OrganisationId;
  readonly restraint: string;
  /** Who put it there; nobody lifts what they did themselves by accident, but may. The agent's owner may not (A4). */
  readonly agentOwner?: PersonId;
  readonly now: Instant;
  /** Enrolled people whose signature over the document verified. */
  readonly signers: readonly Person[];
}

/** The signature itself was verified before. */
export function checkLift(lift: RestraintLift, facts: LiftFacts): Result<RestraintLift> {
  const signer = facts.signers.find(({ id: name }) => name === lift.person);
  const isAdmin = signer?.roles.some((role) => role === POLICY_ADMIN_ROLE) ?? false;
  const complaints: readonly Complaint[] = [
    ...wrong(lift.organisation !== facts.organisation, '/organisation', 'is another organisation'),
    ...wrong(lift.restraint !== facts.restraint, '/restraint', 'is another restraint'),
    ...wrong(signer === undefined, '/person', 'has not signed this'),
    ...wrong(signer !== undefined && !isAdmin, '/person', 'is no policy admin'),
    ...wrong(lift.person === facts.agentOwner, '/person', 'answers for the agent and may not lift this'),
    ...wrong(lift.signedAt > facts.now || lift.expiresAt <= facts.now, '/signedAt', 'is not signed for this time'),
  ];
  if (complaints.length === 0) return ok(lift);
  return refuse('lift-refused', 'the restraint stays', { clause: 'D7', complaints });
}

const wrong = (isWrong: boolean, at: string, problem: string): readonly Complaint[] =>
  isWrong ? [{ at, problem }] : [];
