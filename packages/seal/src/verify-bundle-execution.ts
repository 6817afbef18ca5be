/** What the runner says it did: its events without a gap through the reducer, and its evidence under the root it signed (X7, V1). */
import {
  apply,
  digest,
  evidenceStatementShape,
  id,
  integer,
  list,
  literal,
  object,
  ok,
  parseDigest,
  planOf,
  refuse,
  rolloutEventShape,
  startRollout,
  viewOf,
  type Digest,
  type EvidenceStatement,
  type Result,
  type RolloutEvent,
  type RolloutView,
  type Shape,
} from '@countersign/core';
import { keysOf, openSigned } from './bundle-envelope.ts';
import { canonicalBytes } from './canonical.ts';
import type { DsseEnvelope } from './dsse.ts';
import type { BundledEvidence, EvidenceBundle } from './evidence-bundle.ts';
import { disclosedOf } from './evidence-disclosure.ts';
import { verifyDisclosure } from './evidence-tree.ts';
import { verifySanitizedView } from './sanitized-view.ts';
import { evidenceLeafBody, leafBodyDigest } from './leaf-bodies.ts';
import { subjectOf } from './leaf-places.ts';
import type { ActContext, CapsuleReport, VerifiedCapsule } from './verify-bundle-acts.ts';
import { checkMoments, missingLeaf } from './verify-bundle-owed.ts';
import { PAYLOAD, type Progress } from './wire.ts';

export type Execution = Pick<CapsuleReport, 'phase' | 'counts' | 'outcome' | 'derived'>;

export const progressShape: Shape<Progress> = object<Progress>({
  type: literal('progress'),
  organisation: id(),
  runner: id(),
  capsule: digest,
  from: integer({ min: 0, max: 10_000_000 }),
  events: list(rolloutEventShape, { min: 1, max: 20_000 }),
});

export function verifyExecution(
  bundle: EvidenceBundle,
  context: ActContext,
  capsules: readonly VerifiedCapsule[],
): Result<ReadonlyMap<Digest, Execution>> {
  const found = new Map<Digest, Execution>();
  const batches = openBatches(bundle, context, capsules);
  if (!batches.ok) return batches;
  const views = new Map<Digest, RolloutView>();
  for (const one of capsules) {
    const own = batches.value.filter(({ capsule }) => capsule === one.digest);
    const events = joined(own);
    if (!events.ok) return events;
    const told = checkMoments(one.digest, events.value, context.leaves);
    if (!told.ok) return told;
    if (own.length === 0) continue;
    const view = replayed(one, events.value);
    if (!view.ok) return view;
    views.set(one.digest, view.value);
    found.set(one.digest, { phase: view.value.phase.name, counts: view.value.counts });
  }
  for (const evidence of bundle.evidence) {
    const statement = openEvidence(evidence, { bundle, context, capsules });
    if (!statement.ok) return refuse(statement.refusal.code, `evidence: ${statement.refusal.detail}`, { clause: 'V1' });
    const { capsule, outcome } = statement.value.document;
    const agrees = agreement(statement.value.document, views.get(capsule));
    if (!agrees.ok) return agrees;
    const told = openView(evidence.view, statement.value);
    if (!told.ok) return told;
    found.set(capsule, { ...found.get(capsule), outcome, ...told.value });
  }
  return ok(found);
}

/** Keys of the runner a capsule was made for, in any of the trust bundles. */
const audienceKeys = ({ capsule }: VerifiedCapsule, { versions }: ActContext): ReturnType<typeof keysOf> =>
  keysOf(
    versions.flatMap(({ keys }) =>
      keys.runners.filter(
        ({ runner, enclave }) => runner === capsule.audience.runner && enclave === capsule.audience.enclave,
      ),
    ),
  );

const hasSigned = (own: VerifiedCapsule, context: ActContext, signers: readonly string[]): boolean =>
  audienceKeys(own, context).some(({ keyid }) => signers.includes(keyid));

/** Whom a runner's document says it is of: what its key proves is not enough, since one key may have been given two names. */
const isOfAudience = (
  { organisation, runner }: Pick<Progress, 'organisation' | 'runner'>,
  { capsule }: VerifiedCapsule,
): boolean => organisation === capsule.organisation && runner === capsule.audience.runner;

