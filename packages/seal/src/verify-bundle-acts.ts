/** The acts inside a bundle: what was decided, validated, signed by people, executed and seen, each by its own signature (V1, V4). */
import {
  capsuleShape,
  envelopeShape,
  graphSnapshotShape,
  ok,
  POLICY_ADMIN_ROLE,
  readShape,
  refuse,
  signalStatementShape,
  statusShape,
  validationReportShape,
  type Capsule,
  type Digest,
  type Result,
  type RolloutCounts,
  type Shape,
  type TrustBundle,
  type ValidationReport,
} from '@countersign/core';
import { decodeBase64 } from './base64.ts';
import { keysOf, openSigned, type VerifiedLeaf } from './bundle-envelope.ts';
import { changeDigestOf } from './change-digest.ts';
import { digestOf } from './digest.ts';
import { payloadOf, type DsseEnvelope } from './dsse.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';
import { verifyHumanSignature } from './human-signature.ts';
import { decodePublicKey, type PublicKey } from './keys.ts';
import { isJsonObject, readStatement } from './statement.ts';
import { readStrictJson, type JsonObject } from './strict-json.ts';
import { verifyAuthority } from './verify-bundle-authority.ts';
import { verifyExecution } from './verify-bundle-execution.ts';
import { CAPSULE_PREDICATE, PAYLOAD } from './wire.ts';

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
}
export interface VerifiedActs {
  readonly changeDigests: readonly Digest[];
  readonly capsules: readonly CapsuleReport[];
  /** Passed and signed by a staging runner for exactly this change. */
  readonly isStagingValidated: boolean;
  readonly signals: number;
}
export interface ActContext {
  readonly versions: readonly TrustBundle[];
  readonly newest: TrustBundle;
  readonly leaves: readonly VerifiedLeaf[];
}

export function verifyActs(bundle: EvidenceBundle, context: ActContext): Result<VerifiedActs> {
  const named = openNamed(bundle, context);
  if (!named.ok) return named;
  const capsules = openCapsules(bundle, context, named.value);
  if (!capsules.ok) return capsules;
  const validations = openValidations(bundle, context, capsules.value);
  if (!validations.ok) return validations;
  const authority = verifyAuthority(bundle, context, { capsules: capsules.value, validations: validations.value });
  if (!authority.ok) return authority;
  const execution = verifyExecution(bundle, context, capsules.value);
  if (!execution.ok) return execution;
  const unrecorded = capsules.value.find(
    ({ digest }) => execution.value.has(digest) && authority.value.get(digest) === undefined,
  );
  if (unrecorded !== undefined)
    return refuse('bad-proof', 'a capsule ran whose dispatch is not in the record', { clause: 'V3' });
  return ok({
    changeDigests: [...new Set(capsules.value.map(({ capsule }) => capsule.changeDigest))],
    isStagingValidated: validations.value.some(({ isPassed }) => isPassed),
    signals: bundle.signals.length,
    capsules: capsules.value.map(({ digest, capsule }) => ({
      digest,
      purpose: capsule.purpose,
      environment: capsule.environment,
      verdict: capsule.decision.verdict,
      isDispatched: authority.value.has(digest),
      approvedBy: authority.value.get(digest) ?? [],
      ...execution.value.get(digest),
    })),
  });
}

interface Named {
  readonly envelopes: ReadonlySet<Digest>;
  readonly graphs: ReadonlySet<Digest>;
  readonly documents: ReadonlyMap<Digest, JsonObject>;
}

