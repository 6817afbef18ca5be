/**
 * Every code the control plane answers with: its HTTP status, what happened, what to do next. A test compares the table with
 * all codes that appear in the sources of core, seal and control.
 */
interface ErrorEntry {
  readonly status: number;
  readonly happened: string;
  readonly next: string;
}

export const ERRORS: Readonly<Record<string, ErrorEntry>> = {
  malformed: {
    status: 400,
    happened: 'the input does not have the form that is accepted',
    next: 'correct every complaint; each names its place as a JSON pointer',
  },
  'wrong-type': {
    status: 400,
    happened: 'a document of another type was sent',
    next: 'send a document of the type this address takes',
  },
  unauthenticated: {
    status: 401,
    happened: 'no valid token was sent',
    next: 'send `Authorization: Bearer` with a token of this server',
  },
  forbidden: {
    status: 403,
    happened: 'this caller may not do this',
    next: 'ask somebody named in `eligible`',
  },
  'not-found': { status: 404, happened: 'there is no such thing here', next: 'list what exists and check the id' },
  'wrong-host': {
    status: 421,
    happened: 'the request names a host this server does not answer for',
    next: 'use the address the server printed at its start',
  },
  conflict: {
    status: 409,
    happened: 'the state does not allow this',
    next: 'read the current state and decide again',
  },
  'too-large': { status: 413, happened: 'the request is larger than allowed', next: 'send less at once' },
  'unsupported-media-type': {
    status: 415,
    happened: 'only JSON is accepted',
    next: 'send `Content-Type: application/json`',
  },
  'idempotency-key-missing': {
    status: 400,
    happened: 'an idempotency key is required',
    next: 'send `Idempotency-Key` with a fresh value for a new intent, the same value for a retry',
  },
  'idempotency-key-reused': {
    status: 422,
    happened: 'the idempotency key belongs to another request',
    next: 'use a fresh key for a new request',
  },
  'lift-refused': {
    status: 403,
    happened: 'the leave to lift a restraint does not count',
    next: 'let a policy admin who does not answer for the agent sign it anew',
  },
  'too-many': { status: 429, happened: 'a limit of this caller is reached', next: 'wait and try again' },
  'bad-key': {
    status: 422,
    happened: 'a key is weak or of a kind that is not accepted',
    next: 'use an Ed25519 or P-256 key',
  },
  'bad-signature': {
    status: 422,
    happened: 'a signature does not belong to these bytes, this key or this purpose',
    next: 'sign the document as it is with a key of the trust bundle',
  },
  'too-few-signatures': {
    status: 422,
    happened: 'fewer distinct trusted keys signed than are required',
    next: 'collect the missing signatures over the same bytes',
  },
  'bad-proof': {
    status: 422,
    happened: 'a proof does not lead to the root',
    next: 'ask for the proof of this size again',
  },
  'record-damaged': {
    status: 500,
    happened: 'the stored record does not match what was signed',
    next: 'stop, keep the database as it is, and compare it with the witnesses',
  },
  'no-trust': {
    status: 409,
    happened: 'no trust bundle is installed',
    next: 'install a bundle signed by the root keys',
  },
  'no-envelope': {
    status: 409,
    happened: 'no envelope is active',
    next: 'have two policy administrators sign an envelope and activate it',
  },
  'no-graph': {
    status: 409,
    happened: 'no system graph is installed',
    next: 'have a graph owner sign a snapshot and install it',
  },
  'not-newer': {
    status: 409,
    happened: 'the version is not newer than the one in force',
    next: 'raise the version and sign again',
  },
  'wrong-organisation': {
    status: 422,
    happened: 'the document is of another organisation',
    next: 'sign a document of your own organisation',
  },
  expired: {
    status: 422,
    happened: 'the document is not valid at this time',
    next: 'have it signed again with a valid time',
  },
  'storage-conflict': {
    status: 409,
    happened: 'somebody else changed this at the same moment',
    next: 'read the current state and try again',
  },
  'agent-duty': {
    status: 403,
    happened: 'the duty of this agent does not allow this',
    next: 'have the root keys give the agent this duty, or use another agent',
  },
  'agent-expired': {
    status: 403,
    happened: 'the permission of this agent has ended',
    next: 'have its owner renew it in the trust bundle',
  },
  'agent-unknown': {
    status: 403,
    happened: 'the trust bundle does not name this agent',
    next: 'have the agent and its owner put into the trust bundle',
  },
  'approval-not-bound': {
    status: 422,
    happened: 'the approval does not fit the capsule, the risk assessment or the page it names',
    next: 'sign the capsule as it is shown now',
  },
  'approver-unknown': {
    status: 403,
    happened: 'the signature is of nobody whom the trust bundle names',
    next: 'sign with an enrolled key',
  },
  'bad-config': {
    status: 500,
    happened: 'the configuration of the server is wrong',
    next: 'correct every setting that is named',
  },
  'capsule-faulty': {
    status: 409,
    happened: 'no correct capsule can be built for this proposal',
    next: 'correct the proposal where the complaints say',
  },
  'decision-other': {
    status: 409,
    happened: 'the decision is about something else',
    next: 'read the current decision of the proposal',
  },
  'duty-conflict': {
    status: 403,
    happened: 'this person has another part in the same change',
    next: 'ask a person who is named in `eligible`',
  },
  'envelope-expired': {
    status: 409,
    happened: 'the envelope is no longer valid',
    next: 'have two policy administrators sign a new version',
  },
  'envelope-faulty': {
    status: 422,
    happened: 'the envelope contradicts itself',
    next: 'correct every complaint and sign again',
  },
  'envelope-missing': {
    status: 409,
    happened: 'no envelope was ever activated',
    next: 'have two policy administrators sign an envelope and activate it',
  },
  'envelope-not-yet-valid': {
    status: 409,
    happened: 'the envelope is not valid yet',
    next: 'wait until it is, or sign one that is valid now',
  },
  'envelope-superseded': {
    status: 409,
    happened: 'a newer envelope version replaced this one',
    next: 'use the newest version',
  },
  'envelope-unsigned': {
    status: 422,
    happened: 'the envelope lacks signatures that count',
    next: 'have two policy administrators who are neither author nor owner sign it',
  },
  'envelope-widens': {
    status: 422,
    happened: 'one signature is not enough: the version is not shown to narrow the one in force',
    next: 'have two policy administrators who are neither author nor owner sign it, or take back what widens',
  },
  'policies-other': {
    status: 422,
    happened: 'the rules of the envelope are not the ones whose digest it names',
    next: 'compile the envelope again and let it be signed again',
  },
  'audit-overdue': {
    status: 409,
    happened: 'a finding of an auditor is overdue, so nothing widens',
    next: 'close the finding, or sign a version that only narrows',
  },
  'envelope-tests-failed': {
    status: 422,
    happened: 'the version does not pass the stored envelope tests',
    next: 'correct the envelope, or store the tests people now expect',
  },
  'authority-narrowed': {
    status: 409,
    happened: 'a newer envelope or graph no longer lets this run as it was sent',
    next: 'read the new decision: it names who is asked now',
  },
  'policies-unreadable': {
    status: 422,
    happened: 'the policies are not in a form that can be compared',
    next: 'write them with the words of the envelope only',
  },
  'illegal-event': {
    status: 409,
    happened: 'the event does not fit the state of the rollout',
    next: 'read the events from the beginning',
  },
  'illegal-transition': {
    status: 409,
    happened: 'the state does not allow this',
    next: 'read the current state and decide again',
  },
  incomplete: {
    status: 422,
    happened: 'something that is required is not there',
    next: 'add what is named in `missing`',
  },
  'intent-locked': {
    status: 409,
    happened: 'the same intent was rejected before',
    next: 'bring new evidence, or wait until the lock ends',
  },
  'no-runner': {
    status: 409,
    happened: 'the trust bundle names no runner for this environment',
    next: 'have the runner enrolled in the trust bundle',
  },
  prohibited: {
    status: 403,
    happened: 'policy prohibits this',
    next: 'read the decision: it names the rule and the smallest change that would help',
  },
  'quorum-empty': {
    status: 409,
    happened: 'nobody is asked to approve',
    next: 'correct the envelope: a route must ask somebody',
  },
  'quorum-missing': {
    status: 409,
    happened: 'approvals are missing',
    next: 'ask the people named in `eligible`',
  },
  'quorum-other': {
    status: 409,
    happened: 'the approvals are for something else',
    next: 'sign the current capsule',
  },
  'resume-refused': {
    status: 409,
    happened: 'this halt cannot be resumed with this signature',
    next: 'sign a resume for the number of the current trip',
  },
  'stale-revision': {
    status: 409,
    happened: 'the proposal has a newer revision',
    next: 'read the newest revision and sign that',
  },
  'already-proposed': {
    status: 409,
    happened: 'another open proposal has the same intent',
    next: 'read that proposal and add evidence to it, or wait until it is closed',
  },
  'not-eligible': {
    status: 403,
    happened: 'this person may not approve this capsule',
    next: 'ask somebody named in `eligible`',
  },
  'stale-capsule': {
    status: 409,
    happened: 'a newer capsule replaced this one',
    next: 'read the proposal again and sign the current capsule',
  },
  'unknown-base': {
    status: 409,
    happened: 'the graph update was made for another snapshot',
    next: 'make it again from the snapshot in force',
  },
  unavailable: { status: 503, happened: 'the server cannot answer now', next: 'try again in a few seconds' },
  internal: {
    status: 500,
    happened: 'the server failed; nothing of this request was stored',
    next: 'try again; if it stays, report the request id',
  },
};

/** The entry of a code; a code that is not in the table is a defect and shows as one. */
export function errorOf(code: string): ErrorEntry & { readonly code: string } {
  const entry = Object.hasOwn(ERRORS, code) ? ERRORS[code] : undefined;
  if (entry !== undefined) return { ...entry, code };
  return { status: 500, happened: 'the server failed', next: 'report the request id', code: 'internal' };
}
