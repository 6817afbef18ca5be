/** What leaves an enclave, believed only with the runner's signature. */
import {
  digest,
  evidenceStatementShape,
  id,
  integer,
  list,
  literal,
  object,
  readShape,
  receiptShape,
  rolloutEventShape,
  type Digest,
  type EvidenceStatement,
  type RolloutEvent,
  type Shape,
} from '@countersign/core';
import {
  isJsonObject,
  parseEnvelope,
  PAYLOAD,
  readStrictJson,
  refusalShape,
  verifyEnvelope,
  type AdmissionRefusal,
  type JsonObject,
  type Progress,
  type PublicKey,
} from '@countersign/seal';
import { good } from './made.ts';

export type SeenReport =
  | { readonly kind: 'refusal'; readonly refusal: AdmissionRefusal }
  | { readonly kind: 'evidence'; readonly statement: EvidenceStatement }
  | { readonly kind: 'receipt'; readonly capsule: Digest }
  | { readonly kind: 'progress'; readonly capsule: Digest; readonly events: readonly RolloutEvent[] };

const MAX_REPORT_BYTES = 33_554_432;
const progressShape: Shape<Progress> = object<Progress>({
  type: literal('progress'),
  organisation: id(),
  runner: id(),
  capsule: digest,
  from: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  events: list(rolloutEventShape, { max: 1000 }),
});

/** Throws when a report is not what a runner may send: that is a defect, not an attack. */
export function readReport(bytes: Uint8Array, runner: PublicKey): SeenReport {
  const json = good(readStrictJson(bytes, { maxBytes: MAX_REPORT_BYTES }));
  if (!isJsonObject(json)) throw new Error('a report is not an object');
  const { kind } = json;
  if (typeof kind !== 'string') throw new Error('a report names no kind');
  switch (kind) {
    case 'refusal':
      return {
        kind: 'refusal',
        refusal: signed(json, { part: 'refusal', payloadType: PAYLOAD.refusal, shape: refusalShape }, runner),
      };
    case 'evidence': {
      const what = { part: 'evidence', payloadType: PAYLOAD.evidence, shape: evidenceStatementShape };
      return { kind: 'evidence', statement: signed(json, what, runner) };
    }
    case 'progress': {
      const { capsule, events } = signed(
        json,
        { part: 'progress', payloadType: PAYLOAD.progress, shape: progressShape },
        runner,
      );
      return { kind: 'progress', capsule, events };
    }
    case 'receipt': {
      const { capsule } = signed(json, { part: 'receipt', payloadType: PAYLOAD.receipt, shape: receiptShape }, runner);
      return { kind: 'receipt', capsule };
    }
    default:
      throw new Error(`a report of an unexpected kind: ${kind}`);
  }
}

interface Part<T> {
  readonly part: string;
  readonly payloadType: string;
  readonly shape: Shape<T>;
}

function signed<T>(json: JsonObject, { part, payloadType, shape }: Part<T>, runner: PublicKey): T {
  const envelope = good(parseEnvelope(json[part]));
  const { payload } = good(verifyEnvelope(envelope, { payloadType, trusted: [runner], threshold: 1 }));
  return good(readShape(shape, good(readStrictJson(payload, { maxBytes: MAX_REPORT_BYTES }))));
}
