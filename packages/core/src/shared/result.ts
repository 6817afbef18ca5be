/** An expected "no" is a value, never an exception. */
export type Result<T, R = Refusal> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: R };

/** Why something is not done: a code of the error table, the facts that decided it, the rule, what to do next. */
export interface Refusal {
  readonly code: string;
  /** One sentence for a person: lower case, no full stop, hostile values in back-ticks. */
  readonly detail: string;
  /** Requirement or clause, e.g. `AG-706 4.4` or `X1`. */
  readonly clause?: string;
  /** What to do next, most useful first. */
  readonly next?: readonly string[];
  /** Who could do it instead. */
  readonly eligible?: readonly string[];
  /** What is missing or wrong in an input, every complaint at once. */
  readonly complaints?: readonly Complaint[];
}

/** One thing wrong with an input: where (JSON pointer, RFC 6901) and what. */
export interface Complaint {
  readonly at: string;
  readonly problem: string;
}

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const refuse = (
  code: string,
  detail: string,
  more: Omit<Refusal, 'code' | 'detail'> = {},
): { readonly ok: false; readonly refusal: Refusal } => ({
  ok: false,
  refusal: { code, detail, ...more },
});

/** For the end of a total switch: a new case that is forgotten is a compile error. */
export function assertNever(value: never): never {
  throw new Error(`a case is not handled: ${JSON.stringify(value)}`);
}
