/** One line of the record (L5, V3): what happened, to what, by whom. Bodies stay outside; the leaf holds their digest. */
import type { Digest, Instant, OrganisationId } from '../shared/brand.ts';
import { digest, id, instant, literal, object, oneOf, text, type Shape } from '../shared/shape.ts';

/** The audit vocabulary. Every change of state names one of these. */
export const RECORD_EVENTS = [
  'organisation.created',
  'trust.updated',
  'envelope.activated',
  'envelope.suspended',
  'graph.updated',
  'signal.received',
  'signal.unauthenticated',
  'triage.opened',
  'proposal.created',
  'proposal.refused',
  'proposal.withdrawn',
  'proposal.expired',
  'decision.made',
  'validation.requested',
  'validation.finished',
  'capsule.built',
  'approval.received',
  'approval.refused',
  'approval.rejected',
  'capsule.dispatched',
  'capsule.refused',
  'rollout.started',
  'rollout.progressed',
  'rollout.tripped',
  'rollout.halted',
  'rollout.resumed',
  'rollout.rolled-back',
  'rollout.rollback-failed',
  'rollout.completed',
  'halt.requested',
  'resume.requested',
  'rollback.requested',
  'evidence.received',
  'evidence.read',
  'evidence.exported',
  'evidence.closed',
  'remediation.closed',
  'manual-work.opened',
  'transition.refused',
  'enclave.invited',
  'enclave.certified',
  'enclave.shut-out',
  'source.described',
  'benign-schedule.added',
  'benign-schedule.removed',
  'signal.labelled',
  'vex.received',
  'exploited.received',
  'findings.ranked',
  'finding.owned',
  'spec.registered',
  'envelope.drafted',
  'authority.narrowed',
  'envelope.signed',
  'envelope.tests-stored',
  'class.contracted',
  'class.restored',
  'audit.found',
  'audit.closed',
  'engine.failed',
  'manual-work.done',
  'manual-work.closed',
  'restraint.set',
  'restraint.lifted',
  'prediction.compared',
  'body.expired',
  'hold.set',
  'hold.lift-asked',
  'hold.lifted',
  'campaign.made',
  'campaign.signed',
  'campaign.approved',
  'campaign.released',
  'campaign.receipt',
  'campaign.held',
  'session.began',
  'session.ended',
  'session.refused',
  'identity.counted',
] as const;
export type RecordEvent = (typeof RECORD_EVENTS)[number];

export interface Leaf {
  readonly type: 'leaf';
  readonly organisation: OrganisationId;
  readonly event: RecordEvent;
  readonly at: Instant;
  /** Kind and id of who acted, e.g. `person:kim`, `agent:playbook`, `runner:prod-1`, `control`. */
  readonly actor: string;
  /** Kind and id of what it happened to, e.g. `proposal:P-1`. */
  readonly subject: string;
  /** The remediation it belongs to, when there is one. */
  readonly correlation: string;
  /** Digest of the canonical body. */
  readonly body: Digest;
}

const reference = text({ min: 1, max: 160, pattern: /^[a-z-]+(?::[A-Za-z0-9][A-Za-z0-9._-]{0,127})?$/ });
export const leafShape: Shape<Leaf> = object<Leaf>({
  type: literal('leaf'),
  organisation: id(),
  event: oneOf(...RECORD_EVENTS),
  at: instant,
  actor: reference,
  subject: reference,
  // The form of an id, or nothing.
  correlation: text({ max: 64, pattern: /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,63})?$/ }),
  body: digest,
});
