/** A snapshot or an update from a file, as large as a signed graph may be; every other document has a lower limit. */
import { graphSnapshotShape, readShape, type Digest, type GraphSnapshot, type Shape } from '@countersign/core';
import {
  canonicalBytes,
  digestOf,
  MAX_GRAPH_BYTES,
  MAX_GRAPH_ENVELOPE_BYTES,
  PAYLOAD,
  parseEnvelope,
  payloadOf,
  readStrictJson,
  type JsonValue,
} from '@countersign/seal';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { readBytes } from '../cli/read-document.ts';

interface NamedSnapshot {
  readonly snapshot: GraphSnapshot;
  /** Of its canonical bytes: what `cs graph sign` signs, and by which an update names the snapshot it was made for. */
  readonly digest: Digest;
}

/** A snapshot, as it is or inside a signed envelope; whoever decides judges the signature, not this. */
export function readSnapshotFile(file: string): NamedSnapshot {
  const snapshot = readGraphFile(file, graphSnapshotShape);
  return { snapshot, digest: digestOf(canonicalBytes(snapshot)) };
}

/** Throws a `Failure` with the file and each place in it that is wrong. */
export function readGraphFile<T>(file: string, shape: Shape<T>): T {
  const read = readShape(shape, unwrapped(readJson(file, readBytes(file, MAX_GRAPH_ENVELOPE_BYTES)), file));
  if (read.ok) return read.value;
  throw new Failure(EXIT.failed, { ...read.refusal, detail: `\`${file}\`: ${read.refusal.detail}` });
}

function unwrapped(value: JsonValue, file: string): JsonValue {
  const envelope = parseEnvelope(value);
  if (!envelope.ok || envelope.value.payloadType !== PAYLOAD.graph) return value;
  const payload = payloadOf(envelope.value);
  return payload.ok ? readJson(file, payload.value) : value;
}

function readJson(file: string, bytes: Uint8Array): JsonValue {
  const json = readStrictJson(bytes, { maxBytes: MAX_GRAPH_ENVELOPE_BYTES });
  if (json.ok) return json.value;
  throw new Failure(EXIT.failed, { ...json.refusal, detail: `\`${file}\`: ${json.refusal.detail}` });
}

/** Canonical bytes of a document that is going to be written; refused when no signed graph could carry them. */
export function graphBytes(document: unknown): Uint8Array {
  const bytes = canonicalBytes(document);
  if (bytes.length <= MAX_GRAPH_BYTES) return bytes;
  throw new Failure(EXIT.failed, {
    code: 'too-large',
    detail: `the graph has ${bytes.length} bytes, more than the ${MAX_GRAPH_BYTES} a signed graph can carry`,
    next: ['leave out labels that no rule needs, or split the estate by organisation'],
  });
}
