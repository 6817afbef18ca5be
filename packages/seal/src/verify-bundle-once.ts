/**
 * Nothing is in a file twice (V4): what it holds of a kind is counted and shown as so many, and each costs whoever reads it. A server could
 * else make one signal look like many, and keep a reader busy for hours with one approval a hundred thousand times.
 */
import { ok, refuse, type Result } from '@countersign/core';
import { digestOf } from './digest.ts';
import { payloadOf, type DsseEnvelope } from './dsse.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';

export function checkOnce(bundle: EvidenceBundle): Result<true> {
  const lists: readonly (readonly [what: string, readonly DsseEnvelope[]])[] = [
    ['an authority envelope', bundle.envelopes],
    ['a system graph', bundle.graphs],
    ['a signal', bundle.signals],
    ['a capsule', bundle.capsules],
    ['an approval', bundle.approvals],
    ['a validation report', bundle.validations],
    ['a drill certificate', bundle.drills],
  ];
  const twice = lists.find(
    ([, envelopes]) => envelopes.length > 1 && new Set(envelopes.map(identityOf)).size < envelopes.length,
  );
  return twice === undefined ? ok(true) : refuse('malformed', `the file holds ${twice[0]} twice`, { clause: 'V4' });
}

/** Of documents that many remediations of an export share. */
const identities = new WeakMap<DsseEnvelope, string>();

/** Base64 has several spellings of the same bytes. */
function identityOf(envelope: DsseEnvelope): string {
  const known = identities.get(envelope);
  if (known !== undefined) return known;
  const payload = payloadOf(envelope);
  const identity = payload.ok ? digestOf(payload.value) : envelope.payload;
  identities.set(envelope, identity);
  return identity;
}
