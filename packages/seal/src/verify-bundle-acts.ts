/** The acts inside a bundle: what was decided, validated, signed by people, executed and seen, each by its own signature (V1, V4). */
import {
  graphSnapshotShape,
  ok,
  refuse,
  signalStatementShape,
  statusShape,
  type Capsule,
  type DerivedValue,
  type Digest,
  type EvidenceClosure,
  type Instant,
  type Result,
  type RolloutCounts,
  type Shape,
  type TrustBundle,
} from '@countersign/core';
import { decodeBase64 } from './base64.ts';
import { eachOf, keysOf, openSigned, prefixed, type VerifiedLeaf } from './bundle-envelope.ts';
import { readCapsule } from './capsule-statement.ts';
import { digestOf } from './digest.ts';
import { MAX_GRAPH_BYTES, payloadOf, type DsseEnvelope } from './dsse.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';
import type { PublicKey } from './keys.ts';
import { LeafPlaces } from './leaf-places.ts';
import { isJsonObject } from './statement.ts';
import { readStrictJson, type JsonObject } from './strict-json.ts';
import { verifyAuthority } from './verify-bundle-authority.ts';
import { verifyCampaigns } from './verify-bundle-campaigns.ts';
import { checkOnce } from './verify-bundle-once.ts';
import { verifyClosures } from './verify-bundle-closures.ts';
import { verifyExecution } from './verify-bundle-execution.ts';
import { checkOwed } from './verify-bundle-owed.ts';
import type { OpenedPolicy } from './open-policy.ts';
import { keysUsable, predecessorsIn, verifyBundledPolicy, type PolicyContext } from './verify-bundle-policies.ts';
import { firstReliance, type Reliance } from './verify-bundle-reliance.ts';
import { openDrills, openValidations } from './verify-bundle-validations.ts';
import { PAYLOAD } from './wire.ts';

export interface VerifiedCapsule {
  readonly digest: Digest;
  readonly capsule: Capsule;
  readonly decision: JsonObject;
}
/** One capsule as the file proves it. */
export interface CapsuleReport {
  readonly digest: Digest;
  readonly purpose: Capsule['purpose'];
  readonly environment: string;
  readonly verdict: string;
  /** Its dispatch is in the witnessed record. */
  readonly isDispatched: boolean;
  readonly approvedBy: readonly { readonly person: string; readonly role: string }[];
  /** From the runner's signed events; absent when none are in the file. */
  readonly phase?: string;
  readonly counts?: RolloutCounts;
  readonly outcome?: string;
  /** What the runner worked out from fields that stay inside: its word, no proof (V2). */
  readonly derived?: readonly DerivedValue[];
  readonly egress: Capsule['egress'];
  /** A named person carried out what became of it, where the evidence stays inside (V2). */
  readonly closed?: Pick<EvidenceClosure, 'verdict' | 'person' | 'evidence'>;
  /** Its decision foresaw what the act would do (D4). */
  readonly hasPrediction: boolean;
}
export interface VerifiedActs {
  readonly changeDigests: readonly Digest[];
  readonly capsules: readonly CapsuleReport[];
  /** Passed and signed by a staging runner for exactly this change. */
  readonly isStagingValidated: boolean;
  readonly validations: number;
  /** Reports that show that this action was taken back on these tiers before (X6). */
  readonly drills: number;
  /** Its own validation run was taken back and the before-state proved. */
  readonly isDrilled: boolean;
  readonly signals: number;
}
/** A file whose frame and record hold. */
export interface ActQuestion {
  readonly versions: readonly TrustBundle[];
  readonly newest: TrustBundle;
  readonly leaves: readonly VerifiedLeaf[];
  /** Documents that many remediations share, opened once for a whole export. */
  readonly opened?: OpenedOnce;
}
export interface ActContext extends ActQuestion {
  readonly places: LeafPlaces;
}
export interface OpenedOnce {
  readonly policies: WeakMap<DsseEnvelope, Map<number, Result<OpenedPolicy>>>;
  readonly graphs: WeakMap<DsseEnvelope, Result<Digest>>;
}

