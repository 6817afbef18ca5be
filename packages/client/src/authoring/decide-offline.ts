/** A decision from files alone (D1): the same facts, the same engines, and only what the files show. What they do not show counts against it. */
import {
  activate,
  assessRisk,
  compileEnvelope,
  decide,
  deriveFacts,
  indexGraph,
  nodeOf,
  POLICY_ADMIN_ROLE,
  type ActiveEnvelope,
  type Decision,
  type DerivedFacts,
  type GraphSnapshot,
  type Instant,
  type Proposal,
  type Signal,
  type TrustBundle,
  type ValidationReport,
} from '@countersign/core';
import { digestOfDocument, keysThatSigned, openPolicy, parseEnvelope } from '@countersign/seal';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure, unverified } from '../cli/failure.ts';
import { readJson } from '../cli/read-document.ts';
import { createLocalOracle } from './cedar-oracle.ts';

export interface OfflineQuestion {
  readonly proposal: Proposal;
  readonly active: ActiveEnvelope;
  readonly graph: GraphSnapshot;
  readonly trust: TrustBundle;
  readonly signals: readonly Signal[];
  readonly validation?: ValidationReport;
  readonly now: Instant;
}

export interface OfflineDecision {
  readonly decision: Decision;
  readonly derived: DerivedFacts;
  readonly risk: ReturnType<typeof assessRisk>;
}

export function decideOffline(question: OfflineQuestion): OfflineDecision {
  const { proposal, active, trust, validation, now } = question;
  const graph = indexGraph(question.graph);
  const signals = question.signals.map((signal) => ({ signal, isAuthenticated: true }));
  const { drill, finishedAt } = validation ?? {};
  const derived = deriveFacts({
    now,
    proposal,
    envelope: active.envelope,
    graph,
    healthKnown: (node) => ['host', 'service'].includes(nodeOf(graph, node)?.kind ?? ''),
    roster: trust.agents,
    signals,
    sources: trust.keys.relays,
    schedules: [],
    ...(validation !== undefined && { validation }),
    drills:
      drill === undefined || finishedAt === undefined
        ? []
        : drill.tiers.map((tier) => ({ action: drill.action, tier, isPassed: drill.isRestored, at: finishedAt })),
    operations: [],
    isBreakerOpen: false,
    isSuspended: false,
  });
  const decision = decide({
    proposal,
    stage: validation === undefined ? 'before-staging' : 'after-staging',
    derived,
    envelope: { kind: 'active', active },
    graph: { digest: digestOfDocument(question.graph), version: question.graph.version },
    floor: trust.floor,
    oracle: createLocalOracle(),
    compiled: compileEnvelope(active.envelope),
  });
  return { decision, derived, risk: assessRisk({ proposal, decision, derived, signals }) };
}

/** Signed by two policy admins of this trust bundle, as everywhere: what nobody signed authorises nothing (E3). */
export function activeEnvelope(file: string, { people }: TrustBundle, now: Instant): ActiveEnvelope {
  const dsse = parseEnvelope(readJson(file));
  if (!dsse.ok) throw unverified({ ...dsse.refusal, detail: `\`${file}\`: ${dsse.refusal.detail}` });
  const admins = people.filter(({ roles }) => roles.some((role) => role === POLICY_ADMIN_ROLE));
  const opened = openPolicy(
    { policy: dsse.value, since: [] },
    {
      signersOf: (one) =>
        admins.filter(({ credentials }) =>
          one.signatures.some((entry) => keysThatSigned({ ...one, signatures: [entry] }, credentials) !== undefined),
        ),
    },
  );
  if (!opened.ok) throw unverified(opened.refusal);
  const { envelope, digest, signers } = opened.value;
  const signatures = signers.map(({ id, roles }) => ({ person: id, roles, digest }));
  const active = activate({ envelope, digest, now, signatures, authors: [] });
  if (active.ok) return active.value;
  throw new Failure(EXIT.unverified, active.refusal);
}
