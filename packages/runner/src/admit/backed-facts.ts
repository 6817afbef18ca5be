/**
 * The facts again, derived here (X1): graph from its owner, signals from relays, staging and drills from a staging runner, tiers and
 * health from this enclave. What only the server says can restrict and nothing else, so of both words the stricter counts.
 */
import {
  deriveFacts,
  indexGraph,
  readShape,
  signalStatementShape,
  stricterFacts,
  validationReportShape,
  type Capsule,
  type Digest,
  type DrillRecord,
  type Envelope,
  type DerivedFacts,
  type GraphIndex,
  type GraphSnapshot,
  type Instant,
  type OperationRecord,
  type Proposal,
  type ReceivedSignal,
  type RecordedDecision,
  type TrustKey,
  type ValidationReport,
} from '@countersign/core';
import {
  decodeBase64,
  digestOf,
  PAYLOAD,
  readStrictJson,
  verifyEnvelope,
  type DsseEnvelope,
  type JsonValue,
} from '@countersign/seal';
import type { Inventory } from '../preflight/inventory.ts';
import type { SignedCapsule } from './capsule.ts';
import type { Trust } from './trust.ts';

/** Facts whose knower signed them; what does not verify is as if it were not there. */
export interface Backing {
  readonly signals: readonly BackedSignal[];
  readonly validations: readonly BackedReport[];
}

interface BackedSignal extends ReceivedSignal {
  /** Digest of the relay's signed statement. */
  readonly statement: Digest;
}

interface BackedReport {
  readonly report: ValidationReport;
  readonly statement: Digest;
}

const MAX_FACT_BYTES = 4_194_304;

export function readBacking(envelopes: readonly DsseEnvelope[], trust: Trust): Backing {
  return {
    signals: envelopes.flatMap((envelope) => relayedSignal(envelope, trust)),
    validations: envelopes.flatMap((envelope) => stagingReport(envelope, trust)),
  };
}

/** A key and the one that takes its place; more signatures only keep a runner busy that has to be there for a stop (X5). */
const MAX_FACT_SIGNATURES = 2;

interface OpenedFact {
  readonly json: JsonValue;
  readonly isBy: (key: TrustKey) => boolean;
}

/** Only what one of these keys signed is read. */
function openFact(
  envelope: DsseEnvelope,
  {
    payloadType,
    keys,
    factKeys,
  }: { readonly payloadType: string; readonly keys: readonly TrustKey[] } & Pick<Trust, 'factKeys'>,
): OpenedFact | undefined {
  if (envelope.payloadType !== payloadType || envelope.signatures.length > MAX_FACT_SIGNATURES) return undefined;
  const trusted = keys.flatMap(({ publicKey }) => factKeys.get(publicKey) ?? []);
  const verified = verifyEnvelope(envelope, { payloadType, trusted, threshold: 1 });
  const json = verified.ok ? readStrictJson(verified.value.payload, { maxBytes: MAX_FACT_BYTES }) : undefined;
  if (!verified.ok || json?.ok !== true) return undefined;
  const signers = new Set(verified.value.signers);
  return { json: json.value, isBy: ({ publicKey }) => signers.has(factKeys.get(publicKey)?.keyid ?? '') };
}

const statementDigest = ({ payload }: DsseEnvelope): Digest => digestOf(decodeBase64(payload) ?? new Uint8Array());

/** A relay vouches for its own source and no other. */
function relayedSignal(envelope: DsseEnvelope, { bundle, factKeys }: Trust): readonly BackedSignal[] {
  const { relays } = bundle.keys;
  const opened = openFact(envelope, { payloadType: PAYLOAD.signal, keys: relays, factKeys });
  const statement = opened === undefined ? undefined : readShape(signalStatementShape, opened.json);
  if (opened === undefined || statement?.ok !== true) return [];
  const { signal } = statement.value;
  return relays.some((relay) => relay.source === signal.source && opened.isBy(relay))
    ? [{ signal, isAuthenticated: true, statement: statementDigest(envelope) }]
    : [];
}

/** A validation counts when a runner of a staging enclave signed it in its own name. */
function stagingReport(envelope: DsseEnvelope, { bundle, factKeys }: Trust): readonly BackedReport[] {
  const runners = bundle.keys.runners.filter(({ environment }) => environment === 'staging');
  const opened = openFact(envelope, { payloadType: PAYLOAD.validation, keys: runners, factKeys });
  const read = opened === undefined ? undefined : readShape(validationReportShape, opened.json);
  if (opened === undefined || read?.ok !== true) return [];
  const report = read.value;
  const isOwn = runners.some((key) => key.runner === report.runner && opened.isBy(key));
  return isOwn && report.organisation === bundle.organisation ? [{ report, statement: statementDigest(envelope) }] : [];
}

