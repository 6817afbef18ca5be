/** Refusals and failures as problem+json (RFC 9457). Text of callers is escaped; a failure of ours tells nothing but its number. */
import type { Complaint, Refusal } from '@countersign/core';
import { escapeHostile } from '@countersign/seal';
import { errorOf } from '../errors.ts';

/** A refusal on its way out of code that can only throw, e.g. to roll a transaction back. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.name = 'Refused';
    this.refusal = refusal;
  }
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly clause?: string;
  readonly eligible: readonly string[];
  readonly next: readonly string[];
  /** JSON pointers of what is not there. */
  readonly missing: readonly string[];
  readonly complaints: readonly Complaint[];
  readonly requestId: string;
}

/** Beyond this nobody reads on; the count in `detail` is complete. */
const MAX_COMPLAINTS = 500;
const MAX_DETAIL = 4000;
const MAX_POINTER = 300;

export function problemOf(refusal: Refusal, requestId: string): Problem {
  const entry = errorOf(refusal.code);
  const complaints = (refusal.complaints ?? []).slice(0, MAX_COMPLAINTS).map(({ at, problem }) => ({
    at: escapeHostile(at, MAX_POINTER),
    problem: escapeHostile(problem, MAX_DETAIL),
  }));
  return {
    type: `urn:countersign:error:${entry.code}`,
    title: entry.happened,
    status: entry.status,
    detail: shownText(refusal.detail, MAX_DETAIL),
    code: entry.code,
    ...(refusal.clause !== undefined && { clause: refusal.clause }),
    eligible: refusal.eligible ?? [],
    next: refusal.next ?? [entry.next],
    missing: complaints.filter(({ problem }) => problem === 'is missing').map(({ at }) => at),
    complaints,
    requestId,
  };
}

/** Details quote names with back-ticks, which stay; what could hide or move on a terminal does not. */
export const shownText = (text: string, max: number): string =>
  text
    .slice(0, max)
    .split('`')
    .map((part) => escapeHostile(part, max))
    .join('`');

/** What fastify itself refuses, before a route runs. */
const FRAMEWORK: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed',
  FST_ERR_BAD_URL: 'malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'not-found',
};

/** The refusal in an error that was thrown; undefined when it is a failure of ours. */
export function refusalIn(error: unknown): Refusal | undefined {
  if (error instanceof Refused) return error.refusal;
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? FRAMEWORK[error.code] : undefined;
  return code === undefined ? undefined : { code, detail: errorOf(code).happened };
}
