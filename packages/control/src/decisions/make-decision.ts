/** One decision: facts from the tables and the signed documents, one pure question, a document that replays it (D1, D2). */
import {
  decide,
  deriveFacts,
  nodeOf,
  readShape,
  statusShape,
  type Decision,
  type DerivedFacts,
  type Digest,
  type Instant,
  type Oracle,
  type Proposal,
} from '@countersign/core';
import { canonicalBytes, digestOf, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import type { Authority } from './authority.ts';
import type { Knowledge } from './load-knowledge.ts';

export interface DecisionMade {
  readonly decision: Decision;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly derived: DerivedFacts;
}

export interface Deciding {
  readonly proposal: Proposal;
  readonly stage: Decision['stage'];
  readonly authority: Authority;
  readonly knowledge: Knowledge;
  readonly oracle: Oracle;
  readonly now: Instant;
}

export function makeDecision({ proposal, stage, authority, knowledge, oracle, now }: Deciding): DecisionMade {
  const { envelope, graph, trust } = authority;
  const derived = deriveFacts({
    now,
    proposal,
    ...(envelope !== undefined && { envelope: envelope.envelope }),
    ...(graph !== undefined && { graph: graph.index }),
    // Hosts and services answer for their own health; of segments, credentials and groups nobody can ask it (X4).
    healthKnown: (node) => {
      const kind = graph === undefined ? undefined : nodeOf(graph.index, node)?.kind;
      return kind === 'host' || kind === 'service';
    },
    roster: trust.bundle.agents,
    signals: knowledge.signals,
    sources: authority.sources,
    knownBenign: [],
    ...(knowledge.validation !== undefined && { validation: knowledge.validation.report }),
    drills: knowledge.drills,
    operations: knowledge.operations,
    isBreakerOpen: knowledge.isBreakerOpen,
    isSuspended: isSuspended(knowledge.status, proposal),
  });
  const decision = decide({
    proposal,
    stage,
    derived,
    envelope: authority.inForce,
    ...(graph !== undefined && { graph: { digest: graph.digest, version: graph.index.snapshot.version } }),
    floor: trust.bundle.floor,
    oracle,
    ...(envelope !== undefined && { compiled: envelope.compiled }),
  });
  const bytes = canonicalBytes(decision);
  return { decision, digest: digestOf(bytes), bytes, derived };
}

/** What the witness last said; it was verified when it was stored. Its age is judged by the runner, which is the one that acts. */
function isSuspended(status: DsseEnvelope | undefined, { change }: Proposal): boolean {
  if (status === undefined) return false;
  const payload = payloadOf(status);
  const document = payload.ok ? readStrictJson(payload.value) : payload;
  const read = document.ok ? readShape(statusShape, document.value) : document;
  // A status that cannot be read says nothing good.
  return !read.ok || read.value.halts.includes('all') || read.value.suspendedActions.includes(change.action);
}
