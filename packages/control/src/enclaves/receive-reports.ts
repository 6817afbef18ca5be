/**
 * Takes the reports of a gateway: signatures first, then one transaction for each capsule's progress and for each outcome. A name
 * that was taken before is taken again without effect (X7); what is taken is answered, the rest is sent again.
 */
import { refuse, type ProposalId, type Result, type TrustBundle } from '@countersign/core';
import type { RecordLink } from '@countersign/seal';
import { sql } from 'kysely';
import { contractIn } from '../authority/contractions.ts';
import { holdCampaignOf } from '../campaigns/hold-campaign.ts';
import { recordReceipt } from '../campaigns/record-receipt.ts';
import type { Deps } from '../deps.ts';
import { Refused } from '../http/index.ts';
import type { Remediations } from '../flow/remediations.ts';
import { SETTLED_MS } from '../flow/standing.ts';
import type { ProposalRow } from '../proposals/proposal-row.ts';
import { raiseSignal } from '../rollouts/raise-signal.ts';
import type { RolloutViews } from '../rollouts/rollout-views.ts';
import { isDuplicate } from '../store/database-errors.ts';
import type { Store } from '../store/schema.ts';
import { WITH_NEXT } from '../store/together.ts';
import type { Actor, Work } from '../store/transact.ts';
import type { Address } from './deliveries.ts';
import { recordEvidence, recordRefusal, recordValidation } from './record-outcome.ts';
import { recordProgress, type RolloutAfter } from './record-progress.ts';
import type { NamedReport } from './report-shape.ts';
import { linkAsked } from './relink.ts';
import { verifyReport, type VerifiedReport } from './verify-report.ts';
import { storedId } from '../store/stored.parse.ts';

export interface Receiving {
  readonly deps: Deps;
  readonly remediations: Remediations;
  readonly views: RolloutViews;
}
type Progress = Extract<VerifiedReport, { readonly kind: 'progress' }>;
type Outcome = Exclude<VerifiedReport, Progress>;

interface Recorded {
  readonly proposal: string | undefined;
  /** The proposal as it was, when this report has ended it. */
  readonly over?: ProposalRow;
  /** Proposals of the next stage of a campaign. */
  readonly next?: readonly ProposalId[];
}

export async function receiveReports(
  parts: Receiving,
  address: Address,
  reports: readonly NamedReport[],
): Promise<Result<readonly string[]>> {
  const installed = await parts.deps.trust.bundle(address.organisation);
  if (installed === undefined) return refuse('no-trust', 'no trust bundle names the runners');
  const verified = verifyAll(installed.bundle, address, reports);
  if (!verified.ok) return verified;
  // A file name says nothing about time: progress first, in its own order, so that an outcome finds its rollout as it was.
  const progress = Map.groupBy(
    verified.value.filter((report) => report.kind === 'progress').toSorted((a, b) => a.progress.from - b.progress.from),
    (report) => report.progress.capsule,
  );
  for (const [first, ...rest] of progress.values()) {
    if (first === undefined) continue;
    const taken = await takeProgress(parts, address, [first, ...rest]);
    if (!taken.ok) return taken;
  }
  for (const report of verified.value) {
    if (report.kind === 'progress') continue;
    const taken = await takeOutcome(parts, address, report);
    if (!taken.ok) return taken;
  }
  return { ok: true, value: reports.map(({ name }) => name) };
}

function verifyAll(
  bundle: TrustBundle,
  address: Address,
  reports: readonly NamedReport[],
): Result<readonly VerifiedReport[]> {
  const verified: VerifiedReport[] = [];
  for (const [place, named] of reports.entries()) {
    const report = verifyReport(bundle, address, named);
    if (!report.ok)
      return refuse(report.refusal.code, `report \`${named.name}\`: ${report.refusal.detail}`, {
        ...(report.refusal.clause !== undefined && { clause: report.refusal.clause }),
        complaints: report.refusal.complaints ?? [{ at: `/reports/${place}`, problem: report.refusal.detail }],
      });
    verified.push(report.value);
  }
  return { ok: true, value: verified };
}

const actorOf = (parts: Receiving, { organisation }: Address, { runner }: VerifiedReport): Actor => ({
  organisation,
  actor: `runner:${runner}`,
  now: parts.deps.clock(),
});

/** The row is the receipt, in the same transaction as what the report changes: a name that is there already fails all of it. */
async function receiptFor({ db, context }: Work, address: Address, reports: readonly VerifiedReport[]): Promise<void> {
  await sql`
    insert into report (organisation, enclave, name, received_at)
    select ${context.organisation}, ${address.enclave}, name, ${context.now}::timestamptz
    from unnest(${reports.map(({ name }) => name)}::text[]) as name ${sql.raw(WITH_NEXT)}`.execute(db);
}

