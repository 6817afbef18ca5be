/**
 * The decision reached again (D2, X1): from the recorded facts it must come out as recorded, and from the facts that are backed
 * here it must not come out stricter than what the capsule claims. Own evaluator only; the second engine ran where it was decided.
 */
import {
  activate,
  compileEnvelope,
  decide,
  evaluateAttributes,
  ok,
  OWN_ENGINE,
  refuse,
  replayDecision as replayRecorded,
  type ActiveEnvelope,
  type CompiledEnvelope,
  type Decision,
  type Envelope,
  type Oracle,
  type Person,
  type ProvedNarrowing,
  type RecordedDecision,
  type Result,
} from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import type { FactQuestion, OwnFacts } from './backed-facts.ts';

export interface Replayed {
  readonly own: Decision;
}

/** Stands in for the second engine with our own answer, which the caller of `decide` requires. */
const ownOracle =
  (compiled: CompiledEnvelope): Oracle =>
  ({ action, attributes, mode }) => {
    const { isAllowed, determining } = evaluateAttributes(compiled, { action, attributes, mode });
    return { kind: 'answer', isAllowed, determining, engine: OWN_ENGINE };
  };

/** An envelope is compiled once: the verified document is the same object for each capsule that names it. */
const compilations = new WeakMap<Envelope, CompiledEnvelope>();

function compiledOf(envelope: Envelope): CompiledEnvelope {
  const known = compilations.get(envelope);
  if (known !== undefined) return known;
  const compiled = compileEnvelope(envelope);
  compilations.set(envelope, compiled);
  return compiled;
}

export interface ReplayQuestion extends Pick<FactQuestion, 'capsule' | 'envelope' | 'trust' | 'now'> {
  readonly recorded: RecordedDecision;
  readonly own: OwnFacts;
  readonly signers: readonly Person[];
  /** Proved when the envelope was opened; without it two signatures are asked for. */
  readonly narrowing?: ProvedNarrowing;
}

export function replayDecision(question: ReplayQuestion): Result<Replayed> {
  const { recorded, own, capsule } = question;
  const active = activeOf(question);
  if (!active.ok) return active;
  const compiled = compiledOf(question.envelope);
  const again = replayRecorded(recorded, {
    envelope: { kind: 'active', active: active.value },
    floor: question.trust.bundle.floor,
    compiled,
  });
  if (again.verdict !== recorded.verdict)
    return refuse('decision-differs', `the recorded facts give ${again.verdict}, the record says ${recorded.verdict}`, {
      clause: 'D2',
    });
  // The same bytes or it is another decision: what it says to people of why was said by somebody else (D2).
  if (digestOf(canonicalBytes(again)) !== capsule.decision.digest)
    return refuse('decision-differs', 'the recorded facts do not give the decision that the capsule names', {
      clause: 'D2',
    });
  // L7: whether staging is still ahead is not for the server to say: a rollout is after it, or nothing comes after.
  const stage = capsule.purpose === 'rollout' ? 'after-staging' : recorded.stage;
  const mine = decideHere(question, { active: active.value, compiled, own, stage });
  if (mine.verdict === 'prohibited' && capsule.purpose === 'rollout')
    return refuse('prohibited', `the facts known here prohibit it: ${mine.reasons[0]?.text ?? 'no reason'}`, {
      clause: 'D1',
    });
  return ok({ own: mine });
}

/** The signatures were verified before; this asks again who the signers are and makes the proof the decision wants. */
function activeOf({ envelope, capsule, signers, narrowing, now }: ReplayQuestion): Result<ActiveEnvelope> {
  const { digest } = capsule.envelope;
  const owners = signers.filter(({ id }) => id === envelope.owner).map(({ id }) => id);
  const signatures = signers.map(({ id, roles }) => ({ person: id, roles, digest }));
  return activate({
    envelope,
    digest,
    now,
    signatures,
    authors: owners,
    ...(narrowing !== undefined && { narrowing }),
  });
}

interface Inputs {
  readonly active: ActiveEnvelope;
  readonly compiled: CompiledEnvelope;
  readonly own: OwnFacts;
  readonly stage: Decision['stage'];
}

/** What is known here, decided anew. */
function decideHere({ recorded, capsule, trust }: ReplayQuestion, { active, compiled, own, stage }: Inputs): Decision {
  return decide({
    proposal: { id: recorded.proposal, revision: recorded.revision, changeDigest: recorded.changeDigest },
    stage,
    derived: own,
    envelope: { kind: 'active', active },
    graph: capsule.graph,
    floor: trust.bundle.floor,
    oracle: ownOracle(compiled),
    compiled,
  });
}
