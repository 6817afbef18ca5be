/**
 * A report counts by the signature of a runner of this very enclave, as the trust bundle names it. The gateway that brings it
 * has no say: it can only hold it back.
 */
import {
  evidenceStatementShape,
  readShape,
  receiptShape,
  refuse,
  validationReportShape,
  type EvidenceStatement,
  type Receipt,
  type Result,
  type Shape,
  type TrustBundle,
  type ValidationReport,
} from '@countersign/core';
import {
  decodePublicKey,
  digestOf,
  encodeBase64Url,
  PAYLOAD,
  readStrictJson,
  refusalShape,
  verifyDisclosure,
  verifyEnvelope,
  verifySanitizedView,
  type AdmissionRefusal,
  type DisclosedLeaf,
  type DsseEnvelope,
  type Progress,
  type PublicKey,
  type Report,
} from '@countersign/seal';
import type { Digest, RunnerId } from '@countersign/core';
import type { Address } from './deliveries.ts';
import { progressShape, type NamedReport } from './report-shape.ts';
import { readJson, storedDigest } from '../store/stored.parse.ts';

interface Signed {
  readonly name: string;
  readonly runner: RunnerId;
  readonly dsse: DsseEnvelope;
  /** Digest of the signed payload. */
  readonly payload: Digest;
}
export type VerifiedReport =
  | (Signed & { readonly kind: 'progress'; readonly progress: Progress })
  | (Signed & { readonly kind: 'validation'; readonly validation: ValidationReport })
  | (Signed & { readonly kind: 'refusal'; readonly refusal: AdmissionRefusal })
  | (Signed & { readonly kind: 'receipt'; readonly receipt: Receipt })
  | (Signed & {
      readonly kind: 'evidence';
      readonly statement: EvidenceStatement;
      readonly fields: Extract<Report, { readonly kind: 'evidence' }>['fields'];
      readonly view?: DsseEnvelope;
    });

const MAX_PAYLOAD_BYTES = 4_194_304;

export function verifyReport(bundle: TrustBundle, enclave: Address, named: NamedReport): Result<VerifiedReport> {
  const { name, report } = named;
  switch (report.kind) {
    case 'progress': {
      const read = open(bundle, enclave, { dsse: report.progress, type: PAYLOAD.progress, shape: progressShape });
      return read.ok
        ? { ok: true, value: { ...read.value.signed, kind: 'progress', name, progress: read.value.document } }
        : read;
    }
    case 'validation': {
      const read = open(bundle, enclave, {
        dsse: report.validation,
        type: PAYLOAD.validation,
        shape: validationReportShape,
      });
      return read.ok
        ? { ok: true, value: { ...read.value.signed, kind: 'validation', name, validation: read.value.document } }
        : read;
    }
    case 'refusal': {
      const read = open(bundle, enclave, { dsse: report.refusal, type: PAYLOAD.refusal, shape: refusalShape });
      return read.ok
        ? { ok: true, value: { ...read.value.signed, kind: 'refusal', name, refusal: read.value.document } }
        : read;
    }
    case 'receipt': {
      const read = open(bundle, enclave, { dsse: report.receipt, type: PAYLOAD.receipt, shape: receiptShape });
      return read.ok
        ? { ok: true, value: { ...read.value.signed, kind: 'receipt', name, receipt: read.value.document } }
        : read;
    }
    case 'evidence': {
      const read = open(bundle, enclave, {
        dsse: report.evidence,
        type: PAYLOAD.evidence,
        shape: evidenceStatementShape,
      });
      if (!read.ok) return read;
      const statement = read.value.document;
      const shown = checkFields(statement, report.fields);
      if (!shown.ok) return shown;
      const { fields, view } = report;
      const seen = view === undefined ? undefined : verifySanitizedView(view, { statement, signers: read.value.keys });
      if (seen?.ok === false) return seen;
      const signed = read.value.signed;
      return { ok: true, value: { ...signed, kind: 'evidence', name, statement, fields, ...(view && { view }) } };
    }
  }
}

interface Opening<T> {
  readonly dsse: DsseEnvelope;
  readonly type: string;
  readonly shape: Shape<T>;
}

function open<T extends { readonly organisation: string; readonly runner: RunnerId }>(
  bundle: TrustBundle,
  { organisation, enclave }: Address,
  { dsse, type, shape }: Opening<T>,
): Result<{ readonly document: T; readonly signed: Omit<Signed, 'name'>; readonly keys: readonly PublicKey[] }> {
  const keys = runnersOf(bundle).filter((key) => key.enclave === enclave);
  const trusted = keys.map(({ key }) => key);
  const verified = verifyEnvelope(dsse, { payloadType: type, trusted, threshold: 1 });
  if (!verified.ok) return verified;
  const json = readStrictJson(verified.value.payload, { maxBytes: MAX_PAYLOAD_BYTES });
  if (!json.ok) return json;
  const read = readShape(shape, json.value);
  if (!read.ok) return read;
  const document = read.value;
  const owner = keys.find(({ key }) => verified.value.signers.includes(key.keyid));
  if (owner?.runner !== document.runner)
    return refuse('bad-signature', 'the report names another runner than the one that signed it', { clause: 'X1' });
  if (document.organisation !== organisation)
    return refuse('wrong-organisation', 'the report is of another organisation', { clause: 'O3' });
  return {
    ok: true,
    value: {
      document,
      keys: [owner.key],
      signed: { runner: document.runner, dsse, payload: digestOf(verified.value.payload) },
    },
  };
}

interface RunnerIdentity {
  readonly enclave: string;
  readonly runner: RunnerId;
  readonly key: PublicKey;
}
const identities = new WeakMap<TrustBundle, readonly RunnerIdentity[]>();

/** Decoded once a bundle: that costs as much as verifying a signature. */
function runnersOf(bundle: TrustBundle): readonly RunnerIdentity[] {
  const known = identities.get(bundle);
  if (known !== undefined) return known;
  const read = bundle.keys.runners.flatMap(({ enclave, runner, publicKey }) => {
    const key = decodePublicKey(publicKey);
    return key.ok ? [{ enclave, runner, key: key.value }] : [];
  });
  identities.set(bundle, read);
  return read;
}

/** What was disclosed must lead to the root the runner signed (V2). */
function checkFields(
  statement: EvidenceStatement,
  fields: Extract<Report, { readonly kind: 'evidence' }>['fields'],
): Result<unknown> {
  return verifyDisclosure(
    { digest: storedDigest(`sha256:${statement.root}`), leafCount: statement.fields },
    fields.map(disclosedOf),
  );
}

const disclosedOf = (field: string | readonly [string, string, unknown]): DisclosedLeaf =>
  typeof field === 'string'
    ? { hash: hashOf(field) }
    : // INVARIANT: the batch was read by `readStrictJson`, so a shown value is a JSON value.
      { salt: field[0], pointer: field[1], value: readJson(field[2]) };

const HEX = /^[0-9a-f]{64}$/;
/** Withheld hashes are written in base64url or hex; anything else is left as it is and refused there. */
const hashOf = (text: string): string => (HEX.test(text) ? encodeBase64Url(Buffer.from(text, 'hex')) : text);
