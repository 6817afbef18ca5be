/**
 * An order as the product would give it: facts, decision, capsule, approvals, proof. An attack changes one thing of it; everything
 * after that thing is made again, as an attacker who holds the control plane would.
 */
import { randomBytes } from 'node:crypto';
import {
  capsuleShape,
  changeShape,
  deriveFacts,
  indexGraph,
  nodeOf,
  plusMs,
  proposalDraftShape,
  rollbackPlanShape,
  strataOf,
  tierOf,
  validationPlanShape,
  type Capsule,
  type Decision,
  type DerivedFacts,
  type Envelope,
  type FactInputs,
  type GraphSnapshot,
  type Proposal,
  type ReceivedSignal,
  type Signal,
  type ValidationReport,
} from '@countersign/core';
import {
  canonicalBytes,
  capsuleBytes,
  digestOf,
  digestOfDocument,
  encodeBase64,
  PAYLOAD,
  signEnvelope,
  withWayBack,
  type CapsuleDelivery,
  type DsseEnvelope,
  type SignerKey,
} from '@countersign/seal';
import { DEMO_ORGANISATION, PLAYBOOK_AGENT } from '../../demo/people.ts';
import type { OpenedCapsule } from '../../demo/sign.ts';
import { approval } from './approval.ts';
import { decideAs } from './decide-as.ts';
import { reportOf, signalOf, signReport, signSignal } from './facts.ts';
import type { Signed } from './house.ts';
import { idOf, made } from './made.ts';
import type { World } from './world.ts';
import type { WorldRecord } from './world-record.ts';

/** What relays and the staging runner know, and their signatures over it: signals first, the report last. */
interface KnownFacts {
  readonly signals: readonly Signal[];
  readonly report: ValidationReport;
  readonly signed: readonly DsseEnvelope[];
}

export interface OrderPlan {
  /** `alone`: the envelope covers it. `people`: its severity is too low for that, so one release approver is owed. */
  readonly authority: 'alone' | 'people';
  readonly hosts?: readonly string[];
  readonly sources?: readonly string[];
  readonly change?: object;
  readonly rollback?: object;
  readonly report?: object;
  /** What goes along as signed facts, from what is known. */
  readonly facts?: (known: KnownFacts) => readonly DsseEnvelope[];
  /** What the control plane claims to know when it decides. */
  readonly claim?: (inputs: FactInputs) => FactInputs;
  readonly decision?: (decision: Decision) => Decision;
  readonly envelope?: Signed<Envelope>;
  readonly graph?: Signed<GraphSnapshot>;
  readonly capsule?: (capsule: Capsule) => object;
  readonly signer?: SignerKey;
  readonly approvals?: (opened: OpenedCapsule) => readonly DsseEnvelope[];
  readonly record?: WorldRecord;
  readonly witnessedAt?: number;
  /** Of another proposal's earlier version; a new one otherwise. */
  readonly proposal?: string;
  /** What the entry of its dispatch is dated. */
  readonly recordedAt?: string;
}

export interface Order extends OpenedCapsule {
  readonly delivery: CapsuleDelivery;
  readonly record: WorldRecord;
  /** Where its dispatch is in the record. */
  readonly index: number;
}

const RESTART = {
  action: 'service.restart',
  summary: 'restart the stuck service',
  steps: [{ adapter: 'service', operation: 'restart', service: 'app' }],
  intendedVersions: {},
} as const;
const HOUR_MS = 3_600_000;

interface Made extends Pick<OrderPlan, 'capsule'> {
  readonly proposal: Proposal;
  readonly decision: Decision;
  readonly decisionBytes: Uint8Array;
  readonly riskBytes: Uint8Array;
  readonly envelope: Signed<Envelope>;
  readonly graph: Signed<GraphSnapshot>;
  readonly derived: DerivedFacts;
}

export function order(world: World, plan: OrderPlan): Order {
  const now = world.now();
  const { keys } = world;
  const { envelope = world.envelope, graph = world.graph, sources = ['hostscan', 'alertmanager'] } = plan;
  const hosts = plan.hosts ?? world.hosts(1);
  const proposal = proposalOf(world, plan, { hosts, sources });
  const severity = plan.authority === 'alone' ? 'error' : 'note';
  const signals = sources.map((source) => signalOf({ source, targets: hosts, severity, now }));
  const { action } = proposal.change;
  const report = reportOf({
    proposal: proposal.id,
    changeDigest: proposal.changeDigest,
    action,
    now,
    ...(plan.report && { change: plan.report }),
  });
  const signed = [
    ...signals.map((signal) => signSignal(signal, keys.signer(`relay-${signal.source}`))),
    signReport(report, keys.signer('runner-staging')),
  ];
  const inputs: FactInputs = {
    now,
    proposal,
    envelope: envelope.document,
    graph: indexGraph(graph.document),
    healthKnown: (node) => nodeOf(indexGraph(graph.document), node)?.kind === 'service',
    roster: world.bundle.agents,
    signals: signals.map((signal): ReceivedSignal => ({ signal, isAuthenticated: true })),
    sources: world.bundle.keys.relays,
    schedules: [],
    validation: report,
    drills: (report.drill?.tiers ?? []).map((tier) => ({ action, tier, isPassed: true, at: report.finishedAt })),
    operations: [],
    isBreakerOpen: false,
    isSuspended: false,
  };
  const derived = deriveFacts(plan.claim?.(inputs) ?? inputs);
  const decided = decideAs(world, { proposal, derived, envelope, graph });
  const decision = plan.decision?.(decided) ?? decided;
  const decisionBytes = canonicalBytes(decision);
  const riskBytes = canonicalBytes({
    type: 'risk-assessment',
    proposal: proposal.id,
    changeDigest: proposal.changeDigest,
    serial: world.serial(),
  });
  const parts = {
    proposal,
    decision,
    decisionBytes,
    riskBytes,
    envelope,
    graph,
    derived,
    ...(plan.capsule && { capsule: plan.capsule }),
  };
  return sealed(world, plan, { ...parts, facts: plan.facts?.({ signals, report, signed }) ?? signed });
}

