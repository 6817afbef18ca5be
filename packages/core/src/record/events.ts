/** Making a line of the record: every change of state names its event, who did it, to what, and in which remediation (L5). */
import type { Digest, Instant, OrganisationId } from '../shared/brand.ts';
import { readShape } from '../shared/shape.ts';
import type { Result } from '../shared/result.ts';
import { leafShape, type Leaf, type RecordEvent } from './leaf.ts';

/** Kinds of whoever acts. `control` and `witness` are programs that have no further id. */
type Actor =
  | { readonly kind: 'person' | 'agent' | 'runner' | 'gateway' | 'relay' | 'source'; readonly id: string }
  | { readonly kind: 'control' | 'witness' };

interface Subject {
  readonly kind: string;
  readonly id: string;
}

export interface Happening {
  readonly organisation: OrganisationId;
  readonly event: RecordEvent;
  readonly at: Instant;
  readonly actor: Actor;
  readonly subject: Subject;
  /** The remediation it belongs to; empty for what belongs to none. */
  readonly correlation?: string;
  /** Digest of the canonical body, which is kept beside the leaf. */
  readonly body: Digest;
}

const actorText = (actor: Actor): string => ('id' in actor ? `${actor.kind}:${actor.id}` : actor.kind);

/** A leaf, read by its own shape: an id that does not fit never reaches the record. */
export const leafOf = (happening: Happening): Result<Leaf> =>
  readShape(leafShape, {
    type: 'leaf',
    organisation: happening.organisation,
    event: happening.event,
    at: happening.at,
    actor: actorText(happening.actor),
    subject: `${happening.subject.kind}:${happening.subject.id}`,
    correlation: happening.correlation ?? '',
    body: happening.body,
  });

/** Events that are only true if a named human did them; anything else in their place is refused (A2, E2, X5). */
const BY_PEOPLE: ReadonlySet<RecordEvent> = new Set<RecordEvent>([
  'envelope.activated',
  'approval.received',
  'approval.rejected',
  'halt.requested',
  'resume.requested',
  'rollback.requested',
  'enclave.invited',
  'enclave.shut-out',
  'source.described',
  'benign-schedule.added',
  'benign-schedule.removed',
  'signal.labelled',
  'finding.owned',
  'spec.registered',
  'campaign.made',
  'campaign.signed',
  'evidence.exported',
  'evidence.closed',
  'hold.set',
  'hold.lift-asked',
  'hold.lifted',
  'session.began',
  'session.ended',
  'session.refused',
]);

/** Events of a remediation, which have to name it so that the record alone can tell its story (L5). */
const PREFIXES_OF_REMEDIATION = [
  'proposal',
  'decision',
  'validation',
  'capsule',
  'approval',
  'rollout',
  'remediation',
] as const;

/** Why a leaf does not say enough of its event; undefined when it does. */
export function leafGap(leaf: Leaf): string | undefined {
  const [prefix = ''] = leaf.event.split('.');
  if (BY_PEOPLE.has(leaf.event) && !leaf.actor.startsWith('person:')) return 'must name a person as actor';
  if (PREFIXES_OF_REMEDIATION.some((name) => name === prefix) && leaf.correlation === '')
    return 'must name the remediation it belongs to';
  return undefined;
}
