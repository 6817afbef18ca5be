/**
 * One document of a source, as it came or as a relay forwards it with signed statements. Everything in it is hostile text;
 * a statement counts only when the document really says the same.
 */
import {
  list,
  object,
  readAlertmanager,
  readSarifLog,
  readShape,
  refuse,
  signalStatementShape,
  parseId,
  text,
  type Digest,
  type FindingDetail,
  type Instant,
  type Result,
  type Signal,
  type SignalContext,
  type SarifLog,
  type SignalFormat,
  type SourceId,
} from '@countersign/core';
import {
  canonicalBytes,
  decodeBase64,
  digestOf,
  digestOfDocument,
  dsseShape,
  isJsonObject,
  PAYLOAD,
  readStrictJson,
  verifyEnvelope,
  type DsseEnvelope,
  type JsonLimits,
  type JsonValue,
  type PublicKey,
} from '@countersign/seal';
import { demandStorable } from './storable.ts';

export const MAX_DOCUMENT_BYTES = 33_554_432;
/** Telemetry is written by tools of others: fractions and odd characters are theirs. */
export const TELEMETRY: Omit<JsonLimits, 'maxBytes'> = { allowFloats: true, allowInvisible: true };

interface ReceivedSignal {
  readonly signal: Signal;
  /** The relay's statement, when it came signed. */
  readonly dsse: DsseEnvelope | undefined;
}
export interface Batch {
  readonly format: SignalFormat;
  readonly source: SourceId;
  /** Of the source's document as received. */
  readonly document: Digest;
  readonly bytes: Uint8Array;
  readonly signals: readonly ReceivedSignal[];
  /** What the signals are about, one for each rule and target; of scanners only. */
  readonly findings: readonly FindingDetail[];
}
export interface Received {
  readonly format: SignalFormat;
  readonly source: SourceId;
  readonly now: Instant;
  readonly bytes: Uint8Array;
  readonly body: JsonValue;
  /** The source's relay key in the trust bundle. */
  readonly relay: PublicKey | undefined;
}

interface Forwarded {
  readonly document: string;
  readonly statements: readonly DsseEnvelope[];
}
const MAX_STATEMENTS = 1000;
const forwardedShape = object<Forwarded>({
  document: text({ min: 4, max: Math.ceil(MAX_DOCUMENT_BYTES / 3) * 4 }),
  statements: list(dsseShape, { min: 1, max: MAX_STATEMENTS }),
});

/** Equal parts, equal id: a repeated notification is the same signal. */
export function signalIdOf(parts: readonly string[]): Signal['id'] {
  const signal = parseId<'Signal'>(`S-${digestOfDocument(parts).slice('sha256:'.length, 'sha256:'.length + 32)}`);
  if (signal === undefined) throw new TypeError('a digest makes an id');
  return signal;
}

export function readBatch(received: Received): Result<Batch> {
  const { body, bytes, format, source } = received;
  const isForwarded = isJsonObject(body) && 'statements' in body;
  if (isForwarded) return readForwarded(received);
  const storable = demandStorable(bytes, body);
  if (!storable.ok) return storable;
  const document = digestOf(bytes);
  const read = readDocument(format, body, contextOf(received, document, received.now));
  if (!read.ok) return read;
  const { findings } = read.value;
  const signals = read.value.signals.map((signal) => ({ signal, dsse: undefined }));
  return { ok: true, value: { format, source, document, bytes, signals, findings } };
}

function readDocument(format: SignalFormat, document: unknown, context: SignalContext): Result<SarifLog> {
  switch (format) {
    case 'alertmanager': {
      const signals = readAlertmanager(document, context);
      return signals.ok ? { ok: true, value: { signals: signals.value, findings: [] } } : signals;
    }
    case 'sarif':
      return boundedLog(readSarifLog(document, context));
  }
}

