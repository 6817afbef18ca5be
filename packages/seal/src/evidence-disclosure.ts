/**
 * Evidence outside of a bundle: the enclave's own full copy, and what its owner shows of it. Both lead to the root the runner signed; a
 * field that is not shown is a hash, and not even its name can be told (V2).
 */
import {
  evidenceStatementShape,
  list,
  literal,
  object,
  ok,
  parseDigest,
  readShape,
  refuse,
  text,
  type Digest,
  type EvidenceStatement,
  type Result,
  type Shape,
  type TrustBundle,
} from '@countersign/core';
import { encodeBase64Url } from './base64.ts';
import { keysOf, openSigned } from './bundle-envelope.ts';
import { canonicalBytes } from './canonical.ts';
import { digestOf } from './digest.ts';
import { dsseShape, payloadOf, type DsseEnvelope } from './dsse.ts';
import { evidenceFieldShape, type BundledEvidence } from './evidence-bundle.ts';
import {
  disclose,
  MAX_EVIDENCE_LEAVES,
  verifyDisclosure,
  type DisclosedLeaf,
  type EvidenceLeaf,
} from './evidence-tree.ts';
import { PAYLOAD } from './payload.ts';
import { readStrictJson, type JsonValue } from './strict-json.ts';

export interface EvidenceDisclosure extends Omit<BundledEvidence, 'view'> {
  readonly type: 'evidence-disclosure';
}
export interface OpenedEvidence {
  readonly statement: EvidenceStatement;
  /** Of the bytes the runner signed: what a closure names. */
  readonly digest: Digest;
  readonly shown: ReadonlyMap<string, JsonValue>;
}

/** The file a runner keeps in its state folder; what else is in it is not read here. */
export interface FullEvidence {
  readonly signed: DsseEnvelope;
  readonly leaves: readonly EvidenceLeaf[];
}

const MAX_FILE_BYTES = 134_217_728;
const disclosureShape: Shape<EvidenceDisclosure> = object<EvidenceDisclosure>({
  type: literal('evidence-disclosure'),
  statement: dsseShape,
  fields: list(evidenceFieldShape, { max: MAX_EVIDENCE_LEAVES }),
});

const anyValue: Shape<JsonValue> = {
  schema: {},
  // INVARIANT: only called on values that `readStrictJson` made; a leaf that is no scalar fails where its hash is made.
  read: (value, at, complaints) =>
    value === null || ['string', 'number', 'boolean', 'object'].includes(typeof value)
      ? jsonOf(value)
      : void complaints.push({ at, problem: 'must be a value' }),
};
const leafShape: Shape<EvidenceLeaf> = object<EvidenceLeaf>({
  salt: text({ min: 22, max: 88 }),
  pointer: text({ max: 4096 }),
  value: anyValue,
});

export function readFullEvidence(bytes: Uint8Array): Result<FullEvidence> {
  const json = readStrictJson(bytes, { maxBytes: MAX_FILE_BYTES, allowInvisible: true });
  if (!json.ok) return json;
  const { value } = json;
  const parts =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries<JsonValue>(value) : [];
  const part = (name: string): unknown => parts.find(([key]) => key === name)?.[1];
  const signed = readShape(dsseShape, part('signed'));
  const leaves = signed.ok ? readShape(list(leafShape, { min: 1, max: MAX_EVIDENCE_LEAVES }), part('leaves')) : signed;
  return signed.ok && leaves.ok
    ? ok({ signed: signed.value, leaves: leaves.value })
    : refuse('malformed', 'it is not the evidence a runner keeps');
}

/** What of it is shown: fields at these pointers, and whatever is below them. */
export function discloseEvidence(
  { signed, leaves }: FullEvidence,
  pointers: readonly string[],
): Result<EvidenceDisclosure> {
  const isAsked = (at: string): boolean => pointers.some((one) => at === one || at.startsWith(`${one}/`));
  const unknown = pointers.find(
    (one) => !leaves.some(({ pointer }) => pointer === one || pointer.startsWith(`${one}/`)),
  );
  if (unknown !== undefined) return refuse('not-found', `the evidence has no field \`${unknown}\``, { clause: 'V2' });
  const fields = disclose(leaves, isAsked).map((leaf) =>
    'hash' in leaf
      ? Buffer.from(leaf.hash, 'base64url').toString('hex')
      : ([leaf.salt, leaf.pointer, leaf.value] as const),
  );
  return ok({ type: 'evidence-disclosure', statement: signed, fields });
}

/** Bytes of the file. */
export const disclosureBytes = (disclosure: EvidenceDisclosure): Uint8Array => canonicalBytes(disclosure);

export function readDisclosure(bytes: Uint8Array): Result<EvidenceDisclosure> {
  const json = readStrictJson(bytes, { maxBytes: MAX_FILE_BYTES });
  return json.ok ? readShape(disclosureShape, json.value) : json;
}

/** Against the runners a trust bundle names; the owner's word is not asked for. */
export function verifyEvidence(
  { statement, fields }: BundledEvidence,
  { keys }: Pick<TrustBundle, 'keys'>,
): Result<OpenedEvidence> {
  const opened = openSigned(
    statement,
    { payloadType: PAYLOAD.evidence, trusted: keysOf(keys.runners) },
    evidenceStatementShape,
  );
  if (!opened.ok) return opened;
  const { document, digest, signers } = opened.value;
  const isOwn = keys.runners.some(
    (runner) => runner.runner === document.runner && keysOf([runner]).some(({ keyid }) => signers.includes(keyid)),
  );
  if (!isOwn) return refuse('bad-signature', 'it is not signed by the runner it names', { clause: 'V1' });
  const shown = shownOf(document, fields.map(disclosedOf));
  return shown.ok ? ok({ statement: document, digest, shown: shown.value }) : shown;
}

/** The same for the enclave's own copy, by somebody inside who needs nobody's key: the leaves lead to the root of its statement. */
export function openFullEvidence({ signed, leaves }: FullEvidence): Result<OpenedEvidence> {
  const payload = payloadOf(signed);
  const json = payload.ok ? readStrictJson(payload.value) : payload;
  const statement = json.ok ? readShape(evidenceStatementShape, json.value) : json;
  if (!payload.ok) return payload;
  if (!statement.ok) return statement;
  const shown = shownOf(statement.value, leaves);
  return shown.ok ? ok({ statement: statement.value, digest: digestOf(payload.value), shown: shown.value }) : shown;
}

function shownOf(
  statement: EvidenceStatement,
  leaves: readonly DisclosedLeaf[],
): Result<ReadonlyMap<string, JsonValue>> {
  const root = parseDigest(`sha256:${statement.root}`);
  if (root === undefined) return refuse('malformed', 'its root is not a hash');
  return verifyDisclosure({ digest: root, leafCount: statement.fields }, leaves);
}

const HEX = /^[0-9a-f]{64}$/;

/** A field as a file holds it. */
export function disclosedOf(field: BundledEvidence['fields'][number]): DisclosedLeaf {
  if (typeof field === 'string') return { hash: HEX.test(field) ? encodeBase64Url(Buffer.from(field, 'hex')) : field };
  const [salt, pointer, value] = field;
  return { salt, pointer, value: jsonOf(value) };
}

/** A shown value came out of `readStrictJson`; anything else has no canonical form and fails there. */
function jsonOf(value: unknown): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  return Object.fromEntries(Object.entries(value ?? {}).map(([key, item]) => [key, jsonOf(item)]));
}
