/** One document of a source becomes signed statements, one a signal, in the words of the core. Its text stays hostile. */
import {
  parseId,
  readAlertmanager,
  readSarif,
  refuse,
  type Instant,
  type Result,
  type Signal,
  type SignalContext,
  type SignalFormat,
  type SourceId,
} from '@countersign/core';
import {
  canonicalBytes,
  digestOf,
  digestOfDocument,
  encodeBase64,
  PAYLOAD,
  readStrictJson,
  signEnvelope,
  type DsseEnvelope,
  type SignerKey,
} from '@countersign/seal';

/** Body of `POST /api/v1/signals/FORMAT` when a relay forwards. */
export interface Forwarded {
  /** The document as received, base64. */
  readonly document: string;
  readonly statements: readonly DsseEnvelope[];
}

export interface Received {
  readonly source: SourceId;
  readonly format: SignalFormat;
  readonly bytes: Uint8Array;
  readonly receivedAt: Instant;
}

export const MAX_DOCUMENT_BYTES = 33_554_432;
const MAX_STATEMENTS = 1000;

export function signSignals(received: Received, signer: SignerKey): Result<Forwarded> {
  const json = readStrictJson(received.bytes, {
    maxBytes: MAX_DOCUMENT_BYTES,
    allowFloats: true,
    allowInvisible: true,
  });
  if (!json.ok) return json;
  const context: SignalContext = {
    source: received.source,
    receivedAt: received.receivedAt,
    documentDigest: digestOf(received.bytes),
    signalId,
  };
  const signals = normalise(received.format, json.value, context);
  if (!signals.ok) return signals;
  if (signals.value.length === 0) return refuse('malformed', 'the document holds no signal');
  if (signals.value.length > MAX_STATEMENTS)
    return refuse('too-large', `the document holds more than ${MAX_STATEMENTS} signals`);
  const statements = signals.value.map((signal) =>
    signEnvelope(PAYLOAD.signal, canonicalBytes({ type: 'signal', signal }), [signer]),
  );
  return { ok: true, value: { document: encodeBase64(received.bytes), statements } };
}

function normalise(format: SignalFormat, document: unknown, context: SignalContext): Result<readonly Signal[]> {
  switch (format) {
    case 'alertmanager':
      return readAlertmanager(document, context);
    case 'sarif':
      return readSarif(document, context);
  }
}

const ID_FROM = 'sha256:'.length;
const ID_DIGITS = 32;

/** Equal parts, equal id, here and at the control plane: a repeated notification is the same signal. */
export function signalId(parts: readonly string[]): Signal['id'] {
  const id = parseId<'Signal'>(`S-${digestOfDocument(parts).slice(ID_FROM, ID_FROM + ID_DIGITS)}`);
  if (id === undefined) throw new TypeError('a digest makes an id');
  return id;
}
