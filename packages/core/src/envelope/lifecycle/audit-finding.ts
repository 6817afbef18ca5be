/**
 * What an auditor signs (E7), what closes it, and what lifts a contraction (E6): dated documents, each signed by a person with the
 * role it asks for. An auditor stands outside the policy admins.
 */
import type { Digest, Id, Instant, OrganisationId, PersonId } from '../../shared/brand.ts';
import { digest, id, instant, literal, object, oneOf, text, type Shape } from '../../shared/shape.ts';
import { ACTION_TYPES, type ActionType } from '../../proposal/change.ts';

export interface AuditFinding {
  readonly type: 'audit-finding';
  readonly organisation: OrganisationId;
  readonly id: Id<'Finding'>;
  /** The envelope it is about. */
  readonly envelope: Digest;
  readonly auditor: PersonId;
  readonly title: string;
  readonly text: string;
  /** Who has to mend it, and until when; after that nothing widens. */
  readonly owner: PersonId;
  readonly dueAt: Instant;
  readonly signedAt: Instant;
}
export interface AuditClosure {
  readonly type: 'audit-closure';
  readonly organisation: OrganisationId;
  readonly finding: Id<'Finding'>;
  /** Digest of the finding as it was signed. */
  readonly of: Digest;
  readonly auditor: PersonId;
  readonly rationale: string;
  readonly signedAt: Instant;
}
/** Gives a class back what bad outcomes took, up to the signed envelope and no further. */
export interface Restoration {
  readonly type: 'restoration';
  readonly organisation: OrganisationId;
  readonly action: ActionType;
  readonly contraction: Id<'Contraction'>;
  readonly person: PersonId;
  readonly rationale: string;
  readonly signedAt: Instant;
}

const words = (max: number): Shape<string> => text({ min: 3, max });

export const auditFindingShape: Shape<AuditFinding> = object<AuditFinding>({
  type: literal('audit-finding'),
  organisation: id(),
  id: id(),
  envelope: digest,
  auditor: id(),
  title: words(200),
  text: words(4000),
  owner: id(),
  dueAt: instant,
  signedAt: instant,
});
export const auditClosureShape: Shape<AuditClosure> = object<AuditClosure>({
  type: literal('audit-closure'),
  organisation: id(),
  finding: id(),
  of: digest,
  auditor: id(),
  rationale: words(4000),
  signedAt: instant,
});
export const restorationShape: Shape<Restoration> = object<Restoration>({
  type: literal('restoration'),
  organisation: id(),
  action: oneOf(...ACTION_TYPES),
  contraction: id(),
  person: id(),
  rationale: words(4000),
  signedAt: instant,
});