export interface FactQuestion extends SignedCapsule {
  readonly recorded: RecordedDecision;
  readonly backing: Backing;
  readonly envelope: Envelope;
  readonly graph: GraphSnapshot;
  readonly trust: Trust;
  readonly inventory: Inventory;
  /** Rollouts of this runner, the one asked about not among them. */
  readonly operations: readonly OperationRecord[];
  readonly now: Instant;
}

/** Facts of which the stricter word counts; findings, provenance and the dry run are this runner's own. */
export type OwnFacts = DerivedFacts;

export function ownFacts(question: FactQuestion): OwnFacts {
  const { recorded, backing, envelope, graph, trust, inventory, now, capsule } = question;
  const { bundle } = trust;
  const validation = lastRun(backing, capsule);
  const derived = deriveFacts({
    now,
    proposal: proposalOf(question),
    envelope,
    graph: indexOf(graph),
    // What depends on a target may be a target itself; its own health is read then.
    healthKnown: (node) => inventory.dependants.has(node) || inventory.targets.has(node),
    roster: bundle.agents,
    signals: backing.signals,
    sources: bundle.keys.relays.map(({ source, lineage }) => ({ source, lineage })),
    schedules: [],
    ...(validation !== undefined && { validation }),
    drills: backing.validations.flatMap(({ report }) => drillsOf(report)),
    operations: question.operations,
    isBreakerOpen: false,
    isSuspended: false,
  });
  const local = capsule.targets.flatMap(({ id }) => inventory.targets.get(id)?.tier ?? 'safety-critical');
  return { ...derived, facts: stricterFacts(derived.facts, recorded.facts, local) };
}

/** Of several runs of this change the last one counts, and of two at the same moment the one that failed (L4). */
function lastRun({ validations }: Backing, { changeDigest, proposal }: Capsule): ValidationReport | undefined {
  const own = validations.map(({ report }) => report).filter((report) => isOf(report, { changeDigest, proposal }));
  return own.reduce<ValidationReport | undefined>(
    (last, report) => (last === undefined || outranks(report, last) ? report : last),
    undefined,
  );
}

const outranks = (one: ValidationReport, other: ValidationReport): boolean =>
  one.finishedAt > other.finishedAt || (one.finishedAt === other.finishedAt && !one.isPassed);

const isOf = (
  report: ValidationReport,
  { changeDigest, proposal }: Pick<Capsule, 'changeDigest' | 'proposal'>,
): boolean => report.changeDigest === changeDigest && report.proposal === proposal.id;

/** A validation run ends with a restore; when that was proved it is a drill of this action on the staging targets' tiers (X6). */
const drillsOf = ({ drill, finishedAt }: ValidationReport): readonly DrillRecord[] =>
  drill === undefined
    ? []
    : drill.tiers.map((tier) => ({ action: drill.action, tier, isPassed: drill.isRestored, at: finishedAt }));

/** The proposal as far as facts depend on it; every such field is in the capsule. */
function proposalOf({ capsule, recorded, now }: FactQuestion): Proposal {
  const { proposal, change, validation, rollback } = capsule;
  return {
    id: proposal.id,
    organisation: capsule.organisation,
    revision: proposal.revision,
    agent: proposal.agent,
    createdAt: now,
    changeDigest: recorded.changeDigest,
    title: proposal.title,
    hypothesis: proposal.hypothesis,
    environment: capsule.environment,
    signals: proposal.signals,
    failingCheck: '',
    trace: '',
    reproduction: '',
    runIds: [],
    targets: capsule.targets.map(({ id }) => id),
    timing: { mayNotOverlap: [] },
    context: { model: '', prompt: '', toolCalls: [] },
    change,
    validation,
    rollback,
    ...(proposal.changeRecord !== undefined && { changeRecord: proposal.changeRecord }),
    ...(proposal.contingencyPlan !== undefined && { contingencyPlan: proposal.contingencyPlan }),
  };
}

/** A graph is indexed once: the verified snapshot is the same object for each capsule that names it. */
const indexes = new WeakMap<GraphSnapshot, GraphIndex>();

function indexOf(graph: GraphSnapshot): GraphIndex {
  const known = indexes.get(graph);
  if (known !== undefined) return known;
  const index = indexGraph(graph);
  indexes.set(graph, index);
  return index;
}