/** Documents that others name by digest: each opened by the keys of whoever had to sign it. */
function openNamed(bundle: EvidenceBundle, context: ActContext): Result<Named> {
  const keys = context.versions.map((version) => version.keys);
  const envelopes = eachOf(bundle.envelopes, (envelope) => openPolicy(envelope, context));
  if (!envelopes.ok) return prefixed('an authority envelope', envelopes.refusal);
  const owners = keysOf(keys.flatMap(({ graphOwners }) => graphOwners));
  const graphs = eachOf(bundle.graphs, (graph) =>
    openSigned(graph, { payloadType: PAYLOAD.graph, trusted: owners }, graphSnapshotShape),
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
  const documents = openDocuments(bundle, context);
  if (!documents.ok) return documents;
  return ok({
    envelopes: new Set(envelopes.value),
    graphs: new Set(graphs.value.map((graph) => graph.digest)),
    documents: documents.value,
  });
}

const prefixed = (what: string, { code, detail }: { readonly code: string; readonly detail: string }): Result<never> =>
  refuse(code, `${what}: ${detail}`, { clause: 'V4' });

function eachOf<In, Out>(items: readonly In[], open: (item: In) => Result<Out>): Result<readonly Out[]> {
  const opened: Out[] = [];
  for (const item of items) {
    const one = open(item);
    if (!one.ok) return one;
    opened.push(one.value);
  }
  return ok(opened);
}

/** Signed by policy admins of a roster the root keys vouch for; every signature must be one of theirs. */
function openPolicy(envelope: DsseEnvelope, { versions }: ActContext): Result<Digest> {
  if (envelope.payloadType !== PAYLOAD.envelope) return refuse('wrong-type', 'it is of another type');
  const payload = payloadOf(envelope);
  const json = payload.ok ? readStrictJson(payload.value, { maxBytes: 1_048_576 }) : payload;
  const document = json.ok ? readShape(envelopeShape, json.value) : json;
  if (!payload.ok || !document.ok) return refuse('malformed', 'it does not have its form');
  const admins = versions.flatMap(({ people }) =>
    people.filter(({ roles }) => roles.some((role) => role === POLICY_ADMIN_ROLE)),
  );
  const isSigned = envelope.signatures.every((_, index) =>
    admins.some(({ credentials }) =>
      credentials.some((credential) => verifyHumanSignature(envelope, index, credential).ok),
    ),
  );
  return isSigned ? ok(digestOf(payload.value)) : refuse('bad-signature', 'a signature is not of a policy admin');
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
  const statement = readStatement(payload, CAPSULE_PREDICATE);
  const read = statement.ok ? readShape(capsuleShape, statement.value.predicate) : statement;
  if (!read.ok) return read;
  const capsule = read.value;
  const decision = named.documents.get(capsule.decision.digest);
  const problem = [
    [
      capsule.organisation === bundle.organisation && capsule.proposal.id === bundle.proposal,
      'it belongs to another remediation',
    ],
    [changeDigestOf(capsule) === capsule.changeDigest, 'its change is not the one its digest names'],
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

/** The staging runner's word, for a run this file holds and exactly its change (L4). */
function openValidations(
  bundle: EvidenceBundle,
  { versions }: ActContext,
  capsules: readonly VerifiedCapsule[],
): Result<readonly ValidationReport[]> {
  const runners = versions.flatMap(({ keys }) => keys.runners.filter(({ environment }) => environment === 'staging'));
  const opened = eachOf(bundle.validations, (envelope) => {
    const report = openSigned(
      envelope,
      { payloadType: PAYLOAD.validation, trusted: keysOf(runners) },
      validationReportShape,
    );
    if (!report.ok) return report;
    const { document, signers } = report.value;
    const run = capsules.find(({ digest }) => digest === document.capsule)?.capsule;
    const isOwn = runners.some(
      ({ runner, publicKey }) => runner === document.runner && signers.includes(keyidOf(publicKey)),
    );
    const isOfThis =
      run?.purpose === 'validation' &&
      run.changeDigest === document.changeDigest &&
      document.proposal === bundle.proposal;
    return isOwn && isOfThis ? ok(document) : refuse('bad-proof', 'it is not about a run of this file');
  });
  return opened.ok ? opened : prefixed('a validation report', opened.refusal);
}

function keyidOf(publicKey: string): string {
  const key = decodePublicKey(publicKey);
  return key.ok ? key.value.keyid : '';
}
