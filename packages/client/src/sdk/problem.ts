/** A "no" of the control plane (RFC 9457), as an error that carries everything a person or an agent can act on. */
import { list, optional, readShape, type Complaint, type Shape } from '@countersign/core';
import { anyText, view } from './view-shape.ts';

export interface ProblemFields {
  readonly status: number;
  /** Stable word for programs, e.g. `prohibited`. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Requirement that decided, e.g. `AG-706 4.4`. */
  readonly clause?: string;
  /** Who could do it instead. */
  readonly eligible: readonly string[];
  readonly next: readonly string[];
  /** JSON pointers of what is not there. */
  readonly missing: readonly string[];
  readonly complaints: readonly Complaint[];
  readonly requestId?: string;
}

/** Every text in it comes from the server and is hostile. */
export class Problem extends Error implements ProblemFields {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  declare readonly clause?: string;
  readonly eligible: readonly string[];
  readonly next: readonly string[];
  readonly missing: readonly string[];
  readonly complaints: readonly Complaint[];
  declare readonly requestId?: string;

  constructor(fields: ProblemFields) {
    super(fields.detail);
    this.name = 'Problem';
    this.status = fields.status;
    this.code = fields.code;
    this.title = fields.title;
    this.detail = fields.detail;
    this.eligible = fields.eligible;
    this.next = fields.next;
    this.missing = fields.missing;
    this.complaints = fields.complaints;
    if (fields.clause !== undefined) this.clause = fields.clause;
    if (fields.requestId !== undefined) this.requestId = fields.requestId;
  }
}

interface ReadProblem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly clause?: string;
  readonly eligible?: readonly string[];
  readonly next?: readonly string[];
  readonly missing?: readonly string[];
  readonly complaints?: readonly Complaint[];
  readonly requestId?: string;
}

const texts: Shape<readonly string[]> = list(anyText, { max: 1000 });
const problemShape: Shape<ReadProblem> = view<ReadProblem>({
  code: optional(anyText),
  title: optional(anyText),
  detail: optional(anyText),
  clause: optional(anyText),
  eligible: optional(texts),
  next: optional(texts),
  missing: optional(texts),
  complaints: optional(list(view<Complaint>({ at: anyText, problem: anyText }), { max: 1000 })),
  requestId: optional(anyText),
});

/** Reads what a server answered beside success; an answer of another form is a problem too. */
export function problemOf(status: number, body: unknown): Problem {
  const read = readShape(problemShape, body);
  const found: ReadProblem = read.ok ? read.value : {};
  return new Problem({
    status,
    code: found.code ?? `http-${status}`,
    title: found.title ?? `the server answered ${status}`,
    detail: found.detail ?? found.title ?? `the server answered ${status} without a reason`,
    eligible: found.eligible ?? [],
    next: found.next ?? [],
    missing: found.missing ?? [],
    complaints: found.complaints ?? [],
    ...(found.clause !== undefined && { clause: found.clause }),
    ...(found.requestId !== undefined && { requestId: found.requestId }),
  });
}

/** Nobody answered, or what answered is not a control plane. Status 0: there was no usable answer. */
export const unreachable = (detail: string): Problem =>
  new Problem({
    status: 0,
    code: 'unreachable',
    title: 'the control plane does not answer',
    detail,
    eligible: [],
    next: ['start it with `npm start`, or name another one with `--url`'],
    missing: [],
    complaints: [],
  });
