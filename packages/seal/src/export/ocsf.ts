/**
 * An entry as an OCSF event with the profile `record_integrity`: API Activity (6003) with the profile `ai_operation` for what an agent asked
 * of us, Remediation Activity (7001) for what else belongs to a remediation, a base event for the rest. The schema lets `ai_operation` go
 * with classes of systems, networks, applications and identities, not with remediations. Held against `fixtures/ocsf-1.9.0-dev.json`.
 */
import { msOf, type Leaf, type RecordEvent, type ReportedEntry } from '@countersign/core';
import type { JsonObject } from '../strict-json.ts';

export const OCSF_VERSION = '1.9.0';
const OTHER = 99;

type Kind = 'base' | 'api' | 'remediation';
const CLASS = { base: 0, api: 6003, remediation: 7001 } as const;
const CATEGORY = { base: 0, api: 6, remediation: 7 } as const;
const REMEDIATE = { Restore: 3, Harden: 4 } as const;
const CALL = { Create: 1, Read: 2, Delete: 4 } as const;
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

/** The event but for its fingerprint, which is over all of it. */
export interface OcsfEvent {
  readonly event: JsonObject;
  readonly attestation: JsonObject;
}
/** What the next event says of this one. */
export interface OcsfReference {
  readonly uid: string;
  readonly type_uid: number;
  readonly fingerprint: JsonObject;
}

export function ocsfOf({ leaf, index }: ReportedEntry, before: OcsfReference | undefined): OcsfEvent {
  const kind = kindOf(leaf);
  const { uid, typeUid, activity } = namesOf(leaf, index);
  const status = statusOf(leaf.event, kind);
  return {
    event: {
      activity_id: activity.id,
      activity_name: activity.name,
      category_uid: CATEGORY[kind],
      class_uid: CLASS[kind],
      type_uid: typeUid,
      time: msOf(leaf.at),
      severity_id: severityOf(leaf.event),
      status_id: status.id,
      status: status.name,
      message: `${leaf.event} of ${leaf.subject} by ${leaf.actor}`,
      ...(kind === 'remediation' && { command_uid: leaf.correlation }),
      ...(kind === 'api' && calledBy(leaf)),
      metadata: {
        version: OCSF_VERSION,
        product: { name: 'Countersign', vendor_name: 'Countersign' },
        profiles: [...(kind === 'api' ? ['ai_operation'] : []), 'record_integrity'],
        uid,
        sequence: index,
        event_code: leaf.event,
        log_name: 'record',
        tenant_uid: leaf.organisation,
        ...(leaf.correlation !== '' && { correlation_uid: leaf.correlation }),
      },
      unmapped: { actor: leaf.actor, subject: leaf.subject, body: leaf.body },
    },
    attestation: {
      uid,
      authority_uid: 'countersign',
      chain_uid: `${leaf.organisation}/record`,
      ...(before !== undefined && { prev_event: { ...before } }),
    },
  };
}

export function referenceTo({ leaf, index }: ReportedEntry, fingerprint: JsonObject): OcsfReference {
  const { uid, typeUid } = namesOf(leaf, index);
  return { uid, type_uid: typeUid, fingerprint };
}

function namesOf(
  leaf: Leaf,
  index: number,
): { readonly uid: string; readonly typeUid: number; readonly activity: Activity } {
  const kind = kindOf(leaf);
  const activity = activityOf(leaf.event, kind);
  return { uid: `${leaf.organisation}/${index}`, typeUid: CLASS[kind] * 100 + activity.id, activity };
}

function kindOf({ actor, correlation }: Leaf): Kind {
  if (actor.startsWith('agent:')) return 'api';
  return correlation === '' ? 'base' : 'remediation';
}

/** Who asked what of us: an agent has no address that we could vouch for, so its id stands for it. */
function calledBy({ actor, event }: Leaf): JsonObject {
  const uid = actor.slice('agent:'.length);
  return {
    ai_agent: { name: uid, uid },
    actor: { app_uid: uid },
    api: { operation: event },
    src_endpoint: { uid },
  };
}

interface Activity {
  readonly id: number;
  readonly name: string;
}

function activityOf(event: RecordEvent, kind: Kind): Activity {
  const other: Activity = { id: OTHER, name: event };
  switch (kind) {
    case 'base':
      return other;
    case 'api':
      if (event.endsWith('.created')) return { id: CALL.Create, name: 'Create' };
      if (event.endsWith('.read')) return { id: CALL.Read, name: 'Read' };
      return event.endsWith('.withdrawn') ? { id: CALL.Delete, name: 'Delete' } : other;
    case 'remediation':
      if (event === 'rollout.rolled-back' || event === 'rollback.requested')
        return { id: REMEDIATE.Restore, name: 'Restore' };
      return event.startsWith('rollout.') || event === 'capsule.dispatched'
        ? { id: REMEDIATE.Harden, name: 'Harden' }
        : other;
  }
}

/** `Partial` is a word of remediations only. */
function statusOf(event: RecordEvent, kind: Kind): Activity {
  if (FAILED.has(event)) return { id: 2, name: 'Failure' };
  if (SUCCEEDED.has(event)) return { id: 1, name: 'Success' };
  if (PARTIAL.has(event) && kind === 'remediation') return { id: 4, name: 'Partial' };
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
