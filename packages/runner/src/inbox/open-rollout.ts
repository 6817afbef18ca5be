/** A rollout with everything it needs: newly admitted, or found in the journal after a restart or for a late rollback. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { missingEvidence, ok, plusMs, readShape, refuse, type Instant, type Result } from '@countersign/core';
import { deliveryShape, MAX_DELIVERY_BYTES, readStrictJson, type CapsuleDelivery } from '@countersign/seal';
import { Rollout, type RolloutWork } from '../act/rollout.ts';
import type { Tools } from '../act/tools.ts';
import { validationReport } from '../act/validate.ts';
import { runsAlone, type Admitted } from '../admit/admit.ts';
import { readUnsignedCapsule, type SignedCapsule } from '../admit/capsule.ts';
import { SKEW_MS, type GateContext } from '../admit/context.ts';
import { checkAutonomyStanding, checkNotHalted, checkNotSuperseded } from '../admit/status.ts';
import { checkTrustFresh } from '../admit/trust.ts';
import { checkClock } from '../admit/window.ts';
import { buildEvidence, sealEvidence } from '../egress/evidence.ts';
import { stricterEgress } from '../egress/listing.ts';
import { shortName, type Outbox } from '../egress/outbox.ts';
import { receiptReport } from '../egress/receipt.ts';
import { ProgressReporter } from '../egress/progress.ts';
import { writeSynced } from '../journal/durable-file.ts';
import type { Entry } from '../journal/entry.ts';
import { authorityNote, type AuthorityNote, type OpenCapsule } from '../journal/rows.parse.ts';
import type { Log } from '../preflight/log.ts';

export interface RolloutHouse {
  /** The gate's context as it is at the moment of the call. */
  readonly context: () => GateContext;
  readonly tools: Tools;
  readonly outbox: Outbox;
  readonly log: Log;
}

/** The delivery as the journal keeps it. INVARIANT: it was admitted once; what it may still do is asked again. */
export function storedDelivery(
  row: OpenCapsule,
): Result<{ readonly delivery: CapsuleDelivery; readonly signed: SignedCapsule }> {
  const json = readStrictJson(Buffer.from(row.delivery), { maxBytes: MAX_DELIVERY_BYTES });
  if (!json.ok) return json;
  const delivery = readShape(deliveryShape, json.value);
  if (!delivery.ok) return delivery;
  if (delivery.value.kind !== 'capsule')
    return refuse('journal-broken', 'the journal holds another delivery', { clause: 'X7' });
  const signed = readUnsignedCapsule(delivery.value.capsule);
  if (!signed.ok) return signed;
  if (signed.value.digest !== row.capsule)
    return refuse('journal-broken', 'the journal holds another capsule', { clause: 'X7' });
  return ok({ delivery: delivery.value, signed: signed.value });
}

/** What goes to disk with the first intent. `delivery` as it came: the documents it names are kept by themselves. */
export function admissionEntries(
  { capsule, digest, record, dependants, index, seen, newest }: Admitted,
  { delivery, at }: { readonly delivery: CapsuleDelivery; readonly at: Instant },
): readonly Entry[] {
  const { proposal, change, targets } = capsule;
  const operation = {
    capsule: digest,
    proposal: proposal.id,
    agent: proposal.agent,
    action: change.action,
    targets: targets.map(({ id }) => id),
    at,
    leaf: index,
    isAlone: runsAlone(capsule),
  };
  const body = JSON.stringify({ ...record, dependants });
  return [
    {
      kind: 'admitted',
      capsule: digest,
      id: capsule.id,
      version: capsule.version,
      nonce: capsule.nonce,
      at,
      delivery: JSON.stringify(delivery),
    },
    { kind: 'latest', key: 'checkpoint', value: JSON.stringify(seen) },
    ...(newest === undefined
      ? []
      : [{ kind: 'latest', key: 'envelope-version', value: JSON.stringify(newest) } as const]),
    { kind: 'note', capsule: digest, subject: 'authority', topic: 'authority', body },
    ...(capsule.purpose === 'rollout' ? [{ kind: 'operation', operation } as const] : []),
  ];
}

const NO_AUTHORITY: AuthorityNote = { approvals: [], validation: [], documents: {}, dependants: [] };

interface Found {
  readonly signed: SignedCapsule;
  /** Whether new acts are allowed at all; asked again while it is refused, because a fresh status or bundle may come. */
  readonly leave: () => Result<Admitted>;
  readonly entries: readonly Entry[];
  readonly admittedAt: Instant;
  readonly committed: () => void;
}