function sealed(world: World, plan: OrderPlan, parts: Made & { readonly facts: readonly DsseEnvelope[] }): Order {
  const { keys, record: usual } = world;
  const record = plan.record ?? usual;
  const capsule = capsuleOf(world, parts);
  const payload = capsuleBytes(capsule);
  const digest = digestOf(payload);
  const opened = { capsule, digest };
  const approvals = plan.approvals ?? ((of: OpenedCapsule) => honestApprovals(world, plan, of));
  const leaf = record.add({ event: 'capsule.dispatched', body: digest, at: plan.recordedAt ?? world.now() });
  const witnessed = record.cosigned(plan.witnessedAt ?? Math.floor(Date.now() / 1000));
  return {
    ...opened,
    record,
    index: leaf.index,
    delivery: {
      kind: 'capsule',
      capsule: signEnvelope(PAYLOAD.capsule, payload, [plan.signer ?? keys.signer('capsule-signer')]),
      approvals: approvals(opened),
      envelope: parts.envelope.dsse,
      graph: parts.graph.dsse,
      facts: parts.facts,
      decision: encodeBase64(parts.decisionBytes),
      riskAssessment: encodeBase64(parts.riskBytes),
      leaf: encodeBase64(leaf.bytes),
      proof: record.proof(leaf.index, witnessed),
    },
  };
}

const honestApprovals = (world: World, plan: OrderPlan, opened: OpenedCapsule): readonly DsseEnvelope[] =>
  plan.authority === 'people' ? [approval(world, opened, { person: 'ana', role: 'release-approver' })] : [];

function proposalOf(
  world: World,
  plan: OrderPlan,
  { hosts, sources }: { readonly hosts: readonly string[]; readonly sources: readonly string[] },
): Proposal {
  const change = made(changeShape, { ...RESTART, ...plan.change });
  const rollback = made(rollbackPlanShape, {
    kind: 'restore',
    windowMinutes: 60,
    dataEffects: 'none',
    isAutomatic: false,
    ...plan.rollback,
  });
  const validation = made(validationPlanShape, { spec: { id: 'spec-1', version: 1 }, checks: [], stagingTargets: [] });
  const draft = made(proposalDraftShape, {
    title: 'restart the stuck service',
    hypothesis: 'the service lost its upstream connection',
    environment: 'production',
    signals: sources.map((source) => `S-${source}`),
    failingCheck: 'health',
    trace: 'none',
    reproduction: 'none',
    runIds: ['R-1'],
    targets: hosts,
    timing: { mayNotOverlap: [] },
    context: { model: 'none', prompt: 'playbook', toolCalls: [] },
    change,
    rollback,
    validation,
  });
  return {
    ...draft,
    id: idOf<'Proposal'>(plan.proposal ?? `P-${world.serial()}`),
    organisation: idOf<'Organisation'>(DEMO_ORGANISATION),
    revision: 1,
    agent: idOf<'Agent'>(PLAYBOOK_AGENT.id),
    createdAt: world.now(),
    changeDigest: digestOfDocument({ change, validation, rollback }),
  };
}

function capsuleOf(world: World, parts: Made): Capsule {
  const { proposal, decision, derived, envelope, graph } = parts;
  const now = world.now();
  const index = indexGraph(graph.document);
  const { canary, window } = envelope.document.rollout;
  const unclosed = made(capsuleShape, {
    type: 'capsule',
    id: `C-${world.serial()}`,
    version: 1,
    organisation: DEMO_ORGANISATION,
    purpose: 'rollout',
    environment: 'production',
    audience: { enclave: 'production', runner: 'runner-production' },
    notBefore: plusMs(now, -60_000),
    notAfter: plusMs(now, HOUR_MS),
    nonce: randomBytes(16).toString('hex'),
    isDemo: true,
    proposal: {
      id: proposal.id,
      revision: proposal.revision,
      agent: proposal.agent,
      owner: PLAYBOOK_AGENT.owner,
      title: proposal.title,
      hypothesis: proposal.hypothesis,
      signals: proposal.signals,
    },
    change: proposal.change,
    validation: proposal.validation,
    rollback: proposal.rollback,
    changeDigest: proposal.changeDigest,
    capture: [],
    counterCapsule: digestOf(parts.decisionBytes),
    targets: strataOf(index, proposal.targets).map(({ target, stratum }) => ({
      id: target,
      tier: tierOf(index, target),
      stratum,
    })),
    rollout: { ...envelope.document.rollout, canary: Math.min(canary, proposal.targets.length), window },
    dependants: derived.impact.watch,
    egress: 'sanitized',
    decision: {
      digest: digestOf(parts.decisionBytes),
      verdict: decision.verdict,
      inputs: { facts: digestOfDocument(decision.facts), trust: digestOf(parts.envelope.bytes) },
    },
    envelope: { digest: digestOf(envelope.bytes), version: envelope.document.version },
    graph: { digest: digestOf(graph.bytes), version: graph.document.version },
    riskAssessment: digestOf(parts.riskBytes),
    demands: decision.verdict === 'needs-approval' ? (decision.requirement?.demands ?? []) : [],
  });
  const honest = withWayBack(unclosed);
  // Not read through its shape again: an attacker is not bound to it.
  return parts.capsule === undefined ? honest : withWayBack({ ...honest, ...parts.capsule(honest) });
}
