/**
 * A complete world in which a delivery is admitted: every document made, decided and signed as in the product. A test changes one
 * thing and sees the refusal that names it.
 */
import {
  activate,
  capsuleShape,
  compileEnvelope,
  decide,
  deriveFacts,
  evaluateAttributes,
  indexGraph,
  OWN_ENGINE,
  plusMs,
  type Capsule,
  type Decision,
  type DerivedFacts,
  type Digest,
  type Envelope,
  type Instant,
  type Proposal,
  type Signal,
  type TrustBundle,
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
  type TrustMetadata,
} from '@countersign/seal';
import { makeReport, makeSignal, signedFacts } from './backing.ts';
import { makeBundle, makeKeys, personKey, signBundle, type HouseKeys } from './house.ts';
import { good, made } from './made.ts';
import { makeEnvelope, makeGraph, type GraphTarget } from './policy.ts';
import { capsuleBase, makeProposal } from './proposed.ts';
import { signApproval } from './signed.ts';
import { SmallRecord } from './small-record.ts';

/** As a runner gets it that was sent nothing before. */
type WholeDelivery = CapsuleDelivery & Required<Pick<CapsuleDelivery, 'envelope' | 'graph'>>;

export interface WorldPlan {
  readonly now: Instant;
  readonly targets: readonly GraphTarget[];
  /** What the graph knows; absent: the targets and nothing else. */
  readonly estate?: readonly GraphTarget[];
  /** `people`: the action is one that the envelope routes to people. */
  readonly authority: 'people' | 'envelope' | 'staging';
  readonly approvers?: readonly string[];
  /** Id of the proposal; capsules of one campaign are of different ones. */
  readonly proposal?: string;
  readonly bundle?: object;
  readonly envelope?: object;
  readonly policyAdmins?: readonly string[];
  readonly capsule?: object;
  readonly change?: object;
  readonly rollback?: object;
  readonly validation?: object;
  /** As the server recorded it. */
  readonly stage?: Decision['stage'];
  readonly facts?: 'all' | 'none' | 'one-source' | 'no-staging';
}

export interface World {
  readonly keys: HouseKeys;
  readonly plan: WorldPlan;
  readonly record: SmallRecord;
  readonly trust: TrustMetadata;
  readonly envelopeDigest: Digest;
  readonly capsule: Capsule;
  readonly digest: Digest;
  readonly delivery: WholeDelivery;
}

export function makeWorld(plan: WorldPlan, keys: HouseKeys = makeKeys()): World {
  const { now, authority } = plan;
  const bundle = makeBundle(keys, now, plan.bundle);
  const envelope = makeEnvelope(now, plan.envelope);
  const graph = canonicalBytes(
    makeGraph(now, plan.estate ?? plan.targets, authority === 'staging' ? 'staging' : 'production'),
  );
  const proposal = makeProposal(plan);
  const signals = keys.relays.map((_, place) => makeSignal(plan, place));
  const validation = makeReport(plan, proposal);
  const derived = deriveHere(plan, { bundle, envelope, proposal, signals, validation });
  const { stage = 'after-staging' } = plan;
  const parts = { proposal, envelope, bundle, derived, graphDigest: digestOf(graph), stage };
  const decision = canonicalBytes(decideHere(parts));
  const risk = canonicalBytes({ type: 'risk-assessment' });
  const { verdict, requirement, facts } = decideHere(parts);
  const unclosed = made(capsuleShape, {
    ...capsuleBase(plan, proposal),
    decision: {
      digest: digestOf(decision),
      verdict,
      inputs: { facts: digestOfDocument(facts), trust: digestOfDocument(bundle) },
    },
    envelope: { digest: digestOfDocument(envelope), version: envelope.version },
    graph: { digest: digestOf(graph), version: GRAPH_VERSION },
    riskAssessment: digestOf(risk),
    demands: authority === 'staging' ? [] : (requirement?.demands ?? []),
    ...plan.capsule,
  });
  const capsule = withWayBack(unclosed);
  const payload = capsuleBytes(capsule);
  const digest = digestOf(payload);
  const recorded = recordDispatch(keys, { now, digest, payload });
  const admins = (plan.policyAdmins ?? ['pat', 'quinn']).map((name) => personKey(keys, name));
  const approvers = plan.approvers ?? (authority === 'people' ? ['kim'] : []);
  const delivery: WholeDelivery = {
    kind: 'capsule',
    capsule: signEnvelope(PAYLOAD.capsule, payload, [keys.capsules]),
    approvals: approvers.map((name) => signApproval(keys, { capsule, digest, name, now })),
    envelope: signEnvelope(PAYLOAD.envelope, canonicalBytes(envelope), admins),
    graph: signEnvelope(PAYLOAD.graph, graph, [keys.graph]),
    facts: signedFacts(plan, keys, { signals, validation }),
    decision: encodeBase64(decision),
    riskAssessment: encodeBase64(risk),
    leaf: recorded.leaf,
    proof: recorded.proof,
  };
  const trust = signBundle(keys, bundle);
  const envelopeDigest = digestOfDocument(envelope);
  return { keys, plan, record: recorded.record, trust, envelopeDigest, capsule, digest, delivery };
}