/** Takes those whose names are new; undefined when none is. */
async function takeNew<Report extends VerifiedReport, T>(
  { store }: Deps,
  address: Address,
  reports: readonly [Report, ...Report[]],
  take: (fresh: readonly [Report, ...Report[]]) => Promise<T>,
): Promise<T | undefined> {
  for (let fresh = reports; ;) {
    try {
      return await take(fresh);
    } catch (error) {
      if (!isDuplicate(error, 'report_pkey')) throw error;
    }
    const known = await knownNames(store, address, fresh);
    const [first, ...rest] = fresh.filter(({ name }) => !known.has(name));
    if (first === undefined) return undefined;
    fresh = [first, ...rest];
  }
}

async function knownNames(
  store: Store,
  { organisation, enclave }: Address,
  reports: readonly VerifiedReport[],
): Promise<ReadonlySet<string>> {
  const names = reports.map(({ name }) => name);
  const rows = await store
    .selectFrom('report')
    .select('name')
    .where('organisation', '=', organisation)
    .where('enclave', '=', enclave)
    .where('name', 'in', names)
    .execute();
  return new Set(rows.map(({ name }) => name));
}

async function takeProgress(
  parts: Receiving,
  address: Address,
  reports: readonly [Progress, ...Progress[]],
): Promise<Result<true>> {
  const { deps, views } = parts;
  const take = (fresh: typeof reports): Promise<RolloutAfter> =>
    deps.transactor.run(actorOf(parts, address, fresh[0]), async (work) => {
      await receiptFor(work, address, fresh);
      const recorded = await recordProgress(work, views, { enclave: address.enclave, reports: fresh });
      // Nothing of this batch is kept, its receipts included: it will come again.
      if (!recorded.ok) throw new Refused(recorded.refusal);
      if (recorded.value.isTripped) {
        await raiseSignal(work, recorded.value);
        // C4: no further stage of its campaign is sent.
        await holdCampaignOf(work, fresh[0].progress.capsule, `a rollout in ${address.enclave} tripped`);
      }
      return recorded.value;
    });
  const after = await orRefused(() => takeNew(deps, address, reports, take));
  if (!after.ok) return after;
  if (after.value === undefined) return { ok: true, value: true };
  views.keep(after.value.capsule, after.value);
  if (after.value.isTripped) deps.bus.publish('triage', address.organisation);
  return { ok: true, value: true };
}

async function takeOutcome(parts: Receiving, address: Address, report: Outcome): Promise<Result<true>> {
  const { deps, remediations } = parts;
  const inForce = await deps.trust.envelope(address.organisation);
  const link = await linkAsked(deps, address, report);
  const take = (): Promise<Recorded> =>
    deps.transactor.run(actorOf(parts, address, report), async (work) => {
      await receiptFor(work, address, [report]);
      const recorded = await record(work, report, { enclave: address.enclave, link });
      if (!recorded.ok) throw new Refused(recorded.refusal);
      // E6: with the outcome that is one too many the class loses its autonomy, in the same transaction.
      if (report.kind === 'evidence' && inForce.ok) await contractIn(work, inForce.value.envelope);
      return recorded.value;
    });
  const taken = await orRefused(() => takeNew(deps, address, [report], take));
  if (!taken.ok) return taken;
  const { organisation, enclave } = address;
  // Taken before, and perhaps by a process that died before it looked on: the look is repeated, nothing else.
  const { proposal: about, over, next = [] } = taken.value ?? { proposal: aboutOf(report) };
  for (const waiting of next) deps.wake(organisation, waiting);
  // What was refused for want of its documents waits there again, with them.
  if (report.kind === 'refusal') deps.bus.publish('delivery', organisation, enclave);
  if (about === undefined) return { ok: true, value: true };
  const proposal = storedId<'Proposal'>(about);
  // Over: nothing is left to advance, and a flow is only there for what took a while.
  if (over !== undefined) {
    if (Date.parse(deps.clock()) - Date.parse(over.createdAt) >= SETTLED_MS) deps.wake(organisation, proposal);
    return { ok: true, value: true };
  }
  const standing = await remediations.advance({ organisation, proposal });
  if (report.kind === 'validation' && !report.validation.isPassed) deps.bus.publish('triage', organisation);
  if (standing.isOver) deps.wake(organisation, proposal);
  return { ok: true, value: true };
}

const aboutOf = (report: Outcome): string | undefined =>
  report.kind === 'validation'
    ? report.validation.proposal
    : report.kind === 'evidence'
      ? report.statement.proposal
      : undefined;

interface Taken {
  readonly enclave: string;
  /** What a runner asked for by its refusal. */
  readonly link: RecordLink | undefined;
}

async function record(work: Work, report: Outcome, { enclave, link }: Taken): Promise<Result<Recorded>> {
  switch (report.kind) {
    case 'validation':
      return recordValidation(work, report, enclave);
    case 'evidence':
      return recordEvidence(work, report, enclave);
    case 'refusal':
      return recordRefusal(work, report, enclave, link);
    case 'receipt': {
      const next = await recordReceipt(work, report, enclave);
      return next.ok ? { ok: true, value: { proposal: undefined, next: next.value } } : next;
    }
  }
}

/** A refusal thrown to roll a transaction back, as the value it is. */
async function orRefused<T>(run: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal };
    throw error;
  }
}
