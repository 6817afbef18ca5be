/**
 * Whether a decision follows (D2): the rules that policy admins signed are put again to the facts it recorded, under the floor of a
 * roster that the root keys signed. Whoever holds the key of the capsule signer can write any verdict; it does not come out of these rules.
 */
import {
  activate,
  compileEnvelope,
  ok,
  readRecordedDecision,
  refuse,
  replayDecision,
  type ActiveEnvelope,
  type CompiledEnvelope,
  type Decision,
  type Instant,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import { digestOfDocument } from './digest.ts';
import type { OpenedPolicy } from './open-policy.ts';
import type { VerifiedCapsule } from './verify-bundle-acts.ts';

interface Rules {
  readonly active: ActiveEnvelope;
  readonly compiled: CompiledEnvelope;
}

/** Of thousands of remediations most share an envelope. */
const known = new WeakMap<OpenedPolicy, Result<Rules>>();

function rulesOf(policy: OpenedPolicy): Result<Rules> {
  const before = known.get(policy);
  if (before !== undefined) return before;
  const rules = compile(policy);
  known.set(policy, rules);
  return rules;
}

function compile({ envelope, digest, signers, narrowing }: OpenedPolicy): Result<Rules> {
  const active = activate({
    envelope,
    digest,
    // Its form and signatures are checked here, its dates where something rests on them.
    now: envelope.validFrom,
    signatures: signers.map(({ id, roles }) => ({ person: id, roles, digest })),
    // The owner may sign and does not count (E3).
    authors: signers.filter(({ id }) => id === envelope.owner).map(({ id }) => id),
    ...(narrowing !== undefined && { narrowing }),
  });
  return active.ok ? ok({ active: active.value, compiled: compileEnvelope(envelope) }) : active;
}

/** `dispatchedAt`: the envelope has to be in force then too, as well as when it was decided. */
export function decidedAgain(
  { capsule, decision }: VerifiedCapsule,
  about: { readonly policy: OpenedPolicy; readonly floor: TrustBundle['floor']; readonly dispatchedAt: Instant },
): Result<Decision> {
  const rules = rulesOf(about.policy);
  if (!rules.ok) return rules;
  const { active, compiled } = rules.value;
  const late = active.refusalAt(about.dispatchedAt);
  if (late !== undefined)
    return refuse('bad-proof', `it was dispatched when no envelope let it: ${late.detail}`, { clause: 'E2' });
  const recorded = readRecordedDecision(decision);
  if (!recorded.ok) return recorded;
  const { envelope, graph, revision, facts } = recorded.value;
  const problem = (
    [
      [envelope.digest === capsule.envelope.digest, 'its decision is about another authority envelope'],
      [graph.digest === capsule.graph.digest, 'its decision is about another system graph'],
      [revision === capsule.proposal.revision, 'its decision is about another revision'],
      [digestOfDocument(facts) === capsule.decision.inputs.facts, 'its decision has other facts'],
    ] as const
  ).find(([isRight]) => !isRight);
  if (problem !== undefined) return refuse('bad-proof', problem[1], { clause: 'D2' });
  const again = replayDecision(recorded.value, { envelope: { kind: 'active', active }, floor: about.floor, compiled });
  if (again.verdict === capsule.decision.verdict) return ok(again);
  const why = again.reasons[0]?.text ?? 'without a reason';
  const detail = `a capsule says ${capsule.decision.verdict}, its facts give ${again.verdict} (${why})`;
  return refuse('bad-proof', detail, { clause: 'D2' });
}
