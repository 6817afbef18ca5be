/** The system graph signed by its owner, young enough, and this enclave's own word on how critical each target is (G1, G3, X1). */
import {
  graphSnapshotShape,
  leastTier,
  ok,
  plusMs,
  readShape,
  refuse,
  TIERS,
  type Capsule,
  type Classified,
  type Digest,
  type Envelope,
  type GraphSnapshot,
  type Instant,
  type Result,
  type TierRule,
} from '@countersign/core';
import {
  digestOf,
  MAX_GRAPH_BYTES,
  PAYLOAD,
  readStrictJson,
  verifyEnvelope,
  type DsseEnvelope,
} from '@countersign/seal';
import type { Inventory } from '../preflight/inventory.ts';
import { SKEW_MS } from './context.ts';
import type { KnownDocuments } from './known-documents.ts';
import type { Trust } from './trust.ts';

const MINUTE_MS = 60_000;

/** The owner's signature over exactly the bytes of this digest; nothing about its age. */
export type VerifiedGraph = GraphSnapshot;

export function verifyGraph(signed: DsseEnvelope, trust: Trust, digest: Digest): Result<VerifiedGraph> {
  const rule = { payloadType: PAYLOAD.graph, trusted: trust.graphOwners, threshold: 1 };
  const verified = verifyEnvelope(signed, rule);
  if (!verified.ok) return refuse('graph-unsigned', `the graph: ${verified.refusal.detail}`, { clause: 'G3' });
  if (digestOf(verified.value.payload) !== digest)
    return refuse('graph-other', 'the graph is not the one the capsule names', { clause: 'G3' });
  const json = readStrictJson(verified.value.payload, { maxBytes: MAX_GRAPH_BYTES });
  return json.ok ? readShape(graphSnapshotShape, json.value) : json;
}

interface GraphQuestion {
  readonly capsule: Capsule;
  readonly envelope: Envelope;
  readonly trust: Trust;
  readonly documents: KnownDocuments;
  readonly now: Instant;
}

/** `signed` is absent when the graph was delivered before. */
export function checkGraph(signed: DsseEnvelope | undefined, question: GraphQuestion): Result<GraphSnapshot> {
  const { capsule, envelope, trust, documents, now } = question;
  const { digest } = capsule.graph;
  const graph = signed === undefined ? documents.graph(digest, trust) : verifyGraph(signed, trust, digest);
  if (!graph.ok) return graph;
  if (graph.value.organisation !== capsule.organisation)
    return refuse('graph-other', 'the graph is of another organisation', { clause: 'O3' });
  if (!isGraphFresh(graph.value, envelope, now))
    return refuse('graph-stale', `the graph is of ${graph.value.takenAt}`, { clause: 'G3' });
  return graph;
}

const isGraphFresh = ({ takenAt }: GraphSnapshot, { maxGraphAgeMinutes }: Envelope, now: Instant): boolean =>
  takenAt <= plusMs(now, SKEW_MS) && plusMs(now, SKEW_MS) <= plusMs(takenAt, maxGraphAgeMinutes * MINUTE_MS);

/** When the snapshot is too old to authorise anything, also the next cohort of what runs (G3, I5). */
export const graphValidUntil = ({ takenAt }: GraphSnapshot, { maxGraphAgeMinutes }: Envelope): Instant =>
  plusMs(takenAt, maxGraphAgeMinutes * MINUTE_MS);

interface LocalWord {
  readonly inventory: Inventory;
  /** What the registrars say: it can only raise. */
  readonly rules: readonly TierRule[];
  readonly graph: GraphSnapshot;
}

/** Every target is known here, and none is called less critical than it is here, by the inventory or by the trust bundle. */
export function checkLocalTargets(capsule: Capsule, { inventory, rules, graph }: LocalWord): Result<true> {
  const classified = rules.length === 0 ? undefined : classifiedBy(graph, capsule);
  for (const { id, tier } of capsule.targets) {
    const local = inventory.targets.get(id);
    if (local === undefined)
      return refuse('unknown-target', `\`${id}\` is not in the inventory of this enclave`, { clause: 'T17' });
    const ruled = classified === undefined ? undefined : leastTier(rules, classified(id));
    const least = ruled !== undefined && TIERS.indexOf(ruled) > TIERS.indexOf(local.tier) ? ruled : local.tier;
    if (TIERS.indexOf(tier) < TIERS.indexOf(least))
      return refuse('tier-lowered', `\`${id}\` is ${least} here, the capsule says ${tier}`, { clause: 'G1' });
  }
  return ok(true);
}

/** Segments and addresses of the targets, as the owner of the graph signed them. */
function classifiedBy({ nodes, edges }: GraphSnapshot, { targets }: Capsule): (id: string) => Classified {
  const named = new Set<string>(targets.map(({ id }) => id));
  const addresses = new Map<string, readonly string[]>();
  for (const { id, addresses: own = [], cidr } of nodes)
    if (named.has(id)) addresses.set(id, cidr === undefined ? own : [...own, cidr]);
  const segments = new Map<string, string[]>();
  for (const { from, to, kind } of edges)
    if (kind === 'member-of-segment' && named.has(from)) segments.set(from, [...(segments.get(from) ?? []), to]);
  return (id) => ({ id, segments: segments.get(id) ?? [], addresses: addresses.get(id) ?? [] });
}
