/** The gateway's own look at a report before it leaves (V2): nothing beyond the list of the enclave's mode, whatever signed it. */
import {
  list,
  literal,
  mayLeave,
  object,
  ok,
  refuse,
  union,
  type EgressMode,
  type Result,
  type Shape,
} from '@countersign/core';
import {
  dsseShape,
  isJsonObject,
  payloadOf,
  readStrictJson,
  type DsseEnvelope,
  type JsonValue,
  type Report,
} from '@countersign/seal';
import { HELD_INSIDE, mayReportsLeave } from './listing.ts';

type Fields = Extract<Report, { kind: 'evidence' }>['fields'];
const MAX_FIELDS = 100_000;
const MAX_PAYLOAD_BYTES = 4_194_304;

const field: Shape<Fields[number]> = {
  schema: {},
  read(value, at, complaints) {
    if (typeof value === 'string' && value.length <= 64) return value;
    const parts: readonly unknown[] = Array.isArray(value) ? value : [];
    if (parts.length === 3) {
      const [salt, pointer, shown] = parts;
      if (typeof salt === 'string' && typeof pointer === 'string') return [salt, pointer, shown];
    }
    complaints.push({ at, problem: 'must be a hash or a list of salt, pointer and value' });
    return undefined;
  },
};

export const reportShape: Shape<Report> = union<Report>('kind', {
  progress: object({ kind: literal('progress'), progress: dsseShape }),
  validation: object({ kind: literal('validation'), validation: dsseShape }),
  refusal: object({ kind: literal('refusal'), refusal: dsseShape }),
  evidence: object<Extract<Report, { kind: 'evidence' }>>({
    kind: literal('evidence'),
    evidence: dsseShape,
    fields: list(field, { min: 1, max: MAX_FIELDS }),
  }),
});

export function checkReport(mode: EgressMode, report: Report): Result<true> {
  if (!mayReportsLeave(mode)) return refuse('held-inside', 'nothing leaves this enclave', { clause: 'V2' });
  switch (report.kind) {
    case 'refusal':
      return ok(true);
    case 'progress':
      return checkTexts(mode, report.progress);
    case 'validation':
      return checkTexts(mode, report.validation);
    case 'evidence':
      return checkFields(mode, report.fields);
  }
}

function checkFields(mode: EgressMode, fields: Fields): Result<true> {
  const leak = fields.find((one) => typeof one !== 'string' && !mayLeave(mode, one[1]));
  return leak === undefined
    ? ok(true)
    : refuse('held-inside', 'a field that is not listed would leave', { clause: 'V2' });
}

/** Every `detail` and `cause` in the signed document must have been masked. */
function checkTexts(mode: EgressMode, envelope: DsseEnvelope): Result<true> {
  if (mode === 'sanitized') return ok(true);
  const payload = payloadOf(envelope);
  if (!payload.ok) return payload;
  const json = readStrictJson(payload.value, { maxBytes: MAX_PAYLOAD_BYTES });
  if (!json.ok) return json;
  return hasText(json.value) ? refuse('held-inside', 'a text of a target would leave', { clause: 'V2' }) : ok(true);
}

function hasText(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(hasText);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([name, item]) =>
    name === 'detail' || name === 'cause' ? item !== '' && item !== HELD_INSIDE : hasText(item),
  );
}