/** As `makeGraph` numbers it. */
const GRAPH_VERSION = 5;

function recordDispatch(
  keys: HouseKeys,
  { now, digest, payload }: { readonly now: Instant; readonly digest: Digest; readonly payload: Uint8Array },
): { readonly record: SmallRecord; readonly leaf: string; readonly proof: string } {
  const record = new SmallRecord(keys);
  record.add('trust.updated', { body: digest, at: now });
  const index = record.add('capsule.dispatched', { body: digest, at: now, bytes: payload });
  const leaf = encodeBase64(record.leaves[index]?.bytes ?? new Uint8Array());
  return { record, leaf, proof: record.proof(index, record.cosigned(Math.floor(Date.parse(now) / 1000))) };
}

interface FactParts {
  readonly bundle: TrustBundle;
  readonly envelope: Envelope;
  readonly proposal: Proposal;
  readonly signals: readonly Signal[];
  readonly validation: ValidationReport;
}

/** What the control plane would know. */
function deriveHere({ now, targets, estate, authority }: WorldPlan, parts: FactParts): DerivedFacts {
  const { bundle, envelope, proposal, signals, validation } = parts;
  const { action } = proposal.change;
  const at = validation.finishedAt;
  return deriveFacts({
    now,
    proposal,
    envelope,
    graph: indexGraph(makeGraph(now, estate ?? targets, authority === 'staging' ? 'staging' : 'production')),
    healthKnown: () => true,
    roster: bundle.agents,
    signals: signals.map((signal) => ({ signal, isAuthenticated: true })),
    sources: bundle.keys.relays,
    schedules: [],
    validation,
    drills: targets.map(({ tier }) => ({ action, tier, isPassed: true, at })),
    operations: [],
    isBreakerOpen: false,
    isSuspended: false,
  });
}

interface DecisionParts {
  readonly proposal: Proposal;
  readonly envelope: Envelope;
  readonly bundle: TrustBundle;
  readonly derived: DerivedFacts;
  readonly graphDigest: Digest;
  readonly stage: Decision['stage'];
}

function decideHere({ proposal, envelope, bundle, derived, graphDigest, stage }: DecisionParts): Decision {
  const digest = digestOfDocument(envelope);
  const compiled = compileEnvelope(envelope);
  const admins = bundle.people.filter(({ roles }) => roles.some((role) => role === 'policy-admin'));
  const signatures = admins.map(({ id, roles }) => ({ person: id, roles, digest }));
  const now = plusMs(envelope.validFrom, 1);
  const active = good(activate({ envelope, digest, now, signatures, authors: [] }));
  return decide({
    proposal,
    stage,
    derived,
    envelope: { kind: 'active', active },
    graph: { digest: graphDigest, version: GRAPH_VERSION },
    floor: bundle.floor,
    oracle: ({ action, attributes, mode }) => {
      const { isAllowed, determining } = evaluateAttributes(compiled, { action, attributes, mode });
      return { kind: 'answer', isAllowed, determining, engine: OWN_ENGINE };
    },
    compiled,
  });
}