export function verifyActs(bundle: EvidenceBundle, question: ActQuestion): Result<VerifiedActs> {
  const context: ActContext = { ...question, places: new LeafPlaces(question.leaves) };
  const single = checkOnce(bundle);
  if (!single.ok) return single;
  const named = openNamed(bundle, context);
  if (!named.ok) return named;
  const capsules = openCapsules(bundle, context, named.value);
  if (!capsules.ok) return capsules;
  const owed = checkOwed(capsules.value, context);
  if (!owed.ok) return owed;
  const validations = openValidations(bundle, context, capsules.value);
  if (!validations.ok) return validations;
  const drills = openDrills(bundle, context, capsules.value);
  if (!drills.ok) return drills;
  const campaigns = verifyCampaigns(bundle, context, capsules.value);
  if (!campaigns.ok) return campaigns;
  const authority = verifyAuthority(bundle, context, {
    capsules: capsules.value,
    policies: named.value.envelopes,
    validations: validations.value,
    campaigns: campaigns.value,
  });
  if (!authority.ok) return authority;
  const execution = verifyExecution(bundle, context, capsules.value);
  if (!execution.ok) return execution;
  const closures = verifyClosures(context, capsules.value);
  if (!closures.ok) return closures;
  const unrecorded = capsules.value.find(
    ({ digest }) => execution.value.has(digest) && authority.value.get(digest) === undefined,
  );
  if (unrecorded !== undefined)
    return refuse('bad-proof', 'a capsule ran whose dispatch is not in the record', { clause: 'V3' });
  return ok({
    changeDigests: [...new Set(capsules.value.map(({ capsule }) => capsule.changeDigest))],
    isStagingValidated: validations.value.some(({ isPassed }) => isPassed),
    validations: validations.value.length,
    drills: drills.value.length,
    isDrilled: validations.value.some(({ drill }) => drill?.isRestored === true),
    signals: bundle.signals.length,
    capsules: capsules.value.map(({ digest, capsule, decision }) => ({
      digest,
      purpose: capsule.purpose,
      environment: capsule.environment,
      verdict: capsule.decision.verdict,
      egress: capsule.egress,
      hasPrediction: decision['prediction'] !== undefined,
      isDispatched: authority.value.has(digest),
      approvedBy: authority.value.get(digest) ?? [],
      ...execution.value.get(digest),
      ...closedBy(closures.value.get(digest)),
    })),
  });
}

const closedBy = (closure: EvidenceClosure | undefined): Pick<CapsuleReport, 'closed'> =>
  closure === undefined
    ? {}
    : { closed: { verdict: closure.verdict, person: closure.person, evidence: closure.evidence } };

interface Named {
  readonly envelopes: ReadonlyMap<Digest, OpenedPolicy>;
  readonly graphs: ReadonlySet<Digest>;
  readonly documents: ReadonlyMap<Digest, JsonObject>;
}

/** Documents that others name by digest: each opened by the keys of whoever had to sign it. */
function openNamed(bundle: EvidenceBundle, context: ActContext): Result<Named> {
  const keys = context.versions.map((version) => version.keys);
  const predecessors = predecessorsIn(bundle.predecessors);
  if (!predecessors.ok) return prefixed('an earlier authority envelope', predecessors.refusal);
  const documents = openDocuments(bundle, context);
  if (!documents.ok) return documents;
  const { organisation } = bundle;
  const relied = firstReliance(context.leaves, documents.value);
  const policies: Omit<PolicyContext, 'at'> = {
    organisation,
    versions: context.versions,
    predecessors: predecessors.value,
  };
  const envelopes = eachOf(bundle.envelopes, (envelope) =>
    openPolicyOnce(envelope, { known: context.opened?.policies, policies, relied, madeAt: bundle.madeAt }),
  );
  if (!envelopes.ok) return prefixed('an authority envelope', envelopes.refusal);
  const owners = keysOf(keys.flatMap(({ graphOwners }) => graphOwners));
  const graphs = eachOf(bundle.graphs, (graph) =>
    once(context.opened?.graphs, graph, () => {
      const opened = openSigned(
        graph,
        { payloadType: PAYLOAD.graph, trusted: owners, maxBytes: MAX_GRAPH_BYTES },
        graphSnapshotShape,
      );
      return opened.ok ? ok(opened.value.digest) : opened;
    }),
  );
  if (!graphs.ok) return prefixed('a system graph', graphs.refusal);
  const relays = keysOf(keys.flatMap((key) => key.relays));
  const signals = eachOf(bundle.signals, (signal) =>
    openSigned(signal, { payloadType: PAYLOAD.signal, trusted: relays }, signalStatementShape),
  );
  if (!signals.ok) return prefixed('a signal', signals.refusal);
  const signers = keysOf(keys.flatMap(({ statusSigners }) => statusSigners));
  const status =
    bundle.status === undefined
      ? ok(true)
      : openSigned(bundle.status, { payloadType: PAYLOAD.status, trusted: signers }, statusShape);
  if (!status.ok) return prefixed('the status statement', status.refusal);
  return ok({
    envelopes: new Map(envelopes.value.map((policy) => [policy.digest, policy])),
    graphs: new Set(graphs.value),
    documents: documents.value,
  });
}

