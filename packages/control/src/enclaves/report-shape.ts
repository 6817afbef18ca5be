/** Reports as a gateway sends them. Only the form is read here; who signed them is checked in `verify-report.ts`. */
import {
  id,
  integer,
  list,
  literal,
  object,
  optional,
  rolloutEventShape,
  text,
  union,
  digest,
  type Shape,
} from '@countersign/core';
import { dsseShape, type Progress, type Report } from '@countersign/seal';

export interface NamedReport {
  readonly name: string;
  readonly report: Report;
}
export interface ReportBatch {
  readonly reports: readonly NamedReport[];
}

type Fields = Extract<Report, { readonly kind: 'evidence' }>['fields'];
const MAX_FIELDS = 100_000;
const MAX_REPORTS = 64;
const MAX_EVENTS = 20_000;

/** A disclosed field `[salt, pointer, value]`, or the hash of a withheld one; the values are hostile. */
const field: Shape<Fields[number]> = {
  schema: {
    oneOf: [
      { type: 'string', maxLength: 64 },
      { type: 'array', minItems: 3, maxItems: 3 },
    ],
  },
  read(value, at, complaints) {
    if (typeof value === 'string' && value.length <= 64) return value;
    if (Array.isArray(value) && value.length === 3) {
      const parts: readonly unknown[] = value;
      const [salt, pointer, shown] = parts;
      if (typeof salt === 'string' && typeof pointer === 'string') return [salt, pointer, shown];
    }
    complaints.push({ at, problem: 'must be a hash or a list of salt, pointer and value' });
    return undefined;
  },
};

const reportShape: Shape<Report> = union<Report>('kind', {
  progress: object({ kind: literal('progress'), progress: dsseShape }),
  validation: object({ kind: literal('validation'), validation: dsseShape }),
  refusal: object({ kind: literal('refusal'), refusal: dsseShape }),
  receipt: object({ kind: literal('receipt'), receipt: dsseShape }),
  evidence: object<Extract<Report, { readonly kind: 'evidence' }>>({
    kind: literal('evidence'),
    evidence: dsseShape,
    fields: list(field, { min: 1, max: MAX_FIELDS }),
    view: optional(dsseShape),
  }),
});

export const reportBatchShape: Shape<ReportBatch> = object<ReportBatch>({
  reports: list(
    object<NamedReport>({
      name: text({ min: 1, max: 200, pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/ }),
      report: reportShape,
    }),
    { min: 1, max: MAX_REPORTS },
  ),
});

export const progressShape: Shape<Progress> = object<Progress>({
  type: literal('progress'),
  organisation: id(),
  runner: id(),
  capsule: digest,
  from: integer({ min: 0, max: 10_000_000 }),
  events: list(rolloutEventShape, { min: 1, max: MAX_EVENTS }),
});
