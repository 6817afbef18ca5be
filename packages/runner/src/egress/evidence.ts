/** The full bundle of one rollout (V1): built from the journal and from what is on the targets now, sealed field by field (V2). */
import { randomBytes } from 'node:crypto';
import {
  derivedValues,
  evidenceCounts,
  mayLeave,
  msOf,
  targetStates,
  type Digest,
  type EgressMode,
  type Evidence,
  type EvidenceStatement,
  type Instant,
  type RolloutView,
  type SanitizedView,
  type TargetEvidence,
  type TargetState,
} from '@countersign/core';
import {
  digestOf,
  disclose,
  maskingDigest,
  PAYLOAD,
  sealFields,
  type DsseEnvelope,
  type EvidenceLeaf,
  type JsonValue,
  type Report,
} from '@countersign/seal';
import { contain, readContained } from '../act/config/contained-file.ts';
import type { Rollout } from '../act/rollout.ts';
import type { AuthorityRecord } from '../admit/completeness.ts';
import type { Journal } from '../journal/journal.ts';
import type { CaptureRow } from '../journal/rows.parse.ts';
import type { Inventory } from '../preflight/inventory.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';
import type { Outbox } from './outbox.ts';

export interface EvidenceQuestion {
  readonly rollout: Rollout;
  readonly config: Pick<RunnerConfig, 'organisation' | 'runner'>;
  readonly inventory: Inventory;
  readonly journal: Journal;
  /** Who let it run and on which facts, as the gate found it. */
  readonly authority: AuthorityRecord;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
}

export function buildEvidence(question: EvidenceQuestion): Evidence {
  const { rollout, config, journal, authority, startedAt, finishedAt } = question;
  const { approvals, validation, automatic } = authority;
  const { capsule, digest, dependants } = rollout.work;
  const { findings, view } = rollout;
  const captures = Map.groupBy(journal.captures(digest), ({ target }) => target);
  const after = findings.of('dependant-after');
  return {
    type: 'evidence',
    organisation: config.organisation,
    runner: config.runner,
    capsule: digest,
    proposal: capsule.proposal.id,
    trigger: capsule.proposal.signals,
    decision: capsule.decision.digest,
    dependencyAnalysis: { graph: capsule.graph.digest, dependants },
    approvals,
    validation,
    ...(automatic !== undefined && { automatic }),
    rollbackAvailability: rollbackText(question),
    healthBefore: findings.of('dependant-before'),
    healthAfter:
      after.length > 0
        ? after
        : findings.of('dependant-before').map(({ subject }) => ({ subject, state: 'not read again' })),
    targets: targetStates(rollout.state).map(({ target, state }) =>
      targetEvidence(question, { target, state, captures: captures.get(target) ?? [] }),
    ),
    outcome: outcomeOf(view),
    startedAt,
    finishedAt,
  };
}

function rollbackText({ rollout }: EvidenceQuestion): string {
  const { rollback } = rollout.work.capsule;
  if (rollback.kind === 'none') return 'none: the capsule has no rollback';
  return rollout.view.phase.name === 'completed'
    ? `restore, for ${rollback.windowMinutes} minutes after completion`
    : 'restore, carried out or no longer owed';
}

function outcomeOf({ phase }: RolloutView): Evidence['outcome'] {
  switch (phase.name) {
    case 'completed':
      return 'completed';
    case 'rolled-back':
      return 'rolled-back';
    case 'rollback-failed':
      return 'failed';
    case 'waiting':
    case 'leasing':
    case 'baking':
    case 'verified':
    case 'rolling-back':
      return 'halted';
  }
}

interface OneTarget {
  readonly target: TargetEvidence['target'];
  readonly state: TargetState;
  readonly captures: readonly CaptureRow[];
}

