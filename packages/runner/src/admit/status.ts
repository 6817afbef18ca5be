/** The witness's status statement: without a fresh one nothing runs alone; an old one can still stop things (X1, X5). */
import {
  ok,
  plusMs,
  readShape,
  refuse,
  statusShape,
  type Capsule,
  type Digest,
  type Instant,
  type OrganisationId,
  type Result,
  type Status,
} from '@countersign/core';
import { PAYLOAD, readStrictJson, verifyEnvelope, type DsseEnvelope } from '@countersign/seal';
import { SKEW_MS } from './context.ts';
import type { Trust } from './trust.ts';

const MAX_STATUS_AGE_MS = 300_000;
const MAX_STATUS_BYTES = 262_144;

export function verifyStatus(envelope: DsseEnvelope, trust: Trust, organisation: OrganisationId): Result<Status> {
  const rule = { payloadType: PAYLOAD.status, trusted: trust.statusSigners, threshold: 1 };
  const verified = verifyEnvelope(envelope, rule);
  if (!verified.ok)
    return refuse('status-unsigned', `the status statement: ${verified.refusal.detail}`, { clause: 'X1' });
  const json = readStrictJson(verified.value.payload, { maxBytes: MAX_STATUS_BYTES });
  if (!json.ok) return json;
  const status = readShape(statusShape, json.value);
  if (!status.ok) return status;
  if (status.value.organisation !== organisation)
    return refuse('status-other', 'the status statement is of another organisation', { clause: 'O3' });
  return status;
}

/** Fresh: signed within five minutes, not expired, not from a future beyond the clock margin. */
function checkStatusFresh(status: Status | undefined, now: Instant): Result<Status> {
  if (status === undefined) return refuse('status-missing', 'no status statement was delivered', { clause: 'X1' });
  if (status.issuedAt > plusMs(now, SKEW_MS))
    return refuse('status-future', 'the status statement is from the future', { clause: 'X1' });
  if (now >= status.expiresAt || now > plusMs(status.issuedAt, MAX_STATUS_AGE_MS))
    return refuse('status-stale', `the status statement is of ${status.issuedAt}`, { clause: 'X1' });
  return ok(status);
}

/** A halt counts whoever runs and however old the statement is: stop never needs freshness. */
export function checkNotHalted(status: Status | undefined, digest: Digest): Result<true> {
  const halts = status?.halts ?? [];
  if (!halts.includes('all') && !halts.includes(digest)) return ok(true);
  return refuse('halted', 'the witness reports that this is halted', { clause: 'X5' });
}

/**
 * What the witness has seen restricts everything that runs, signed by people or not, however old its statement is: an envelope
 * that was superseded authorises nothing (E2, I5), and a trust bundle that was withheld here may be the one that revokes (X1).
 */
export function checkNotSuperseded(
  status: Status | undefined,
  { capsule, trust }: { readonly capsule: Capsule; readonly trust: Trust },
): Result<true> {
  if (status === undefined) return ok(true);
  if (status.trustVersion > trust.bundle.version)
    return refuse(
      'trust-superseded',
      `the trust bundle here has version ${trust.bundle.version}, the record has ${status.trustVersion}`,
      { clause: 'X1' },
    );
  if (status.envelope !== undefined && status.envelope.version > capsule.envelope.version)
    return refuse(
      'envelope-superseded',
      `the envelope of the capsule has version ${capsule.envelope.version}, version ${status.envelope.version} is active`,
      { clause: 'E2' },
    );
  return ok(true);
}

/** What a capsule without people's signatures needs at every step, not only at the gate (I5). */
export function checkAutonomyStanding(
  status: Status | undefined,
  about: { readonly capsule: Capsule; readonly now: Instant },
): Result<Status> {
  const fresh = checkStatusFresh(status, about.now);
  if (!fresh.ok) return fresh;
  const { envelope, suspendedActions } = fresh.value;
  if (envelope?.digest !== about.capsule.envelope.digest)
    return refuse('envelope-inactive', 'the envelope of the capsule is not the active one', { clause: 'E2' });
  if (suspendedActions.includes(about.capsule.change.action))
    return refuse('suspended', `${about.capsule.change.action} is suspended`, { clause: 'E3' });
  return fresh;
}
