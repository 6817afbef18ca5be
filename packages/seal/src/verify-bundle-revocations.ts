/**
 * Keys that were revoked, in evidence (V4, X1): what counted before stays verifiable, what counts later does not, and neither does a
 * seal made after it. Judged by the newest trust bundle in the file and by the place in the record, which no thief can choose; only
 * where a document has none, by the time it says itself.
 */
import {
  evidenceStatementShape,
  isRevokedAt,
  ok,
  readShape,
  receiptShape,
  refuse,
  signalStatementShape,
  statusShape,
  validationReportShape,
  type Credential,
  type Digest,
  type Instant,
  type Result,
  type Revocation,
  type Shape,
  type SignedMoment,
  type TrustBundle,
} from '@countersign/core';
import type { VerifiedLeaf } from './bundle-envelope.ts';
import { digestOf } from './digest.ts';
import { payloadOf, type DsseEnvelope } from './dsse.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';
import { keyidOfCredential, verifyHumanSignature } from './human-signature.ts';
import { evidenceLeafBody, leafBodyDigest, receiptLeafBody, validationLeafBody } from './leaf-bodies.ts';
import { LeafPlaces, subjectOf, type PlacedLeaf } from './leaf-places.ts';
import { documentsIn, firstReliance, type Reliance } from './verify-bundle-reliance.ts';
import { readStrictJson } from './strict-json.ts';
import { closureEntryShape } from './verify-bundle-closures.ts';
import { progressShape } from './verify-bundle-execution.ts';

interface Standing {
  /** Whose keys may have signed: every bundle of the file. */
  readonly versions: readonly Pick<TrustBundle, 'people'>[];
  readonly newest: TrustBundle;
  readonly leaves: readonly VerifiedLeaf[];
  /** A bundle's own; an export has one around all of them. */
  readonly seal?: DsseEnvelope;
  readonly sealedAt?: SignedMoment;
}

/** A signed document, what it is called, and when it counted. */
type Counted = readonly [what: string, envelope: DsseEnvelope, moment: SignedMoment];

/** Called on a file whose acts hold: everything in it is signed and of its form. */
export function checkRevocations(
  bundle: EvidenceBundle,
  { versions, newest: { revocations }, leaves, seal, sealedAt }: Standing,
): Result<true> {
  if (revocations.length === 0) return ok(true);
  const sealed: readonly Counted[] =
    seal === undefined ? [] : [['the seal', seal, sealedAt ?? { at: bundle.madeAt }] as const];
  const counted = [...sealed, ...new Moments(bundle, leaves).all()];
  const revoked = revokedCredentials(versions, revocations);
  const wrong = counted.find(([, envelope, moment]) =>
    keyidsOf(envelope, revoked).some((keyid) => isRevokedAt(revocations, keyid, moment)),
  );
  return wrong === undefined
    ? ok(true)
    : refuse('trust-revoked', `${wrong[0]} is signed with a key that was revoked before it counted`, { clause: 'X1' });
}

/** People's credentials that were revoked at some time. */
function revokedCredentials(versions: Standing['versions'], revocations: readonly Revocation[]): readonly Credential[] {
  const named = new Set(revocations.map(({ keyid }) => keyid));
  return versions
    .flatMap(({ people }) => people.flatMap(({ credentials }) => credentials))
    .filter((credential) => named.has(keyidOfCredential(credential) ?? ''));
}

/** A name in an envelope is a hint, and a person's signature counts without it: then it is tried which of these keys made it. */
const keyidsOf = (envelope: DsseEnvelope, revoked: readonly Credential[]): readonly string[] =>
  envelope.signatures.flatMap(({ keyid }, place) =>
    keyid === undefined
      ? revoked
          .filter((credential) => verifyHumanSignature(envelope, place, credential).ok)
          .flatMap((credential) => keyidOfCredential(credential) ?? [])
      : [keyid],
  );

class Moments {
  readonly #bundle: EvidenceBundle;
  readonly #leaves: readonly VerifiedLeaf[];
  readonly #places: LeafPlaces;
  readonly #relied: Reliance;

  constructor(bundle: EvidenceBundle, leaves: readonly VerifiedLeaf[]) {
    this.#bundle = bundle;
    this.#leaves = leaves;
    this.#places = new LeafPlaces(leaves);
    this.#relied = firstReliance(leaves, documentsIn(bundle, leaves));
  }

