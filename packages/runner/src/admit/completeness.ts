/**
 * V1, I7: what an automatic change owes beside the bundle of every change. It is put together before the first act from what is
 * backed here; a part that cannot be made stops the change beforehand.
 */
import {
  missingForAutomatic,
  ok,
  plusMs,
  refuse,
  type Capsule,
  type Digest,
  type Envelope,
  type Evidence,
  type Prediction,
  type Result,
  type RunId,
  type TrustBundle,
} from '@countersign/core';
import { digestOfDocument, type JsonValue } from '@countersign/seal';
import type { CampaignPlace } from '../egress/receipt.ts';
import { ownersOf } from './approvals.ts';
import type { ApprovalSeat, Authority } from './authority.ts';
import type { Backing, OwnFacts } from './backed-facts.ts';

/** Who let a capsule run and on which facts, for the evidence at its end, however much later that is. */
export interface AuthorityRecord {
  readonly approvals: readonly ApprovalSeat[];
  readonly validation: readonly RunId[];
  readonly automatic?: NonNullable<Evidence['automatic']>;
  /** The campaign it runs in, and its stage, when people signed that (C4). */
  readonly campaign?: CampaignPlace;
  /** The documents behind the digests of `automatic`; they stay inside. */
  readonly documents: Readonly<Record<string, JsonValue>>;
}

export interface CompletenessQuestion {
  readonly capsule: Capsule;
  readonly digest: Digest;
  readonly authority: Authority;
  readonly backing: Backing;
  readonly own: OwnFacts;
  readonly envelope: Envelope;
  readonly bundle: TrustBundle;
}

const DAY_MS = 86_400_000;
/** How long people have for the review after the window of the capsule. */
const REVIEW_WITHIN_MS: number = 7 * DAY_MS;

export function checkCompleteness(question: CompletenessQuestion): Result<AuthorityRecord> {
  const { capsule, authority, backing, envelope } = question;
  const validation = backing.validations
    .filter(({ report }) => report.changeDigest === capsule.changeDigest)
    .flatMap(({ report }) => report.runs.map(({ id }) => id));
  const approvals = authority.kind === 'people' ? authority.seats : [];
  if (authority.kind !== 'envelope') return ok({ approvals, validation, documents: {} });
  const documents = documentsOf(question);
  const automatic = Object.fromEntries(
    Object.entries(documents).map(([name, document]) => [name, digestOfDocument(document)]),
  );
  const isSkipped = envelope.maySkipStaging.includes(capsule.change.action);
  const missing = [
    ...missingForAutomatic(automatic),
    ...(validation.length === 0 && !isSkipped ? ['/validation'] : []),
  ];
  return missing.length === 0
    ? ok({ approvals, validation, automatic, documents })
    : refuse('evidence-incomplete', `the evidence of an automatic change would lack ${missing.join(', ')}`, {
        clause: 'V1',
      });
}

function documentsOf(question: CompletenessQuestion): Readonly<Record<string, JsonValue>> {
  const made: readonly (readonly [string, JsonValue | undefined])[] = [
    ['correlation', correlationOf(question)],
    ['drill', drillOf(question)],
    ['prediction', predictionOf(question)],
    ['review', reviewOf(question)],
  ];
  return Object.fromEntries(made.flatMap(([name, document]) => (document === undefined ? [] : [[name, document]])));
}

/** The signed statements that speak for the targets, and how many independent sources they come from. */
function correlationOf({ capsule, backing, own }: CompletenessQuestion): JsonValue | undefined {
  const named = new Set<string>(capsule.proposal.signals);
  const signals = backing.signals.filter(({ signal }) => named.has(signal.id));
  if (signals.length === 0) return undefined;
  return {
    type: 'correlation',
    signals: signals.map(({ signal, statement }) => ({ id: signal.id, source: signal.source, statement })),
    independentSources: own.facts.independentSignals,
  };
}

function drillOf({ capsule, backing, own }: CompletenessQuestion): JsonValue | undefined {
  if (own.facts.drillAgeDays < 0) return undefined;
  const reports = backing.validations.filter(
    ({ report: { drill } }) => drill?.action === capsule.change.action && drill.isRestored,
  );
  if (reports.length === 0) return undefined;
  return {
    type: 'drill-certificate',
    action: capsule.change.action,
    ageDays: own.facts.drillAgeDays,
    reports: reports.map(({ statement }) => statement),
  };
}

/** What has to be seen afterwards: anything else trips. */
const predictionOf = ({ capsule, digest, own }: CompletenessQuestion): JsonValue => ({
  type: 'prediction',
  capsule: digest,
  targets: capsule.targets.length,
  versions: { ...capsule.change.intendedVersions },
  dependantsWell: [...new Set([...capsule.dependants, ...own.impact.watch])].toSorted(),
  affectedServices: [...own.impact.affectedServices],
  ...(own.action !== undefined && { foreseen: foreseenOf(own.action.prediction) }),
});

/** The dry run of this runner's own analysis, as far as it can be held against what is seen (D4). */
const foreseenOf = ({ dependants, downCount, unknownCount, capacityLeftPercent }: Prediction): JsonValue => ({
  down: downCount,
  unknown: unknownCount,
  ...(capacityLeftPercent !== undefined && { capacityLeftPercent }),
  harmed: dependants.filter(({ health }) => health !== 'unaffected').map(({ node, health }) => ({ node, health })),
});

/** X9: whoever answers for the agent looks at it afterwards. */
function reviewOf({ capsule, digest, bundle }: CompletenessQuestion): JsonValue | undefined {
  const owner = ownersOf(capsule, bundle).find((one) => bundle.people.some(({ id }) => id === one));
  if (owner === undefined) return undefined;
  return { type: 'review-item', capsule: digest, owner, dueAt: plusMs(capsule.notAfter, REVIEW_WITHIN_MS) };
}
