/**
 * Stop is one key, go is a signature (X5, X6): a halt or rollback goes out at once, without quorum and without waiting for the
 * record; a resume is delivered only when a person's signature over this trip holds.
 */
import {
  checkResume,
  FLEET_OPERATOR_ROLES,
  isApproverRole,
  object,
  readShape,
  refuse,
  resumeShape,
  type EnclaveId,
  type Person,
  type Resume,
  type Result,
  type Shape,
  type TrustBundle,
} from '@countersign/core';
import { dsseShape, keysThatSigned, PAYLOAD, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { APPROVAL_SKEW_MS } from '../approvals/verify-approval.ts';
import { capsuleSubject, openStoredCapsule, type StoredCapsule } from '../capsules/stored-capsule.ts';
import type { Deps } from '../deps.ts';
import { deliver } from '../enclaves/deliveries.ts';
import { json, type Answer, type OwnExchange, type Principal } from '../http/index.ts';
import type { InstalledBundle } from '../trust/open-bundle.ts';

type Exchange = OwnExchange<unknown, undefined>;

interface Known extends StoredCapsule {
  readonly phase: string;
  readonly trip: number;
}

async function rolloutOf({ store }: Deps, organisation: string, digest: string): Promise<Known | undefined> {
  const row = await store
    .selectFrom('rollout as r')
    .innerJoin('capsule as c', (join) =>
      join.onRef('c.organisation', '=', 'r.organisation').onRef('c.digest', '=', 'r.capsule'),
    )
    .select(['c.dsse', 'r.phase', 'r.trip'])
    .where('r.organisation', '=', organisation)
    .where('r.capsule', '=', digest)
    .executeTakeFirst();
  return row === undefined ? undefined : { ...openStoredCapsule(digest, row.dsse), phase: row.phase, trip: row.trip };
}

/** Phases after which nothing is left to stop. */
const OVER: ReadonlySet<string> = new Set(['completed', 'rolled-back', 'rollback-failed']);

const unknownRollout = refuse('not-found', 'there is no such rollout');

export async function haltRollout(deps: Deps, exchange: Exchange): Promise<Result<Answer>> {
  const { organisation, id } = exchange.principal;
  const operator = await stopper(deps, exchange.principal);
  if (!operator.ok) return operator;
  const known = await rolloutOf(deps, organisation, exchange.params['digest'] ?? '');
  if (known === undefined) return unknownRollout;
  // A halt of what is over would stand in every later status statement: no runner will ever lift it.
  if (OVER.has(known.phase))
    return refuse('conflict', `nothing is left to stop: the rollout is ${known.phase}`, { clause: 'X5' });
  return send(deps, exchange, [known.capsule.audience.enclave], async (work, enclave) => {
    await deliver(work.db, { organisation, enclave }, { kind: 'halt', capsule: known.digest, by: `person:${id}` });
    work.leaf({
      event: 'halt.requested',
      subject: capsuleSubject(known.digest),
      correlation: known.capsule.proposal.id,
      body: { capsule: known.digest, by: id },
    });
  });
}

/** Every enclave the trust bundle names, whether anything runs there or not. */
export async function haltAll(deps: Deps, exchange: Exchange): Promise<Result<Answer>> {
  const { organisation, id } = exchange.principal;
  const operator = await stopper(deps, exchange.principal);
  if (!operator.ok) return operator;
  const { runners } = operator.value.bundle.keys;
  if (runners.length === 0) return refuse('no-runner', 'the trust bundle names no runner, so nothing can be stopped');
  // In a fixed order, so that two who write to every enclave cannot wait for each other.
  const enclaves = [...new Set(runners.map(({ enclave }) => enclave))].toSorted();
  let isRecorded = false;
  return send(deps, exchange, enclaves, async (work, enclave) => {
    await deliver(work.db, { organisation, enclave }, { kind: 'halt', capsule: 'all', by: `person:${id}` });
    if (isRecorded) return;
    isRecorded = true;
    work.leaf({
      event: 'halt.requested',
      subject: `organisation:${organisation}`,
      correlation: '',
      body: { capsule: 'all', by: id },
    });
  });
}

export async function rollBack(deps: Deps, exchange: Exchange): Promise<Result<Answer>> {
  const { organisation, id } = exchange.principal;
  const operator = await undoer(deps, exchange.principal);
  if (!operator.ok) return operator;
  const known = await rolloutOf(deps, organisation, exchange.params['digest'] ?? '');
  if (known === undefined) return unknownRollout;
  if (known.capsule.rollback.kind === 'none')
    return refuse('conflict', 'the capsule has no rollback', { clause: 'X6' });
  if (known.phase === 'rolled-back')
    return refuse('conflict', 'nothing is left to put back: the rollout is rolled-back', { clause: 'X6' });
  return send(deps, exchange, [known.capsule.audience.enclave], async (work, enclave) => {
    await deliver(work.db, { organisation, enclave }, { kind: 'rollback', capsule: known.digest, by: `person:${id}` });
    work.leaf({
      event: 'rollback.requested',
      subject: capsuleSubject(known.digest),
      correlation: known.capsule.proposal.id,
      body: { capsule: known.digest, by: id },
    });
  });
}

/** Stop is one key (A3): whoever the trust bundle names as a person, and nobody whom it no longer names. */
async function stopper(deps: Deps, { organisation, id }: Principal): Promise<Result<InstalledBundle>> {
  const installed = await deps.trust.bundle(organisation);
  if (installed === undefined) return refuse('no-trust', 'no trust bundle names who may stop, or the enclaves');
  if (installed.people.has(id)) return { ok: true, value: installed };
  return refuse('forbidden', 'the trust bundle does not name this person', {
    clause: 'A3',
    eligible: [...installed.people.keys()].slice(0, MAX_NAMED),
  });
}
const MAX_NAMED = 100;

const mayAct = ({ roles }: Person): boolean =>
  roles.some((role) => FLEET_OPERATOR_ROLES.has(role) || isApproverRole(role));

/** Taking back acts on targets: operators and reviewers may, policy administrators and auditors do not execute (A4). */
async function undoer(deps: Deps, principal: Principal): Promise<Result<InstalledBundle>> {
  const named = await stopper(deps, principal);
  if (!named.ok) return named;
  const person = named.value.people.get(principal.id);
  if (person !== undefined && mayAct(person)) return named;
  const eligible = [...named.value.people.values()].filter(mayAct).map(({ id }) => id);
  return refuse('forbidden', 'only an operator or a reviewer may take a rollout back', {
    clause: 'A4',
    eligible: eligible.slice(0, MAX_NAMED),
  });
}

export interface ResumeBody {
  readonly resume: DsseEnvelope;
}
export const resumeBodyShape: Shape<ResumeBody> = object<ResumeBody>({ resume: dsseShape });

export async function resumeRollout(deps: Deps, exchange: OwnExchange<ResumeBody, undefined>): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const dsse = exchange.body.resume;
  const [known, installed] = await Promise.all([
    rolloutOf(deps, organisation, exchange.params['digest'] ?? ''),
    deps.trust.bundle(organisation),
  ]);
  if (known === undefined) return unknownRollout;
  if (installed === undefined) return refuse('no-trust', 'no trust bundle names who may sign');
  const resume = readResume(dsse);
  if (!resume.ok) return resume;
  const checked = checkSigned(dsse, { resume: resume.value, known, bundle: installed.bundle, now: exchange.now });
  if (!checked.ok) return checked;
  return send(deps, exchange, [known.capsule.audience.enclave], async (work, enclave) => {
    await deliver(work.db, { organisation, enclave }, { kind: 'resume', resume: dsse });
    work.leaf({
      event: 'resume.requested',
      subject: capsuleSubject(known.digest),
      correlation: known.capsule.proposal.id,
      // The whole signed document: the bundle shows who let it go on, and it is nowhere else.
      body: { capsule: known.digest, trip: resume.value.trip, person: resume.value.person, resume: dsse },
    });
  });
}

