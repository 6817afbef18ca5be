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
  type Documents,
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
    sources: authority.sources.map((source) => ({
      ...source,
      categories: knowledge.categories.get(source.source) ?? [],
    })),
    schedules: knowledge.schedules,
    labels: knowledge.labels,
    ...(knowledge.validation !== undefined && { validation: knowledge.validation.report }),
    drills: knowledge.drills,
    operations: knowledge.operations,
    isBreakerOpen: knowledge.isBreakerOpen,
    isSuspended: knowledge.agent.isSuspended || isSuspended(knowledge.status, proposal),
    isBaselineLeft: knowledge.agent.isBaselineLeft,
    contractions: knowledge.contractions,
    skips: knowledge.skips,
    documents: documentsOf(authority, knowledge),
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

/** The signed documents that were read, by digest; what the record says is named by the heads it was read under. */
function documentsOf({ envelope, graph, trust }: Authority, { validation, heads }: Knowledge): Documents {
  return {
    ...(graph !== undefined && { 'graph-owner': [graph.digest] }),
    ...(envelope !== undefined && { envelope: [envelope.digest] }),
    ...(validation !== undefined && { 'staging-runner': [validation.capsule] }),
    record: [heads.bundle ?? trust.digest],
  };
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