function once(
  known: WeakMap<DsseEnvelope, Result<Digest>> | undefined,
  envelope: DsseEnvelope,
  open: () => Result<Digest>,
): Result<Digest> {
  const result = known?.get(envelope) ?? open();
  known?.set(envelope, result);
  return result;
}

interface PolicyOnce {
  readonly known: OpenedOnce['policies'] | undefined;
  readonly policies: Omit<PolicyContext, 'at'>;
  readonly relied: Reliance;
  readonly madeAt: Instant;
}

/** Again only where other keys had become usable by the time something relied on it. */
function openPolicyOnce(envelope: DsseEnvelope, { known, policies, relied, madeAt }: PolicyOnce): Result<OpenedPolicy> {
  const read = payloadOf(envelope);
  if (!read.ok) return read;
  const at = relied.get(digestOf(read.value))?.leaf.at ?? madeAt;
  const results = known?.get(envelope) ?? new Map<number, Result<OpenedPolicy>>();
  const epoch = keysUsable(policies.versions, at);
  const result = results.get(epoch) ?? verifyBundledPolicy(envelope, { ...policies, at });
  results.set(epoch, result);
  known?.set(envelope, results);
  return result;
}

/** Documents by digest; bodies of leaves are documents too, a decision is one. */
function openDocuments(bundle: EvidenceBundle, { leaves }: ActContext): Result<ReadonlyMap<Digest, JsonObject>> {
  const encoded = bundle.documents.map((text) => decodeBase64(text));
  const bytes = [...encoded, ...leaves.map(({ body }) => body)].filter((one) => one !== undefined);
  if (encoded.includes(undefined)) return refuse('malformed', 'a document is not base64');
  const documents = new Map<Digest, JsonObject>();
  for (const one of bytes) {
    const json = readStrictJson(one, { maxBytes: 8_388_608 });
    if (!json.ok) return json;
    if (isJsonObject(json.value)) documents.set(digestOf(one), json.value);
  }
  return ok(documents);
}

function openCapsules(
  bundle: EvidenceBundle,
  { versions }: ActContext,
  named: Named,
): Result<readonly VerifiedCapsule[]> {
  const trusted = keysOf(versions.flatMap(({ keys }) => keys.capsuleSigners));
  const opened = eachOf(bundle.capsules, (envelope) => openCapsule(envelope, { bundle, trusted, named }));
  return opened.ok ? opened : prefixed('a capsule', opened.refusal);
}

const anyObject: Shape<JsonObject> = {
  schema: { type: 'object' },
  // INVARIANT: only called on values that `readStrictJson` made.
  read: (value, at, complaints) =>
    isObject(value) ? value : void complaints.push({ at, problem: 'must be an object' }),
};
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function openCapsule(
  envelope: DsseEnvelope,
  about: { readonly bundle: EvidenceBundle; readonly trusted: readonly PublicKey[]; readonly named: Named },
): Result<VerifiedCapsule> {
  const { bundle, trusted, named } = about;
  const opened = openSigned(envelope, { payloadType: PAYLOAD.capsule, trusted }, anyObject);
  if (!opened.ok) return opened;
  const { payload, digest } = opened.value;
  const read = readCapsule(payload);
  if (!read.ok) return read;
  const { capsule } = read.value;
  const decision = named.documents.get(capsule.decision.digest);
  const problem = [
    [
      capsule.organisation === bundle.organisation && capsule.proposal.id === bundle.proposal,
      'it belongs to another remediation',
    ],
    [named.envelopes.has(capsule.envelope.digest), 'its authority envelope is not in the file'],
    [named.graphs.has(capsule.graph.digest), 'its system graph is not in the file'],
    [named.documents.has(capsule.riskAssessment), 'its risk assessment is not in the file'],
    [decision !== undefined, 'its decision is not in the file'],
    [decision?.['verdict'] === capsule.decision.verdict, 'its verdict is not that of its decision'],
    [decision?.['changeDigest'] === capsule.changeDigest, 'its decision is about another change'],
    [decision?.['proposal'] === capsule.proposal.id, 'its decision is about another proposal'],
  ] as const;
  const wrong = problem.find(([isRight]) => !isRight);
  if (wrong !== undefined || decision === undefined)
    return refuse('bad-proof', wrong?.[1] ?? 'its decision is not in the file');
  return ok({ digest, capsule, decision });
}