function readResume(dsse: DsseEnvelope): Result<Resume> {
  if (dsse.payloadType !== PAYLOAD.resume)
    return refuse('wrong-type', 'the document is not a resume', { clause: 'X5' });
  const payload = payloadOf(dsse);
  if (!payload.ok) return payload;
  const document = readStrictJson(payload.value, { maxBytes: 16_384 });
  return document.ok ? readShape(resumeShape, document.value) : document;
}

interface Resuming {
  readonly resume: Resume;
  readonly known: Known;
  readonly bundle: TrustBundle;
  readonly now: Resume['signedAt'];
}

/** As the runner will check it; here only so that a person hears at once what does not hold. */
function checkSigned(dsse: DsseEnvelope, { resume, known, bundle, now }: Resuming): Result<unknown> {
  if (known.phase !== 'tripped' && known.phase !== 'halted')
    return refuse('illegal-transition', `nothing is stopped: the rollout is ${known.phase}`, { clause: 'X5' });
  const person = bundle.people.find(({ id }) => id === resume.person);
  const keys = keysThatSigned(dsse, person?.credentials ?? []);
  if (keys === undefined)
    return refuse('bad-signature', 'the resume is not signed by a credential of the person it names', { clause: 'X5' });
  const { capsule, digest } = known;
  const quorums = bundle.floor.quorums.filter(({ environment }) => environment === capsule.environment);
  const demanded = [...quorums.flatMap(({ demands }) => demands), ...capsule.demands].map(({ role }) => role);
  const operators = bundle.people.flatMap(({ roles }) => roles.filter((role) => FLEET_OPERATOR_ROLES.has(role)));
  return checkResume(resume, {
    organisation: capsule.organisation,
    capsule: digest,
    trip: known.trip,
    now,
    skewMs: APPROVAL_SKEW_MS,
    roster: bundle.people,
    exclusions: [{ person: capsule.proposal.owner, reason: 'agent-owner' }],
    roles: [...new Set([...demanded, ...operators])],
    // Used numbers are the runner's journal's business; a trip that is no longer open is refused above.
    usedNonces: new Set(),
    environment: capsule.environment,
    keys,
  });
}

type Commit = Parameters<Exchange['commit']>[0];
type Work = Parameters<Commit>[0];

async function send(
  deps: Deps,
  { principal, commit }: Exchange,
  enclaves: readonly EnclaveId[],
  write: (work: Work, enclave: EnclaveId) => Promise<void>,
): Promise<Result<Answer>> {
  const answer = await commit(async (work) => {
    for (const enclave of enclaves) await write(work, enclave);
    return { ok: true, value: json({ requested: true, enclaves }, 202) };
  });
  if (answer.ok) for (const enclave of enclaves) deps.bus.publish('delivery', principal.organisation, enclave);
  return answer;
}