export function openRollout(house: RolloutHouse, found: Found): Result<Rollout> {
  const { signed, leave, entries, admittedAt, committed } = found;
  const { config, journal } = house.context();
  const { capsule, digest } = signed;
  const egress = stricterEgress(config.egress, capsule.egress);
  const reported = Number(journal.note(digest, 'progress', 'reported') ?? '0');
  const progress = new ProgressReporter({ config, capsule: digest, egress, outbox: house.outbox }, reported);
  progress.add(journal.events(digest).slice(reported));
  const now = leave();
  const known = authorityNote(journal.note(digest, 'authority', 'authority'))?.dependants ?? [];
  const named = now.ok ? now.value.dependants : [];
  const work: RolloutWork = {
    capsule,
    digest,
    dependants: [...new Set([...capsule.dependants, ...known, ...named])].toSorted(),
    mayAct: (trips) => mayAct(house.context(), { ...signed, trips }, leave()),
  };
  const conclude = (rollout: Rollout): readonly Entry[] => closing(house, { rollout, admittedAt });
  return Rollout.open(work, { tools: house.tools, journal, progress, log: house.log, conclude, committed }, entries);
}

/** What must hold at every lease, not only at the gate (I5). */
function mayAct(
  context: GateContext,
  { capsule, digest, trips }: SignedCapsule & { readonly trips: number },
  leave: Result<Admitted>,
): Result<true> {
  if (context.isStopped) return refuse('halted', 'everything is stopped here', { clause: 'X5' });
  if (!leave.ok) return leave;
  const { now, status } = context;
  if (plusMs(now, SKEW_MS) >= leave.value.until)
    return refuse('window-over', `the authority ended at ${leave.value.until}`, { clause: 'I5' });
  const trust = checkTrustFresh(context.trust, now);
  if (!trust.ok) return trust;
  const ruling = checkNotSuperseded(status, { capsule, trust: trust.value });
  if (!ruling.ok) return ruling;
  const clock = checkClock(context);
  if (!clock.ok) return clock;
  // After a stop the signed resume of this very trip is newer than what the witness may still repeat; a new halt comes as one.
  const halted = trips === 0 ? checkNotHalted(status, digest) : ok<true>(true);
  if (!halted.ok || !runsAlone(capsule)) return halted;
  const standing = checkAutonomyStanding(status, { capsule, now });
  return standing.ok ? ok(true) : standing;
}

/** The report that ends a rollout, with the enclave's own full copy beside the journal (V1, V2). */
function closing(
  { context, outbox, tools, log }: RolloutHouse,
  about: { readonly rollout: Rollout; readonly admittedAt: Instant },
): readonly Entry[] {
  const { rollout, admittedAt } = about;
  const { config, inventory, journal } = context();
  const { capsule, digest } = rollout.work;
  const finishedAt = tools.clock.now();
  const startedAt = journal.events(digest)[0]?.at ?? admittedAt;
  const times = { startedAt, finishedAt };
  const validation: Entry[] =
    capsule.purpose === 'validation'
      ? [
          {
            kind: 'report',
            name: `${shortName(digest)}-validation.json`,
            body: JSON.stringify(outbox.validationReport(validationReport({ rollout, config, inventory, ...times }))),
          },
        ]
      : [];
  // As the gate found it, not as it would find it now: who authorised this does not change by growing old.
  const authority = authorityNote(journal.note(digest, 'authority', 'authority')) ?? NO_AUTHORITY;
  const evidence = buildEvidence({ rollout, config, inventory, journal, authority, ...times });
  // V1: what is missing is named, here and by whoever reads the bundle; it is never filled in.
  const missing = missingEvidence(evidence, runsAlone(capsule) ? 'automatic' : 'approved');
  if (missing.length > 0) log('evidence-incomplete', { capsule: digest, missing: missing.slice(0, 10).join(' ') });
  const { report, full } = sealEvidence(evidence, stricterEgress(config.egress, capsule.egress), outbox);
  const name = `${shortName(digest)}-evidence-${evidence.outcome}.json`;
  mkdirSync(join(config.state, 'evidence'), { recursive: true, mode: 0o700 });
  const { campaign, documents } = authority;
  writeSynced(join(config.state, 'evidence', name), JSON.stringify({ ...full, documents }));
  const { statement } = full;
  const { trips } = rollout.view;
  const receipt: Entry[] =
    campaign === undefined
      ? []
      : [
          {
            kind: 'report',
            name: `${shortName(digest)}-receipt-${evidence.outcome}.json`,
            body: JSON.stringify(receiptReport(outbox, { campaign, config, statement, trips, startedAt })),
          },
        ];
  return [...validation, { kind: 'report', name, body: JSON.stringify(report) }, ...receipt];
}