function targetEvidence(question: EvidenceQuestion, { target, state, captures }: OneTarget): TargetEvidence {
  const { findings } = question.rollout;
  const outcome = targetOutcome(state);
  if (outcome === 'held')
    return { target, outcome, before: [], after: [], healthBefore: '', healthAfter: '', output: '' };
  const before = captures.map(({ captured }) => ({ path: captured.path, digest: digestOrAbsent(captured.bytes) }));
  const root = question.inventory.targets.get(target)?.root;
  const after = root === undefined ? [] : before.map(({ path }) => ({ path, digest: presentDigest(root, path) }));
  return {
    target,
    outcome,
    before,
    after: after.flatMap(({ path, digest }) => (digest === undefined ? [] : [{ path, digest }])),
    healthBefore: findings.get(target, 'health-before') ?? 'not read',
    healthAfter: findings.get(target, 'health-after') ?? 'not read',
    output: findings.get(target, 'output') ?? 'none',
  };
}

function targetOutcome(state: TargetState): TargetEvidence['outcome'] {
  switch (state) {
    case 'untouched':
      return 'held';
    case 'healthy':
    case 'broken':
    case 'leased':
      return 'changed';
    case 'unknown':
      return 'unknown';
    case 'reverted':
    case 'still-degraded':
      return 'reverted';
    case 'reverting':
    case 'revert-failed':
      return 'revert-failed';
  }
}

const digestOrAbsent = (bytes: Uint8Array | undefined): Digest | 'absent' =>
  bytes === undefined ? 'absent' : digestOf(bytes);

/** As it is on the target now, not as we think we left it; undefined when it cannot be read. */
function presentDigest(root: string, path: string): Digest | 'absent' | undefined {
  const file = contain(root, path);
  const state = file.ok ? readContained(file.value) : file;
  return state.ok ? digestOrAbsent(state.value?.bytes) : undefined;
}

export interface SealedEvidence {
  readonly report: Report;
  /** Everything, for the enclave's own copy. */
  readonly full: {
    readonly evidence: Evidence;
    readonly statement: EvidenceStatement;
    /** As it was signed: what a disclosure later leads to. */
    readonly signed: DsseEnvelope;
    readonly leaves: readonly EvidenceLeaf[];
  };
}

const SALT_BYTES = 16;
const HEX_FROM = 'sha256:'.length;

export function sealEvidence(evidence: Evidence, egress: EgressMode, outbox: Outbox): SealedEvidence {
  const sealed = sealFields(jsonOf(evidence), () => randomBytes(SALT_BYTES));
  if (!sealed.ok) throw new Error(`the evidence has no canonical form: ${sealed.refusal.detail}`);
  const { root, leaves } = sealed.value;
  const statement: EvidenceStatement = {
    type: 'evidence-statement',
    organisation: evidence.organisation,
    runner: evidence.runner,
    capsule: evidence.capsule,
    proposal: evidence.proposal,
    root: root.digest.slice(HEX_FROM),
    fields: root.leafCount,
    outcome: evidence.outcome,
    counts: evidenceCounts(evidence),
    finishedAt: evidence.finishedAt,
  };
  const fields = disclose(leaves, (pointer) => mayLeave(egress, pointer)).map((leaf) =>
    'hash' in leaf ? leaf.hash : ([leaf.salt, leaf.pointer, leaf.value] as const),
  );
  const signed = outbox.sign(PAYLOAD.evidence, statement);
  const view = egress === 'sanitized' ? outbox.sign(PAYLOAD.sanitizedView, viewOf(evidence, statement)) : undefined;
  const report: Report = { kind: 'evidence', evidence: signed, fields, ...(view !== undefined && { view }) };
  return { report, full: { evidence, statement, signed, leaves } };
}

/** What may be said of what stays inside, by the rules of the list whose digest it names. */
const viewOf = (evidence: Evidence, statement: EvidenceStatement): SanitizedView => ({
  type: 'sanitized-view',
  organisation: statement.organisation,
  runner: statement.runner,
  capsule: statement.capsule,
  proposal: statement.proposal,
  root: statement.root,
  masking: maskingDigest(),
  derived: derivedValues(evidence, msOf(evidence.finishedAt) - msOf(evidence.startedAt)),
});

/** The same document as plain JSON values. */
function jsonOf(value: unknown): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== 'object') throw new TypeError('not a JSON value');
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, jsonOf(item)]));
}