/** A result may name many places; so many findings of one document nobody works off, and no transaction should hold. */
const MAX_FINDINGS = 50_000;
const boundedLog = (read: Result<SarifLog>): Result<SarifLog> =>
  read.ok && read.value.findings.length > MAX_FINDINGS
    ? refuse('too-large', `the log has ${read.value.findings.length} findings, at most ${MAX_FINDINGS} are read`, {
        clause: 'G5',
      })
    : read;

const contextOf = ({ source }: Received, documentDigest: Digest, receivedAt: Instant): SignalContext => ({
  source,
  receivedAt,
  documentDigest,
  signalId: signalIdOf,
});

function readForwarded(received: Received): Result<Batch> {
  const { relay, format, source } = received;
  if (relay === undefined)
    return refuse('bad-signature', 'the trust bundle names no relay key for this source', { clause: 'D8' });
  const forwarded = readShape(forwardedShape, received.body);
  if (!forwarded.ok) return forwarded;
  const bytes = decodeBase64(forwarded.value.document);
  const json = bytes === undefined ? undefined : readStrictJson(bytes, { ...TELEMETRY, maxBytes: MAX_DOCUMENT_BYTES });
  if (bytes === undefined || json === undefined)
    return refuse('malformed', 'the document is not base64', {
      complaints: [{ at: '/document', problem: 'must be base64' }],
    });
  if (!json.ok) return json;
  const storable = demandStorable(bytes, json.value);
  if (!storable.ok) return storable;
  const document = digestOf(bytes);
  const signals: ReceivedSignal[] = [];
  const said = new Map<string, ReadonlySet<string>>();
  let findings: readonly FindingDetail[] = [];
  for (const [place, dsse] of forwarded.value.statements.entries()) {
    const signal = readStatement(dsse, relay);
    if (!signal.ok) return at(place, signal.refusal.detail);
    const { observedAt } = signal.value;
    if (signal.value.source !== source || signal.value.document !== document || signal.value.format !== format)
      return at(place, 'is not about this document of this source');
    let known = said.get(observedAt);
    if (known === undefined) {
      const read = readDocument(format, json.value, contextOf(received, document, observedAt));
      if (!read.ok) return read;
      known = new Set(read.value.signals.map(contentOf));
      ({ findings } = read.value);
      said.set(observedAt, known);
    }
    if (!known.has(contentOf(signal.value))) return at(place, 'does not say what the document says');
    signals.push({ signal: signal.value, dsse });
  }
  // Only what the relay vouched for: the document may hold more than it signed.
  const vouched = new Set(signals.flatMap(({ signal }) => signal.targets.map((target) => placeOf(signal, target))));
  const own = findings.filter((finding) => vouched.has(placeOf(finding, finding.target)));
  return { ok: true, value: { format, source, document, bytes, signals, findings: own } };
}

const placeOf = ({ rule, status }: Pick<Signal, 'rule' | 'status'>, target: string): string =>
  JSON.stringify([rule, status, target]);

const at = (place: number, problem: string): Result<never> =>
  refuse('bad-signature', `statement ${place} ${problem}`, {
    complaints: [{ at: `/statements/${place}`, problem }],
    clause: 'D8',
  });

function readStatement(dsse: DsseEnvelope, relay: PublicKey): Result<Signal> {
  const verified = verifyEnvelope(dsse, { payloadType: PAYLOAD.signal, trusted: [relay], threshold: 1 });
  if (!verified.ok) return verified;
  const document = readStrictJson(verified.value.payload, {
    maxBytes: verified.value.payload.length,
    allowInvisible: true,
  });
  const statement = document.ok ? readShape(signalStatementShape, document.value) : document;
  return statement.ok ? { ok: true, value: statement.value.signal } : statement;
}

/** Everything a signal says. Its id too: it follows from the document, so that no relay can take the name of another's signal. */
const contentOf = (signal: Signal): string => Buffer.from(canonicalBytes(signal)).toString('base64');
