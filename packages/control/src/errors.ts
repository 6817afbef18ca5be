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
  'token-service-off': {
    status: 404,
    happened: 'this server issues no tokens',
    next: 'name a token key under `identity` in the configuration of the server',
  },
  'bad-client-assertion': {
    status: 401,
    happened: 'the assertion of the agent does not count',
    next: 'sign a new one with a key the trust bundle names for this agent',
  },
  'unsupported-grant': {
    status: 400,
    happened: 'this kind of grant is not offered',
    next: 'ask with `client_credentials` and a signed assertion, or exchange the token of a workload',
  },
  'exchange-refused': {
    status: 403,
    happened: 'the token of the workload cannot be exchanged',
    next: 'bring a fresh token of an issuer this server knows, for exactly this agent',
  },
  'scope-refused': {
    status: 403,
    happened: 'the duty of this agent does not hold what it asks for',
    next: 'ask for less; a duty is changed in the trust bundle only',
  },
  'agent-suspended': {
    status: 403,
    happened: 'somebody suspended this agent',
    next: 'let a policy admin who does not answer for the agent lift it',
  },
  'issuer-unreachable': {
    status: 503,
    happened: 'an outside issuer does not answer as it should',
    next: 'try again; if it stays, the operator looks at the issuer and at the configuration',
  },
  'static-token-refused': {
    status: 401,
    happened: 'fixed tokens of this kind are not accepted here',
    next: 'agents get a token with a signed assertion, people sign in, gateways enrol',
  },
  'bad-agent-token': {
    status: 401,
    happened: 'the access token does not count',
    next: 'get a new token of this server',
  },
  'token-not-bound': {
    status: 401,
    happened: 'the token is bound to a key and was sent without its proof',
    next: 'send `Authorization: DPoP` and a proof in the header `DPoP`',
  },
  'bad-key-proof': {
    status: 401,
    happened: 'the DPoP proof does not count',
    next: 'sign a new proof for this method, this address and this token',
  },
  'proof-replayed': {
    status: 401,
    happened: 'the proof or assertion was used before',
    next: 'sign a new one for every request',
  },
  'use-dpop-nonce': {
    status: 401,
    happened: 'the proof must hold a nonce of this server',
    next: 'sign a new proof with the value of the header `DPoP-Nonce`',
  },
  'sign-in-off': {
    status: 404,
    happened: 'this server offers no sign-in',
    next: 'use the link or token you were given, or have the operator configure an identity provider',
  },
  'sign-in-refused': {
    status: 403,
    happened: 'the sign-in does not count',
    next: 'begin again from the sign-in page',
  },
  'session-ended': {
    status: 401,
    happened: 'the session is over',
    next: 'sign in again',
  },
  'cross-site': {
    status: 403,
    happened: 'the request does not come from a page of this server',
    next: 'use the console of this server',
  },
  'step-up-required': {
    status: 401,
    happened: 'this needs a fresh sign-in',
    next: 'sign in again at `/api/v1/session/step-up` or with `cs sign-in --fresh`, and repeat it within five minutes',
  },
  forbidden: {
    status: 403,
    happened: 'this caller may not do this',
    next: 'ask somebody named in `eligible`',
  },
  'not-witnessed': {
    status: 409,
    happened: 'no witness has seen the end of what was asked for',
    next: 'ask again when the witness has caught up',
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
  'second-person': {
    status: 409,
    happened: 'the person who asked for it cannot confirm it',
    next: 'have another person with the role confirm it',
  },
  'change-digest': {
    status: 422,
    happened: 'the change digest is not that of change, validation and rollback',
    next: 'have the capsule built again; nothing of this one counts',
  },
  foreign: {
    status: 422,
    happened: 'a file holds something that nothing in it names',
    next: 'ask for the file again, from its source',
  },
  forked: {
    status: 409,
    happened: 'two records that cannot both be true were signed',
    next: 'keep both signed checkpoints and tell the auditor; stop what runs alone',
  },
  missing: {
    status: 422,
    happened: 'something that is named is not there',
    next: 'ask for the file again, from its source',
  },
  'record-forked': {
    status: 409,
    happened: 'the record does not continue the one that was verified before',
    next: 'keep what was received and tell the auditor; a runner waits for a person',
  },
  'record-unlinked': {
    status: 409,
    happened: 'nothing proves that the record continues the one that was verified before',
    next: 'nothing: it is sent once more with a proof from where the runner stands; refused again, tell the auditor',
  },
  'rolled-back': {
    status: 409,
    happened: 'the record is older than the one that was verified before',
    next: 'restore the newest record; a witness and the runners hold its checkpoint',
  },
  'version-chain': {
    status: 422,
    happened: 'the versions of a capsule do not follow one another',
    next: 'send every version between the one that was signed and this one',
  },
  'not-invited': {
    status: 403,
    happened: 'no open invitation has this secret for this enclave',
    next: 'have a registrar invite the gateway again; a secret is good once, for ten minutes',
  },
  'no-enclave-door': {
    status: 404,
    happened: 'this server has no door for gateways with certificates',
    next: 'set `ENCLAVE_PORT` and `ENCLAVE_NAMES` and start the server again',
  },
  'shut-out': {
    status: 401,
    happened: 'the certificate of the gateway does not count any more',
    next: 'have a registrar invite the gateway again',
  },
  'clock-skew': {
    status: 400,
    happened: 'the request is dated too far from the clock here',
    next: 'set the clock of the sender',
  },
  'too-often': {
    status: 429,
    happened: 'too many requests came from one address, and nobody vouches for them',
    next: 'wait as many seconds as `Retry-After` says; behind a reverse proxy, have the operator name it in `TRUSTED_PROXIES`',
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
  'trust-unsigned': {
    status: 422,
    happened:
      'the trust metadata lacks signatures of the keys that its root demands, or holds one that does not verify',
    next: 'have it signed by enough root keys or registrars',
  },
  'trust-rolled-back': {
    status: 409,
    happened: 'a part of the trust metadata is older than what is known',
    next: 'publish a newer version of that part',
  },
  'trust-forked': {
    status: 409,
    happened: 'two different documents of one version of the trust metadata exist',
    next: 'find out who signed the other one before anything else',
  },
  'trust-mixed': {
    status: 422,
    happened: 'a part of the trust metadata is not the one that the part before it names',
    next: 'publish the parts of one version together',
  },
  'trust-other': {
    status: 422,
    happened: 'the trust metadata is of another organisation',
    next: 'use the trust metadata of this organisation',
  },
  'demo-trust': {
    status: 422,
    happened: 'demo keys stand where production keys are needed, or the other way round',
    next: 'hold a founding ceremony with keys that never were in a demo',
  },
  'trust-revoked': {
    status: 422,
    happened: 'a key was revoked before what it signed counted',
    next: 'have it signed again with a key that counts',
  },
  'trust-unsound': {
    status: 422,
    happened: 'the trust bundle says what no bundle may: a key twice, or a key or role without its cooling-off time',
    next: 'see `complaints`, correct the bundle and have it signed again',
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
  'campaign-faulty': {
    status: 409,
    happened: 'the capsules cannot be one campaign as it was asked for, or the campaign contradicts itself',
    next: 'correct the stages where the complaints say',
  },
  'stage-unknown': {
    status: 409,
    happened: 'the campaign has no such stage',
    next: 'read the campaign again',
  },
  'stage-not-released': {
    status: 409,
    happened: 'receipts of the stage before are missing',
    next: 'wait until the stage before has ended; its runners sign the receipts',
  },
  'stage-held': {
    status: 409,
    happened: 'a capsule of the stage before did not end well, so the campaign goes no further',
    next: 'look at that capsule, then make and sign a new campaign for the rest',
  },
  'stage-baking': {
    status: 409,
    happened: 'the stage before has ended and its bake is not over',
    next: 'wait until the time that is named',
  },
  'receipt-other': {
    status: 409,
    happened: 'a receipt is not one of the stage before of this campaign',
    next: 'find out where it came from; it releases nothing',
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
  'own-surface-missing': {
    status: 409,
    happened: 'all signatures come from pages that this server delivers',
    next: 'have one approver sign with `cs approve`, or on the approval page your organisation hosts',
  },
  'key-waits': {
    status: 403,
    happened: 'the key is new and does not count yet',
    next: 'wait until its cooling-off time is over, or sign with an older key',
  },
  'key-not-allowed': {
    status: 403,
    happened: 'the enrolment policy does not allow this key',
    next: 'use an authenticator that the trust bundle allows; a registrar knows which',
  },
  'roster-unsound': {
    status: 400,
    happened: 'the roster holds what no roster may hold',
    next: 'correct every complaint and have the registrars sign again',
  },
  'roster-change': {
    status: 400,
    happened: 'the roster changes in a way that is not allowed',
    next: 'have two registrars sign, neither of them the one who gains, and let new keys and roles wait',
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
