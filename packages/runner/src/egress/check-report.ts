/** The gateway's own look at a report before it leaves (V2): nothing beyond the list of the enclave's mode, whatever signed it. */
import {
  digest,
  evidenceStatementShape,
  id,
  integer,
  list,
  literal,
  mayLeave,
  object,
  ok,
  optional,
  receiptShape,
  readShape,
  refuse,
  rolloutEventShape,
  sanitizedViewShape,
  union,
  validationReportShape,
  type EgressMode,
  type Result,
  type Shape,
} from '@countersign/core';
import {
  dsseShape,
  isJsonObject,
  PAYLOAD,
  payloadOf,
  readStrictJson,
  refusalShape,
  type DsseEnvelope,
  type JsonValue,
  type Progress,
  type Report,
} from '@countersign/seal';
import { HELD_INSIDE, isNameOnly, mayReportsLeave } from './listing.ts';

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
  receipt: object({ kind: literal('receipt'), receipt: dsseShape }),
  evidence: object<Extract<Report, { kind: 'evidence' }>>({
    kind: literal('evidence'),
    evidence: dsseShape,
    fields: list(field, { min: 1, max: MAX_FIELDS }),
    view: optional(dsseShape),
  }),
});

interface Listed {
  readonly payloadType: string;
  readonly shape: Shape<unknown>;
}

const progressShape: Shape<Progress> = object<Progress>({
  type: literal('progress'),
  organisation: id(),
  runner: id(),
  capsule: digest,
  from: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  events: list(rolloutEventShape, { max: 1000 }),
});

const LISTED = {
  refusal: { payloadType: PAYLOAD.refusal, shape: refusalShape },
  progress: { payloadType: PAYLOAD.progress, shape: progressShape },
  validation: { payloadType: PAYLOAD.validation, shape: validationReportShape },
  receipt: { payloadType: PAYLOAD.receipt, shape: receiptShape },
  evidence: { payloadType: PAYLOAD.evidence, shape: evidenceStatementShape },
} as const satisfies Readonly<Record<Report['kind'], Listed>>;

export function checkReport(mode: EgressMode, report: Report): Result<true> {
  if (!mayReportsLeave(mode)) return refuse('held-inside', 'nothing leaves this enclave', { clause: 'V2' });
  switch (report.kind) {
    case 'refusal':
      return checkTexts(mode, report.refusal, LISTED.refusal);
    case 'progress':
      return checkTexts(mode, report.progress, LISTED.progress);
    case 'validation':
      return checkTexts(mode, report.validation, LISTED.validation);
    case 'receipt':
      return checkTexts(mode, report.receipt, LISTED.receipt);
    case 'evidence': {
      const statement = readListed(report.evidence, LISTED.evidence);
      if (!statement.ok) return statement;
      const view = checkView(mode, report.view);
      return view.ok ? checkFields(mode, report.fields) : view;
    }
  }
}

/** Values of closed lists, counts and halves of addresses; in every other mode there is no view. */
function checkView(mode: EgressMode, view: DsseEnvelope | undefined): Result<true> {
  if (view === undefined) return ok(true);
  if (mode !== 'sanitized') return refuse('held-inside', 'a sanitised view would leave', { clause: 'V2' });
  const read = readListed(view, { payloadType: PAYLOAD.sanitizedView, shape: sanitizedViewShape });
  return read.ok ? ok(true) : read;
}

function checkFields(mode: EgressMode, fields: Fields): Result<true> {
  const leak = fields.find((one) => typeof one !== 'string' && !mayLeave(mode, one[1]));
  return leak === undefined
    ? ok(true)
    : refuse('held-inside', 'a field that is not listed would leave', { clause: 'V2' });
}

/** Only the fields of its own shape can be in a document that leaves; whatever else a runner put there stays. */
function readListed(envelope: DsseEnvelope, { payloadType, shape }: Listed): Result<JsonValue> {
  if (envelope.payloadType !== payloadType)
    return refuse('held-inside', 'the report is of another type than it says', { clause: 'V2' });
  const payload = payloadOf(envelope);
  if (!payload.ok) return payload;
  const json = readStrictJson(payload.value, { maxBytes: MAX_PAYLOAD_BYTES });
  if (!json.ok) return json;
  const read = readShape(shape, json.value);
  return read.ok ? json : refuse('held-inside', 'a field that is not listed would leave', { clause: 'V2' });
}

/** Every `detail` and `cause` in the signed document must have been masked. */
function checkTexts(mode: EgressMode, envelope: DsseEnvelope, listed: Listed): Result<true> {
  const json = readListed(envelope, listed);
  if (!json.ok) return json;
  if (mode === 'sanitized') return ok(true);
  return hasText(json.value) ? refuse('held-inside', 'a text of a target would leave', { clause: 'V2' }) : ok(true);
}

const TEXTS: ReadonlySet<string> = new Set(['detail', 'cause', 'by']);
const isMasked = (name: string, text: string): boolean =>
  text === '' || text === HELD_INSIDE || (name === 'by' && isNameOnly(text));

function hasText(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(hasText);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([name, item]) =>
    TEXTS.has(name) ? typeof item !== 'string' || !isMasked(name, item) : hasText(item),
  );
}
