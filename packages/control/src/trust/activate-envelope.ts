/**
 * A version comes into force (E2-E5, E7): signed by two who neither wrote nor own it, or by one when it is proved to narrow; newer than
 * everything before; every stored test passes; and no finding of an auditor is overdue when it widens. In one transaction.
 */
import {
  runEnvelopeTests,
  wideningOf,
  type EnclaveId,
  type Envelope,
  type PersonId,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import { readPolicy, type DsseEnvelope } from '@countersign/seal';
import { contractIn } from '../authority/contractions.ts';
import { testsOf } from '../authority/suites.ts';
import { overdueFindings } from '../authority/findings.ts';
import { json, Refused, type Answer } from '../http/index.ts';
import { deliverDocument } from '../enclaves/deliveries.ts';
import type { Work } from '../store/transact.ts';
import { storedId } from '../store/stored.parse.ts';
import { openEnvelopeDocument, type OpenedEnvelope } from './open-envelope.ts';
import type { InstalledBundle } from './open-bundle.ts';
import { ownOracle } from './own-oracle.ts';
import { standing, versionsBelow, type StoredVersion } from './versions.ts';

export const enclavesOf = ({ keys }: TrustBundle): readonly EnclaveId[] => [
  ...new Set(keys.runners.map(({ enclave }) => enclave)),
];

export interface Activating {
  readonly trust: InstalledBundle;
  /** Newest version ever activated, read under the lock. */
  readonly newest: number;
}

/** Throws what is refused, so that nothing of the transaction stays. The answer names the version that rules now. */
export async function activateIn(
  unit: Work,
  dsse: DsseEnvelope,
  { trust, newest }: Activating,
): Promise<Result<Answer>> {
  const { db, context, leaf } = unit;
  const { organisation, now } = context;
  const before = await versionsBelow(db, organisation, { below: newest + 1 });
  const draft = await draftOf(unit, dsse);
  const opened = openEnvelopeDocument(dsse, {
    trust,
    now,
    newestVersion: newest,
    since: standing(before),
    authors: draft === undefined ? [] : [draft],
  });
  if (!opened.ok) throw new Refused(opened.refusal);
  const { envelope, digest } = opened.value;
  demandSuccessor(envelope, before);
  const widens = isWidening(envelope, before);
  if (widens) await demandNothingOverdue(unit);
  await demandTestsPass(unit, opened.value, trust);
  const { narrowings } = opened.value.active.signed;
  await store(unit, opened.value);
  const since = before.slice(0, narrowings).map((version) => version.dsse);
  await deliverDocument(unit, enclavesOf(trust.bundle), {
    kind: 'envelope',
    envelope: dsse,
    ...(since.length > 0 && { since }),
  });
  const signers = opened.value.opened.signers.map(({ id }) => id);
  const { version, reason, ticket, validUntil } = envelope;
  leaf({
    event: 'envelope.activated',
    subject: `envelope:v${version}`,
    correlation: '',
    body: { version, digest, narrowings, signers, reason, ticket, widens },
  });
  // E6: outcomes that came while nothing ruled, or that this version tolerates less, take autonomy away before anything runs.
  await contractIn(unit, envelope);
  return { ok: true, value: json({ version, digest, validUntil, widens, signers }) };
}

/** Who wrote it, when it was proposed here: authors do not count for a widening. */
async function draftOf({ db, context }: Work, dsse: DsseEnvelope): Promise<PersonId | undefined> {
  const read = readPolicy(dsse);
  if (!read.ok) return undefined;
  const row = await db
    .selectFrom('envelope_draft')
    .select('author')
    .where('organisation', '=', context.organisation)
    .where('digest', '=', read.value.digest)
    .executeTakeFirst();
  return row === undefined ? undefined : storedId<'Person'>(row.author);
}

/** Suspended or not, what it replaces is the newest version that was ever in force. */
function demandSuccessor({ supersedes }: Envelope, [newest]: readonly StoredVersion[]): void {
  if (supersedes === newest?.digest) return;
  throw new Refused({
    code: 'conflict',
    detail: 'the envelope replaces another version than the newest one',
    clause: 'E2',
  });
}

/** Where nothing is in force, everything is newly permitted. */
function isWidening(envelope: Envelope, [newest]: readonly StoredVersion[]): boolean {
  if (newest?.state !== 'active') return true;
  const active = readPolicy(newest.dsse);
  return !active.ok || wideningOf(active.value.envelope, envelope).isWidening;
}

async function demandNothingOverdue({ db, context }: Work): Promise<void> {
  const overdue = await overdueFindings(db, context.organisation, context.now);
  if (overdue.length === 0) return;
  throw new Refused({
    code: 'audit-overdue',
    detail: `${overdue.length} findings of auditors are overdue: nothing widens until they are closed`,
    clause: 'E7',
    complaints: overdue.map(({ id, owner, dueAt }) => ({
      at: `/findings/${id}`,
      problem: `was due at ${dueAt} by ${owner}`,
    })),
    next: ['close the findings, or sign a version that only narrows'],
  });
}

/** E5: the tests people stored are a gate, for a narrowing too: it must not take away what they rely on unseen. */
async function demandTestsPass(
  unit: Work,
  { envelope, digest, compiled }: OpenedEnvelope,
  trust: InstalledBundle,
): Promise<void> {
  const cases = await testsOf(unit.db, unit.context.organisation);
  if (cases.length === 0) return;
  const { floor } = trust.bundle;
  const setting = { envelope, envelopeDigest: digest, floor, oracle: ownOracle(compiled) };
  const failed = runEnvelopeTests({ type: 'envelope-tests', cases }, setting).filter(({ isPassed }) => !isPassed);
  if (failed.length === 0) return;
  throw new Refused({
    code: 'envelope-tests-failed',
    detail: `${failed.length} of ${cases.length} stored envelope tests fail`,
    clause: 'E5',
    complaints: failed.map(({ name, problems }) => ({ at: `/cases/${name}`, problem: problems.join('; ') })),
    next: ['correct the envelope, or store the tests people now expect'],
  });
}

async function store({ db, context }: Work, { envelope, digest, dsse, active }: OpenedEnvelope): Promise<void> {
  const { organisation, now } = context;
  await db
    .updateTable('envelope_version')
    .set({ state: 'superseded' })
    .where('organisation', '=', organisation)
    .where('state', '=', 'active')
    .execute();
  const { version } = envelope;
  const { narrowings } = active.signed;
  await db
    .insertInto('envelope_version')
    .values({
      organisation,
      version,
      digest,
      dsse: JSON.stringify(dsse),
      state: 'active',
      activated_at: now,
      narrowings,
    })
    .execute();
  await db
    .updateTable('envelope_draft')
    .set({ state: 'activated' })
    .where('organisation', '=', organisation)
    .where('digest', '=', digest)
    .execute();
  // They name a version they no longer replace.
  await db
    .updateTable('envelope_draft')
    .set({ state: 'stale' })
    .where('organisation', '=', organisation)
    .where('state', '=', 'open')
    .execute();
}
