/**
 * An entry as an OCSF event: Remediation Activity (7001) for what belongs to a remediation, a base event for the rest, with the profiles
 * `record_integrity` and, where an agent acted, `ai_operation`. Version 1.9.0 as its repository had it in development: the `attestation`
 * of the profile is newer than the last snapshot read whole, and no validator of the project itself was run.
 */
import { msOf, type RecordEvent, type ReportedEntry } from '@countersign/core';
import type { JsonObject } from '../strict-json.ts';

export const OCSF_VERSION = '1.9.0';
const REMEDIATION_ACTIVITY = 7001;
const REMEDIATION = 7;
const OTHER = 99;

const ACTIVITY = { Restore: 3, Harden: 4 } as const;
/** What became of it: an event of which none of these can be said is informational. */
const FAILED: ReadonlySet<RecordEvent> = new Set<RecordEvent>([
  'capsule.refused',
  'approval.refused',
  'proposal.refused',
  'transition.refused',
  'rollout.rollback-failed',
  'engine.failed',
]);
const SUCCEEDED: ReadonlySet<RecordEvent> = new Set<RecordEvent>([
  'rollout.completed',
  'rollout.rolled-back',
  'validation.finished',
]);
const PARTIAL: ReadonlySet<RecordEvent> = new Set<RecordEvent>(['rollout.tripped', 'rollout.halted']);
const SEVERE: ReadonlySet<RecordEvent> = new Set<RecordEvent>([
  'rollout.rollback-failed',
  'engine.failed',
  'envelope.suspended',
]);

export type OcsfEvent = JsonObject & { readonly attestation: JsonObject };

export function ocsfOf({ leaf, index }: ReportedEntry, before: string | undefined): OcsfEvent {
  const isRemediation = leaf.correlation !== '';
  const activity = activityOf(leaf.event);
  const [kind = '', name = ''] = leaf.actor.split(':');
  const isAgent = kind === 'agent';
  const classUid = isRemediation ? REMEDIATION_ACTIVITY : 0;
  const activityId = isRemediation ? activity.id : OTHER;
  const status = statusOf(leaf.event);
  return {
    activity_id: activityId,
    activity_name: isRemediation ? activity.name : leaf.event,
    category_uid: isRemediation ? REMEDIATION : 0,
    class_uid: classUid,
    type_uid: classUid * 100 + activityId,
    time: msOf(leaf.at),
    severity_id: severityOf(leaf.event),
    status_id: status.id,
    ...(status.name !== undefined && { status: status.name }),
    message: `${leaf.event} of ${leaf.subject} by ${leaf.actor}`,
    ...(isRemediation && { command_uid: leaf.correlation }),
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Countersign', vendor_name: 'Countersign' },
      profiles: ['record_integrity', ...(isAgent ? ['ai_operation'] : [])],
      uid: `${leaf.organisation}/${index}`,
      sequence: index,
      event_code: leaf.event,
      log_name: 'record',
      tenant_uid: leaf.organisation,
      ...(isRemediation && { correlation_uid: leaf.correlation }),
    },
    ...(isAgent && { ai_agent: { name, uid: name } }),
    unmapped: { actor: leaf.actor, subject: leaf.subject, body: leaf.body },
    attestation: {
      uid: `${leaf.organisation}/${index}`,
      authority_uid: 'countersign',
      chain_uid: `${leaf.organisation}/record`,
      ...(before !== undefined && { prev_event: { fingerprint: fingerprintOf(before) } }),
    },
  };
}

function activityOf(event: RecordEvent): { readonly id: number; readonly name: string } {
  if (event === 'rollout.rolled-back' || event === 'rollback.requested')
    return { id: ACTIVITY.Restore, name: 'Restore' };
  if (event.startsWith('rollout.') || event === 'capsule.dispatched') return { id: ACTIVITY.Harden, name: 'Harden' };
  return { id: OTHER, name: event };
}

function statusOf(event: RecordEvent): { readonly id: number; readonly name?: string } {
  if (FAILED.has(event)) return { id: 2, name: 'Failure' };
  if (SUCCEEDED.has(event)) return { id: 1, name: 'Success' };
  if (PARTIAL.has(event)) return { id: 4, name: 'Partial' };
  return { id: OTHER, name: event };
}

const severityOf = (event: RecordEvent): number => {
  if (SEVERE.has(event)) return 4;
  return FAILED.has(event) || PARTIAL.has(event) ? 3 : 1;
};

/** SHA-256 in hex over RFC 8785. */
export const fingerprintOf = (value: string): JsonObject => ({
  algorithm: 'SHA-256',
  algorithm_id: 3,
  encoding_id: 1,
  serialization_id: 2,
  value,
});
