/** What an auditor reads out of a bundle that `verifyBundle` has accepted: only documents with their knowers' signatures on them. */
import {
  approvalShape,
  capsuleShape,
  leafShape,
  list,
  readShape,
  rolloutEventShape,
  type Approval,
  type Capsule,
  type Leaf,
  type RolloutEvent,
} from '@countersign/core';
import {
  CAPSULE_PREDICATE,
  decodeBase64,
  digestOf,
  isJsonObject,
  parseEnvelope,
  payloadOf,
  readStatement,
  readStrictJson,
  type JsonObject,
  type JsonValue,
} from '@countersign/seal';
import { good } from '../attacks/world/made.ts';

export interface BundleView {
  readonly capsules: readonly Capsule[];
  readonly approvals: readonly Approval[];
  /** Of the runner, in the order of the file. */
  readonly events: readonly RolloutEvent[];
  readonly leaves: readonly Leaf[];
  /** Decisions and risk assessments by digest. */
  readonly documents: ReadonlyMap<string, JsonObject>;
  readonly signals: number;
}

const MAX_BYTES = 134_217_728;
const events = list(rolloutEventShape, { max: 100_000 });

export function viewOf(bytes: Uint8Array): BundleView {
  const bundle = part(good(readStrictJson(bytes, { maxBytes: MAX_BYTES })), 'bundle');
  return {
    capsules: items(bundle, 'capsules').map((item) => {
      const { predicate } = good(readStatement(payload(item), CAPSULE_PREDICATE));
      return good(readShape(capsuleShape, predicate));
    }),
    approvals: items(bundle, 'approvals').map((item) => good(readShape(approvalShape, json(payload(item))))),
    events: items(bundle, 'progress').flatMap((item) => good(readShape(events, part(json(payload(item)), 'events')))),
    leaves: items(bundle, 'leaves').map((item) => good(readShape(leafShape, json(bytesOf(part(item, 'leaf')))))),
    documents: new Map(
      items(bundle, 'documents').map((item) => [digestOf(bytesOf(item)), objectOf(json(bytesOf(item)))]),
    ),
    signals: items(bundle, 'signals').length,
  };
}

const json = (bytes: Uint8Array): JsonValue => good(readStrictJson(bytes, { maxBytes: MAX_BYTES }));
const payload = (item: JsonValue): Uint8Array => good(payloadOf(good(parseEnvelope(item))));

function objectOf(value: JsonValue | undefined): JsonObject {
  if (value === undefined || !isJsonObject(value)) throw new Error('a part of the bundle is not an object');
  return value;
}

const part = (value: JsonValue, name: string): JsonValue => objectOf(value)[name] ?? null;

function items(value: JsonValue, name: string): readonly JsonValue[] {
  const found = part(value, name);
  return found !== null && typeof found === 'object' && !isJsonObject(found) ? found : [];
}

function bytesOf(value: JsonValue): Uint8Array {
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined;
  if (bytes === undefined) throw new Error('a part of the bundle is not base64');
  return bytes;
}