  all(): readonly Counted[] {
    const { envelopes, predecessors, graphs, capsules, approvals } = this.#bundle;
    const last = this.#leaves.findLast(({ leaf }) => leaf.event === 'capsule.dispatched');
    const relied = envelopes.map((one) => this.#momentOf(this.#relied.get(digestIn(one))));
    // A version that proves another counts where that one does, and the last of them is the latest.
    const proved = relied.toSorted((a, b) => (a.at < b.at ? -1 : 1)).at(-1) ?? this.#momentOf(undefined);
    return [
      ...envelopes.map((one, place) => ['an authority envelope', one, relied[place] ?? proved] as const),
      ...predecessors.map((one) => ['an earlier authority envelope', one, proved] as const),
      ...graphs.map((one) => ['a system graph', one, this.#momentOf(this.#relied.get(digestIn(one)))] as const),
      // Without a dispatch it authorised nothing, and the time it claims is its signer's own word.
      ...capsules.map((one) => ['a capsule', one, this.#momentOf(this.#dispatchOf(one))] as const),
      // An approval gives authority at the dispatch it lets through, not when it says it was signed.
      ...approvals.map((one) => ['an approval', one, this.#momentOf(last)] as const),
      ...this.#facts(),
      ...this.#campaigns(),
      ...this.#closures(),
    ];
  }

  #dispatchOf(capsule: DsseEnvelope): PlacedLeaf | undefined {
    return this.#places.ofBody('capsule.dispatched', digestIn(capsule));
  }

  /** What nothing in the record dates is as old as the file. */
  #momentOf(placed: PlacedLeaf | undefined, own: Instant = this.#bundle.madeAt): SignedMoment {
    return placed === undefined ? { at: own } : { at: placed.leaf.at, index: placed.index };
  }

  #facts(): readonly Counted[] {
    const { signals, validations, drills, progress, evidence, status } = this.#bundle;
    const proposed = this.#leaves.find(({ leaf }) => leaf.event === 'proposal.created');
    return [
      ...signals.map(
        (one) =>
          ['a signal', one, this.#momentOf(proposed, read(one, signalStatementShape)?.signal.observedAt)] as const,
      ),
      ...validations.map((one) => {
        const report = read(one, validationReportShape);
        const body = report && validationLeafBody(report, digestIn(one));
        const placed = body && this.#places.ofBody('validation.finished', leafBodyDigest(body));
        return ['a validation report', one, this.#momentOf(placed, report?.finishedAt)] as const;
      }),
      ...drills.map(
        (one) =>
          [
            'a drill certificate',
            one,
            this.#momentOf(undefined, read(one, validationReportShape)?.finishedAt),
          ] as const,
      ),
      ...progress.map((one) => ['a progress report', one, this.#progressed(one)] as const),
      ...evidence.map(({ statement }) => {
        const document = read(statement, evidenceStatementShape);
        const body = document && evidenceLeafBody(document, digestIn(statement));
        const placed = body && this.#places.ofBody('evidence.received', leafBodyDigest(body));
        return ['evidence', statement, this.#momentOf(placed, document?.finishedAt)] as const;
      }),
      ...(status === undefined
        ? []
        : [['the status statement', status, this.#momentOf(undefined, read(status, statusShape)?.issuedAt)] as const]),
    ];
  }

  /** The first entry of its run proves the beginning only: a report is as old as its last event, at least. */
  #progressed(one: DsseEnvelope): SignedMoment {
    const batch = read(one, progressShape);
    const first = batch && this.#places.ofSubject('rollout.progressed', subjectOf('capsule', batch.capsule));
    const last = batch?.events.at(-1)?.at;
    const { at, index } = this.#momentOf(first, last);
    return { at: last !== undefined && last > at ? last : at, ...(index !== undefined && { index }) };
  }

  #campaigns(): readonly Counted[] {
    return (this.#bundle.campaigns ?? []).flatMap(({ capsule, manifest, approvals, receipts }): readonly Counted[] => {
      const sent = this.#momentOf(this.#places.ofBody('capsule.dispatched', capsule));
      const made = this.#momentOf(this.#places.ofBody('campaign.made', digestIn(manifest)));
      return [
        ['a campaign', manifest, made],
        ...approvals.map((one) => ['an approval of a campaign', one, sent] as const),
        ...receipts.map((one) => {
          const receipt = read(one, receiptShape);
          const body = receipt && receiptLeafBody(receipt, digestIn(one));
          const placed = body && this.#places.ofBody('campaign.receipt', leafBodyDigest(body));
          return ['a receipt', one, this.#momentOf(placed, receipt?.finishedAt)] as const;
        }),
      ];
    });
  }

  #closures(): readonly Counted[] {
    return this.#leaves.flatMap(({ leaf, index, body }): readonly Counted[] => {
      if (leaf.event !== 'evidence.closed' || body === undefined) return [];
      const json = readStrictJson(body);
      const entry = json.ok ? readShape(closureEntryShape, json.value) : json;
      return entry.ok ? [['a closure of evidence', entry.value.closure, { at: leaf.at, index }]] : [];
    });
  }
}

function digestIn(envelope: DsseEnvelope): Digest {
  const payload = payloadOf(envelope);
  return digestOf(payload.ok ? payload.value : new Uint8Array());
}

function read<T>(envelope: DsseEnvelope, shape: Shape<T>): T | undefined {
  const payload = payloadOf(envelope);
  const json = payload.ok ? readStrictJson(payload.value, { maxBytes: 8_388_608 }) : payload;
  const document = json.ok ? readShape(shape, json.value) : json;
  return document.ok ? document.value : undefined;
}