function openBatches(
  bundle: EvidenceBundle,
  context: ActContext,
  capsules: readonly VerifiedCapsule[],
): Result<readonly Progress[]> {
  const batches: Progress[] = [];
  const everyone = keysOf(context.versions.flatMap(({ keys }) => keys.runners));
  for (const envelope of bundle.progress) {
    const batch = openSigned(envelope, { payloadType: PAYLOAD.progress, trusted: everyone }, progressShape);
    if (!batch.ok) return refuse(batch.refusal.code, `a progress report: ${batch.refusal.detail}`, { clause: 'X7' });
    const { document, signers } = batch.value;
    const own = capsules.find(({ digest: name }) => name === document.capsule);
    if (own === undefined || !isOfAudience(document, own) || !hasSigned(own, context, signers))
      return refuse('bad-proof', 'a progress report is not of the runner the capsule was made for', { clause: 'X1' });
    if (context.places.ofSubject('rollout.progressed', subjectOf('capsule', own.digest)) === undefined)
      return missingLeaf('rollout.progressed', 'a capsule whose progress is in the file');
    batches.push(document);
  }
  return ok(batches.toSorted((a, b) => a.from - b.from));
}

/** Batches may overlap after a crash of the runner; where they do they must say the same. */
function joined(batches: readonly Progress[]): Result<readonly RolloutEvent[]> {
  const events: RolloutEvent[] = [];
  for (const { from, events: batch } of batches) {
    if (from > events.length)
      return refuse('bad-proof', `the runner's events ${events.length} to ${from - 1} are missing`, { clause: 'X7' });
    const isSame = batch.every((event, place) => {
      const known = events[from + place];
      return known === undefined || Buffer.compare(canonicalBytes(known), canonicalBytes(event)) === 0;
    });
    if (!isSame) return refuse('bad-proof', 'two progress reports tell different stories', { clause: 'X7' });
    events.push(...batch.slice(events.length - from));
  }
  return ok(events);
}

function replayed({ capsule }: VerifiedCapsule, events: readonly RolloutEvent[]): Result<RolloutView> {
  let state = startRollout(planOf(capsule));
  for (const [place, event] of events.entries()) {
    const next = apply(state, event);
    if (!next.ok)
      return refuse('bad-proof', `the runner's event ${place} breaks a rule: ${next.refusal.detail}`, { clause: 'X7' });
    state = next.value;
  }
  return ok(viewOf(state));
}

interface OpenStatement {
  readonly document: EvidenceStatement;
  readonly keys: ReturnType<typeof keysOf>;
}

function openEvidence(
  { statement, fields }: BundledEvidence,
  {
    bundle,
    context,
    capsules,
  }: {
    readonly bundle: EvidenceBundle;
    readonly context: ActContext;
    readonly capsules: readonly VerifiedCapsule[];
  },
): Result<OpenStatement> {
  const everyone = keysOf(context.versions.flatMap(({ keys }) => keys.runners));
  const opened = openSigned(statement, { payloadType: PAYLOAD.evidence, trusted: everyone }, evidenceStatementShape);
  if (!opened.ok) return opened;
  const { document, digest: signed, signers } = opened.value;
  const own = capsules.find(({ digest: name }) => name === document.capsule);
  if (own === undefined || !isOfAudience(document, own) || !hasSigned(own, context, signers))
    return refuse('bad-proof', 'it is not of the runner the capsule was made for');
  if (document.proposal !== bundle.proposal) return refuse('bad-proof', 'it is of another remediation');
  const body = leafBodyDigest(evidenceLeafBody(document, signed));
  if (context.places.ofBody('evidence.received', body) === undefined)
    return missingLeaf('evidence.received', 'its statement');
  const root = parseDigest(`sha256:${document.root}`);
  if (root === undefined) return refuse('malformed', 'its root is not a hash');
  const disclosed = verifyDisclosure({ digest: root, leafCount: document.fields }, fields.map(disclosedOf));
  if (!disclosed.ok) return disclosed;
  return ok({ document, keys: audienceKeys(own, context).filter(({ keyid }) => signers.includes(keyid)) });
}

/** By the same key as the statement it stands beside. */
function openView(
  view: DsseEnvelope | undefined,
  { document, keys }: OpenStatement,
): Result<Pick<CapsuleReport, 'derived'>> {
  if (view === undefined) return ok({});
  const opened = verifySanitizedView(view, { statement: document, signers: keys });
  return opened.ok ? ok({ derived: opened.value.derived }) : opened;
}

/** Events and evidence are two accounts by the same runner; they have to agree on what was touched. */
function agreement({ counts, outcome }: EvidenceStatement, view: RolloutView | undefined): Result<true> {
  if (view === undefined) return ok(true);
  const told = view.counts;
  const isSame =
    counts.targets === told.targets &&
    counts.touched === told.touched &&
    counts.reverted === told.reverted &&
    counts.unknown === told.unknown;
  const isOutcome = outcome !== 'completed' || view.phase.name === 'completed';
  return isSame && isOutcome
    ? ok(true)
    : refuse('bad-proof', 'the evidence and the events count differently', { clause: 'V1' });
}
