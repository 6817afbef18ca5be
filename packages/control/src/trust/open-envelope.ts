/** An envelope from its stored bytes to the proof that it is in force: signatures are checked again at every load (E2, E3). */
import {
  activate,
  compileEnvelope,
  envelopeShape,
  readShape,
  refuse,
  type ActiveEnvelope,
  type CompiledEnvelope,
  type Digest,
  type Envelope,
  type Instant,
  type Result,
} from '@countersign/core';
import { digestOf, PAYLOAD, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import type { InstalledBundle } from './open-bundle.ts';
import { peopleWhoSigned } from './signers.ts';

export interface CurrentEnvelope {
  readonly active: ActiveEnvelope;
  readonly envelope: Envelope;
  readonly compiled: CompiledEnvelope;
  readonly digest: Digest;
  readonly dsse: DsseEnvelope;
}

export interface ReadEnvelope {
  readonly envelope: Envelope;
  readonly digest: Digest;
}

/** Type, form and organisation; nothing about signatures. */
export function readEnvelopeDocument(dsse: DsseEnvelope, organisation: string): Result<ReadEnvelope> {
  if (dsse.payloadType !== PAYLOAD.envelope) return refuse('wrong-type', 'the document is not an authority envelope');
  const payload = payloadOf(dsse);
  if (!payload.ok) return payload;
  const document = readStrictJson(payload.value, { maxBytes: payload.value.length });
  const envelope = document.ok ? readShape(envelopeShape, document.value) : document;
  if (!envelope.ok) return envelope;
  if (envelope.value.organisation !== organisation)
    return refuse('wrong-organisation', 'the envelope is of another organisation');
  return { ok: true, value: { envelope: envelope.value, digest: digestOf(payload.value) } };
}

export function openEnvelopeDocument(
  dsse: DsseEnvelope,
  rule: { readonly trust: InstalledBundle; readonly now: Instant; readonly newestVersion: number },
): Result<CurrentEnvelope> {
  const read = readEnvelopeDocument(dsse, rule.trust.bundle.organisation);
  if (!read.ok) return read;
  const { envelope, digest } = read.value;
  const signatures = peopleWhoSigned(dsse, rule.trust.bundle.people).map(({ id, roles }) => ({
    person: id,
    roles,
    digest,
  }));
  const active = activate({
    envelope,
    digest,
    now: rule.now,
    signatures,
    authors: [],
    newestVersion: rule.newestVersion,
    // Without a proof that it narrows, every new version counts as widening.
    isWidening: true,
  });
  if (!active.ok) return active;
  return { ok: true, value: { active: active.value, envelope, digest, dsse, compiled: compileEnvelope(envelope) } };
}
