/** Exit codes: stable, so that scripts can tell a "no" from a failure. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  prohibited: 3,
  authentication: 4,
  rejected: 5,
  unverified: 6,
  halted: 7,
  pending: 8,
  conflict: 9,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.failed, 'failed'],
  [EXIT.usage, 'wrong usage, or cancelled by the person at the keyboard'],
  [EXIT.prohibited, 'prohibited by policy, or by the rules about who may do it'],
  [EXIT.authentication, 'authentication needed: no valid token'],
  [EXIT.rejected, 'rejected by a person'],
  [EXIT.unverified, 'verification failed: signatures, digests or proofs do not hold'],
  [EXIT.halted, 'halted, or the circuit breaker is open'],
  [EXIT.pending, 'still pending, or timed out while waiting'],
  [EXIT.conflict, 'conflict: the state has moved on, read it again'],
  [EXIT.interrupted, 'stopped by Ctrl-C'],
];

/** Codes of problems whose meaning the HTTP status alone does not tell. */
const BY_CODE: Readonly<Record<string, ExitCode>> = {
  prohibited: EXIT.prohibited,
  'duty-conflict': EXIT.prohibited,
  'agent-duty': EXIT.prohibited,
  'bad-signature': EXIT.unverified,
  'too-few-signatures': EXIT.unverified,
  'bad-proof': EXIT.unverified,
  'approval-not-bound': EXIT.unverified,
  'capsule-faulty': EXIT.unverified,
  'campaign-faulty': EXIT.unverified,
  'record-damaged': EXIT.unverified,
  'resume-refused': EXIT.unverified,
  'not-eligible': EXIT.prohibited,
  'own-surface-missing': EXIT.prohibited,
  'key-waits': EXIT.prohibited,
  'key-not-allowed': EXIT.prohibited,
  'approver-unknown': EXIT.prohibited,
  'intent-locked': EXIT.conflict,
  'already-proposed': EXIT.conflict,
  'stale-capsule': EXIT.conflict,
  'illegal-transition': EXIT.conflict,
  'stale-revision': EXIT.conflict,
  expired: EXIT.conflict,
};
const BY_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  401: EXIT.authentication,
  403: EXIT.prohibited,
  408: EXIT.pending,
  409: EXIT.conflict,
  412: EXIT.conflict,
};

export const exitOfProblem = (problem: { readonly code: string; readonly status: number }): ExitCode =>
  (Object.hasOwn(BY_CODE, problem.code) ? BY_CODE[problem.code] : undefined) ??
  BY_STATUS[problem.status] ??
  EXIT.failed;
