/**
 * The closure of a change whose evidence stays inside (V2): one digest and one verdict, signed inside the enclave by a named person and
 * carried out by hand. It is all that ever leaves of such a change, and until it comes the record stays open.
 */
import type { Digest, Instant, OrganisationId, PersonId, ProposalId } from '../shared/brand.ts';
import { ok, refuse, type Result } from '../shared/result.ts';
import type { Exclusion } from '../people/duties.ts';
import type { Capsule } from '../capsule/capsule.ts';
import type { Person, Role } from '../people/person.ts';
import { digest, id, instant, literal, object, oneOf, type Shape } from '../shared/shape.ts';

/** `not-accepted`: the reviewer does not stand for it; the record says so and stays open. */
export const CLOSURE_VERDICTS = ['succeeded', 'rolled-back', 'not-accepted'] as const;
export type ClosureVerdict = (typeof CLOSURE_VERDICTS)[number];

export interface EvidenceClosure {
  readonly type: 'evidence-closure';
  readonly organisation: OrganisationId;
  readonly proposal: ProposalId;
  readonly capsule: Digest;
  /** Of the evidence statement the runner signed inside. */
  readonly evidence: Digest;
  readonly verdict: ClosureVerdict;
  readonly person: PersonId;
  readonly role: Role;
  readonly signedAt: Instant;
}

export const evidenceClosureShape: Shape<EvidenceClosure> = object<EvidenceClosure>({
  type: literal('evidence-closure'),
  organisation: id(),
  proposal: id(),
  capsule: digest,
  evidence: digest,
  verdict: oneOf(...CLOSURE_VERDICTS),
  person: id(),
  role: id(),
  signedAt: instant,
});

/** An auditor may always close; whoever had a say on the capsule by its demands may too. Nobody else. */
const AUDITOR = 'auditor';

export interface ClosureFacts {
  readonly capsule: Capsule;
  readonly digest: Digest;
  readonly roster: readonly Person[];
  /** Who has no say on this capsule (A4): whoever answers for the agent, among others. */
  readonly exclusions: readonly Exclusion[];
}

/** The person is read from the roster; that they signed is checked where signatures are. */
export function checkClosure(closure: EvidenceClosure, facts: ClosureFacts): Result<Person> {
  const { capsule, digest: own, roster, exclusions } = facts;
  if (
    closure.organisation !== capsule.organisation ||
    closure.capsule !== own ||
    closure.proposal !== capsule.proposal.id
  )
    return refuse('conflict', 'the closure is about another change', { clause: 'V2' });
  if (capsule.egress !== 'local-only')
    return refuse('conflict', 'the evidence of this change is not held inside: it closes by itself', { clause: 'V2' });
  const may = (person: Person): boolean =>
    person.roles.some((role) => role === AUDITOR || capsule.demands.some((demand) => demand.role === role)) &&
    !exclusions.some((one) => one.person === person.id);
  const eligible = roster.filter(may).map(({ id: name }) => name);
  const person = roster.find((one) => one.id === closure.person);
  if (person === undefined || !may(person))
    return refuse('not-eligible', `\`${closure.person}\` may not close this change`, { clause: 'A4', eligible });
  const isHeld = person.roles.some((role) => role === closure.role);
  const counts = closure.role === AUDITOR || capsule.demands.some(({ role }) => role === closure.role);
  if (!isHeld || !counts)
    return refuse('not-eligible', `\`${closure.person}\` does not close it as \`${closure.role}\``, {
      clause: 'A4',
      eligible,
    });
  return ok(person);
}
