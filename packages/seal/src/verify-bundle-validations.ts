/** What staging runners say of a change: that it was validated (L4), and that its action was drilled and taken back (X6). */
import {
  ok,
  refuse,
  validationReportShape,
  type Digest,
  type Result,
  type TrustBundle,
  type ValidationReport,
} from '@countersign/core';
import { eachOf, keysOf, openSigned, prefixed } from './bundle-envelope.ts';
import type { DsseEnvelope } from './dsse.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';
import { decodePublicKey } from './keys.ts';
import { leafBodyDigest, validationLeafBody } from './leaf-bodies.ts';
import { PAYLOAD } from './payload.ts';
import type { ActContext, VerifiedCapsule } from './verify-bundle-acts.ts';
import { missingLeaf } from './verify-bundle-owed.ts';

interface OpenedReport {
  readonly report: ValidationReport;
  readonly digest: Digest;
}

/** The staging runner's word, for a run this file holds and exactly its change (L4). */
export function openValidations(
  bundle: EvidenceBundle,
  { versions, places }: ActContext,
  capsules: readonly VerifiedCapsule[],
): Result<readonly ValidationReport[]> {
  const opened = eachOf(bundle.validations, (envelope) => {
    const signed = openReport(envelope, versions);
    if (!signed.ok) return signed;
    const { report, digest: own } = signed.value;
    const body = leafBodyDigest(validationLeafBody(report, own));
    if (places.ofBody('validation.finished', body) === undefined) return missingLeaf('validation.finished', 'it');
    const run = capsules.find(({ digest }) => digest === report.capsule)?.capsule;
    const isOfThis =
      run?.purpose === 'validation' && run.changeDigest === report.changeDigest && report.proposal === bundle.proposal;
    return isOfThis ? ok(report) : refuse('bad-proof', 'it is not about a run of this file');
  });
  return opened.ok ? opened : prefixed('a validation report', opened.refusal);
}

/** The drill certificate: a run of any remediation of the organisation, of an action this file is about, that was taken back. */
export function openDrills(
  bundle: EvidenceBundle,
  { versions }: ActContext,
  capsules: readonly VerifiedCapsule[],
): Result<readonly ValidationReport[]> {
  const actions = new Set(capsules.map(({ capsule }) => capsule.change.action));
  const opened = eachOf(bundle.drills, (envelope) => {
    const signed = openReport(envelope, versions);
    if (!signed.ok) return signed;
    const { report } = signed.value;
    const isOfThis =
      report.organisation === bundle.organisation &&
      report.drill?.isRestored === true &&
      actions.has(report.drill.action);
    return isOfThis ? ok(report) : refuse('bad-proof', 'it is not of a drill of this action');
  });
  return opened.ok ? opened : prefixed('a drill certificate', opened.refusal);
}

function openReport(envelope: DsseEnvelope, versions: readonly TrustBundle[]): Result<OpenedReport> {
  const runners = versions.flatMap(({ keys }) => keys.runners.filter(({ environment }) => environment === 'staging'));
  const opened = openSigned(
    envelope,
    { payloadType: PAYLOAD.validation, trusted: keysOf(runners) },
    validationReportShape,
  );
  if (!opened.ok) return opened;
  const { document, digest, signers } = opened.value;
  const isOwn = runners.some(
    ({ runner, publicKey }) => runner === document.runner && signers.includes(keyidOf(publicKey)),
  );
  return isOwn ? ok({ report: document, digest }) : refuse('bad-proof', 'it is not of the runner it names');
}

function keyidOf(publicKey: string): string {
  const key = decodePublicKey(publicKey);
  return key.ok ? key.value.keyid : '';
}
