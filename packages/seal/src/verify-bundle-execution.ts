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
import { encodeBase64Url } from './base64.ts';
import { keysOf, openSigned } from './bundle-envelope.ts';
import { canonicalBytes } from './canonical.ts';
import type { BundledEvidence, EvidenceBundle } from './evidence-bundle.ts';
import { verifyDisclosure, type DisclosedLeaf } from './evidence-tree.ts';
import type { JsonValue } from './strict-json.ts';
import type { ActContext, CapsuleReport, VerifiedCapsule } from './verify-bundle-acts.ts';
import { PAYLOAD, type Progress } from './wire.ts';

export type Execution = Pick<CapsuleReport, 'phase' | 'counts' | 'outcome'>;

const progressShape: Shape<Progress> = object<Progress>({
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
    if (own.length === 0) continue;
    const view = replayed(one, own);
    if (!view.ok) return view;
    views.set(one.digest, view.value);
    found.set(one.digest, { phase: view.value.phase.name, counts: view.value.counts });
  }
  for (const evidence of bundle.evidence) {
    const statement = openEvidence(evidence, context, capsules);
    if (!statement.ok) return refuse(statement.refusal.code, `evidence: ${statement.refusal.detail}`, { clause: 'V1' });
    const { capsule, outcome } = statement.value;
    const agrees = agreement(statement.value, views.get(capsule));
    if (!agrees.ok) return agrees;
    found.set(capsule, { ...found.get(capsule), outcome });
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
    const isAudience = own !== undefined && audienceKeys(own, context).some(({ keyid }) => signers.includes(keyid));
    if (!isAudience || document.runner !== own.capsule.audience.runner)
      return refuse('bad-proof', 'a progress report is not of the runner the capsule was made for', { clause: 'X1' });
    batches.push(document);
  }
  return ok(batches.toSorted((a, b) => a.from - b.from));
}

/** Batches may overlap after a crash of the runner; where they do they must say the same. */
function replayed({ capsule }: VerifiedCapsule, batches: readonly Progress[]): Result<RolloutView> {
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
  let state = startRollout(planOf(capsule));
  for (const [place, event] of events.entries()) {
    const next = apply(state, event);
    if (!next.ok)
      return refuse('bad-proof', `the runner's event ${place} breaks a rule: ${next.refusal.detail}`, { clause: 'X7' });
    state = next.value;
  }
  return ok(viewOf(state));
}

function openEvidence(
  { statement, fields }: BundledEvidence,
  context: ActContext,
  capsules: readonly VerifiedCapsule[],
): Result<EvidenceStatement> {
  const everyone = keysOf(context.versions.flatMap(({ keys }) => keys.runners));
  const opened = openSigned(statement, { payloadType: PAYLOAD.evidence, trusted: everyone }, evidenceStatementShape);
  if (!opened.ok) return opened;
  const { document, signers } = opened.value;
  const own = capsules.find(({ digest: name }) => name === document.capsule);
  if (own === undefined || !audienceKeys(own, context).some(({ keyid }) => signers.includes(keyid)))
    return refuse('bad-proof', 'it is not of the runner the capsule was made for');
  const root = parseDigest(`sha256:${document.root}`);
  if (root === undefined) return refuse('malformed', 'its root is not a hash');
  const disclosed = verifyDisclosure({ digest: root, leafCount: document.fields }, fields.map(disclosedOf));
  return disclosed.ok ? ok(document) : disclosed;
}

const HEX = /^[0-9a-f]{64}$/;
const disclosedOf = (field: BundledEvidence['fields'][number]): DisclosedLeaf => {
  if (typeof field === 'string') return { hash: HEX.test(field) ? encodeBase64Url(Buffer.from(field, 'hex')) : field };
  const [salt, pointer, value] = field;
  return { salt, pointer, value: jsonOf(value) };
};

/** A shown value came out of `readStrictJson`; anything else has no canonical form and fails there. */
function jsonOf(value: unknown): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  return Object.fromEntries(Object.entries(value ?? {}).map(([key, item]) => [key, jsonOf(item)]));
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
