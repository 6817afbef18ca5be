/**
 * A capsule somebody named on the command line: as it was signed, as the bare statement of `cs capsule build` without a key, or inside
 * what is sent to a runner. Read strictly; a fault is named with its place, and nothing of a faulty file is used.
 */
import { readShape } from '@countersign/core';
import {
  deliveryShape,
  MAX_DELIVERY_BYTES,
  parseEnvelope,
  readCapsule,
  readSignedCapsule,
  readStrictJson,
  type CapsuleDelivery,
  type DsseEnvelope,
  type JsonValue,
  type ReadCapsule,
} from '@countersign/seal';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { readBytes } from '../cli/read-document.ts';

export interface CapsuleFile {
  readonly read: ReadCapsule;
  /** Absent: the bare statement, which nobody signed. */
  readonly envelope?: DsseEnvelope;
  /** Everything a runner would be sent with it. */
  readonly delivery?: CapsuleDelivery;
}

export function readCapsuleFile(file: string): CapsuleFile {
  const bytes = readBytes(file, MAX_DELIVERY_BYTES);
  const json = readStrictJson(bytes, { maxBytes: MAX_DELIVERY_BYTES });
  if (!json.ok) throw faulty(file, json.refusal);
  const delivery = deliveryIn(file, json.value);
  if (delivery !== undefined) return { ...signedIn(file, delivery.capsule), delivery };
  if (fieldOf(json.value, '_type') === undefined) {
    const envelope = parseEnvelope(json.value);
    if (!envelope.ok) throw faulty(file, envelope.refusal);
    return signedIn(file, envelope.value);
  }
  const read = readCapsule(bytes);
  if (!read.ok) throw faulty(file, read.refusal);
  return { read: read.value };
}

const fieldOf = (value: JsonValue, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;

function deliveryIn(file: string, value: JsonValue): CapsuleDelivery | undefined {
  if (fieldOf(value, 'kind') === undefined) return undefined;
  const read = readShape(deliveryShape, value);
  if (!read.ok) throw faulty(file, read.refusal);
  if (read.value.kind === 'capsule') return read.value;
  throw faulty(file, { code: 'wrong-type', detail: `a delivery of \`${read.value.kind}\` is not one of a capsule` });
}

function signedIn(file: string, envelope: DsseEnvelope): CapsuleFile {
  const read = readSignedCapsule(envelope);
  if (!read.ok) throw faulty(file, read.refusal);
  const { capsule, digest } = read.value;
  return { read: { capsule, digest }, envelope };
}

const faulty = (file: string, refusal: Failure['refusal']): Failure =>
  new Failure(EXIT.unverified, { ...refusal, detail: `\`${file}\`: ${refusal.detail}` });
